//! The file of choices.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::backend::gpu::Gpu;
use crate::ops::Target;
use crate::ops::matmul::{Plan, Shape, candidates, template_hash};

/// What the choices hold for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Key {
    adapter: String,
    driver: String,
    subgroup: Option<usize>,
    templates: u64,
}

#[derive(Debug, Serialize, Deserialize)]
struct File {
    key: Key,
    choices: Vec<Choice>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Choice {
    shape: Shape,
    plan: Plan,
}

impl Key {
    fn of(gpu: &Gpu) -> Self {
        let info = gpu.info();
        Self {
            adapter: gpu.name().to_owned(),
            driver: format!("{} {}", info.driver, info.driver_info),
            subgroup: gpu.target().subgroup,
            templates: template_hash(),
        }
    }

    fn path(&self, folder: &Path) -> PathBuf {
        let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
        let adapter: String = self.adapter.chars().map(plain).collect();
        let subgroup = self.subgroup.unwrap_or(0);
        folder.join(format!("kernels-{adapter}-{subgroup}.json"))
    }
}

/// The choices of earlier starts for this device; none where the file is missing, not ours, or of another
/// driver or version.
pub(super) fn load(folder: &Path, gpu: &Gpu) -> BTreeMap<Shape, Plan> {
    let key = Key::of(gpu);
    let text = std::fs::read_to_string(key.path(folder)).unwrap_or_default();
    parse(&text, &key, gpu.target())
}

fn parse(text: &str, key: &Key, target: &Target) -> BTreeMap<Shape, Plan> {
    let Ok(file) = serde_json::from_str::<File>(text) else {
        return BTreeMap::new();
    };
    if file.key != *key {
        return BTreeMap::new();
    }
    // Only kernels that would be chosen from: any other tile may not even render.
    let known = |choice: &Choice| candidates::ranked(&choice.shape, target).contains(&choice.plan);
    let choices = file.choices.into_iter().filter(known);
    choices.map(|choice| (choice.shape, choice.plan)).collect()
}

/// Replaces the file as a whole: another start that reads meanwhile sees the old or the new one.
pub(super) fn store(folder: &Path, gpu: &Gpu, choices: &BTreeMap<Shape, Plan>) -> io::Result<()> {
    let key = Key::of(gpu);
    std::fs::create_dir_all(folder)?;
    let path = key.path(folder);
    let choices = choices.iter().map(|(shape, plan)| Choice {
        shape: *shape,
        plan: *plan,
    });
    let file = File {
        key,
        choices: choices.collect(),
    };
    let mut new = tempfile::NamedTempFile::new_in(folder)?;
    new.write_all(serde_json::to_string_pretty(&file)?.as_bytes())?;
    new.persist(path)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::matmul::Form;

    const SHAPE: Shape = Shape {
        form: Form::Nt,
        m: 593,
        k: 256,
        n: 16,
        batch_is_m: true,
        batch_is_k: false,
    };

    fn key() -> Key {
        Key {
            adapter: "a".to_owned(),
            driver: "b".to_owned(),
            subgroup: None,
            templates: 1,
        }
    }

    fn text(key: Key, plan: Plan) -> String {
        let choices = vec![Choice { shape: SHAPE, plan }];
        serde_json::to_string(&File { key, choices }).unwrap()
    }

    #[test]
    fn a_file_of_this_device_is_used() {
        let target = Target::default();
        let plan = candidates::ranked(&SHAPE, &target)[1];
        let read = parse(&text(key(), plan), &key(), &target);
        assert_eq!(read, BTreeMap::from([(SHAPE, plan)]));
    }

    #[test]
    fn a_file_of_another_driver_a_broken_one_and_impossible_tiles_are_ignored() {
        let target = Target::default();
        let plan = candidates::ranked(&SHAPE, &target)[1];
        let mut other = key();
        other.driver = "c".to_owned();
        assert!(parse(&text(other, plan), &key(), &target).is_empty());
        let whole = text(key(), plan);
        for length in 0..whole.len() {
            assert!(parse(&whole[..length], &key(), &target).is_empty());
        }
        let impossible = Plan::Tiles {
            side: 7,
            each: 3,
            depth: 0,
            parts: 1,
        };
        assert!(parse(&text(key(), impossible), &key(), &target).is_empty());
    }
}
