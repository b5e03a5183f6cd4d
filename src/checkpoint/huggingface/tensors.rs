//! Weights under the names and in the forms that `transformers` has for them.

use std::borrow::Cow;
use std::collections::BTreeMap;

use safetensors::{Dtype, SafeTensors, View};

use super::Architecture;
use crate::checkpoint::container::floats;
use crate::model::matrix::transposed;
use crate::model::{Entry, GptConfig, Layout, Model};

/// One tensor of a file.
pub(super) struct Tensor {
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
    fn data(&self) -> Cow<'_, [u8]> {
        self.values.iter().flat_map(|x| x.to_le_bytes()).collect()
    }
    fn data_len(&self) -> usize {
        size_of_val(self.values.as_slice())
    }
}

/// What a tensor of a file is to ours, whose matrices are `[inputs, outputs]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// The same.
    Same,
    /// A matrix `[outputs, inputs]`.
    Transposed,
    /// `[outputs, inputs]` or `[outputs]` of queries, keys and values: all three of one head, then of the next. Ours has the
    /// queries of all heads, then the keys, then the values.
    ByHead,
}

impl Form {
    /// The shape of the file's tensor.
    fn shape(self, ours: &[usize]) -> Vec<usize> {
        match self {
            Self::Same => ours.to_vec(),
            Self::Transposed | Self::ByHead => ours.iter().rev().copied().collect(),
        }
    }

    /// Our values as those of the file.
    fn to_file(self, values: &[f32], ours: &[usize], heads: usize) -> Vec<f32> {
        match (self, ours) {
            (Self::Same, _) => values.to_vec(),
            (Self::Transposed, _) => transposed(values, ours[1]),
            (Self::ByHead, [_, columns]) => regrouped(&transposed(values, *columns), [3, heads]),
            (Self::ByHead, _) => regrouped(values, [3, heads]),
        }
    }

    /// The values of a file as ours.
    fn of_file(self, values: &[f32], ours: &[usize], heads: usize) -> Vec<f32> {
        match (self, ours) {
            (Self::Same, _) => values.to_vec(),
            (Self::Transposed, _) => transposed(values, ours[0]),
            (Self::ByHead, [rows, _]) => transposed(&regrouped(values, [heads, 3]), *rows),
            (Self::ByHead, _) => regrouped(values, [heads, 3]),
        }
    }
}

/// `[outer, inner, rest]` as `[inner, outer, rest]`.
fn regrouped(values: &[f32], [outer, inner]: [usize; 2]) -> Vec<f32> {
    let rest = values.len() / (outer * inner);
    let block = |at: usize| &values[at * rest..(at + 1) * rest];
    let blocks = (0..inner).flat_map(|within| (0..outer).map(move |group| group * inner + within));
    blocks.flat_map(block).copied().collect()
}

impl Architecture {
    /// What stands before the names of all tensors but the output layer's, where the file is of a network with one.
    fn prefix(self) -> &'static str {
        match self {
            Self::Gpt2 => "transformer.",
            Self::GptNeoX => "gpt_neox.",
        }
    }

    /// The name of a tensor of ours in `transformers`, and its form there.
    fn place(self, name: &str) -> (String, Form) {
        let is_matrix = name.ends_with(".weight") && name != "token.weight";
        let form = match self {
            _ if name == "head.weight" => Form::Transposed,
            Self::GptNeoX if name.contains("query_key_value") => Form::ByHead,
            Self::GptNeoX if is_matrix => Form::Transposed,
            _ => Form::Same,
        };
        // Ours, that of GPT-2, that of GPT-NeoX.
        let names = [
            ("token.weight", "wte.weight", "embed_in.weight"),
            ("position", "wpe.weight", ""),
            (
                "norm_attention.gamma",
                "ln_1.weight",
                "input_layernorm.weight",
            ),
            ("norm_attention.beta", "ln_1.bias", "input_layernorm.bias"),
            (
                "norm_feed.gamma",
                "ln_2.weight",
                "post_attention_layernorm.weight",
            ),
            (
                "norm_feed.beta",
                "ln_2.bias",
                "post_attention_layernorm.bias",
            ),
            (
                "query_key_value",
                "attn.c_attn",
                "attention.query_key_value",
            ),
            ("projection", "attn.c_proj", "attention.dense"),
            ("up", "mlp.c_fc", "mlp.dense_h_to_4h"),
            ("down", "mlp.c_proj", "mlp.dense_4h_to_h"),
            ("norm.gamma", "ln_f.weight", "final_layer_norm.weight"),
            ("norm.beta", "ln_f.bias", "final_layer_norm.bias"),
        ];
        let (head, blocks) = match self {
            Self::Gpt2 => ("lm_head.weight", "h"),
            Self::GptNeoX => ("embed_out.weight", "layers"),
        };
        if name == "head.weight" {
            return (head.to_owned(), form);
        }
        let block = name
            .strip_prefix("blocks.")
            .and_then(|rest| rest.split_once('.'));
        let (before, part) = match block {
            Some((index, part)) => (format!("{}{blocks}.{index}.", self.prefix()), part),
            None => (self.prefix().to_owned(), name),
        };
        let found = names.iter().find_map(|(ours, gpt2, neox)| {
            let rest = part.strip_prefix(ours)?;
            let theirs = if self == Self::Gpt2 { gpt2 } else { neox };
            Some(format!("{before}{theirs}{rest}"))
        });
        (found.unwrap_or_else(|| format!("{before}{part}")), form)
    }
}

/// The model's tensors by their names in `transformers`.
pub(super) fn of(model: &Model, architecture: Architecture) -> BTreeMap<String, Tensor> {
    let heads = model.config().heads;
    let tensor = |entry: &Entry| {
        let values = &model.parameters()[entry.range.clone()];
        let (name, form) = architecture.place(&entry.name);
        let tensor = Tensor {
            shape: form.shape(&entry.shape),
            values: form.to_file(values, &entry.shape, heads),
        };
        (name, tensor)
    };
    model.layout().entries.iter().map(tensor).collect()
}

/// The tokens of a file.
pub(super) struct Tokens<'a> {
    /// The file's ids in the order of ours.
    pub(super) order: &'a [usize],
    /// Rows of the file's embedding.
    pub(super) rows: usize,
}

/// The weights of a file in the order of [`Layout`], those of tokens picked by their order.
pub(super) fn parameters(
    file: &SafeTensors<'_>,
    architecture: Architecture,
    shape: &GptConfig,
    tokens: &Tokens<'_>,
) -> Result<Vec<f32>, String> {
    let Tokens { order, rows } = *tokens;
    let width = shape.width;
    let layout = Layout::new(&shape.with_vocabulary(order.len()));
    let mut parameters = Vec::with_capacity(layout.len());
    for entry in &layout.entries {
        let (name, form) = architecture.place(&entry.name);
        // A file of the bare network has nothing before its names.
        let bare = name.trim_start_matches(architecture.prefix());
        let view = file.tensor(&name).or_else(|_| file.tensor(bare));
        let view = view.map_err(|_| format!("the weights `{name}` are missing"))?;
        let by_token = ["token.weight", "head.weight"].contains(&entry.name.as_str());
        let needed = if by_token {
            vec![rows, width]
        } else {
            form.shape(&entry.shape)
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
        let mut values = floats(view.data());
        if by_token {
            let row = |&id: &usize| &values[id * width..(id + 1) * width];
            values = order.iter().flat_map(row).copied().collect();
        }
        parameters.extend(form.of_file(&values, &entry.shape, shape.heads));
    }
    Ok(parameters)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_keys_and_values_are_grouped_by_head() {
        // Two heads of one value each, one input: q1 q2 k1 k2 v1 v2.
        let ours = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
        let theirs = Form::ByHead.to_file(&ours, &[1, 6], 2);
        assert_eq!(theirs, [1.0, 3.0, 5.0, 2.0, 4.0, 6.0]);
        assert_eq!(Form::ByHead.of_file(&theirs, &[1, 6], 2), ours);
        assert_eq!(Form::ByHead.to_file(&ours, &[6], 2), theirs);
    }
}
