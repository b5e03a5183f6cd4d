//! Exchange with other programs: a model as the files that Hugging Face `transformers` reads and
//! writes for GPT-2, `config.json`, `tokenizer.json` and `model.safetensors`.
//!
//! Networks with learned positions are GPT-2 to the bit: pre-norm blocks, GELU by tanh, queries,
//! keys and values in one layer. Others have no place there and are refused.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use safetensors::{Dtype, SafeTensors, View};
use serde_json::{Value, json};

use super::container::floats;
use crate::model::matrix::transposed;
use crate::model::{Entry, GptConfig, Layout, Model, Position};
use crate::store;
use crate::tokenizer::{ALTERNATIVES, SPECIALS, Tokenizer, Vocabulary, VocabularyError};

/// The epsilon of every layer norm.
const EPSILON: f64 = 1e-5;

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
    /// A network that GPT-2 has no place for.
    #[error(
        "the model has {0} positions, and GPT-2 has learned ones: train with position = \"learned\""
    )]
    Positions(&'static str),
    /// Something in a file that is not as it must be.
    #[error("`{}`: {reason}", path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// The fault, and the remedy where there is one.
        reason: String,
    },
}

/// Writes the model into a folder, for `GPT2LMHeadModel.from_pretrained` and
/// `AutoTokenizer.from_pretrained`.
///
/// The tokenizer puts `[BOS]` before a text and nothing after it, so that what it encodes can be
/// generated on from.
///
/// # Errors
/// [`ExchangeError`] for networks without learned positions, and for files that cannot be written.
pub fn export(model: &Model, folder: &Path) -> Result<(), ExchangeError> {
    match model.config().position {
        Position::Learned => {}
        Position::Rotary => return Err(ExchangeError::Positions("rotary")),
        Position::Sinusoidal => return Err(ExchangeError::Positions("sinusoidal")),
    }
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
    write("config.json", &pretty(&config_json(model)))?;
    write("generation_config.json", &pretty(&generation_json(model)))?;
    write("tokenizer.json", &pretty(&tokenizer_json(model)))?;
    write(
        "tokenizer_config.json",
        &pretty(&tokenizer_config_json(model)),
    )?;
    let tensors = tensors(model);
    let tensors = tensors.iter().map(|(name, tensor)| (name.as_str(), tensor));
    let metadata = [("format".to_owned(), "pt".to_owned())].into();
    let bytes = safetensors::serialize(tensors, Some(metadata)).map_err(|error| {
        ExchangeError::Content {
            path: folder.join("model.safetensors"),
            reason: error.to_string(),
        }
    })?;
    write("model.safetensors", &bytes)
}

fn config_json(model: &Model) -> Value {
    let GptConfig {
        layers,
        heads,
        width,
        context,
        dropout,
        tied_head,
        ..
    } = model.config();
    json!({
        "architectures": ["GPT2LMHeadModel"],
        "model_type": "gpt2",
        "activation_function": "gelu_new",
        "vocab_size": model.shape().vocabulary,
        "n_positions": context,
        "n_embd": width,
        "n_layer": layers,
        "n_head": heads,
        "n_inner": 4 * width,
        "layer_norm_epsilon": EPSILON,
        "embd_pdrop": dropout,
        "resid_pdrop": dropout,
        "attn_pdrop": 0.0,
        "initializer_range": 0.02,
        "scale_attn_weights": true,
        "scale_attn_by_inverse_layer_idx": false,
        "tie_word_embeddings": tied_head,
        "pad_token_id": 0,
        "bos_token_id": 1,
        "eos_token_id": 2,
        "dtype": "float32",
    })
}

fn generation_json(model: &Model) -> Value {
    json!({
        "do_sample": true,
        "max_length": model.config().context,
        "pad_token_id": 0,
        "bos_token_id": 1,
        "eos_token_id": 2,
        "suppress_tokens": [0, 1, 3],
    })
}

fn tokenizer_json(model: &Model) -> Value {
    let tokens = model.tokenizer().vocabulary().tokens();
    let vocabulary: serde_json::Map<String, Value> = tokens
        .iter()
        .zip(0..)
        .map(|(token, id)| (token.clone(), Value::from(id)))
        .collect();
    let special = |(token, id): (&str, usize)| {
        json!({
            "id": id, "content": token, "special": true,
            "single_word": false, "lstrip": false, "rstrip": false, "normalized": false,
        })
    };
    let added: Vec<Value> = SPECIALS.into_iter().zip(0..).map(special).collect();
    let alternatives: Vec<&str> = ALTERNATIVES.iter().map(|(regex, _)| *regex).collect();
    let begin = json!({"SpecialToken": {"id": "[BOS]", "type_id": 0}});
    json!({
        "version": "1.0",
        "truncation": null,
        "padding": null,
        "added_tokens": added,
        "normalizer": null,
        "pre_tokenizer": {
            "type": "Split",
            "pattern": {"Regex": alternatives.join("|")},
            "behavior": "Isolated",
            "invert": false,
        },
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [begin, {"Sequence": {"id": "A", "type_id": 0}}],
            "pair": [begin, {"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 0}}],
            "special_tokens": {"[BOS]": {"id": "[BOS]", "ids": [1], "tokens": ["[BOS]"]}},
        },
        "decoder": {"type": "Fuse"},
        "model": {"type": "WordLevel", "vocab": vocabulary, "unk_token": "[UNK]"},
    })
}

fn tokenizer_config_json(model: &Model) -> Value {
    json!({
        "tokenizer_class": "PreTrainedTokenizerFast",
        "model_max_length": model.config().context,
        "pad_token": "[PAD]",
        "bos_token": "[BOS]",
        "eos_token": "[EOS]",
        "unk_token": "[UNK]",
        "clean_up_tokenization_spaces": false,
    })
}

/// One tensor of a file.
struct Tensor {
    shape: Vec<usize>,
    values: Vec<f32>,
}

impl View for &Tensor {
    fn dtype(&self) -> Dtype {
        Dtype::F32
    }
    fn shape(&self) -> &[usize] {
        &self.shape
    }
    fn data(&self) -> std::borrow::Cow<'_, [u8]> {
        self.values.iter().flat_map(|x| x.to_le_bytes()).collect()
    }
    fn data_len(&self) -> usize {
        size_of_val(self.values.as_slice())
    }
}

/// The name of a tensor in `transformers`.
fn foreign_name(name: &str) -> String {
    let parts = [
        ("token.weight", "wte.weight"),
        ("position", "wpe.weight"),
        ("norm_attention.gamma", "ln_1.weight"),
        ("norm_attention.beta", "ln_1.bias"),
        ("norm_feed.gamma", "ln_2.weight"),
        ("norm_feed.beta", "ln_2.bias"),
        ("query_key_value", "attn.c_attn"),
        ("projection", "attn.c_proj"),
        ("up", "mlp.c_fc"),
        ("down", "mlp.c_proj"),
        ("norm.gamma", "ln_f.weight"),
        ("norm.beta", "ln_f.bias"),
    ];
    if name == "head.weight" {
        return "lm_head.weight".to_owned();
    }
    let (before, part) = match name
        .strip_prefix("blocks.")
        .and_then(|rest| rest.split_once('.'))
    {
        Some((index, part)) => (format!("transformer.h.{index}."), part),
        None => ("transformer.".to_owned(), name),
    };
    let found = parts.iter().find_map(|(ours, theirs)| {
        let rest = part.strip_prefix(ours)?;
        Some(format!("{before}{theirs}{rest}"))
    });
    found.unwrap_or_else(|| format!("{before}{part}"))
}

/// The model's tensors by their names in `transformers`.
fn tensors(model: &Model) -> BTreeMap<String, Tensor> {
    let tensor = |entry: &Entry| {
        let values = model.parameters()[entry.range.clone()].to_vec();
        let shape = entry.shape.clone();
        let tensor = match (entry.name.as_str(), shape.as_slice()) {
            // Ours is [width, vocabulary].
            ("head.weight", [rows, columns]) => Tensor {
                values: transposed(&values, *columns),
                shape: vec![*columns, *rows],
            },
            _ => Tensor { shape, values },
        };
        (foreign_name(&entry.name), tensor)
    };
    model.layout().entries.iter().map(tensor).collect()
}

/// Reads a model from a folder with `config.json`, `tokenizer.json` and `model.safetensors`, as
/// `save_pretrained` writes them for GPT-2 over SMILES tokens.
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
    let (mut shape, rows) = network(&config).map_err(at(&config_path))?;
    let tokenizer = read_json(&tokenizer_path)?;
    // Not every tokenizer comes with further settings.
    let settings_path = folder.join("tokenizer_config.json");
    let settings = if settings_path.exists() {
        read_json(&settings_path)?
    } else {
        Value::Null
    };
    let (order, vocabulary) =
        vocabulary(&tokenizer, &settings, &config, rows).map_err(at(&tokenizer_path))?;
    let bytes = std::fs::read(&weights_path).map_err(|source| ExchangeError::Io {
        verb: "read",
        path: weights_path.clone(),
        source,
    })?;
    let file =
        SafeTensors::deserialize(&bytes).map_err(|error| at(&weights_path)(error.to_string()))?;
    let tied = config.get("tie_word_embeddings").and_then(Value::as_bool);
    shape.tied_head = tied.unwrap_or(true);
    let parameters = parameters(&file, &shape, &order, rows).map_err(at(&weights_path))?;
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

/// The network's shape and the rows of its embedding.
fn network(config: &Value) -> Result<(GptConfig, usize), String> {
    let size = |key: &str| {
        let value = config.get(key).and_then(Value::as_u64);
        value
            .map(|value| value as usize)
            .ok_or_else(|| format!("`{key}` is missing"))
    };
    let text = |key: &str| config.get(key).and_then(Value::as_str).unwrap_or_default();
    if text("model_type") != "gpt2" {
        return Err(format!(
            "`model_type` is `{}`: only gpt2 can be read",
            text("model_type")
        ));
    }
    let activation = text("activation_function");
    if !["", "gelu_new", "gelu_pytorch_tanh"].contains(&activation) {
        return Err(format!(
            "`activation_function` is `{activation}`: only gelu_new can be computed"
        ));
    }
    let width = size("n_embd")?;
    let inner = config.get("n_inner").and_then(Value::as_u64);
    if inner.is_some_and(|inner| inner as usize != 4 * width) {
        return Err("`n_inner` must be 4 `n_embd`".to_owned());
    }
    let epsilon = config.get("layer_norm_epsilon").and_then(Value::as_f64);
    if epsilon.is_some_and(|epsilon| (epsilon - EPSILON).abs() > 1e-9) {
        return Err(format!("`layer_norm_epsilon` must be {EPSILON}"));
    }
    for (key, needed) in [
        ("scale_attn_weights", true),
        ("scale_attn_by_inverse_layer_idx", false),
        ("add_cross_attention", false),
    ] {
        let found = config.get(key).and_then(Value::as_bool);
        if found.is_some_and(|found| found != needed) {
            return Err(format!("`{key}` must be {needed}"));
        }
    }
    let dropout = config.get("resid_pdrop").and_then(Value::as_f64);
    let shape = GptConfig {
        layers: size("n_layer")?,
        heads: size("n_head")?,
        width,
        context: size("n_positions")?,
        position: Position::Learned,
        dropout: dropout.unwrap_or(0.0),
        tied_head: true,
    };
    shape.validate().map_err(|error| error.to_string())?;
    Ok((shape, size("vocab_size")?))
}

/// The file's ids in the order of ours, and our vocabulary; `rows` is the number of embeddings.
fn vocabulary(
    tokenizer: &Value,
    settings: &Value,
    config: &Value,
    rows: usize,
) -> Result<(Vec<usize>, Vocabulary), String> {
    let kind = tokenizer.pointer("/model/type").and_then(Value::as_str);
    if kind != Some("WordLevel") {
        let kind = kind.unwrap_or("unknown");
        return Err(format!(
            "its tokenizer is of the kind {kind}: only WordLevel over SMILES tokens can be read"
        ));
    }
    let mut tokens: BTreeMap<usize, String> = BTreeMap::new();
    let words = tokenizer.pointer("/model/vocab").and_then(Value::as_object);
    for (token, id) in words.into_iter().flatten() {
        let id = id.as_u64().ok_or("an id is no number")? as usize;
        tokens.insert(id, token.clone());
    }
    let mut special = Vec::new();
    let added = tokenizer.get("added_tokens").and_then(Value::as_array);
    for token in added.into_iter().flatten() {
        let id = token.get("id").and_then(Value::as_u64);
        let content = token.get("content").and_then(Value::as_str);
        if let (Some(id), Some(content)) = (id, content) {
            tokens.insert(id as usize, content.to_owned());
            if token.get("special").and_then(Value::as_bool) == Some(true) {
                special.push(id as usize);
            }
        }
    }
    if let Some(id) = (0..rows).find(|id| !tokens.contains_key(id)) {
        return Err(format!("no token has the id {id} of {rows}"));
    }
    let role = |name: &str, usual: &str| {
        let by_id = config.get(format!("{name}_id")).and_then(Value::as_u64);
        let setting = settings.get(name);
        let text =
            setting.and_then(|value| value.as_str().or_else(|| value.get("content")?.as_str()));
        let by_text = |text: &str| tokens.iter().find(|(_, token)| *token == text);
        let spoken = name.replace('_', " ");
        let id = by_text(text.unwrap_or(usual))
            .map(|(id, _)| *id)
            .or(by_id.map(|id| id as usize))
            .ok_or_else(|| format!("it has no {spoken}: our models need one"))?;
        // Of a token that was added after training.
        if id >= rows {
            return Err(format!(
                "its {spoken} has the id {id}, and the embedding has {rows} rows: resize it"
            ));
        }
        Ok(id)
    };
    let mut order = vec![
        role("pad_token", SPECIALS[0])?,
        role("bos_token", SPECIALS[1])?,
        role("eos_token", SPECIALS[2])?,
        role("unk_token", SPECIALS[3])?,
    ];
    let distinct: std::collections::BTreeSet<usize> = order.iter().copied().collect();
    if distinct.len() < order.len() {
        return Err(
            "its padding, begin, end and unknown tokens are not four different ones".to_owned(),
        );
    }
    order.extend((0..rows).filter(|id| !distinct.contains(id) && !special.contains(id)));
    let ours = order
        .iter()
        .skip(SPECIALS.len())
        .map(|id| tokens[id].clone());
    let ours: Vec<String> = SPECIALS
        .into_iter()
        .map(str::to_owned)
        .chain(ours)
        .collect();
    let vocabulary =
        Vocabulary::from_tokens(ours).map_err(|error: VocabularyError| error.to_string())?;
    Ok((order, vocabulary))
}

/// The weights in the order of [`Layout`], those of tokens picked by `order`.
fn parameters(
    file: &SafeTensors<'_>,
    shape: &GptConfig,
    order: &[usize],
    rows: usize,
) -> Result<Vec<f32>, String> {
    let layout = Layout::new(&shape.with_vocabulary(order.len()));
    let mut parameters = Vec::with_capacity(layout.len());
    for entry in &layout.entries {
        let name = foreign_name(&entry.name);
        // A file of the bare network has no `transformer.` before its names.
        let bare = name.trim_start_matches("transformer.");
        let view = file.tensor(&name).or_else(|_| file.tensor(bare));
        let view = view.map_err(|_| format!("the weights `{name}` are missing"))?;
        let width = shape.width;
        let by_token = ["token.weight", "head.weight"].contains(&entry.name.as_str());
        let needed = if by_token {
            vec![rows, width]
        } else {
            entry.shape.clone()
        };
        if view.dtype() != Dtype::F32 {
            return Err(format!(
                "`{name}` is of type {:?}: save the model as float32",
                view.dtype()
            ));
        }
        if view.shape() != needed {
            return Err(format!("`{name}` is {:?}, not {needed:?}", view.shape()));
        }
        let values = floats(view.data());
        if !by_token {
            parameters.extend(values);
            continue;
        }
        let ordered: Vec<f32> = order
            .iter()
            .flat_map(|&id| values[id * width..(id + 1) * width].iter().copied())
            .collect();
        parameters.extend(if entry.name == "head.weight" {
            transposed(&ordered, width)
        } else {
            ordered
        });
    }
    Ok(parameters)
}

crate::error::becomes!(Input: ExchangeError);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::RunConfig;

    fn model(tied_head: bool) -> Model {
        model_with(Position::Learned, tied_head)
    }

    fn model_with(position: Position, tied_head: bool) -> Model {
        let mut config = RunConfig::parse(include_str!("../../configs/tiny.toml"))
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
        for tied in [true, false] {
            let (model, folder) = (model(tied), tempfile::tempdir().unwrap());
            export(&model, folder.path()).unwrap();
            assert_eq!(import(folder.path()).unwrap(), model);
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

    // The folder and its logits by transformers 5.24.0, torch 2.15.0 (tests/golden/gpt2.py).
    #[test]
    fn a_model_of_transformers_has_its_logits_here_and_goes_back_the_same() {
        let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/gpt2");
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
        check_refused("config.json", "\"gpt2\"", "\"llama\"", "only gpt2");
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
        let model = model_with(Position::Rotary, true);
        let error = export(&model, folder.path()).unwrap_err().to_string();
        assert!(error.contains("rotary"), "{error}");
    }
}
