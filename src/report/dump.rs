//! What the checks leave with the action `debug`: tensors as .npy files, and their statistics.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use crate::train::Snapshot;

/// Writes the tensors into a folder, one .npy file each (NumPy's format, version 1.0: f32,
/// `[rows, cols]`, C order), and returns a line of statistics for each.
///
/// # Errors
/// The folder or a file cannot be written.
pub fn dump(folder: &Path, tensors: &[Snapshot]) -> io::Result<Vec<String>> {
    fs::create_dir_all(folder)?;
    tensors
        .iter()
        .map(|tensor| {
            let path = folder.join(file_name(&tensor.name));
            write_npy(&path, tensor)?;
            Ok(format!("{} -> {}", statistics(tensor), path.display()))
        })
        .collect()
}

fn file_name(name: &str) -> PathBuf {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
    PathBuf::from(name.chars().map(plain).collect::<String>()).with_extension("npy")
}

fn write_npy(path: &Path, tensor: &Snapshot) -> io::Result<()> {
    let [rows, cols] = tensor.shape;
    let mut header =
        format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({rows}, {cols}), }}");
    // Magic, version and length take 10 bytes; the whole is padded to a multiple of 64.
    while (10 + header.len() + 1) % 64 != 0 {
        header.push(' ');
    }
    header.push('\n');
    let mut file = BufWriter::new(File::create(path)?);
    file.write_all(b"\x93NUMPY\x01\x00")?;
    file.write_all(&(header.len() as u16).to_le_bytes())?;
    file.write_all(header.as_bytes())?;
    for value in tensor.values.real() {
        file.write_all(&(*value as f32).to_le_bytes())?;
    }
    file.flush()
}

fn statistics(tensor: &Snapshot) -> String {
    let values = tensor.values.real();
    let finite: Vec<f64> = values
        .iter()
        .copied()
        .filter(|value| value.is_finite())
        .collect();
    let nan = values.iter().filter(|value| value.is_nan()).count();
    let infinite = values.len() - finite.len() - nan;
    let [rows, cols] = tensor.shape;
    let head = format!("{} [{rows}, {cols}]", tensor.name);
    let rest = format!("{nan} NaN, {infinite} infinite");
    if finite.is_empty() {
        return format!("{head}: no finite value, {rest}");
    }
    let count = finite.len() as f64;
    let mean = finite.iter().sum::<f64>() / count;
    let square = finite.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / count;
    let min = finite.iter().copied().fold(f64::INFINITY, f64::min);
    let max = finite.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let deviation = square.sqrt();
    format!(
        "{head}: mean {mean:.4e}, deviation {deviation:.4e}, min {min:.4e}, max {max:.4e}, {rest}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::program::Values;

    #[test]
    fn a_tensor_is_written_as_numpy_reads_it() {
        let folder = tempfile::tempdir().unwrap();
        let tensor = Snapshot {
            name: "004 L0_Dense_W gradient".to_owned(),
            shape: [1, 3],
            values: Values::Real(vec![1.5, f64::NAN, f64::INFINITY]),
        };
        let lines = dump(folder.path(), &[tensor]).unwrap();
        assert!(lines[0].contains("mean 1.5000e0"), "{}", lines[0]);
        assert!(lines[0].contains("1 NaN, 1 infinite"), "{}", lines[0]);
        let bytes = fs::read(folder.path().join("004_L0_Dense_W_gradient.npy")).unwrap();
        assert_eq!(&bytes[..8], b"\x93NUMPY\x01\x00");
        let header = usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
        assert_eq!((10 + header) % 64, 0);
        assert_eq!(bytes.len(), 10 + header + 12);
        assert_eq!(&bytes[10 + header..][..4], &1.5f32.to_le_bytes());
    }
}
