//! One self-contained model file: weights, shape and vocabulary as safetensors; and beside it the
//! state of an unfinished run.
//!
//! Data only: nothing in it executes. Its length is checked against its own description before
//! the weights are read, and its last 32 bytes are the SHA-256 of all before them. It is written
//! atomically (write, sync, rename), so that a failed save leaves the old file untouched. Knows
//! nothing of training or sampling.

mod container;
pub mod huggingface;
mod state;

use std::io::Read;
use std::path::Path;

use safetensors::SafeTensors;
use serde::{Deserialize, Serialize};

use crate::error::{Result, ensure};
use crate::model::{Entry, GptConfig, Layout, Model, Origin, TrainedOn};
use crate::tokenizer::{Condition, Tokenizer};
use container::{Fault, Part, open, read, values, write};

pub use container::CheckpointError;
pub use state::{Position, State};

/// The name of the pretrained model inside the program.
pub const PRETRAINED: &str = "pretrained";

/// The name of the second one, of randomized spellings.
pub const RANDOMIZED: &str = "randomized";

/// Version of the file's description, 1 from the begin; another one is refused. Fields that came later are
/// absent in older files, of which `tests/golden/models` has one of each kind.
const FORMAT: u32 = 1;

/// The description in a model file, beside its weights.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Description {
    format: u32,
    model: GptConfig,
    vocabulary: Vec<String>,
    /// Merges of its tokens; absent where tokens are single atoms.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    merges: Vec<String>,
    /// Conditions that the model can read before a molecule; absent where there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    conditions: Vec<Condition>,
    /// Absent in older files, and where there is nothing to say.
    #[serde(default, skip_serializing_if = "TrainedOn::is_plain")]
    trained_on: TrainedOn,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    origin: Option<Origin>,
}

impl Model {
    /// Writes a model file atomically.
    ///
    /// # Errors
    /// [`CheckpointError::Io`] when the file cannot be written; an older file at `path` stays.
    pub fn save(&self, path: &Path) -> Result<(), CheckpointError> {
        write(path, self.parts(&self.layout()), &self.description())
    }

    /// The bytes of the model's file.
    ///
    /// # Errors
    /// A description that is no JSON.
    pub fn to_bytes(&self) -> std::io::Result<Vec<u8>> {
        container::to_bytes(self.parts(&self.layout()), &self.description())
    }

    fn description(&self) -> Description {
        Description {
            format: FORMAT,
            model: self.config().clone(),
            vocabulary: self.tokenizer().vocabulary().tokens().to_vec(),
            merges: self.tokenizer().merge_texts(),
            conditions: self.tokenizer().conditions().all().to_vec(),
            trained_on: self.trained_on(),
            origin: self.origin().cloned(),
        }
    }

    /// The weights by name.
    fn parts<'a>(&'a self, layout: &'a Layout) -> Vec<(&'a str, Part<'a>)> {
        let part = |entry: &'a Entry| {
            let values = &self.parameters()[entry.range.clone()];
            let shape = entry.shape.clone();
            (entry.name.as_str(), Part::Values { shape, values })
        };
        layout.entries.iter().map(part).collect()
    }

    /// Reads a model file.
    ///
    /// # Errors
    /// [`CheckpointError`] when it is missing, cut short, inconsistent or of a later version.
    pub fn load(path: &Path) -> Result<Self, CheckpointError> {
        let (file, length) = open(path)?;
        Self::read(file, length).map_err(|fault| fault.of(path))
    }

    /// The model in the bytes of a model file.
    ///
    /// # Errors
    /// [`CheckpointError::Content`] when they are cut short or inconsistent, [`CheckpointError::Later`]
    /// when they are of a later version.
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

    /// The second model inside the program, for structures to keep: 1.2 million parameters over merged tokens,
    /// trained on randomized spellings of the MOSES training split by configs/randomized.toml.
    ///
    /// # Errors
    /// As [`Model::pretrained`].
    pub fn randomized() -> Result<Self, CheckpointError> {
        Self::from_bytes(include_bytes!("../../data/randomized.safetensors"))
    }

    /// The model of a file or a run folder, or one of those inside the program: [`PRETRAINED`] or
    /// [`RANDOMIZED`], where no file has that name.
    ///
    /// # Errors
    /// As [`Model::load`]; a path where there is nothing.
    pub fn named(path: &Path) -> Result<Self> {
        if !path.exists() {
            match path.to_str() {
                Some(PRETRAINED) => return Ok(Self::pretrained()?),
                Some(RANDOMIZED) => return Ok(Self::randomized()?),
                _ => {}
            }
        }
        let inside = path.join("model.safetensors");
        let path = if path.is_dir() { &inside } else { path };
        ensure!(
            path.exists(),
            Setting,
            "no model `{}`: `molgpt train DATA` makes one, and `{PRETRAINED}` and `{RANDOMIZED}` are inside the program",
            path.display()
        );
        Ok(Self::load(path)?)
    }

    fn read(source: impl Read, length: u64) -> Result<Self, Fault> {
        let parameters = |description: &Description| {
            if description.format != FORMAT {
                let found = description.format;
                let reason = format!("its format is {found}, this program reads {FORMAT}");
                return Err(Fault::Later(reason));
            }
            let config = &description.model;
            config.validate().map_err(|error| error.to_string())?;
            Ok(Layout::new(&config.with_vocabulary(description.vocabulary.len())).len())
        };
        let (description, bytes) = read::<Description>(source, length, parameters)?;
        let config = description.model;
        let tokenizer = Tokenizer::from_texts(description.vocabulary, &description.merges)
            .and_then(|tokenizer| tokenizer.with_conditions(description.conditions))
            .map_err(|error| error.to_string())?;
        let tensors = SafeTensors::deserialize(&bytes).map_err(|error| error.to_string())?;
        let layout = Layout::new(&config.with_vocabulary(tokenizer.vocabulary().len()));
        let mut parameters = Vec::with_capacity(layout.len());
        for entry in &layout.entries {
            parameters.extend(values(&tensors, &entry.name, &entry.shape)?);
        }
        let model = Self::new(config, tokenizer, parameters).map_err(|error| error.to_string())?;
        let mut model = model.with_trained_on(description.trained_on);
        model.set_origin(description.origin);
        Ok(model)
    }
}

#[cfg(test)]
mod tests {
    use burn::backend::Flex;
    use burn::module::{Module, ModuleVisitor, Param};
    use burn::tensor::Tensor;
    use burn::tensor::backend::Backend;

    use std::io;

    use super::*;
    use crate::config::RunConfig;
    use crate::model::{Gpt, flatten};
    use crate::tokenizer::Vocabulary;

    fn model() -> Model {
        let config = RunConfig::parse(include_str!("../../configs/tiny.toml"))
            .unwrap()
            .model;
        let vocabulary = Vocabulary::from_molecules(["CCO", "c1ccccc1"].into_iter());
        let weights = config.with_vocabulary(vocabulary.len()).first_weights(1);
        Model::new(config, Tokenizer::atomwise(vocabulary), weights).unwrap()
    }

    #[test]
    fn a_model_survives_the_file() {
        let mut model = model();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("model.safetensors");
        model.save(&path).unwrap();
        assert_eq!(Model::load(&path).unwrap(), model);
        model.set_origin(Some(Origin {
            data: "a \"b\".csv".to_owned(),
            rows: 3,
            digest: "0123".to_owned(),
            parent: Some("pretrained".to_owned()),
            seed: u64::MAX,
            step: 7,
            validation_loss: Some(0.625),
            program: "0.1.0 (abc)".to_owned(),
        }));
        model.save(&path).unwrap();
        assert_eq!(Model::load(&path).unwrap(), model);
        let radicals = model.with_trained_on(TrainedOn {
            radicals: true,
            ..TrainedOn::default()
        });
        radicals.save(&path).unwrap();
        assert_eq!(Model::load(&path).unwrap(), radicals);
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
                Err(Fault::Content(reason) | Fault::Later(reason)) => {
                    assert!(reason.contains(message), "{reason}");
                }
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
