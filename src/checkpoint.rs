//! One self-contained model file: weights, shape and vocabulary as safetensors; and beside it the
//! state of an unfinished run.
//!
//! Data only: nothing in it executes. It is checked against its own description before any
//! network is built, and written atomically (write, sync, rename), so that a failed save leaves
//! the old file untouched. Knows nothing of training or sampling.

use std::borrow::Cow;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

use burn::tensor::backend::Backend;
use safetensors::{Dtype, SafeTensors, View};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::files;
use crate::model::{Gpt, GptConfig, Layout, unflatten};
use crate::tokenizer::{Tokenizer, Vocabulary};

/// Version of the file's description; another one is refused.
const FORMAT: u32 = 1;

/// Why a model or state file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CheckpointError {
    /// The file system said no.
    #[error("cannot {verb} `{}`", path.display())]
    Io {
        /// What was tried.
        verb: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Not such a file, or cut short, or of another version.
    #[error("`{}` is not a usable molgpt model: {reason}; train again or copy it anew", path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
}

/// What a model file says of itself, beside its weights.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Description {
    format: u32,
    model: GptConfig,
    vocabulary: Vec<String>,
}

/// A network's weights with the tokenizer and shape that belong to them.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    /// The network's shape.
    pub config: GptConfig,
    /// Text to token ids and back.
    pub tokenizer: Tokenizer,
    /// The weights, in the order of [`Layout`].
    pub parameters: Vec<f32>,
}

impl Model {
    /// The burn network with these weights.
    pub fn network<B: Backend>(&self, device: &B::Device) -> Gpt<B> {
        let network = self.config.init(self.tokenizer.vocabulary.len(), device);
        unflatten(network, &self.parameters, device)
    }

    /// Where each parameter lies.
    pub fn layout(&self) -> Layout {
        Layout::new(&self.config, self.tokenizer.vocabulary.len())
    }

    /// Writes a model file atomically.
    ///
    /// # Errors
    /// [`CheckpointError::Io`] when the file cannot be written; an older file at `path` stays.
    pub fn save(&self, path: &Path) -> Result<(), CheckpointError> {
        let description = Description {
            format: FORMAT,
            model: self.config.clone(),
            vocabulary: self.tokenizer.vocabulary.tokens().to_vec(),
        };
        let layout = self.layout();
        let tensors = layout.entries.iter().map(|entry| {
            let values = &self.parameters[entry.range.clone()];
            (entry.name.as_str(), Values::new(&entry.shape, values))
        });
        write(path, tensors.collect(), &description)
    }

    /// Reads a model file.
    ///
    /// # Errors
    /// [`CheckpointError`] when it is missing, cut short, inconsistent or of another version.
    pub fn load(path: &Path) -> Result<Self, CheckpointError> {
        read(path, Self::parse)
    }

    /// The model inside the program: 1.2 million parameters, trained on the whole MOSES training
    /// split by configs/pretrained.toml.
    ///
    /// # Errors
    /// [`CheckpointError::Content`] when the program was built with another format's file.
    pub fn pretrained() -> Result<Self, CheckpointError> {
        Self::parse(include_bytes!("../data/pretrained.safetensors")).map_err(|reason| {
            CheckpointError::Content {
                path: "pretrained".into(),
                reason,
            }
        })
    }

    fn parse(bytes: &[u8]) -> Result<Self, String> {
        let (description, tensors): (Description, _) = open(bytes)?;
        if description.format != FORMAT {
            let found = description.format;
            return Err(format!(
                "its format is {found}, this program reads {FORMAT}"
            ));
        }
        let config = description.model;
        config.validate().map_err(|error| error.to_string())?;
        let least = config.layers * 12 * config.width * config.width * size_of::<f32>();
        if least > bytes.len() {
            let found = bytes.len();
            return Err(format!(
                "its shape needs {least} bytes of weights, it has {found}"
            ));
        }
        let vocabulary =
            Vocabulary::from_tokens(description.vocabulary).map_err(|error| error.to_string())?;
        let layout = Layout::new(&config, vocabulary.len());
        let mut parameters = Vec::with_capacity(layout.len());
        for entry in &layout.entries {
            parameters.extend(values(&tensors, &entry.name, &entry.shape)?);
        }
        Ok(Self {
            config,
            tokenizer: Tokenizer::new(vocabulary),
            parameters,
        })
    }
}

/// An unfinished run: what `--resume` needs to take exactly the steps that an unbroken run takes.
#[derive(Debug, Clone, PartialEq)]
pub struct State {
    /// Where the run stands.
    pub position: Position,
    /// The weights as they are, not the best so far.
    pub parameters: Vec<f32>,
    /// First and second moments of the optimizer.
    pub moments: [Vec<f32>; 2],
}

/// Where a run stands.
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
        let tensors = tensors.map(|(name, values)| (name, Values::new(&[values.len()], values)));
        write(path, tensors.into(), &self.position)
    }

    /// Reads a state file for a network of `length` parameters.
    ///
    /// # Errors
    /// [`CheckpointError`] when it is missing, cut short or of another network.
    pub fn load(path: &Path, length: usize) -> Result<Self, CheckpointError> {
        read(path, |bytes| {
            let (position, tensors) = open(bytes)?;
            let values = |name| values(&tensors, name, &[length]);
            Ok(Self {
                position,
                parameters: values("parameters")?,
                moments: [values("first")?, values("second")?],
            })
        })
    }
}

/// One tensor on its way to the file.
struct Values<'a> {
    shape: Vec<usize>,
    values: &'a [f32],
}

impl<'a> Values<'a> {
    fn new(shape: &[usize], values: &'a [f32]) -> Self {
        let shape = shape.to_vec();
        Self { shape, values }
    }
}

impl View for Values<'_> {
    fn dtype(&self) -> Dtype {
        Dtype::F32
    }
    fn shape(&self) -> &[usize] {
        &self.shape
    }
    fn data(&self) -> Cow<'_, [u8]> {
        self.values.iter().flat_map(|x| x.to_le_bytes()).collect()
    }
    fn data_len(&self) -> usize {
        size_of_val(self.values)
    }
}

fn write(
    path: &Path,
    tensors: Vec<(&str, Values<'_>)>,
    description: &impl Serialize,
) -> Result<(), CheckpointError> {
    let io = |source| CheckpointError::Io {
        verb: "write",
        path: path.to_owned(),
        source,
    };
    let text = serde_json::to_string(description).map_err(|error| io(error.into()))?;
    let metadata = HashMap::from([("molgpt".to_owned(), text)]);
    let bytes = safetensors::serialize(tensors, Some(metadata))
        .map_err(|error| io(std::io::Error::other(error)))?;
    files::write(path, &bytes).map_err(io)
}

fn read<T>(path: &Path, parse: impl Fn(&[u8]) -> Result<T, String>) -> Result<T, CheckpointError> {
    let bytes = std::fs::read(path).map_err(|source| CheckpointError::Io {
        verb: "read",
        path: path.to_owned(),
        source,
    })?;
    parse(&bytes).map_err(|reason| CheckpointError::Content {
        path: path.to_owned(),
        reason,
    })
}

/// The description inside a file, and its tensors.
fn open<T: DeserializeOwned>(bytes: &[u8]) -> Result<(T, SafeTensors<'_>), String> {
    let (_, metadata) = SafeTensors::read_metadata(bytes).map_err(|error| error.to_string())?;
    let tensors = SafeTensors::deserialize(bytes).map_err(|error| error.to_string())?;
    let text = metadata.metadata().as_ref().and_then(|m| m.get("molgpt"));
    let text = text.ok_or("it has no `molgpt` description")?;
    let description = serde_json::from_str(text).map_err(|error| error.to_string())?;
    Ok((description, tensors))
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

#[cfg(test)]
mod tests {
    use burn::backend::Flex;
    use burn::module::{Module, ModuleVisitor, Param};
    use burn::tensor::Tensor;

    use super::*;
    use crate::config::RunConfig;
    use crate::model::flatten;

    fn model() -> Model {
        let config = RunConfig::parse(include_str!("../configs/tiny.toml"))
            .unwrap()
            .model;
        let vocabulary = Vocabulary::from_molecules(["CCO", "c1ccccc1"].into_iter());
        let device = burn::tensor::Device::<Flex>::default();
        let network: Gpt<Flex> = config.init(vocabulary.len(), &device);
        Model {
            config,
            tokenizer: Tokenizer::new(vocabulary),
            parameters: flatten(&network),
        }
    }

    #[test]
    fn a_model_survives_the_file_and_a_cut_file_is_refused() {
        let model = model();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("model.safetensors");
        model.save(&path).unwrap();
        assert_eq!(Model::load(&path).unwrap(), model);
        let bytes = std::fs::read(&path).unwrap();
        for length in [0, 7, 100, bytes.len() / 2, bytes.len() - 1] {
            std::fs::write(&path, &bytes[..length]).unwrap();
            let error = Model::load(&path).unwrap_err().to_string();
            assert!(error.contains("not a usable molgpt model"), "{error}");
        }
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
        assert_eq!(flatten(&network), model.parameters);
    }
}
