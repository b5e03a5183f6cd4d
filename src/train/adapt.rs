//! A trained model made ready for new data: more tokens, a longer context, the rest as it was.
//!
//! Pure: a model in, a model out. Knows nothing of files or of the training that follows.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

use crate::model::{Entry, Layout, Model, ModelError};
use crate::random::uniform;
use crate::tokenizer::{Cutter, SPECIALS, Tokenizer, UNK, Vocabulary};

/// Weight of the output of `[UNK]`, which never occurs, in the outputs of new tokens; the rest is
/// the mean of related tokens. On the model inside the program with 16 new tokens (500 drugs with
/// stereochemistry and charges; 1,000 test molecules), in nats per token before any training: at 0
/// 1.50 on the new set and 0.95 on the old one, at 0.25 1.19 and 0.52, at 0.5 1.38 and 0.52.
const UNLIKELY: f32 = 0.25;

/// Noise on new embeddings, as a share of the size of those that they are made from: tokens with
/// the same relatives must not begin as one.
const NOISE: f32 = 0.1;

/// The model with the further tokens of `tokenizer`, which begins with the model's own, and room for at
/// least `context` tokens. Old tokens keep their ids, embeddings and outputs.
///
/// A new token begins as the mean of its relatives (the atoms of its element, else all atoms; the
/// ring numbers; the bonds; of merged tokens their parts), its output a quarter of the way to that of `[UNK]`. New learned
/// positions begin as copies of the last one. Equal arguments give equal models.
///
/// # Errors
/// [`ModelError::Vocabulary`] for more tokens than there are numbers.
pub fn extend(
    model: &Model,
    tokenizer: Tokenizer,
    context: usize,
    seed: u64,
) -> Result<Model, ModelError> {
    let old = model.tokenizer().vocabulary().tokens();
    let vocabulary = tokenizer.vocabulary();
    let mut config = model.config().clone();
    config.context = config.context.max(context);
    let layout = Layout::new(&config.with_vocabulary(vocabulary.len()));
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let added: Vec<Added> = vocabulary.tokens()[old.len()..]
        .iter()
        .map(|token| Added {
            relatives: parts(token, &tokenizer, old).unwrap_or_else(|| relatives(token, old)),
            seed: random.next_u64(),
        })
        .collect();
    let mut parameters = Vec::with_capacity(layout.len());
    for (before, after) in model.layout().entries.iter().zip(&layout.entries) {
        let values = &model.parameters()[before.range.clone()];
        match before.name.as_str() {
            "token.weight" => {
                // The rows are outputs too, unless there is an output layer.
                let unlikely = if config.tied_head { UNLIKELY } else { 0.0 };
                parameters.extend(more_rows(values, before, &added, unlikely));
            }
            "head.weight" => parameters.extend(more_columns(values, before, &added)),
            "position" => {
                parameters.extend_from_slice(values);
                let last = &values[values.len() - config.width..];
                let missing = config.context - model.config().context;
                parameters.extend(last.repeat(missing));
            }
            _ => parameters.extend_from_slice(values),
        }
        debug_assert_eq!(parameters.len(), after.range.end);
    }
    Model::new(config, tokenizer, parameters)
}

/// A new token: the ids that its weights are made from, and its noise.
struct Added {
    relatives: Vec<usize>,
    seed: u64,
}

impl Added {
    /// Mean of the relatives' weights, `unlikely` of the way to those of `[UNK]`, with noise;
    /// `weight(id, index)` looks them up.
    fn weights(
        &self,
        width: usize,
        unlikely: f32,
        weight: impl Fn(usize, usize) -> f32,
    ) -> Vec<f32> {
        let mut random = ChaCha8Rng::seed_from_u64(self.seed);
        let count = self.relatives.len().max(1) as f32;
        let mean = |index| {
            let sum: f32 = self.relatives.iter().map(|&id| weight(id, index)).sum();
            let mean = sum / count;
            mean + unlikely * (weight(UNK.0 as usize, index) - mean)
        };
        let means: Vec<f32> = (0..width).map(mean).collect();
        let squares: f32 = means.iter().map(|mean| mean * mean).sum();
        let size = NOISE * (squares / width.max(1) as f32).sqrt();
        means
            .into_iter()
            .map(|mean| mean + size * normal(&mut random))
            .collect()
    }
}

/// A number of mean 0 and variance 1: the sum of twelve uniform ones, less 6.
fn normal(random: &mut ChaCha8Rng) -> f32 {
    ((0..12).map(|_| uniform(random)).sum::<f64>() - 6.0) as f32
}

fn more_rows(values: &[f32], entry: &Entry, added: &[Added], unlikely: f32) -> Vec<f32> {
    let width = entry.shape[1];
    let weight = |id: usize, index: usize| values[id * width + index];
    let new = added
        .iter()
        .flat_map(|token| token.weights(width, unlikely, weight));
    values.iter().copied().chain(new).collect()
}

fn more_columns(values: &[f32], entry: &Entry, added: &[Added]) -> Vec<f32> {
    let (width, old) = (entry.shape[0], entry.shape[1]);
    let new: Vec<Vec<f32>> = added
        .iter()
        .map(|token| token.weights(width, UNLIKELY, |id, index| values[index * old + id]))
        .collect();
    let mut all = Vec::with_capacity(width * (old + added.len()));
    for (index, row) in values.chunks_exact(old).enumerate() {
        all.extend_from_slice(row);
        all.extend(new.iter().map(|column| column[index]));
    }
    all
}

/// Ids of the old tokens that a merged one is made of, if it is one.
fn parts(token: &str, tokenizer: &Tokenizer, old: &[String]) -> Option<Vec<usize>> {
    if Cutter::Atomwise.is_piece(token) {
        return None;
    }
    let id = tokenizer.vocabulary().id(token)?;
    let parts = tokenizer.merges().parts(id).into_iter();
    let parts: Vec<usize> = parts
        .map(|id| usize::from(id.0))
        .filter(|id| *id < old.len())
        .collect();
    (!parts.is_empty()).then_some(parts)
}

/// Ids of the old tokens, none of them merged, that a new one is like.
fn relatives(token: &str, old: &[String]) -> Vec<usize> {
    let like = |same: &dyn Fn(&str) -> bool| -> Vec<usize> {
        let after_specials = old.iter().enumerate().skip(SPECIALS.len());
        after_specials
            .filter(|(_, other)| Cutter::Atomwise.is_piece(other) && same(other))
            .map(|(id, _)| id)
            .collect()
    };
    let kind = kind(token);
    let element = element(token);
    let steps: [&dyn Fn(&str) -> bool; 4] = [
        &|other| element.is_some() && self::element(other) == element,
        &|other| {
            let same = |a: &str, b: &str| a.eq_ignore_ascii_case(b);
            element
                .zip(self::element(other))
                .is_some_and(|(a, b)| same(a, b))
        },
        &|other| self::kind(other) == kind,
        &|_| true,
    ];
    let found = steps.into_iter().map(like);
    found
        .into_iter()
        .find(|ids| !ids.is_empty())
        .unwrap_or_default()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Atom,
    Ring,
    Bond,
    Other,
}

fn kind(token: &str) -> Kind {
    match token.as_bytes().first() {
        Some(b'[' | b'*' | b'A'..=b'Z' | b'a'..=b'z') => Kind::Atom,
        Some(b'%' | b'0'..=b'9') => Kind::Ring,
        Some(b'-' | b'<' | b'=' | b'#' | b'$' | b':' | b'~' | b'/' | b'\\') => Kind::Bond,
        _ => Kind::Other,
    }
}

/// The element's symbol, of an atom: `N` of `[15NH3+]`, `c` of `c`.
fn element(token: &str) -> Option<&str> {
    if kind(token) != Kind::Atom {
        return None;
    }
    let text = token
        .trim_start_matches('[')
        .trim_start_matches(|c: char| c.is_ascii_digit());
    let mut end = 1;
    // `[nH]` is a nitrogen, `[se]` and `[Se]` are not.
    while text.as_bytes().get(end).is_some_and(u8::is_ascii_lowercase) {
        end += 1;
    }
    text.get(..end)
}

/// The tokens of a data set's vocabulary, and further ones, that another vocabulary does not have,
/// in byte order.
pub fn new_tokens(vocabulary: &Vocabulary, found: &Vocabulary, further: &[String]) -> Vec<String> {
    let all = found.tokens().iter().chain(further);
    let new: std::collections::BTreeSet<&String> =
        all.filter(|token| vocabulary.id(token).is_none()).collect();
    new.into_iter().cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::RunConfig;
    use crate::likelihood::Scorer;
    use crate::model::Position;

    fn model(position: Position, tied_head: bool) -> Model {
        let mut config = RunConfig::parse(include_str!("../../configs/tiny.toml"))
            .unwrap()
            .model;
        (config.position, config.tied_head) = (position, tied_head);
        let vocabulary = Vocabulary::from_molecules(["CCO", "c1ccccc1", "C=C[nH]"].into_iter());
        let layout = Layout::new(&config.with_vocabulary(vocabulary.len()));
        let value = |index: usize| ((index * 37 % 101) as f32 / 101.0 - 0.5) * 0.1;
        let parameters = (0..layout.len()).map(value).collect();
        Model::new(config, Tokenizer::atomwise(vocabulary), parameters).unwrap()
    }

    #[test]
    fn old_tokens_keep_their_weights_and_new_ones_are_like_their_relatives() {
        for (position, tied) in [
            (Position::Learned, false),
            (Position::Rotary, true),
            (Position::Learned, true),
        ] {
            let old = model(position, tied);
            let tokens = ["[C@@H]", "2", "#", "[Se]"].map(str::to_owned);
            let more = || old.tokenizer().extended(&tokens);
            let new = extend(&old, more(), 100, 1).unwrap();
            assert_eq!(new, extend(&old, more(), 100, 1).unwrap());
            assert_eq!(new.config().context, 100);
            assert_eq!(new.parameters().len(), new.layout().len());
            let count = old.shape().vocabulary;
            let names = new.tokenizer().vocabulary().tokens();
            assert_eq!(names[..count], *old.tokenizer().vocabulary().tokens());
            assert_eq!(names[count..], tokens);
            let width = old.config().width;
            let row = |model: &Model, id: usize| model.parameters()[id * width..][..width].to_vec();
            for id in 0..count {
                assert_eq!(row(&old, id), row(&new, id));
            }
            let carbon = row(
                &new,
                old.tokenizer().vocabulary().id("C").unwrap().0 as usize,
            );
            let chiral = row(&new, count);
            let distance = |a: &[f32], b: &[f32]| -> f32 {
                a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum()
            };
            let size = distance(&carbon, &vec![0.0; width]);
            let far = distance(&carbon, &chiral);
            assert!(far > 0.0 && far < 0.25 * size, "{far} of {size}");
            // The network behind the new tokens is the old one.
            let likelihood = |model: &Model| {
                let score = Scorer::new(model).score(&["CCO"]).remove(0).unwrap();
                score.nll()
            };
            let (before, after) = (likelihood(&old), likelihood(&new));
            assert!(after > before, "new tokens take their share");
            assert!(after < before + 2.0, "{before} {after}");
        }
    }

    #[test]
    fn relatives_are_of_the_element_then_of_the_kind() {
        let old: Vec<String> = "[PAD] [BOS] [EOS] [UNK] C c N [nH] 1 2 = ("
            .split(' ')
            .map(str::to_owned)
            .collect();
        for (token, expected) in [
            ("[C@H]", "C"),
            ("[N+]", "N"),
            ("n", "[nH]"),
            ("[cH-]", "c"),
            ("%10", "1 2"),
            ("#", "="),
            ("[Se]", "C c N [nH]"),
            ("O", "C c N [nH]"),
            (".", "("),
        ] {
            let found = relatives(token, &old);
            let found: Vec<&str> = found.into_iter().map(|id| old[id].as_str()).collect();
            assert_eq!(found.join(" "), expected, "{token}");
        }
    }
}
