//! Shaders for several networks of one shape, trained as one program: its replicas.
//!
//! Shaders are written for one network. Of what is a replica's own, a buffer holds one after the other, and the
//! invocations at z of a dispatch work for the z-th. So all that a shader lacks is where in each buffer its
//! replica begins: [`of_many`] adds it to every index into a bound array, from the strides that then lie
//! before the other params. No arithmetic but that of indices differs from the text for one network: each
//! replica gets the very bits that it would get alone.

/// Bindings of a dispatch at most, that of the params included.
pub(super) const BINDINGS: usize = 12;

/// What the text for one network has instead.
const OF_ONE: &str = "\
const replica: u32 = 0u;

fn side_by_side(i: u32, columns: u32) -> u32 {
    return i;
}
";

/// Tells which replica an invocation works for where so many columns of each lie side by side in x; gives the
/// column of it, or `columns` beyond the last replica's.
const SIDE_BY_SIDE: &str = "\
fn side_by_side(i: u32, columns: u32) -> u32 {
    let z = i / columns;
    enter(min(z, p.strides[0] - 1u));
    return select(columns, i % columns, z < p.strides[0]);
}
";

/// A `var<storage, ..>` of a shader.
struct Bound<'a> {
    name: &'a str,
    binding: usize,
    /// Numbers of 32 bits of an element; none if it is no array.
    width: Option<usize>,
}

/// The text for one network: `replica`, by which a shader finds its seed and rates in the state, is 0.
pub(super) fn of_one(text: &str) -> String {
    format!("{text}\n{OF_ONE}")
}

/// The text for several networks.
pub(super) fn of_many(text: &str) -> String {
    let arrays: Vec<Bound> = text.lines().filter_map(|line| bound(line, text)).collect();
    let arrays: Vec<(&Bound, usize)> = arrays
        .iter()
        .filter_map(|bound| Some((bound, bound.width?)))
        .collect();
    let params = "struct Params {";
    let with_strides = format!("{params}\n    strides: array<u32, {BINDINGS}>,");
    let mut text = text.replacen(params, &with_strides, 1);
    for (array, _) in &arrays {
        text = shift_indices(&text, array.name);
    }
    text = enter(&text);
    text += "\nvar<private> replica: u32;\n";
    for (array, _) in &arrays {
        text += &format!("var<private> {}_at: u32;\n", array.name);
    }
    // What an entry point does not use, a compiler leaves out.
    text += "fn enter(z: u32) {\n    replica = z;\n";
    for (Bound { name, binding, .. }, width) in &arrays {
        text += &format!("    {name}_at = z * p.strides[{binding}] / {width}u;\n");
    }
    text + "}\n\n" + SIDE_BY_SIDE
}

/// Reads `@group(0) @binding(2) var<storage, read> x: array<f32>;`.
fn bound<'a>(line: &'a str, text: &str) -> Option<Bound<'a>> {
    let rest = line.strip_prefix("@group(0) @binding(")?;
    let (binding, rest) = rest.split_once(") var<storage")?;
    let (_, rest) = rest.split_once("> ")?;
    let (name, kind) = rest.split_once(": ")?;
    let element = kind
        .strip_prefix("array<")
        .and_then(|kind| kind.strip_suffix(">;"));
    let lanes = [2, 4]
        .into_iter()
        .find(|lanes| text.contains(&format!("alias V = vec{lanes}<f32>;")));
    let width = element.map(|element| match element {
        "V" => lanes.unwrap_or(1),
        element if element.starts_with("vec4<") => 4,
        element if element.starts_with("vec2<") => 2,
        _ => 1,
    });
    let binding = binding.parse().ok()?;
    Some(Bound {
        name,
        binding,
        width,
    })
}

/// Adds where the replica begins to each index into the array: `x[i]` becomes `x[x_at + i]`. In an index that
/// binds less than a sum, WGSL does not allow that, and the shader does not compile.
fn shift_indices(text: &str, name: &str) -> String {
    let indexed = format!("{name}[");
    let mut shifted = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(&indexed) {
        let (before, after) = rest.split_at(at + indexed.len());
        shifted += before;
        let preceding = rest[..at]
            .chars()
            .next_back()
            .or(shifted_end(&shifted, indexed.len()));
        let of_longer_name =
            preceding.is_some_and(|c| c.is_ascii_alphanumeric() || c == '_' || c == '.');
        if !of_longer_name {
            shifted += &format!("{name}_at + ");
        }
        rest = after;
    }
    shifted + rest
}

/// The character before the last `length` bytes.
fn shifted_end(text: &str, length: usize) -> Option<char> {
    text[..text.len() - length].chars().next_back()
}

/// Lets each entry point begin by telling its replica, from the z of its workgroup.
fn enter(text: &str) -> String {
    let mut entered = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("@compute") {
        let begin = at + rest[at..].find("fn ").unwrap_or(0);
        let open = begin + rest[begin..].find('(').map_or(0, |open| open + 1);
        let body = open + rest[open..].find(") {\n").map_or(0, |body| body);
        let arguments = &rest[open..body];
        let given = ["@builtin(workgroup_id) ", "@builtin(global_invocation_id) "]
            .iter()
            .find_map(|builtin| {
                let (_, name) = arguments.split_once(builtin)?;
                name.split_once(':').map(|(name, _)| name)
            });
        entered += &rest[..open];
        if given.is_none() {
            entered += "@builtin(workgroup_id) own_group: vec3<u32>, ";
        }
        entered += arguments;
        entered += &format!(") {{\n    enter({}.z);\n", given.unwrap_or("own_group"));
        rest = &rest[body + ") {\n".len()..];
    }
    entered + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHADER: &str = "\
struct Params {
    n: u32,
}
@group(0) @binding(0) var<storage, read> p: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> index: array<u32>;

@compute @workgroup_size(64)
fn first(@builtin(global_invocation_id) id: vec3<u32>) {
    max_x[0] = x[index[id.x] + p.n];
}

@compute @workgroup_size(1)
fn second() {
    let v = y.x[0];
}
";

    #[test]
    fn each_index_into_a_bound_array_begins_at_the_replicas_own() {
        let text = of_many(SHADER);
        assert!(
            text.contains("max_x[0] = x[x_at + index[index_at + id.x] + p.n];"),
            "{text}"
        );
        assert!(text.contains("y.x[0]"), "{text}");
        assert!(text.contains("x_at = z * p.strides[1] / 4u;"), "{text}");
        assert!(text.contains("index_at = z * p.strides[2] / 1u;"), "{text}");
        assert!(text.contains("struct Params {\n    strides: array<u32, 12>,\n    n: u32,"));
    }

    #[test]
    fn each_entry_point_begins_with_its_replica() {
        let text = of_many(SHADER);
        let first = "fn first(@builtin(global_invocation_id) id: vec3<u32>) {\n    enter(id.z);\n";
        assert!(text.contains(first), "{text}");
        let second =
            "fn second(@builtin(workgroup_id) own_group: vec3<u32>, ) {\n    enter(own_group.z);\n";
        assert!(text.contains(second), "{text}");
    }

    #[test]
    fn one_network_has_no_strides() {
        let text = of_one(SHADER);
        assert!(
            text.starts_with(SHADER) && !text.contains("strides"),
            "{text}"
        );
    }
}
