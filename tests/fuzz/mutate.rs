//! Damage: of bytes, and of JSON that stays JSON.

use rand::RngExt;
use rand::rngs::ChaCha8Rng;
use serde_json::{Value, json};

/// What numbers in texts are replaced by.
const NUMBERS: [&str; 10] = [
    "0",
    "-1",
    "1e999",
    "NaN",
    "4294967296",
    "18446744073709551615",
    "99999999999999999999999",
    "0.5",
    "null",
    "[]",
];

/// Changes bytes in one to four places.
pub fn bytes(bytes: &mut Vec<u8>, random: &mut ChaCha8Rng) {
    for _ in 0..random.random_range(1..=4) {
        change(bytes, random);
    }
}

fn change(bytes: &mut Vec<u8>, random: &mut ChaCha8Rng) {
    if bytes.is_empty() {
        return;
    }
    // A file's beginning says what the rest is.
    let end = if random.random_bool(0.8) {
        bytes.len()
    } else {
        bytes.len().min(64)
    };
    let at = random.random_range(0..end);
    let length = random.random_range(1..=(bytes.len() - at).min(64));
    match random.random_range(0..8) {
        0 => bytes[at] ^= 1 << random.random_range(0..8),
        1 => bytes[at] = [0, 1, 0x7F, 0x80, 0xFF, b'"', b'{', b'\n'][random.random_range(0..8)],
        2 => bytes.truncate(at),
        3 => drop(bytes.drain(at..at + length)),
        4 => {
            let piece = bytes[at..at + length].to_vec();
            let to = random.random_range(0..=bytes.len());
            drop(bytes.splice(to..to, piece));
        }
        5 => {
            let extreme = [0, 1, u64::MAX, i64::MAX as u64, u64::from(u32::MAX)];
            let word = extreme[random.random_range(0..extreme.len())].to_le_bytes();
            let word = &word[..length.min(8)];
            bytes[at..at + word.len()].copy_from_slice(word);
        }
        6 => bytes.extend(vec![bytes[at]; length]),
        _ => number(bytes, at, random),
    }
}

/// Replaces the first number of a text from a place on.
fn number(bytes: &mut Vec<u8>, at: usize, random: &mut ChaCha8Rng) {
    let Some(begin) = bytes[at..].iter().position(u8::is_ascii_digit) else {
        return;
    };
    let begin = at + begin;
    let digits = bytes[begin..].iter().take_while(|b| b.is_ascii_digit());
    let end = begin + digits.count();
    let other = NUMBERS[random.random_range(0..NUMBERS.len())];
    drop(bytes.splice(begin..end, other.bytes()));
}

/// Changes one to three places of a JSON value.
pub fn json(value: &mut Value, random: &mut ChaCha8Rng) {
    for _ in 0..random.random_range(1..=3) {
        descend(value, random);
    }
}

fn descend(value: &mut Value, random: &mut ChaCha8Rng) {
    let deeper = random.random_bool(0.85);
    match value {
        Value::Object(map) if deeper && !map.is_empty() => {
            let at = random.random_range(0..map.len());
            let key = map.keys().nth(at).cloned().unwrap_or_default();
            match random.random_range(0..12) {
                0 => drop(map.remove(&key)),
                1 => {
                    let value = map.remove(&key).unwrap_or_default();
                    map.insert(format!("{key}x"), value);
                }
                _ => map
                    .values_mut()
                    .nth(at)
                    .into_iter()
                    .for_each(|value| descend(value, random)),
            }
        }
        Value::Array(list) if deeper && !list.is_empty() => {
            let at = random.random_range(0..list.len());
            match random.random_range(0..8) {
                0 => drop(list.remove(at)),
                1 => list.insert(at, list[at].clone()),
                _ => descend(&mut list[at], random),
            }
        }
        value => *value = other(value, random),
    }
}

/// A value that is not this one.
fn other(value: &Value, random: &mut ChaCha8Rng) -> Value {
    let neighbour = value.as_u64().map(|number| json!(number.wrapping_add(1)));
    match random.random_range(0..11) {
        0 => Value::Null,
        1 => json!(true),
        2 => json!(0),
        3 => json!(-1),
        4 => json!(u64::MAX),
        5 => json!(1e308),
        6 => json!("\u{0}"),
        7 => json!("inf"),
        8 => json!([]),
        9 => json!({}),
        _ => neighbour.unwrap_or_else(|| json!(u32::MAX)),
    }
}
