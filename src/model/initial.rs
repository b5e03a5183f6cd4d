//! First weights of a network, from a seed alone.
//!
//! Drawn in the order of [`Layout`], each as burn's CPU backends draw it: the same bits as burn's
//! initializers give on a seeded backend, without the generator that burn keeps per process.

use burn::tensor::{Distribution, TensorData};
use rand::SeedableRng;
use rand::rngs::StdRng;

use super::{GptConfig, Layout, Shape};

/// Standard deviation of embeddings and of layers that do not write into the residual stream
/// (Radford et al. 2019).
const DEVIATION: f64 = 0.02;

/// Standard deviation of layers that write into the residual stream: smaller by the root of their
/// number, two per block.
fn residual_deviation(config: &GptConfig) -> f64 {
    DEVIATION / (2.0 * config.layers as f64).sqrt()
}

impl Shape {
    /// Fresh weights in the order of [`Layout`]: normal with mean 0, but for the layer norms,
    /// which begin as the identity. Equal seeds give equal weights.
    pub fn first_weights(&self, seed: u64) -> Vec<f32> {
        let layout = Layout::new(self);
        let residual = residual_deviation(&self.config);
        let mut random = StdRng::seed_from_u64(seed);
        let mut weights = Vec::with_capacity(layout.len());
        for entry in &layout.entries {
            let length = entry.range.len();
            let is_residual = |layer| entry.name.contains(layer);
            if entry.name.ends_with("gamma") {
                weights.resize(weights.len() + length, 1.0);
            } else if entry.name.ends_with("beta") {
                weights.resize(weights.len() + length, 0.0);
            } else {
                let deviation = if [".projection.", ".down."].into_iter().any(is_residual) {
                    residual
                } else {
                    DEVIATION
                };
                let normal = Distribution::Normal(0.0, deviation);
                let values = TensorData::random::<f32, _, _>([length], normal, &mut random);
                weights.extend(values.iter::<f32>());
            }
        }
        weights
    }
}

#[cfg(test)]
mod tests {
    use burn::backend::Flex;
    use burn::nn::Initializer;
    use burn::tensor::backend::Backend;

    use super::*;
    use crate::model::{Entry, Position};

    #[test]
    fn weights_are_those_of_a_seeded_backend() {
        let device = burn::tensor::Device::<Flex>::default();
        for (position, tied_head, seed) in [
            (Position::Learned, true, 0),
            (Position::Rotary, false, 7),
            (Position::Sinusoidal, true, u64::MAX),
        ] {
            let config = GptConfig {
                layers: 3,
                heads: 2,
                width: 8,
                context: 12,
                position,
                dropout: 0.1,
                tied_head,
            };
            let shape = config.with_vocabulary(9);
            let ours = shape.first_weights(seed);
            // Other tests draw from the one generator of the process, now and then in between.
            let equal = (0..100).any(|_| {
                Flex::seed(&device, seed);
                let draw = |entry: &Entry| {
                    let initializer = match &entry.name {
                        name if name.ends_with("gamma") => Initializer::Ones,
                        name if name.ends_with("beta") => Initializer::Zeros,
                        name => {
                            let writes = name.contains(".projection.") || name.contains(".down.");
                            let std = if writes { 0.02 / 6_f64.sqrt() } else { 0.02 };
                            Initializer::Normal { mean: 0.0, std }
                        }
                    };
                    let length = [entry.range.len()];
                    let values = initializer.init::<Flex, 1, _>(length, &device);
                    values.val().into_data().to_vec::<f32>().unwrap()
                };
                let entries = Layout::new(&shape).entries;
                entries.iter().flat_map(draw).collect::<Vec<_>>() == ours
            });
            assert!(equal, "{position:?}");
        }
    }

    #[test]
    fn seeds_differ_and_norms_do_not() {
        let config = crate::config::RunConfig::small().model;
        let shape = config.with_vocabulary(20);
        let (one, two) = (shape.first_weights(1), shape.first_weights(2));
        assert_eq!(one, shape.first_weights(1));
        let layout = Layout::new(&shape);
        for entry in &layout.entries {
            let (one, two) = (&one[entry.range.clone()], &two[entry.range.clone()]);
            let is_norm = entry.name.ends_with("gamma") || entry.name.ends_with("beta");
            assert_eq!(one == two, is_norm, "{}", entry.name);
        }
    }
}
