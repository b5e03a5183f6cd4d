//! Decoding with the KV cache: token by token, finished molecules leave the batch.
//!
//! Molecule `index` draws from its own random stream (seed, index), whatever batch it is in.

mod strategy;

use burn::tensor::backend::Backend;
use burn::tensor::{Int, Tensor, TensorData};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

use crate::checkpoint::Model;
use crate::model::Gpt;
use crate::tokenizer::{EOS, PromptError, TokenId};

pub use strategy::{Strategy, StrategyError};

/// One generated molecule.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// The text, prompt included.
    pub smiles: String,
    /// Negative log-likelihood in nats of the tokens after the prompt, EOS counted, under the
    /// model at temperature 1.
    pub nll: f64,
}

struct Row {
    index: u64,
    tokens: Vec<TokenId>,
    nll: f64,
    random: ChaCha8Rng,
}

/// Generates the molecules `indices` of the run `seed`, in order.
///
/// # Errors
/// [`PromptError`] when the prompt has a token that the model does not know.
pub fn sample<B: Backend>(
    model: &Model,
    network: &Gpt<B>,
    indices: std::ops::Range<u64>,
    prompt: &str,
    strategy: &Strategy,
    seed: u64,
    device: &B::Device,
) -> Result<Vec<Sample>, PromptError> {
    let prompt = model.tokenizer.encode_prompt(prompt)?;
    let mut rows: Vec<Row> = indices
        .map(|index| {
            let mut random = ChaCha8Rng::seed_from_u64(seed);
            random.set_stream(index);
            Row {
                index,
                tokens: prompt.clone(),
                nll: 0.0,
                random,
            }
        })
        .collect();
    let mut done: Vec<(u64, Sample)> = Vec::with_capacity(rows.len());
    let mut cache = network.cache();
    let mut next: Vec<i32> = rows
        .iter()
        .flat_map(|row| row.tokens.iter().map(|token| token.0 as i32))
        .collect();
    let mut time = prompt.len();
    while !rows.is_empty() {
        let ids = Tensor::<B, 2, Int>::from_data(TensorData::new(next, [rows.len(), time]), device);
        let logits = network.forward_cached(ids, &mut cache);
        let [batch, seen, vocabulary] = logits.dims();
        let last = logits.slice([0..batch, seen - 1..seen, 0..vocabulary]);
        let values: Vec<f32> = last.into_data().iter::<f32>().collect();
        let mut kept = Vec::with_capacity(rows.len());
        next = Vec::with_capacity(rows.len());
        time = 1;
        let mut alive = Vec::with_capacity(rows.len());
        for (position, mut row) in rows.into_iter().enumerate() {
            let logits = &values[position * vocabulary..(position + 1) * vocabulary];
            let uniform = f64::from(row.random.next_u32()) / 4_294_967_296.0;
            let token = strategy.choose(logits, uniform);
            row.nll -= strategy::log_probability(logits, token);
            // The last place of the context is EOS's: a molecule that needs it is cut there.
            if token == EOS || row.tokens.len() + 1 >= model.config.context {
                let smiles = model.tokenizer.decode(&row.tokens);
                done.push((
                    row.index,
                    Sample {
                        smiles,
                        nll: row.nll,
                    },
                ));
            } else {
                row.tokens.push(token);
                next.push(token.0 as i32);
                kept.push(position as i32);
                alive.push(row);
            }
        }
        if alive.len() < batch && !alive.is_empty() {
            cache = cache.select(&Tensor::from_data(kept.as_slice(), device));
        }
        rows = alive;
    }
    done.sort_by_key(|(index, _)| *index);
    Ok(done.into_iter().map(|(_, sample)| sample).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::RunConfig;
    use crate::model::flatten;
    use crate::tokenizer::{Tokenizer, Vocabulary};
    use burn::backend::Flex;

    #[test]
    fn the_same_seed_gives_the_same_molecules_in_any_batch() {
        let config = RunConfig::parse(include_str!("../../configs/tiny.toml"))
            .unwrap()
            .model;
        let vocabulary = Vocabulary::from_molecules(["CCO", "c1ccccc1"].into_iter());
        let device = burn::tensor::Device::<Flex>::default();
        let network: Gpt<Flex> = config.init(vocabulary.len(), &device);
        let model = Model {
            config,
            tokenizer: Tokenizer::new(vocabulary),
            parameters: flatten(&network),
        };
        let draw = |range: std::ops::Range<u64>, seed| {
            sample(
                &model,
                &network,
                range,
                "c1",
                &Strategy::default(),
                seed,
                &device,
            )
            .unwrap()
        };
        let texts =
            |samples: Vec<Sample>| samples.into_iter().map(|s| s.smiles).collect::<Vec<_>>();
        let whole = texts(draw(0..20, 5));
        let parts: Vec<String> = [0..1, 1..8, 8..20]
            .into_iter()
            .flat_map(|range| texts(draw(range, 5)))
            .collect();
        assert_eq!(whole, parts);
        assert_ne!(whole, texts(draw(0..20, 6)));
        assert!(whole.iter().all(|smiles| smiles.starts_with("c1")));
        assert!(
            sample(
                &model,
                &network,
                0..1,
                "Br",
                &Strategy::default(),
                5,
                &device
            )
            .is_err()
        );
    }
}
