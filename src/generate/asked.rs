//! Molecules for several wishes: those of one after those of another, in turn.
//!
//! Knows which conditions each molecule is written under; how it is written, another generator knows.

use std::ops::Range;

use super::{Generator, Sample, SamplingParams, in_order};
use crate::chem::Property;
use crate::error::Result;
use crate::progress::{Outcome, Watch};
use crate::tokenizer::Conditions;

/// The generator of molecules under one set of conditions after the other: molecule `index` is number
/// `index / wishes` of wish `index % wishes`, as the generator inside writes it under that wish alone.
pub struct AskedGenerator<'a> {
    /// The generator of each molecule.
    pub inner: &'a dyn Generator,
    /// The conditions of each wish; at least one.
    pub wishes: &'a [Vec<(String, f64)>],
}

impl Generator for AskedGenerator<'_> {
    fn generate(
        &self,
        params: &SamplingParams,
        indices: Range<u64>,
        watch: &dyn Watch,
    ) -> Result<Outcome<Vec<Sample>>> {
        let count = self.wishes.len().max(1) as u64;
        let mut done = Vec::new();
        for (wish, conditions) in self.wishes.iter().enumerate() {
            let number = |end: u64| end.saturating_sub(wish as u64).div_ceil(count);
            let numbers = number(indices.start)..number(indices.end);
            let params = SamplingParams {
                conditions: conditions.clone(),
                ..params.clone()
            };
            let outcome = self.inner.generate(&params, numbers.clone(), watch)?;
            let samples = outcome.done().into_iter().zip(numbers);
            done.extend(samples.map(|(mut sample, number)| {
                sample.wish = wish;
                (number * count + wish as u64, sample)
            }));
        }
        Ok(in_order(done, &indices, watch.stop()))
    }

    fn window(&self) -> u64 {
        self.inner.window()
    }
}

/// What is asked for, properties by the names under which models learn them, whichever of their names were
/// given (`logp` for `log_p`); what a model calls by just this name, by this one.
pub(super) fn by_own_names(wanted: &[(String, f64)], known: &Conditions) -> Vec<(String, f64)> {
    let own = |name: &String| match Property::named(name) {
        Ok(property) if known.all().iter().all(|it| it.name != *name) => property.name().to_owned(),
        _ => name.clone(),
    };
    let wanted = wanted.iter();
    wanted.map(|(name, value)| (own(name), *value)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tokenizer::{Condition, Tokenizer, Vocabulary};

    #[test]
    fn properties_are_asked_for_by_any_of_their_names() {
        let condition = |name: &str| Condition::learn(name, [1.0, 2.0].into_iter(), 9).unwrap();
        let tokenizer = Tokenizer::atomwise(Vocabulary::from_molecules(["CCO"].into_iter()));
        let all = ["log_p", "weight", "MW"].map(condition).to_vec();
        let tokenizer = tokenizer.with_conditions(all).unwrap();
        let check = |name: &str, expected: &str| {
            let wanted = [(name.to_owned(), 1.0)];
            let found = by_own_names(&wanted, tokenizer.conditions());
            assert_eq!(found, [(expected.to_owned(), 1.0)]);
        };
        check("log_p", "log_p");
        check("logp", "log_p");
        check("LogP", "log_p");
        check("molwt", "weight");
        check("MW", "MW");
        check("pIC50", "pIC50");
    }
}
