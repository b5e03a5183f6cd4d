//! One self-contained model file: weights, shape and vocabulary as safetensors; and beside it the
//! state of an unfinished run.
//!
//! Data only: nothing in it executes. Its length is checked against its own description before
//! the weights are read, and its last 32 bytes are the SHA-256 of all before them. It is written
//! atomically (write, sync, rename), so that a failed save leaves the old file untouched. Knows
//! nothing of training or sampling.

pub mod huggingface;

use std::borrow::Cow;
use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use safetensors::tensor::Metadata;
use safetensors::{Dtype, SafeTensors, View};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::model::{GptConfig, Layout, Model};
use crate::store;
use crate::tokenizer::{Tokenizer, Vocabulary};

/// Version of the file's description; another one is refused.
const FORMAT: u32 = 1;

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
    /// Not such a file, or cut short, or of another version.
    #[error("`{}` is not a usable molgpt model: {reason}; train again or copy it anew", path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// The fault.
        reason: String,
    },
}

/// The description in a model file, beside its weights.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Description {
    format: u32,
    model: GptConfig,
    vocabulary: Vec<String>,
}

impl Model {
    /// Writes a model file atomically.
    ///
    /// # Errors
    /// [`CheckpointError::Io`] when the file cannot be written; an older file at `path` stays.
    pub fn save(&self, path: &Path) -> Result<(), CheckpointError> {
        let description = Description {
            format: FORMAT,
            model: self.config().clone(),
            vocabulary: self.tokenizer().vocabulary().tokens().to_vec(),
        };
        let layout = self.layout();
        let tensors = layout.entries.iter().map(|entry| {
            let values = &self.parameters()[entry.range.clone()];
            let shape = entry.shape.clone();
            (entry.name.as_str(), Part::Values { shape, values })
        });
        write(path, tensors.collect(), &description)
    }

    /// Reads a model file.
    ///
    /// # Errors
    /// [`CheckpointError`] when it is missing, cut short, inconsistent or of another version.
    pub fn load(path: &Path) -> Result<Self, CheckpointError> {
        let (file, length) = open(path)?;
        Self::read(file, length).map_err(|fault| fault.of(path))
    }

    /// The model in the bytes of a model file.
    ///
    /// # Errors
    /// [`CheckpointError::Content`] when they are cut short, inconsistent or of another version.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CheckpointError> {
        Self::read(bytes, bytes.len() as u64).map_err(|fault| fault.of(Path::new("model")))
    }

    /// The model inside the program: 1.2 million parameters, trained on the whole MOSES training
    /// split by configs/pretrained.toml.
    ///
    /// # Errors
    /// [`CheckpointError::Content`] when the program was built with another format's file.
    pub fn pretrained() -> Result<Self, CheckpointError> {
        Self::from_bytes(include_bytes!("../../data/pretrained.safetensors"))
    }

    fn read(source: impl Read, length: u64) -> Result<Self, Fault> {
        let parameters = |description: &Description| {
            if description.format != FORMAT {
                let found = description.format;
                return Err(format!(
                    "its format is {found}, this program reads {FORMAT}"
                ));
            }
            let config = &description.model;
            config.validate().map_err(|error| error.to_string())?;
            Ok(Layout::new(&config.with_vocabulary(description.vocabulary.len())).len())
        };
        let (description, bytes) = read::<Description>(source, length, parameters)?;
        let config = description.model;
        let vocabulary =
            Vocabulary::from_tokens(description.vocabulary).map_err(|error| error.to_string())?;
        let tensors = SafeTensors::deserialize(&bytes).map_err(|error| error.to_string())?;
        let layout = Layout::new(&config.with_vocabulary(vocabulary.len()));
        let mut parameters = Vec::with_capacity(layout.len());
        for entry in &layout.entries {
            parameters.extend(values(&tensors, &entry.name, &entry.shape)?);
        }
        let model = Self::new(config, Tokenizer::atomwise(vocabulary), parameters);
        Ok(model.map_err(|error| error.to_string())?)
    }
}

/// The state of an unfinished run, from which it resumes with exactly the steps of an uninterrupted
/// run.
#[derive(Debug, Clone, PartialEq)]
pub struct State {
    /// The position of the run.
    pub position: Position,
    /// The weights as they are, not the best so far.
    pub parameters: Vec<f32>,
    /// First and second moments of the optimizer.
    pub moments: [Vec<f32>; 2],
}

/// The position of a run: steps, time, best loss.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Position {
    /// Steps done.
    pub step: u64,
    /// The run's seed.
    pub seed: u64,
    /// Seconds of training done.
    pub seconds: f64,
    /// Best validation loss so far, in nats per token.
    pub best: Option<f64>,
    /// Validations since then.
    pub waited: u64,
    /// SHA-256 over the training set; another one is not the same run.
    pub data: String,
}

impl State {
    /// Writes a state file atomically.
    ///
    /// # Errors
    /// [`CheckpointError::Io`] when the file cannot be written; an older file at `path` stays.
    pub fn save(&self, path: &Path) -> Result<(), CheckpointError> {
        let [first, second] = &self.moments;
        let tensors = [
            ("parameters", &self.parameters),
            ("first", first),
            ("second", second),
        ];
        let tensors = tensors.map(|(name, values)| {
            let shape = vec![values.len()];
            (name, Part::Values { shape, values })
        });
        write(path, tensors.into(), &self.position)
    }

    /// Reads a state file for a network of `length` parameters.
    ///
    /// # Errors
    /// [`CheckpointError`] when it is missing, cut short or of another network.
    pub fn load(path: &Path, length: usize) -> Result<Self, CheckpointError> {
        let (file, size) = open(path)?;
        Self::read(file, size, length).map_err(|fault| fault.of(path))
    }

    fn read(source: impl Read, size: u64, length: usize) -> Result<Self, Fault> {
        let (position, bytes) = read(source, size, |_: &Position| Ok(3 * length))?;
        let tensors = SafeTensors::deserialize(&bytes).map_err(|error| error.to_string())?;
        let values = |name| values(&tensors, name, &[length]);
        Ok(Self {
            position,
            parameters: values("parameters")?,
            moments: [values("first")?, values("second")?],
        })
    }
}

/// One tensor on its way to the file.
enum Part<'a> {
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

fn write(
    path: &Path,
    mut tensors: Vec<(&str, Part<'_>)>,
    description: &impl Serialize,
) -> Result<(), CheckpointError> {
    let io = |source| CheckpointError::Io {
        verb: "write",
        path: path.to_owned(),
        source,
    };
    let text = serde_json::to_string(description).map_err(|error| io(error.into()))?;
    let metadata = HashMap::from([("molgpt".to_owned(), text)]);
    tensors.push((CHECKSUM, Part::Checksum));
    let mut bytes = safetensors::serialize(tensors, Some(metadata))
        .map_err(|error| io(io::Error::other(error)))?;
    let end = bytes.len() - CHECKSUM_SIZE;
    let digest = Sha256::digest(&bytes[..end]);
    bytes[end..].copy_from_slice(&digest);
    store::write(path, &bytes).map_err(io)
}

/// An open file and its length in bytes.
fn open(path: &Path) -> Result<(File, u64), CheckpointError> {
    let open = || {
        let file = File::open(path)?;
        let length = file.metadata()?.len();
        Ok((file, length))
    };
    open().map_err(|source| Fault::Read(source).of(path))
}

/// The reason for which a file cannot be read, without its name.
enum Fault {
    Read(io::Error),
    Content(String),
}

impl From<String> for Fault {
    fn from(reason: String) -> Self {
        Self::Content(reason)
    }
}

impl Fault {
    fn of(self, path: &Path) -> CheckpointError {
        let path = path.to_owned();
        match self {
            Self::Read(source) => CheckpointError::Io {
                verb: "read",
                path,
                source,
            },
            Self::Content(reason) => CheckpointError::Content { path, reason },
        }
    }
}

/// The description in a file of `length` bytes, and all its bytes.
///
/// `expected` says how many numbers a file so described holds. Nothing is allocated for them
/// before that, the header's word and the file's length agree.
fn read<T: DeserializeOwned>(
    mut source: impl Read,
    length: u64,
    expected: impl Fn(&T) -> Result<usize, String>,
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
    let description = serde_json::from_str(text).map_err(|error| error.to_string())?;
    if metadata.info(CHECKSUM).is_none() {
        return Err(Fault::Content("it has no checksum".to_owned()));
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

fn values(tensors: &SafeTensors<'_>, name: &str, shape: &[usize]) -> Result<Vec<f32>, String> {
    let view = tensors
        .tensor(name)
        .map_err(|_| format!("the weights `{name}` are missing"))?;
    if view.dtype() != Dtype::F32 || view.shape() != shape {
        let found = view.shape();
        return Err(format!("`{name}` is {found:?}, not {shape:?}"));
    }
    let (chunks, _) = view.data().as_chunks::<4>();
    Ok(chunks
        .iter()
        .map(|bytes| f32::from_le_bytes(*bytes))
        .collect())
}

crate::error::becomes!(Input: CheckpointError);

#[cfg(test)]
mod tests {
    use burn::backend::Flex;
    use burn::module::{Module, ModuleVisitor, Param};
    use burn::tensor::Tensor;
    use burn::tensor::backend::Backend;

    use super::*;
    use crate::config::RunConfig;
    use crate::model::{Gpt, flatten};

    fn model() -> Model {
        let config = RunConfig::parse(include_str!("../../configs/tiny.toml"))
            .unwrap()
            .model;
        let vocabulary = Vocabulary::from_molecules(["CCO", "c1ccccc1"].into_iter());
        let device = burn::tensor::Device::<Flex>::default();
        let network: Gpt<Flex> = config.with_vocabulary(vocabulary.len()).init(&device);
        Model::new(config, Tokenizer::atomwise(vocabulary), flatten(&network)).unwrap()
    }

    #[test]
    fn a_model_survives_the_file() {
        let model = model();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("model.safetensors");
        model.save(&path).unwrap();
        assert_eq!(Model::load(&path).unwrap(), model);
        let bytes = std::fs::read(&path).unwrap();
        std::fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
        let error = Model::load(&path).unwrap_err().to_string();
        assert!(error.contains("not a usable molgpt model"), "{error}");
    }

    #[test]
    fn a_file_cut_anywhere_or_with_any_bit_turned_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("model.safetensors");
        model().save(&path).unwrap();
        let mut bytes = std::fs::read(&path).unwrap();
        let header = 8 + u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
        let ends = (0..header + 100).chain((header..bytes.len()).step_by(997));
        for end in ends.chain(bytes.len() - 40..bytes.len()) {
            assert!(Model::from_bytes(&bytes[..end]).is_err(), "cut at {end}");
        }
        for at in (0..header).chain((header..bytes.len()).step_by(4001)) {
            bytes[at] ^= 1 << (at % 8);
            assert!(Model::from_bytes(&bytes).is_err(), "byte {at} is another");
            bytes[at] ^= 1 << (at % 8);
        }
        assert!(Model::from_bytes(&bytes).is_ok());
        bytes.push(0);
        assert!(Model::from_bytes(&bytes).is_err(), "one byte too many");
    }

    #[test]
    fn absurd_sizes_are_refused_before_anything_is_allocated() {
        #[track_caller]
        fn check(header: &str, length: u64, message: &str) {
            let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
            bytes.extend(header.as_bytes());
            let length = length.max(bytes.len() as u64);
            // A source that never ends, as a sparse file of that length.
            let source = bytes.chain(io::repeat(0));
            match Model::read(source, length) {
                Err(Fault::Content(reason)) => assert!(reason.contains(message), "{reason}"),
                Err(Fault::Read(error)) => panic!("{error}"),
                Ok(_) => panic!("read"),
            }
        }
        let described = |model: &str, tensors: &str| {
            let text = format!(
                r#"{{"format":1,"model":{model},"vocabulary":["[PAD]","[BOS]","[EOS]","[UNK]","C"]}}"#
            );
            let text = serde_json::to_string(&text).unwrap();
            format!(r#"{{"__metadata__":{{"molgpt":{text}}}{tensors}}}"#)
        };
        let shape = |layers: u64, width: u64| {
            format!(
                r#"{{"layers":{layers},"heads":2,"width":{width},"context":80,"position":"rotary","dropout":0.0,"tied_head":true}}"#
            )
        };
        let sum = r#","sha256":{"dtype":"U8","shape":[32],"data_offsets":[0,32]}"#;
        check(&described(&shape(2, 32), ""), 1 << 40, "no checksum");
        check(&described(&shape(2, 32), sum), 1 << 40, "its shape needs");
        check(
            &described(&shape(u64::MAX, 32), sum),
            1 << 40,
            "`layers` is",
        );
        check(&described(&shape(2, 1 << 60), sum), 1 << 40, "`width` is");
        check("{}", 10, "description");
        check(&"[".repeat(100_000), 1 << 20, "");
        let absurd = r#","a":{"dtype":"F32","shape":[4611686018427387904,16],"data_offsets":[0,18446744073709551615]}"#;
        check(&described(&shape(2, 32), absurd), 1 << 40, "");
        let longest = u64::MAX.to_le_bytes();
        assert!(Model::from_bytes(&longest).is_err());
    }

    #[test]
    fn a_state_survives_the_file_and_another_network_refuses_it() {
        let state = State {
            position: Position {
                step: 7,
                seed: u64::MAX,
                seconds: 1.5,
                best: Some(0.1 + 0.2),
                waited: 2,
                data: "abc".to_owned(),
            },
            parameters: vec![1.0, -2.5],
            moments: [vec![0.1, 0.2], vec![f32::MIN_POSITIVE, 4.0]],
        };
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.safetensors");
        state.save(&path).unwrap();
        assert_eq!(State::load(&path, 2).unwrap(), state);
        assert!(State::load(&path, 3).is_err());
    }

    /// The paths and shapes of the parameters, as burn visits them.
    #[derive(Default)]
    struct Paths {
        path: Vec<String>,
        found: Vec<(String, Vec<usize>)>,
    }

    impl<B: Backend> ModuleVisitor<B> for Paths {
        fn enter_module(&mut self, name: &str, _container_type: &str) {
            self.path.push(name.to_owned());
        }
        fn exit_module(&mut self, _name: &str, _container_type: &str) {
            self.path.pop();
        }
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<B, D>>) {
            let shape = param.val().dims().to_vec();
            self.found.push((self.path.join("."), shape));
        }
    }

    #[test]
    fn the_layout_is_that_of_the_burn_network() {
        let model = model();
        let network: Gpt<Flex> = model.network(&burn::tensor::Device::<Flex>::default());
        let mut paths = Paths::default();
        network.visit(&mut paths);
        let layout = model.layout();
        let ours = layout
            .entries
            .iter()
            .map(|entry| (entry.name.clone(), entry.shape.clone()));
        assert!(ours.eq(paths.found));
        assert_eq!(flatten(&network), model.parameters());
    }
}
