//! A network's weights with the tokenizer and the shape that belong to them.

use burn::tensor::backend::Backend;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Gpt, GptConfig, Layout, Origin, Shape, ShapeError, network};
use crate::tokenizer::{Tokenizer, VocabularyError};

/// Weights, shape and tokenizer that fit each other.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    shape: Shape,
    tokenizer: Tokenizer,
    parameters: Vec<f32>,
    trained_on: TrainedOn,
    origin: Option<Origin>,
}

/// What there is among the molecules that a model was trained on; nothing where it is not known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TrainedOn {
    /// Unpaired electrons.
    pub radicals: bool,
    /// Stereo marks that mark no stereocentre and no stereo double bond.
    pub idle_stereo_marks: bool,
}

impl TrainedOn {
    /// Whether there is nothing of all this.
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks by reference")]
    pub(crate) fn is_plain(&self) -> bool {
        *self == Self::default()
    }
}

/// The reason for which parts make no model.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ModelError {
    /// Settings of a network that cannot be built.
    #[error(transparent)]
    Shape(#[from] ShapeError),
    /// A vocabulary with more tokens than there are numbers.
    #[error(transparent)]
    Vocabulary(#[from] VocabularyError),
    /// Weights of another network.
    #[error("the network has {expected} parameters, and {found} are given")]
    Parameters {
        /// Parameters of the network's layout.
        expected: usize,
        /// Parameters given.
        found: usize,
    },
}

impl Model {
    /// A model of a network with these settings and weights, the weights in the order of
    /// [`Layout`].
    ///
    /// # Errors
    /// [`ModelError`] for settings that cannot be built, for a vocabulary that is too large, and for
    /// another number of weights than the network has.
    pub fn new(
        config: GptConfig,
        tokenizer: Tokenizer,
        parameters: Vec<f32>,
    ) -> Result<Self, ModelError> {
        config.validate()?;
        tokenizer.vocabulary().check()?;
        let shape = Shape {
            vocabulary: tokenizer.vocabulary().len(),
            config,
        };
        let mut model = Self {
            shape,
            tokenizer,
            parameters: Vec::new(),
            trained_on: TrainedOn::default(),
            origin: None,
        };
        model.set_parameters(parameters)?;
        Ok(model)
    }

    /// The network's settings and the number of its tokens.
    pub fn shape(&self) -> &Shape {
        &self.shape
    }

    /// The network's settings.
    pub fn config(&self) -> &GptConfig {
        &self.shape.config
    }

    /// Text to token ids and back.
    pub fn tokenizer(&self) -> &Tokenizer {
        &self.tokenizer
    }

    /// What there is among the molecules that it was trained on.
    pub fn trained_on(&self) -> TrainedOn {
        self.trained_on
    }

    /// The same model, trained on molecules among which there is this.
    #[must_use]
    pub fn with_trained_on(mut self, trained_on: TrainedOn) -> Self {
        self.trained_on = trained_on;
        self
    }

    /// The weights, in the order of [`Layout`].
    pub fn parameters(&self) -> &[f32] {
        &self.parameters
    }

    /// Takes the weights into a digest.
    pub(crate) fn digest_into(&self, hasher: &mut Sha256) {
        for value in &self.parameters {
            hasher.update(value.to_le_bytes());
        }
    }

    /// How it was trained, where that is known.
    pub fn origin(&self) -> Option<&Origin> {
        self.origin.as_ref()
    }

    /// Says how it was trained.
    pub fn set_origin(&mut self, origin: Option<Origin>) {
        self.origin = origin;
    }

    /// The layout of the parameters.
    pub fn layout(&self) -> Layout {
        Layout::new(&self.shape)
    }

    /// The burn network with these weights.
    pub fn network<B: Backend>(&self, device: &B::Device) -> Gpt<B> {
        network(&self.shape, &self.parameters, device)
    }

    /// Replaces the weights; their [origin](Model::origin) is not known then.
    ///
    /// # Errors
    /// [`ModelError::Parameters`] for another number of them.
    pub fn set_parameters(&mut self, parameters: Vec<f32>) -> Result<(), ModelError> {
        let (expected, found) = (self.layout().len(), parameters.len());
        if expected != found {
            return Err(ModelError::Parameters { expected, found });
        }
        self.parameters = parameters;
        // How these came about is for the caller to say.
        self.origin = None;
        Ok(())
    }

    /// The same model, trained from now on with this share of activations dropped.
    ///
    /// # Errors
    /// [`ModelError::Shape`] unless it is from 0 to below 1.
    pub fn with_dropout(mut self, dropout: f64) -> Result<Self, ModelError> {
        self.shape.config.dropout = dropout;
        self.shape.config.validate()?;
        Ok(self)
    }
}

crate::error::becomes!(Input: ModelError);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::RunConfig;
    use crate::tokenizer::Vocabulary;

    #[test]
    fn parts_that_do_not_fit_are_refused() {
        let config = RunConfig::parse(include_str!("../../configs/tiny.toml"))
            .unwrap()
            .model;
        let tokenizer = Tokenizer::atomwise(Vocabulary::from_molecules(["CCO"].into_iter()));
        let length = Layout::new(&config.with_vocabulary(tokenizer.vocabulary().len())).len();
        let new = |config: &GptConfig, length: usize| {
            Model::new(config.clone(), tokenizer.clone(), vec![0.0; length])
        };
        let mut model = new(&config, length).unwrap();
        assert_eq!(model.shape().vocabulary, 6);
        assert_eq!(
            new(&config, length + 1),
            Err(ModelError::Parameters {
                expected: length,
                found: length + 1
            })
        );
        assert!(model.set_parameters(vec![0.0]).is_err());
        assert!(model.clone().with_dropout(1.0).is_err());
        let dropout = model.with_dropout(0.5).unwrap().config().dropout;
        assert_eq!(dropout.to_bits(), 0.5_f64.to_bits());
        let odd = GptConfig { width: 7, ..config };
        assert!(matches!(new(&odd, length), Err(ModelError::Shape(_))));
    }
}
