//! The forward pass of one token through one block and head, in numbers.

use serde_json::{Value, json};

use crate::error::{Result, ensure};
use crate::explain::Explanation;
use crate::model::Model;

/// The values that a block computes at a token, of one of its heads where there are several.
pub(super) fn walk(
    model: &Model,
    explanation: &Explanation,
    [token, block, head]: [usize; 3],
) -> Result<Value> {
    let config = model.config();
    let time = explanation.trace.time;
    for (name, value, count) in [
        ("token", token, time),
        ("block", block, config.layers),
        ("head", head, config.heads),
    ] {
        ensure!(
            value < count,
            Setting,
            "there is no {name} {value}: there are {count}, from 0"
        );
    }
    let width = config.width;
    let size = width / config.heads;
    let values = explanation.trace.block(model, block);
    let row = |all: &[f32], width: usize| all[token * width..][..width].to_vec();
    let part = |part: usize| {
        let start = (3 * token + part) * width + head * size;
        values.query_key_value[start..][..size].to_vec()
    };
    let looks = |all: &[f32]| all[(head * time + token) * time..][..=token].to_vec();
    let names = model.tokenizer().vocabulary().tokens();
    let read = explanation.ids[..time].iter();
    let read: Vec<&str> = read.map(|id| names[usize::from(id.0)].as_str()).collect();
    let vocabulary = names.len();
    let logits = &explanation.trace.logits[token * vocabulary..][..vocabulary];
    let mut order: Vec<usize> = (0..vocabulary).collect();
    order.sort_by(|a, b| logits[*b].total_cmp(&logits[*a]));
    let logit = |&id: &usize| json!({ "token": names[id], "logit": logits[id] });
    Ok(json!({
        "read": read,
        "embedding": row(&explanation.trace.hidden[0], width),
        "before": row(&values.before, width),
        "norm_attention": row(&values.norm_attention, width),
        "query": part(0),
        "key": part(1),
        "value": part(2),
        "scores": looks(&values.scores),
        "weights": looks(&values.attention),
        "mixed": row(&values.mixed, width)[head * size..][..size].to_vec(),
        "projected": row(&values.projected, width),
        "between": row(&values.between, width),
        "norm_feed": row(&values.norm_feed, width),
        "up": row(&values.up, 4 * width),
        "activated": row(&values.activated, 4 * width),
        "down": row(&values.down, width),
        "after": row(&values.after, width),
        "last_norm": row(&explanation.trace.last_norm(model), width),
        "logits": order.iter().take(12).map(logit).collect::<Vec<_>>(),
    }))
}
