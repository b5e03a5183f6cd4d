//! Likelihoods of given molecules under a model: negative log-likelihoods per token and per
//! molecule.
//!
//! Texts in, numbers or reasons out, in the same order. Knows nothing of files, and nothing of
//! chemistry: any text whose tokens the model knows has a likelihood, molecule or not.

use crate::model::{Fused, Model};
use crate::tokenizer::{PromptError, TokenId, TokenizeError, Tokenizer};

/// Tokens that are computed together: enough for all cores, at most some hundred megabytes.
const TOKENS: usize = 8_192;

/// The likelihood of one molecule.
#[derive(Debug, Clone, PartialEq)]
pub struct Score {
    /// Negative logarithm of the probability of each token in nats, the end of sequence last.
    pub tokens: Vec<f32>,
}

impl Score {
    /// Negative log-likelihood of the whole molecule in nats, the end of sequence counted.
    pub fn nll(&self) -> f64 {
        self.tokens.iter().map(|nll| f64::from(*nll)).sum()
    }

    /// Perplexity per token: `exp(nll / tokens)`, the end of sequence counted.
    pub fn perplexity(&self) -> f64 {
        (self.nll() / self.tokens.len().max(1) as f64).exp()
    }
}

/// The reason for which a text has no likelihood under a model.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unscorable {
    /// It is not made of SMILES tokens.
    #[error(transparent)]
    Tokenize(#[from] TokenizeError),
    /// The model was not trained with one of its tokens.
    #[error("the model does not know the token `{token}` at byte {position}")]
    UnknownToken {
        /// The token.
        token: String,
        /// Byte offset in the text.
        position: usize,
    },
    /// More tokens than the model reads.
    #[error("{tokens} tokens, more than the {most} that the model reads")]
    TooLong {
        /// Tokens of the text.
        tokens: usize,
        /// Most tokens that the model's context holds beside `[BOS]` and `[EOS]`.
        most: usize,
    },
}

impl Unscorable {
    /// The reason in one line; the error itself may show the place in the text, on two more.
    pub fn sentence(&self) -> String {
        match self {
            Self::Tokenize(error) => error.sentence(),
            other => other.to_string(),
        }
    }
}

/// A scorer: likelihoods of texts under one model, on the cores of the current pool.
#[derive(Debug)]
pub struct Scorer<'a> {
    model: &'a Model,
    engine: Fused,
}

impl<'a> Scorer<'a> {
    /// A scorer of this model.
    pub fn new(model: &'a Model) -> Self {
        let engine = Fused::new(model.shape());
        Self { model, engine }
    }

    /// The score of each text, in order, or the reason why it has none.
    ///
    /// Texts are computed in batches of similar length; the batch that a text falls into changes
    /// its figures by rounding only.
    pub fn score(&mut self, texts: &[&str]) -> Vec<Result<Score, Unscorable>> {
        let most = self.model.config().context - 2;
        let encoded: Vec<Result<Vec<TokenId>, Unscorable>> = texts
            .iter()
            .map(|text| encode(self.model.tokenizer(), text, most))
            .collect();
        let length = |index: usize| encoded[index].as_ref().map_or(0, Vec::len);
        let mut order: Vec<usize> = (0..texts.len())
            .filter(|&index| encoded[index].is_ok())
            .collect();
        order.sort_by_key(|&index| length(index));
        let mut scores: Vec<Option<Score>> = vec![None; texts.len()];
        let mut rest = order.as_slice();
        while !rest.is_empty() {
            let mut tokens = 0;
            let fits = |index: &&usize| {
                tokens += length(**index);
                tokens <= TOKENS
            };
            let count = rest.iter().take_while(fits).count().max(1);
            let (batch, others) = rest.split_at(count);
            rest = others;
            let molecules: Vec<&[TokenId]> = batch
                .iter()
                .filter_map(|&index| encoded[index].as_deref().ok())
                .collect();
            let losses = self
                .engine
                .token_losses(self.model.parameters(), &molecules);
            for (&index, tokens) in batch.iter().zip(losses) {
                scores[index] = Some(Score { tokens });
            }
        }
        encoded
            .into_iter()
            .zip(scores)
            .map(|(encoded, score)| encoded.map(|_| score.unwrap_or(Score { tokens: Vec::new() })))
            .collect()
    }
}

/// The ids of a text from BOS to EOS, if it has at most `most` tokens between them.
pub(crate) fn encode(
    tokenizer: &Tokenizer,
    text: &str,
    most: usize,
) -> Result<Vec<TokenId>, Unscorable> {
    let mut ids = encode_beginning(tokenizer, text, most)?;
    ids.push(crate::tokenizer::EOS);
    Ok(ids)
}

/// The same of a text that goes on: without EOS.
pub(crate) fn encode_beginning(
    tokenizer: &Tokenizer,
    text: &str,
    most: usize,
) -> Result<Vec<TokenId>, Unscorable> {
    let ids = match tokenizer.encode_prompt(text) {
        Ok(ids) => ids,
        Err(PromptError::Tokenize(error)) => return Err(error.into()),
        Err(PromptError::UnknownToken {
            token, position, ..
        }) => return Err(Unscorable::UnknownToken { token, position }),
        Err(PromptError::TooLong { length, .. }) => {
            return Err(Unscorable::TooLong {
                tokens: length - 1,
                most,
            });
        }
    };
    let tokens = ids.len() - 1;
    if tokens > most {
        return Err(Unscorable::TooLong { tokens, most });
    }
    Ok(ids)
}

crate::error::becomes!(Input: Unscorable);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate::{CpuGenerator, Generator, Sample, SamplingParams};

    #[test]
    fn scores_are_the_likelihoods_that_sampling_reports() {
        let model = Model::pretrained().unwrap();
        let mut scorer = Scorer::new(&model);
        let sampled = |temperature| {
            let params = SamplingParams {
                temperature,
                seed: 3,
                ..SamplingParams::default()
            };
            CpuGenerator::new(&model).take(300, &params).unwrap()
        };
        // Some of the hot ones are cut at the context.
        let (samples, hot) = (sampled(1.0), sampled(3.0));
        assert!(hot.iter().any(|sample| sample.cut));
        let texts = |samples: &[Sample]| -> Vec<String> {
            samples.iter().map(|sample| sample.smiles.clone()).collect()
        };
        for samples in [&samples, &hot] {
            let texts = texts(samples);
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            for (score, sample) in scorer.score(&texts).iter().zip(samples) {
                let score = score.as_ref().unwrap();
                approx::assert_relative_eq!(
                    score.nll(),
                    sample.nll,
                    epsilon = 1e-3,
                    max_relative = 1e-5
                );
                assert!(score.perplexity() >= 1.0);
            }
        }
        let texts = texts(&samples);
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let alone = scorer.score(&texts[..1]).remove(0).unwrap();
        let together = scorer.score(&texts).remove(0).unwrap();
        approx::assert_abs_diff_eq!(alone.nll(), together.nll(), epsilon = 1e-4);
    }

    #[test]
    fn texts_without_a_score_keep_their_place() {
        let model = Model::pretrained().unwrap();
        let long = "C".repeat(63);
        let scores = Scorer::new(&model).score(&["CCO", "C[Xe]", "C!", &long, "", "C("]);
        let shown: Vec<String> = scores
            .iter()
            .map(|score| match score {
                Ok(score) => score.tokens.len().to_string(),
                Err(error) => error.sentence(),
            })
            .collect();
        assert_eq!(
            shown,
            [
                "4",
                "the model does not know the token `[Xe]` at byte 1",
                "'!' is not part of any SMILES token at byte 1",
                "63 tokens, more than the 62 that the model reads",
                "1",
                "3",
            ]
        );
    }
}
