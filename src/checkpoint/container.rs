//! The file that models and states lie in: safetensors with a description as JSON in its header and
//! a checksum as its last tensor.
//!
//! Knows bytes, not what they describe.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use safetensors::tensor::Metadata;
use safetensors::{Dtype, SafeTensors, View};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use crate::store;

/// Most bytes of the description and the names of the tensors.
const LONGEST_HEADER: u64 = 16 << 20;

/// Name and size in bytes of the checksum, the last tensor of a file.
const CHECKSUM: &str = "sha256";
const CHECKSUM_SIZE: usize = 32;

/// The reason for which a model or state file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CheckpointError {
    /// An error of the file system.
    #[error("cannot {verb} `{}`", path.display())]
    Io {
        /// The operation that failed.
        verb: &'static str,
        /// The file.
        path: PathBuf,
        /// The error of the operating system.
        source: std::io::Error,
    },
    /// Not such a file, or cut short.
    #[error("`{}` is not a usable molgpt model: {reason}; train again or copy it anew", path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// The fault.
        reason: String,
    },
    /// It holds what this program does not know yet.
    #[error("`{}` was written by a later molgpt: {reason}; update molgpt", path.display())]
    Later {
        /// The file.
        path: PathBuf,
        /// What it holds.
        reason: String,
    },
}

/// One tensor on its way to the file.
pub(super) enum Part<'a> {
    /// Weights or moments.
    Values {
        shape: Vec<usize>,
        values: &'a [f32],
    },
    /// The place of the checksum; of the smallest type, so the last.
    Checksum,
}

impl View for Part<'_> {
    fn dtype(&self) -> Dtype {
        match self {
            Self::Values { .. } => Dtype::F32,
            Self::Checksum => Dtype::U8,
        }
    }
    fn shape(&self) -> &[usize] {
        match self {
            Self::Values { shape, .. } => shape,
            Self::Checksum => &[CHECKSUM_SIZE],
        }
    }
    fn data(&self) -> Cow<'_, [u8]> {
        match self {
            Self::Values { values, .. } => values.iter().flat_map(|x| x.to_le_bytes()).collect(),
            Self::Checksum => Cow::Borrowed(&[0; CHECKSUM_SIZE]),
        }
    }
    fn data_len(&self) -> usize {
        match self {
            Self::Values { values, .. } => size_of_val(*values),
            Self::Checksum => CHECKSUM_SIZE,
        }
    }
}

/// Writes the tensors, their checksum and the description to `path`, at once.
pub(super) fn write(
    path: &Path,
    tensors: Vec<(&str, Part<'_>)>,
    description: &impl Serialize,
) -> Result<(), CheckpointError> {
    let io = |source| CheckpointError::Io {
        verb: "write",
        path: path.to_owned(),
        source,
    };
    let bytes = to_bytes(tensors, description).map_err(io)?;
    store::write(path, &bytes).map_err(io)
}

/// The bytes of such a file.
pub(super) fn to_bytes(
    mut tensors: Vec<(&str, Part<'_>)>,
    description: &impl Serialize,
) -> io::Result<Vec<u8>> {
    let text = serde_json::to_string(description)?;
    let metadata = HashMap::from([("molgpt".to_owned(), text)]);
    tensors.push((CHECKSUM, Part::Checksum));
    let mut bytes = safetensors::serialize(tensors, Some(metadata)).map_err(io::Error::other)?;
    let end = bytes.len() - CHECKSUM_SIZE;
    let digest = Sha256::digest(&bytes[..end]);
    bytes[end..].copy_from_slice(&digest);
    Ok(bytes)
}

/// An open file and its length in bytes.
pub(super) fn open(path: &Path) -> Result<(File, u64), CheckpointError> {
    let open = || {
        let file = File::open(path)?;
        let length = file.metadata()?.len();
        Ok((file, length))
    };
    open().map_err(|source| Fault::Read(source).of(path))
}

/// The reason for which a file cannot be read, without its name.
pub(super) enum Fault {
    Read(io::Error),
    Content(String),
    Later(String),
}

impl From<String> for Fault {
    fn from(reason: String) -> Self {
        Self::Content(reason)
    }
}

impl Fault {
    pub(super) fn of(self, path: &Path) -> CheckpointError {
        let path = path.to_owned();
        match self {
            Self::Read(source) => CheckpointError::Io {
                verb: "read",
                path,
                source,
            },
            Self::Content(reason) => CheckpointError::Content { path, reason },
            Self::Later(reason) => CheckpointError::Later { path, reason },
        }
    }
}

/// The description in a file of `length` bytes, and all its bytes.
///
/// `expected` says how many numbers a file so described holds. Nothing is allocated for them
/// before that, the header's word and the file's length agree.
pub(super) fn read<T: DeserializeOwned>(
    mut source: impl Read,
    length: u64,
    expected: impl Fn(&T) -> Result<usize, Fault>,
) -> Result<(T, Vec<u8>), Fault> {
    let cut = || Fault::Content("it is cut short".to_owned());
    let mut bytes = vec![0; 8.min(length as usize)];
    source.read_exact(&mut bytes).map_err(Fault::Read)?;
    let header: [u8; 8] = bytes.as_slice().try_into().map_err(|_| cut())?;
    let header = u64::from_le_bytes(header);
    if header > LONGEST_HEADER {
        return Err(Fault::Content(format!(
            "its header would be {header} bytes long"
        )));
    }
    let mut part = source.by_ref().take(header);
    part.read_to_end(&mut bytes).map_err(Fault::Read)?;
    if bytes.len() as u64 != 8 + header {
        return Err(cut());
    }
    let metadata: Metadata =
        serde_json::from_slice(&bytes[8..]).map_err(|error| error.to_string())?;
    let text = metadata.metadata().as_ref().and_then(|m| m.get("molgpt"));
    let text = text.ok_or_else(|| "it has no `molgpt` description".to_owned())?;
    let description = serde_json::from_str(text).map_err(|error| undescribed(&error))?;
    if metadata.info(CHECKSUM).is_none() {
        let reason = "it has no checksum, so that damage could not be told";
        return Err(Fault::Content(reason.to_owned()));
    }
    let needed = expected(&description)? * size_of::<f32>() + CHECKSUM_SIZE;
    let found = metadata.data_len();
    if needed != found {
        return Err(Fault::Content(format!(
            "its shape needs {needed} bytes of weights and checksum, it has {found}"
        )));
    }
    if bytes.len() as u64 + needed as u64 != length {
        return Err(cut());
    }
    bytes.reserve_exact(needed);
    let mut part = source.take(needed as u64);
    part.read_to_end(&mut bytes).map_err(Fault::Read)?;
    if bytes.len() as u64 != length {
        return Err(cut());
    }
    let (content, checksum) = bytes.split_at(bytes.len() - CHECKSUM_SIZE);
    if Sha256::digest(content)[..] != *checksum {
        return Err(Fault::Content(
            "its checksum is not that of its content".to_owned(),
        ));
    }
    Ok((description, bytes))
}

/// The reason for which a description cannot be read. A field that is not known is a later program's.
fn undescribed(error: &serde_json::Error) -> Fault {
    let reason = error.to_string();
    let unknown = reason.split(", expected").next().unwrap_or_default();
    if unknown.starts_with("unknown field") {
        Fault::Later(unknown.to_owned())
    } else {
        Fault::Content(reason)
    }
}

/// The values of a tensor of this name, which must have this shape.
pub(super) fn values(
    tensors: &SafeTensors<'_>,
    name: &str,
    shape: &[usize],
) -> Result<Vec<f32>, String> {
    let view = tensors
        .tensor(name)
        .map_err(|_| format!("the weights `{name}` are missing"))?;
    if view.dtype() != Dtype::F32 || view.shape() != shape {
        let found = view.shape();
        return Err(format!("`{name}` is {found:?}, not {shape:?}"));
    }
    Ok(floats(view.data()))
}

/// Numbers of single precision from their bytes, little endian.
pub(super) fn floats(bytes: &[u8]) -> Vec<f32> {
    let (chunks, _) = bytes.as_chunks::<4>();
    let number = |bytes: &[u8; 4]| f32::from_le_bytes(*bytes);
    chunks.iter().map(number).collect()
}

crate::error::becomes!(Input: CheckpointError);
