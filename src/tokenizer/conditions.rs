//! Conditions: properties that a model reads before it writes a molecule, each as one token.
//!
//! The range of a property is divided into bins, and every bin is a token of the vocabulary that stands
//! between [`BOS`](super::BOS) and the molecule. Knows names and numbers; nothing of how a property is
//! computed.

use serde::{Deserialize, Serialize};

use super::{TokenId, Vocabulary};

/// Share of the molecules at either end that share one bin.
const TAIL: f64 = 0.005;

/// A property and its bins.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Condition {
    /// The name of the property, or of the column that it comes from.
    pub name: String,
    /// The least and the greatest value that were learned from.
    pub range: [f64; 2],
    /// The borders between bins, rising: a value is in the bin after the last border that it reaches.
    pub borders: Vec<f64>,
}

impl Condition {
    /// At most `bins` bins for these values, those that are not finite left out: one for each value where
    /// these are few, else of equal width between the ends of the middle 99 %.
    ///
    /// # Errors
    /// [`ConditionError::Constant`] for fewer than two different values.
    pub fn learn(
        name: &str,
        values: impl Iterator<Item = f64>,
        bins: usize,
    ) -> Result<Self, ConditionError> {
        let mut values: Vec<f64> = values.filter(|value| value.is_finite()).collect();
        values.sort_by(f64::total_cmp);
        let mut distinct: Vec<f64> = Vec::new();
        for value in &values {
            if distinct.len() <= bins && distinct.last().is_none_or(|last| last < value) {
                distinct.push(*value);
            }
        }
        if distinct.len() < 2 {
            return Err(ConditionError::Constant {
                name: name.to_owned(),
                count: values.len(),
            });
        }
        let at = |share: f64| values[(share * (values.len() - 1) as f64).round() as usize];
        let borders = if distinct.len() <= bins {
            distinct
                .windows(2)
                .map(|pair| f64::midpoint(pair[0], pair[1]))
                .collect()
        } else {
            let (low, high) = (at(TAIL), at(1.0 - TAIL));
            let border = |bin: usize| low + (high - low) * bin as f64 / bins as f64;
            let mut borders: Vec<f64> = (1..bins).map(border).collect();
            borders.dedup();
            borders
        };
        Ok(Self {
            name: name.to_owned(),
            range: [at(0.0), at(1.0)],
            borders,
        })
    }

    /// Number of bins.
    pub fn bins(&self) -> usize {
        self.borders.len() + 1
    }

    /// The bin of a value.
    fn bin(&self, value: f64) -> usize {
        self.borders.partition_point(|border| *border <= value)
    }
}

/// The reason for which a property cannot be learned or asked for.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ConditionError {
    /// There is nothing to tell molecules apart by.
    #[error(
        "`{name}` is the same for all of the {count} molecules that have it: a condition needs values that differ"
    )]
    Constant {
        /// The property.
        name: String,
        /// Molecules with a value.
        count: usize,
    },
    /// The model was trained without it.
    #[error(
        "the model was not trained with `{name}` as a condition: {}",
        offer(known)
    )]
    Unknown {
        /// The name.
        name: String,
        /// The conditions of the model.
        known: Vec<String>,
    },
    /// Two values for one property.
    #[error("`{name}` is asked for twice: {first} and {second}")]
    Twice {
        /// The property.
        name: String,
        /// The first value.
        first: f64,
        /// The second value.
        second: f64,
    },
    /// A value that no molecule had.
    #[error(
        "`{name}` {value} is outside of what the model was trained on, {} to {}", range[0], range[1]
    )]
    Outside {
        /// The property.
        name: String,
        /// The value.
        value: f64,
        /// The least and the greatest value that were learned from.
        range: [f64; 2],
    },
}

fn offer(known: &[String]) -> String {
    if known.is_empty() {
        "it has none; `molgpt train DATA --condition NAME` trains one that has".to_owned()
    } else {
        format!("it has {}", known.join(", "))
    }
}

/// The conditions of a vocabulary and their tokens.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Conditions {
    all: Vec<Condition>,
    /// The token of each bin of each condition.
    tokens: Vec<Vec<TokenId>>,
    /// Whether a token, by its id, is one of these; as long as need be.
    is: Vec<bool>,
}

impl Conditions {
    /// These conditions over a vocabulary that has the tokens of them all; the first without a token
    /// otherwise.
    pub(super) fn new(all: Vec<Condition>, vocabulary: &Vocabulary) -> Result<Self, String> {
        let mut is = Vec::new();
        let mut tokens = Vec::new();
        for (place, condition) in all.iter().enumerate() {
            let mut of_bins = Vec::with_capacity(condition.bins());
            for text in texts(place, condition) {
                let id = vocabulary.id(&text).ok_or(text)?;
                of_bins.push(id);
                let place = usize::from(id.0);
                if is.len() <= place {
                    is.resize(place + 1, false);
                }
                is[place] = true;
            }
            tokens.push(of_bins);
        }
        Ok(Self { all, tokens, is })
    }

    /// All, in the order in which the model reads them.
    pub fn all(&self) -> &[Condition] {
        &self.all
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Whether a token is the bin of a condition, which no molecule is written with.
    pub fn contains(&self, id: TokenId) -> bool {
        self.is.get(usize::from(id.0)).copied().unwrap_or(false)
    }

    /// The number of tokens of conditions that an encoded molecule begins with, after
    /// [`BOS`](super::BOS).
    pub fn leading(&self, ids: &[TokenId]) -> usize {
        if self.is_empty() {
            return 0;
        }
        let after = ids.iter().skip(1);
        after.take_while(|id| self.contains(**id)).count()
    }

    /// The tokens of the values of a molecule, one value for each condition; none for a value that is not a
    /// number.
    pub fn tokens(&self, values: impl Iterator<Item = f64>) -> Vec<TokenId> {
        let conditions = self.all.iter().zip(&self.tokens).zip(values);
        conditions
            .filter(|(_, value)| value.is_finite())
            .map(|((condition, tokens), value)| tokens[condition.bin(value)])
            .collect()
    }

    /// The tokens of what is asked for by name, in the order of the model.
    ///
    /// # Errors
    /// [`ConditionError`] for a name that the model was not trained with, one that is asked for twice, and
    /// a value that no molecule trained on had.
    pub fn asked(&self, wanted: &[(String, f64)]) -> Result<Vec<TokenId>, ConditionError> {
        let mut values = vec![f64::NAN; self.all.len()];
        for (name, value) in wanted {
            let found = self.all.iter().position(|it| it.name == *name);
            let Some(place) = found else {
                return Err(ConditionError::Unknown {
                    name: name.clone(),
                    known: self.all.iter().map(|it| it.name.clone()).collect(),
                });
            };
            let (name, value, range) = (name.clone(), *value, self.all[place].range);
            if values[place].is_finite() {
                return Err(ConditionError::Twice {
                    name,
                    first: values[place],
                    second: value,
                });
            }
            if !(range[0]..=range[1]).contains(&value) {
                return Err(ConditionError::Outside { name, value, range });
            }
            values[place] = value;
        }
        Ok(self.tokens(values.into_iter()))
    }
}

/// The texts of a condition's tokens. They look like bracket atoms, and no element can be mistaken for
/// them.
pub(super) fn texts(place: usize, condition: &Condition) -> impl Iterator<Item = String> {
    (0..condition.bins()).map(move |bin| format!("[P{place}={bin}]"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tokenizer::Tokenizer;

    #[test]
    fn bins_are_values_where_these_are_few_and_of_equal_width_else() {
        let few = [2.0, 0.0, 1.0, f64::NAN, 1.0, 4.0];
        let rings = Condition::learn("rings", few.into_iter(), 5).unwrap();
        assert_eq!(rings.borders, [0.5, 1.5, 3.0]);
        assert_eq!(
            rings.range.map(f64::to_bits),
            [0.0_f64, 4.0].map(f64::to_bits)
        );
        let many = (0..1_001).map(|value| f64::from(value) / 100.0);
        let qed = Condition::learn("qed", many, 5).unwrap();
        for (border, expected) in qed.borders.iter().zip([2.03, 4.01, 5.99, 7.97]) {
            approx::assert_abs_diff_eq!(*border, expected, epsilon = 1e-2);
        }
        let bins = [-9.0, 0.0, 2.1, 5.0, 9.9, 99.0].map(|value| qed.bin(value));
        assert_eq!(bins, [0, 0, 1, 2, 4, 4]);
        let same = Condition::learn("x", [1.0, f64::NAN, 1.0].into_iter(), 5);
        let message = same.unwrap_err().to_string();
        assert!(message.starts_with("`x` is the same for all of the 2 molecules"));
    }

    #[test]
    fn values_become_tokens_in_the_order_of_the_conditions() {
        let atoms = Tokenizer::atomwise(Vocabulary::from_molecules(["CCO"].into_iter()));
        let condition = |name: &str, borders: &[f64]| Condition {
            name: name.to_owned(),
            range: [0.0, 9.0],
            borders: borders.to_vec(),
        };
        let all = vec![condition("a", &[1.0, 2.0]), condition("b", &[5.0])];
        let tokenizer = atoms.with_conditions(all).unwrap();
        let conditions = tokenizer.conditions();
        let ids =
            |tokens: &[u16]| -> Vec<TokenId> { tokens.iter().copied().map(TokenId).collect() };
        // Four specials, C and O, three bins of a, two of b.
        assert_eq!(conditions.tokens([2.0, 4.0].into_iter()), ids(&[8, 9]));
        assert_eq!(conditions.tokens([f64::NAN, 5.0].into_iter()), ids(&[10]));
        let asked = |wanted: &[(&str, f64)]| {
            let wanted: Vec<(String, f64)> =
                wanted.iter().map(|(a, b)| ((*a).to_owned(), *b)).collect();
            conditions.asked(&wanted).map_err(|error| error.to_string())
        };
        assert_eq!(asked(&[("b", 7.0), ("a", 0.5)]), Ok(ids(&[6, 10])));
        assert_eq!(asked(&[]), Ok(Vec::new()));
        for (wanted, expected) in [
            (
                &[("c", 1.0)][..],
                "the model was not trained with `c` as a condition: it has a, b",
            ),
            (&[("a", 1.0), ("a", 2.0)], "`a` is asked for twice: 1 and 2"),
            (
                &[("a", 9.5)],
                "`a` 9.5 is outside of what the model was trained on, 0 to 9",
            ),
        ] {
            assert_eq!(asked(wanted), Err(expected.to_owned()));
        }
        let none = atoms
            .conditions()
            .asked(&[("a".to_owned(), 1.0)])
            .unwrap_err();
        assert!(none.to_string().contains("--condition NAME"));
    }

    #[test]
    fn no_molecule_is_written_with_the_tokens_of_conditions() {
        let atoms = Tokenizer::atomwise(Vocabulary::from_molecules(["CCO"].into_iter()));
        let condition = Condition::learn("a", [1.0, 2.0].into_iter(), 9).unwrap();
        let tokenizer = atoms.with_conditions(vec![condition]).unwrap();
        let mut ids = tokenizer.encode("CO").unwrap();
        let tokens = tokenizer.conditions().tokens([2.0].into_iter());
        assert_eq!(tokenizer.conditions().leading(&ids), 0);
        ids.splice(1..1, tokens);
        assert_eq!(tokenizer.conditions().leading(&ids), 1);
        assert_eq!(tokenizer.decode(&ids), "CO");
        assert_eq!(
            tokenizer.encode("[P0=1]").unwrap()[1],
            crate::tokenizer::UNK
        );
        assert!(tokenizer.encode_prompt("C[P0=1]").is_err());
    }
}
