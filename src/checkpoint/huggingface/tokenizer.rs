//! The tokenizer of `transformers`: words by a regular expression, and back to a vocabulary.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::model::Model;
use crate::tokenizer::{ALTERNATIVES, SPECIALS, Vocabulary, VocabularyError};

/// `tokenizer.json`: SMILES tokens by the same regular expression, `[BOS]` before a text.
pub(super) fn json(model: &Model) -> Value {
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

/// `tokenizer_config.json`: the names of the special tokens.
pub(super) fn settings(model: &Model) -> Value {
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

/// The file's ids in the order of ours, and our vocabulary; `rows` is the number of embeddings.
pub(super) fn vocabulary(
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
