//! One self-contained model file: weights, shape and vocabulary as safetensors.
//!
//! Data only: nothing in it executes. It is checked against its own description before any
//! network is built, and written atomically (write, sync, rename), so that a failed save leaves
//! the old model untouched. Knows nothing of training or sampling.

use std::borrow::Cow;
use std::collections::HashMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::backend::Backend;
use burn::tensor::{Tensor, TensorData};
use safetensors::{Dtype, SafeTensors, View};
use serde::{Deserialize, Serialize};

use crate::model::{Gpt, GptConfig, ModelError};
use crate::tokenizer::{Tokenizer, Vocabulary};

/// Version of the file's description; another one is refused.
const FORMAT: u32 = 1;

/// Why a model file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CheckpointError {
    /// The file system said no.
    #[error("`{path}`: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Not a model file, or cut short, or of another version.
    #[error("`{path}` is not a usable molgpt model: {reason}; train again or copy it anew")]
    Content {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
}

/// What the file says of itself, beside its weights.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Description {
    format: u32,
    model: GptConfig,
    vocabulary: Vec<String>,
}

/// A network with the tokenizer and shape that belong to it.
#[derive(Debug)]
pub struct Model<B: Backend> {
    /// The network's shape.
    pub config: GptConfig,
    /// Text to token ids and back.
    pub tokenizer: Tokenizer,
    /// The weights.
    pub network: Gpt<B>,
}

/// Writes a model file atomically.
///
/// # Errors
/// [`CheckpointError::Io`] when the file cannot be written; an older file at `path` stays as it was.
pub fn save<B: Backend>(
    path: &Path,
    config: &GptConfig,
    vocabulary: &Vocabulary,
    network: &Gpt<B>,
) -> Result<(), CheckpointError> {
    let io = |source| CheckpointError::Io {
        path: path.to_owned(),
        source,
    };
    let mut weights = Weights::default();
    network.visit(&mut weights);
    let description = Description {
        format: FORMAT,
        model: config.clone(),
        vocabulary: vocabulary.tokens().to_vec(),
    };
    let text = serde_json::to_string(&description).map_err(|error| io(error.into()))?;
    let metadata = HashMap::from([("molgpt".to_owned(), text)]);
    let bytes = safetensors::serialize(weights.tensors, Some(metadata))
        .map_err(|error| io(std::io::Error::other(error)))?;
    let folder = path
        .parent()
        .filter(|f| !f.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(io)?;
    file.write_all(&bytes).map_err(io)?;
    file.as_file().sync_all().map_err(io)?;
    file.persist(path).map_err(|error| io(error.error))?;
    Ok(())
}

/// Reads a model file.
///
/// # Errors
/// [`CheckpointError`] when the file is missing, cut short, inconsistent or of another version.
pub fn load<B: Backend>(path: &Path, device: &B::Device) -> Result<Model<B>, CheckpointError> {
    let bytes = std::fs::read(path).map_err(|source| CheckpointError::Io {
        path: path.to_owned(),
        source,
    })?;
    parse(&bytes, device).map_err(|reason| CheckpointError::Content {
        path: path.to_owned(),
        reason,
    })
}

fn parse<B: Backend>(bytes: &[u8], device: &B::Device) -> Result<Model<B>, String> {
    let (_, metadata) = SafeTensors::read_metadata(bytes).map_err(|error| error.to_string())?;
    let tensors = SafeTensors::deserialize(bytes).map_err(|error| error.to_string())?;
    let text = metadata.metadata().as_ref().and_then(|m| m.get("molgpt"));
    let text = text.ok_or("it has no `molgpt` description")?;
    let description: Description = serde_json::from_str(text).map_err(|error| error.to_string())?;
    if description.format != FORMAT {
        return Err(format!(
            "its format is {}, this program reads {FORMAT}",
            description.format
        ));
    }
    let config = description.model;
    config
        .validate()
        .map_err(|error: ModelError| error.to_string())?;
    let least = config.layers * 12 * config.width * config.width * size_of::<f32>();
    if least > bytes.len() {
        return Err(format!(
            "its shape needs {least} bytes of weights, it has {}",
            bytes.len()
        ));
    }
    let vocabulary =
        Vocabulary::from_tokens(description.vocabulary).map_err(|error| error.to_string())?;
    let network: Gpt<B> = config.init(vocabulary.len(), device);
    let mut loader = Loader {
        tensors: &tensors,
        path: Vec::new(),
        fault: None,
        device,
    };
    let network = network.map(&mut loader);
    match loader.fault {
        Some(fault) => Err(fault),
        None => Ok(Model {
            config,
            tokenizer: Tokenizer::new(vocabulary),
            network,
        }),
    }
}

/// One weight tensor on its way to the file.
struct Weight {
    shape: Vec<usize>,
    bytes: Vec<u8>,
}

impl View for Weight {
    fn dtype(&self) -> Dtype {
        Dtype::F32
    }
    fn shape(&self) -> &[usize] {
        &self.shape
    }
    fn data(&self) -> Cow<'_, [u8]> {
        Cow::Borrowed(&self.bytes)
    }
    fn data_len(&self) -> usize {
        self.bytes.len()
    }
}

/// Collects every parameter under its path in the network, `blocks.0.up.weight` say.
#[derive(Default)]
struct Weights {
    path: Vec<String>,
    tensors: Vec<(String, Weight)>,
}

impl<B: Backend> ModuleVisitor<B> for Weights {
    fn enter_module(&mut self, name: &str, _container_type: &str) {
        self.path.push(name.to_owned());
    }
    fn exit_module(&mut self, _name: &str, _container_type: &str) {
        self.path.pop();
    }
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<B, D>>) {
        let tensor = param.val();
        let shape = tensor.dims().to_vec();
        let values = tensor.into_data().convert::<f32>();
        let bytes = values.iter::<f32>().flat_map(f32::to_le_bytes).collect();
        self.tensors
            .push((self.path.join("."), Weight { shape, bytes }));
    }
}

/// Fills every parameter from the file; remembers the first that does not fit.
struct Loader<'a, B: Backend> {
    tensors: &'a SafeTensors<'a>,
    path: Vec<String>,
    fault: Option<String>,
    device: &'a B::Device,
}

impl<B: Backend> ModuleMapper<B> for Loader<'_, B> {
    fn enter_module(&mut self, name: &str, _container_type: &str) {
        self.path.push(name.to_owned());
    }
    fn exit_module(&mut self, _name: &str, _container_type: &str) {
        self.path.pop();
    }
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<B, D>>) -> Param<Tensor<B, D>> {
        let name = self.path.join(".");
        let (id, old, mapper) = param.consume();
        let shape = old.dims();
        let new = match self.tensors.tensor(&name) {
            Ok(view) if view.dtype() == Dtype::F32 && view.shape() == shape => {
                let values: Vec<f32> = view
                    .data()
                    .chunks_exact(4)
                    .map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]))
                    .collect();
                Tensor::from_data(TensorData::new(values, shape), self.device)
            }
            Ok(view) => {
                let found = view.shape();
                self.fault
                    .get_or_insert(format!("`{name}` is {found:?}, not {shape:?}"));
                old
            }
            Err(_) => {
                self.fault
                    .get_or_insert(format!("the weights `{name}` are missing"));
                old
            }
        };
        Param::from_mapped_value(id, new, mapper)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::RunConfig;
    use burn::backend::Flex;

    type Device = burn::tensor::Device<Flex>;

    #[test]
    fn a_model_survives_the_file_and_a_cut_file_is_refused() {
        let config = RunConfig::parse(include_str!("../configs/tiny.toml"))
            .unwrap()
            .model;
        let vocabulary = Vocabulary::from_molecules(["CCO", "c1ccccc1"].into_iter());
        let network: Gpt<Flex> = config.init(vocabulary.len(), &Device::default());
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("model.safetensors");
        save(&path, &config, &vocabulary, &network).unwrap();
        let back: Model<Flex> = load(&path, &Device::default()).unwrap();
        let (mut before, mut after) = (Weights::default(), Weights::default());
        network.visit(&mut before);
        back.network.visit(&mut after);
        assert_eq!(before.tensors.len(), 4 + 12 * config.layers);
        for ((name, a), (_, b)) in before.tensors.iter().zip(&after.tensors) {
            assert_eq!(a.bytes, b.bytes, "{name}");
        }
        let bytes = std::fs::read(&path).unwrap();
        for length in [0, 7, 100, bytes.len() / 2, bytes.len() - 1] {
            std::fs::write(&path, &bytes[..length]).unwrap();
            let error = load::<Flex>(&path, &Device::default())
                .unwrap_err()
                .to_string();
            assert!(error.contains("not a usable molgpt model"), "{error}");
        }
    }
}
