//! Exchange with other programs: a model as the files that Hugging Face `transformers` reads and
//! writes, `config.json`, `tokenizer.json` and `model.safetensors`.
//!
//! ```text
//! model -> config (which network, its shape) + tokenizer (ids of tokens) + tensors (weights under other names) -> folder
//! ```

mod config;
mod tensors;
mod tokenizer;

use std::path::{Path, PathBuf};

use safetensors::SafeTensors;
use serde_json::Value;

pub use config::Architecture;

use crate::model::Model;
use crate::store;
use crate::tokenizer::Tokenizer;

/// The reason for which a model cannot be exchanged.
#[derive(Debug, thiserror::Error)]
pub enum ExchangeError {
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
    /// Tokens that are merged.
    #[error(
        "the model's tokens are merged (`kind = \"pairs\"`), and only models of single atoms are exported"
    )]
    Merged,
    /// A network that `transformers` has no place for.
    #[error(
        "the model has sinusoidal positions, and transformers knows learned and rotary ones: train with position = \"rotary\""
    )]
    Positions,
    /// Something in a file that is not as it must be.
    #[error("`{}`: {reason}", path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// The fault, and the remedy where there is one.
        reason: String,
    },
}

/// Writes the model into a folder, for `AutoModelForCausalLM.from_pretrained` and
/// `AutoTokenizer.from_pretrained`; returns what it is there.
///
/// The tokenizer puts `[BOS]` before a text and nothing after it, so that what it encodes can be
/// generated on from.
///
/// # Errors
/// [`ExchangeError`] for sinusoidal positions and merged tokens, and for files that cannot be written.
pub fn export(model: &Model, folder: &Path) -> Result<Architecture, ExchangeError> {
    let architecture = Architecture::of(model.config()).ok_or(ExchangeError::Positions)?;
    if !model.tokenizer().merges().is_empty() {
        return Err(ExchangeError::Merged);
    }
    let write = |name: &str, bytes: &[u8]| {
        let path = folder.join(name);
        store::write(&path, bytes).map_err(|source| ExchangeError::Io {
            verb: "write",
            path,
            source,
        })
    };
    let pretty = |value: &Value| format!("{value:#}\n").into_bytes();
    std::fs::create_dir_all(folder).map_err(|source| ExchangeError::Io {
        verb: "make",
        path: folder.to_owned(),
        source,
    })?;
    write("config.json", &pretty(&architecture.json(model)))?;
    write(
        "generation_config.json",
        &pretty(&config::generation(model)),
    )?;
    write("tokenizer.json", &pretty(&tokenizer::json(model)))?;
    write(
        "tokenizer_config.json",
        &pretty(&tokenizer::settings(model)),
    )?;
    let tensors = tensors::of(model, architecture);
    let tensors = tensors.iter().map(|(name, tensor)| (name.as_str(), tensor));
    let metadata = [("format".to_owned(), "pt".to_owned())].into();
    let bytes = safetensors::serialize(tensors, Some(metadata)).map_err(|error| {
        ExchangeError::Content {
            path: folder.join("model.safetensors"),
            reason: error.to_string(),
        }
    })?;
    write("model.safetensors", &bytes)?;
    Ok(architecture)
}

/// Reads a model from a folder with `config.json`, `tokenizer.json` and `model.safetensors`, as
/// `save_pretrained` writes them for GPT-2 or GPT-NeoX over SMILES tokens.
///
/// The special tokens may have any ids and names; they become ours. Further special tokens are
/// left out.
///
/// # Errors
/// [`ExchangeError`] for files that are missing or of another kind of network or tokenizer.
pub fn import(folder: &Path) -> Result<Model, ExchangeError> {
    let [config_path, tokenizer_path, weights_path] =
        ["config.json", "tokenizer.json", "model.safetensors"].map(|name| folder.join(name));
    let config = read_json(&config_path)?;
    let at = |path: &Path| {
        let path = path.to_owned();
        move |reason| ExchangeError::Content { path, reason }
    };
    let (architecture, shape, rows) = config::read(&config).map_err(at(&config_path))?;
    let tokenizer = read_json(&tokenizer_path)?;
    // Not every tokenizer comes with further settings.
    let settings_path = folder.join("tokenizer_config.json");
    let settings = if settings_path.exists() {
        read_json(&settings_path)?
    } else {
        Value::Null
    };
    let (order, vocabulary) =
        tokenizer::vocabulary(&tokenizer, &settings, &config, rows).map_err(at(&tokenizer_path))?;
    let bytes = std::fs::read(&weights_path).map_err(|source| ExchangeError::Io {
        verb: "read",
        path: weights_path.clone(),
        source,
    })?;
    let file =
        SafeTensors::deserialize(&bytes).map_err(|error| at(&weights_path)(error.to_string()))?;
    let tokens = tensors::Tokens {
        order: &order,
        rows,
    };
    let parameters =
        tensors::parameters(&file, architecture, &shape, &tokens).map_err(at(&weights_path))?;
    Model::new(shape, Tokenizer::atomwise(vocabulary), parameters)
        .map_err(|error| at(&config_path)(error.to_string()))
}

fn read_json(path: &Path) -> Result<Value, ExchangeError> {
    let text = std::fs::read_to_string(path).map_err(|source| ExchangeError::Io {
        verb: "read",
        path: path.to_owned(),
        source,
    })?;
    serde_json::from_str(&text).map_err(|error| ExchangeError::Content {
        path: path.to_owned(),
        reason: error.to_string(),
    })
}

crate::error::becomes!(Input: ExchangeError);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::RunConfig;
    use crate::model::{Layout, Position};
    use crate::tokenizer::Vocabulary;

    fn model(tied_head: bool) -> Model {
        model_with(Position::Learned, tied_head)
    }

    fn model_with(position: Position, tied_head: bool) -> Model {
        let mut config = RunConfig::parse(include_str!("../../../configs/tiny.toml"))
            .unwrap()
            .model;
        (config.position, config.tied_head) = (position, tied_head);
        let vocabulary =
            Vocabulary::from_molecules(["CC(=O)Nc1ccc(O)cc1Br", "C/C=C\\[C@@H]"].into_iter());
        let layout = Layout::new(&config.with_vocabulary(vocabulary.len()));
        let value = |index: usize| (index as f32 * 0.7).sin() * 0.1;
        let parameters = (0..layout.len()).map(value).collect();
        Model::new(config, Tokenizer::atomwise(vocabulary), parameters).unwrap()
    }

    #[test]
    fn an_exported_model_is_imported_equal() {
        for (position, architecture) in [
            (Position::Learned, Architecture::Gpt2),
            (Position::Rotary, Architecture::GptNeoX),
        ] {
            for tied in [true, false] {
                let (model, folder) = (model_with(position, tied), tempfile::tempdir().unwrap());
                assert_eq!(export(&model, folder.path()).unwrap(), architecture);
                assert_eq!(import(folder.path()).unwrap(), model);
            }
        }
    }

    /// Logits `[time, vocabulary]` by burn.
    fn logits(model: &Model, ids: &[i32]) -> Vec<f32> {
        use burn::backend::Flex;
        use burn::tensor::{Int, Tensor};
        let device = burn::tensor::Device::<Flex>::default();
        let network: crate::model::Gpt<Flex> = model.network(&device);
        let ids = Tensor::<Flex, 1, Int>::from_data(ids, &device);
        network
            .forward(ids.unsqueeze())
            .into_data()
            .to_vec()
            .unwrap()
    }

    // The folders and their logits by transformers 5.24.0, torch 2.15.0 (tests/golden/huggingface.py).
    #[test]
    fn a_gpt2_of_transformers_has_its_logits_here_and_goes_back_the_same() {
        check_golden("gpt2");
    }

    #[test]
    fn a_gpt_neox_of_transformers_has_its_logits_here_and_goes_back_the_same() {
        check_golden("gpt_neox");
    }

    #[track_caller]
    fn check_golden(name: &str) {
        let golden = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/golden")
            .join(name);
        let model = import(&golden).unwrap();
        let found = read_json(&golden.join("logits.json")).unwrap();
        for molecule in found["molecules"].as_array().unwrap() {
            let ids: Vec<i32> = serde_json::from_value(molecule["ids"].clone()).unwrap();
            let expected: Vec<Vec<f32>> =
                serde_json::from_value(molecule["logits"].clone()).unwrap();
            let ours = model
                .tokenizer()
                .encode(molecule["smiles"].as_str().unwrap())
                .unwrap();
            assert!(
                ours.iter()
                    .map(|id| i32::from(id.0))
                    .eq(ids.iter().copied())
            );
            let expected = expected.concat();
            let found = logits(&model, &ids);
            assert_eq!(found.len(), expected.len());
            for (a, b) in found.iter().zip(&expected) {
                approx::assert_abs_diff_eq!(a, b, epsilon = 1e-4);
            }
        }
        let folder = tempfile::tempdir().unwrap();
        export(&model, folder.path()).unwrap();
        let weights = |folder: &Path| std::fs::read(folder.join("model.safetensors")).unwrap();
        let (theirs, ours) = (weights(&golden), weights(folder.path()));
        let theirs = SafeTensors::deserialize(&theirs).unwrap();
        let ours = SafeTensors::deserialize(&ours).unwrap();
        assert_eq!(theirs.len(), ours.len());
        for (name, tensor) in theirs.tensors() {
            let found = ours.tensor(&name).unwrap();
            assert_eq!(found.shape(), tensor.shape(), "{name}");
            assert!(found.data() == tensor.data(), "{name}");
        }
    }

    #[test]
    fn special_tokens_may_have_other_ids_and_names() {
        let (model, folder) = (model(true), tempfile::tempdir().unwrap());
        export(&model, folder.path()).unwrap();
        let rename = |name: &str, changes: &[(&str, &str)]| {
            let path = folder.path().join(name);
            let mut text = std::fs::read_to_string(&path).unwrap();
            for (from, to) in changes {
                assert!(text.contains(from), "{from} in {name}");
                text = text.replace(from, to);
            }
            std::fs::write(&path, text).unwrap();
        };
        let names = [
            ("[PAD]", "<pad>"),
            ("[BOS]", "<s>"),
            ("[EOS]", "</s>"),
            ("[UNK]", "<unk>"),
        ];
        rename("tokenizer.json", &names);
        rename("tokenizer_config.json", &names);
        assert_eq!(import(folder.path()).unwrap(), model);
    }

    #[track_caller]
    fn check_refused(file: &str, from: &str, to: &str, message: &str) {
        let (model, folder) = (model(true), tempfile::tempdir().unwrap());
        export(&model, folder.path()).unwrap();
        let path = folder.path().join(file);
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{from} in {text}");
        std::fs::write(&path, text.replace(from, to)).unwrap();
        let error = import(folder.path()).unwrap_err().to_string();
        assert!(error.contains(message) && error.contains(file), "{error}");
    }

    #[test]
    fn special_tokens_without_an_embedding_are_refused() {
        let (model, folder) = (model(true), tempfile::tempdir().unwrap());
        export(&model, folder.path()).unwrap();
        let path = folder.path().join("config.json");
        let text = std::fs::read_to_string(&path).unwrap();
        let size = format!("\"vocab_size\": {}", model.shape().vocabulary);
        assert!(text.contains(&size), "{text}");
        std::fs::write(&path, text.replace(&size, "\"vocab_size\": 2")).unwrap();
        let error = import(folder.path()).unwrap_err().to_string();
        assert!(error.contains("eos token has the id 2"), "{error}");
    }

    #[test]
    fn other_networks_are_refused_by_name() {
        check_refused(
            "config.json",
            "\"gpt2\"",
            "\"llama\"",
            "only gpt2 and gpt_neox",
        );
        check_refused("config.json", "gelu_new", "relu", "only gelu_new");
        check_refused("config.json", "\"n_head\": 2", "\"n_head\": 5", "heads");
        check_refused("tokenizer.json", "WordLevel", "BPE", "kind BPE");
        let broken = "\"pad_token\"";
        check_refused(
            "tokenizer_config.json",
            broken,
            "pad_token",
            "must be a string",
        );
        let folder = tempfile::tempdir().unwrap();
        assert!(import(folder.path()).is_err());
        let model = model_with(Position::Sinusoidal, true);
        let error = export(&model, folder.path()).unwrap_err().to_string();
        assert!(error.contains("sinusoidal"), "{error}");
    }

    #[test]
    fn other_rotary_networks_are_refused_by_their_setting() {
        for (from, to, message) in [
            (
                "\"use_parallel_residual\": false",
                "\"use_parallel_residual\": true",
                "must be false",
            ),
            (
                "\"partial_rotary_factor\": 1.0",
                "\"partial_rotary_factor\": 0.25",
                "must be 1",
            ),
            (
                "\"rope_theta\": 10000.0",
                "\"rope_theta\": 500000.0",
                "must be 10000",
            ),
            (
                "\"hidden_act\": \"gelu_new\"",
                "\"hidden_act\": \"gelu\"",
                "only gelu_new",
            ),
        ] {
            let (model, folder) = (
                model_with(Position::Rotary, true),
                tempfile::tempdir().unwrap(),
            );
            export(&model, folder.path()).unwrap();
            let path = folder.path().join("config.json");
            let text = std::fs::read_to_string(&path).unwrap();
            assert!(text.contains(from), "{from} in {text}");
            std::fs::write(&path, text.replace(from, to)).unwrap();
            let error = import(folder.path()).unwrap_err().to_string();
            assert!(error.contains(message), "{error}");
        }
    }
}
