// A dispatch over rows of elements: workgroups of WORKGROUP invocations lie along x in a row, rows along
// y; what is more than one dimension of the grid holds continues in x. So no invocation divides to find
// its row. z counts the replicas of the network. src/ops/dispatch.rs: Dispatch::rows.
const WORKGROUP: u32 = 64u;

struct Cell {
    row: u32,
    column: u32,
}

// across: workgroups of one row.
fn cell(group: vec3<u32>, local: vec3<u32>, groups: vec3<u32>, across: u32) -> Cell {
    return Cell(group.y + group.x / across * groups.y, group.x % across * WORKGROUP + local.x);
}
