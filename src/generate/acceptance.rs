//! Acceptance of drawn molecules (rejection sampling): valid ones, as they are wished, each once,
//! none of a known set.
//!
//! Judges molecules in the order of their indices, so what is kept does not depend on how many are
//! drawn at a time.

use std::collections::HashSet;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::Sample;
use crate::chem::{Key, KnownSet, Molecule};
use crate::wish::{Wish, Wishes};

/// The conditions on which a drawn text is kept.
#[expect(clippy::struct_excessive_bools, reason = "one per condition")]
#[derive(Debug, Clone, Default)]
pub struct Acceptance {
    /// A molecule. Otherwise texts that are none are kept, as long as they are new texts.
    pub valid: bool,
    /// Unlike every one that was kept before, in any spelling.
    pub unique: bool,
    /// Unlike each of these molecules.
    pub known: Option<KnownSet>,
    /// No molecule with unpaired electrons.
    pub no_radicals: bool,
    /// No molecule written with stereo marks that mark no stereocentre and no stereo double bond.
    pub no_idle_stereo_marks: bool,
    /// A molecule that meets all of these.
    pub wishes: Wishes,
}

impl Acceptance {
    /// Whether every text is kept.
    pub fn takes_all(&self) -> bool {
        let of_molecules = self.no_radicals || self.no_idle_stereo_marks;
        let asks = self.valid || self.unique || self.known.is_some() || of_molecules;
        !asks && self.wishes.is_empty()
    }
}

/// Counts of drawn texts by outcome: `drawn` is the sum of the kept and the rejected ones.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Yield {
    /// Texts that were judged.
    pub drawn: u64,
    /// Those that were kept.
    pub kept: u64,
    /// Rejected: no molecules.
    pub invalid: u64,
    /// Rejected: unpaired electrons.
    #[serde(default)]
    pub radicals: u64,
    /// Rejected: stereo marks that mark nothing.
    #[serde(default)]
    pub idle_stereo_marks: u64,
    /// Rejected: kept before.
    pub repeated: u64,
    /// Rejected: in the known set.
    pub known: u64,
    /// Rejected by a wish, the first that was not met in the order in which wishes are judged: the
    /// text of each, with the count.
    #[serde(default)]
    pub unmet: Vec<(String, u64)>,
    /// Those of all drawn that the context cut.
    #[serde(default)]
    pub cut: u64,
    /// Those of the kept that the context cut.
    #[serde(default)]
    pub kept_cut: u64,
}

impl std::fmt::Display for Yield {
    /// The yield and the rejected by cause, on one line.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let share = 100.0 * self.kept as f64 / self.drawn.max(1) as f64;
        write!(
            f,
            "{} of {} drawn kept (yield {share:.2} %); rejected: {} invalid, {} repeated, {} known",
            self.kept, self.drawn, self.invalid, self.repeated, self.known
        )?;
        for (count, what) in [
            (self.radicals, "radicals"),
            (self.idle_stereo_marks, "with idle stereo marks"),
        ] {
            if count > 0 {
                write!(f, ", {count} {what}")?;
            }
        }
        for (wish, count) in &self.unmet {
            write!(f, ", {count} by `{wish}`")?;
        }
        Ok(())
    }
}

/// Keeps the molecules that are accepted, and counts the others by cause.
#[derive(Debug, Default)]
pub struct AcceptanceFilter {
    acceptance: Acceptance,
    seen: HashSet<Key>,
    counts: Yield,
}

impl AcceptanceFilter {
    /// A filter that stands where another one stood, which had kept these `molecules`.
    pub fn resume(acceptance: Acceptance, counts: &Yield, molecules: &[String]) -> Self {
        let seen = if acceptance.unique {
            let key = |smiles: &String| {
                let molecule = Molecule::parse(smiles).ok();
                Key::of(molecule.as_ref().map_or(smiles, Molecule::canonical))
            };
            molecules.par_iter().map(key).collect()
        } else {
            HashSet::new()
        };
        let unmet = |wish: &Wish| {
            let text = wish.to_string();
            let before = counts.unmet.iter().find(|(other, _)| *other == text);
            let count = before.map_or(0, |(_, count)| *count);
            (text, count)
        };
        let unmet = acceptance.wishes.all().iter().map(unmet).collect();
        Self {
            acceptance,
            seen,
            counts: Yield {
                unmet,
                ..counts.clone()
            },
        }
    }

    /// A filter that has seen nothing yet.
    pub fn new(acceptance: Acceptance) -> Self {
        Self::resume(acceptance, &Yield::default(), &[])
    }

    /// The counts so far.
    pub fn counts(&self) -> Yield {
        self.counts.clone()
    }

    /// The samples that are accepted, in order, at most `room`. Those after the last kept one are
    /// not judged when there is no more room.
    pub fn keep(&mut self, samples: Vec<Sample>, room: u64) -> Vec<Sample> {
        if self.acceptance.takes_all() {
            let room = usize::try_from(room).unwrap_or(usize::MAX);
            let kept: Vec<Sample> = samples.into_iter().take(room).collect();
            let cut = kept.iter().filter(|sample| sample.cut).count() as u64;
            self.counts.drawn += kept.len() as u64;
            self.counts.kept += kept.len() as u64;
            self.counts.cut += cut;
            self.counts.kept_cut += cut;
            return kept;
        }
        let acceptance = &self.acceptance;
        let judged: Vec<(Sample, Judged)> = samples
            .into_par_iter()
            .map(|sample| {
                let judged = Judged::of(&sample.smiles, acceptance);
                (sample, judged)
            })
            .collect();
        let mut kept = Vec::new();
        for (sample, judged) in judged {
            if kept.len() as u64 == room {
                break;
            }
            let cut = u64::from(sample.cut);
            self.counts.drawn += 1;
            self.counts.cut += cut;
            if !judged.valid && self.asks_for_molecules() {
                self.counts.invalid += 1;
            } else if judged.radical {
                self.counts.radicals += 1;
            } else if judged.idle_stereo_marks {
                self.counts.idle_stereo_marks += 1;
            } else if let Some(wish) = judged.unmet {
                self.counts.unmet[wish].1 += 1;
            } else if self.is_known(judged.key) {
                self.counts.known += 1;
            } else if self.acceptance.unique && !self.seen.insert(judged.key) {
                self.counts.repeated += 1;
            } else {
                self.counts.kept += 1;
                self.counts.kept_cut += cut;
                kept.push(sample);
            }
        }
        kept
    }

    fn asks_for_molecules(&self) -> bool {
        self.acceptance.valid || !self.acceptance.wishes.is_empty()
    }

    fn is_known(&self, key: Key) -> bool {
        let known = self.acceptance.known.as_ref();
        known.is_some_and(|known| known.contains(key))
    }
}

/// What there is to know of a text before it is kept.
struct Judged {
    /// The key of the molecule, or of the text if it is none.
    key: Key,
    valid: bool,
    /// Whether it has unpaired electrons that it must not have.
    radical: bool,
    /// Whether it has idle stereo marks that it must not have.
    idle_stereo_marks: bool,
    /// The place of the first wish that it does not meet.
    unmet: Option<usize>,
}

impl Judged {
    fn of(smiles: &str, acceptance: &Acceptance) -> Self {
        let molecule = Molecule::parse(smiles).ok();
        let molecule = molecule.as_ref();
        let is =
            |asked: bool, what: &dyn Fn(&Molecule) -> bool| asked && molecule.is_some_and(what);
        Self {
            key: Key::of(molecule.map_or(smiles, Molecule::canonical)),
            valid: molecule.is_some(),
            radical: is(acceptance.no_radicals, &Molecule::is_radical),
            idle_stereo_marks: is(acceptance.no_idle_stereo_marks, &|molecule| {
                !molecule.idle_marks(smiles).is_empty()
            }),
            unmet: molecule.and_then(|molecule| acceptance.wishes.unmet(molecule, smiles)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples(texts: &[&str]) -> Vec<Sample> {
        let sample = |smiles: &&str| Sample {
            smiles: (*smiles).to_owned(),
            nll: 1.0,
            // Some are molecules, some are not.
            cut: smiles.len() == 2,
            wish: 0,
        };
        texts.iter().map(sample).collect()
    }

    const DRAWN: [&str; 8] = ["CCO", "OCC", "C(", "CC", "C(", "CN", "CF", "CCl"];

    #[track_caller]
    fn check(acceptance: &Acceptance, room: u64, expected: &[&str], counts: &Yield) {
        for piece in [1, 3, 8] {
            let mut filter = AcceptanceFilter::new(acceptance.clone());
            let mut kept = Vec::new();
            for texts in DRAWN.chunks(piece) {
                let left = room - kept.len() as u64;
                kept.extend(filter.keep(samples(texts), left));
            }
            let texts: Vec<&str> = kept.iter().map(|sample| &*sample.smiles).collect();
            assert_eq!((texts.as_slice(), &filter.counts()), (expected, counts));
        }
    }

    #[test]
    fn a_filter_goes_on_where_another_stopped() {
        let unique = || Acceptance {
            unique: true,
            ..Acceptance::default()
        };
        let mut whole = AcceptanceFilter::new(unique());
        let first = whole.keep(samples(&DRAWN[..3]), 10);
        let first: Vec<String> = first.into_iter().map(|sample| sample.smiles).collect();
        let mut second = AcceptanceFilter::resume(unique(), &whole.counts(), &first);
        let rest = samples(&DRAWN[3..]);
        assert_eq!(second.keep(rest.clone(), 10), whole.keep(rest, 10));
        assert_eq!(second.counts(), whole.counts());
    }

    #[test]
    fn each_wish_is_told_what_it_rejected() {
        let wishes = [
            crate::wish::Wish::property("heavy_atoms=3.."),
            crate::wish::Wish::without("F"),
        ];
        let wishes = wishes.map(Result::unwrap).to_vec();
        let acceptance = Acceptance {
            unique: true,
            wishes: Wishes::new(wishes).unwrap(),
            ..Acceptance::default()
        };
        let mut filter = AcceptanceFilter::new(acceptance.clone());
        let kept = filter.keep(samples(&DRAWN), 10);
        assert_eq!(kept.len(), 1);
        let told = "1 of 8 drawn kept (yield 12.50 %); rejected: 2 invalid, 1 repeated, 0 known, \
                    4 by `heavy_atoms=3..`, 0 by `without F`";
        assert_eq!(filter.counts().to_string(), told);
        let texts = ["CCO".to_owned()];
        let mut resumed = AcceptanceFilter::resume(acceptance, &filter.counts(), &texts);
        assert!(resumed.keep(samples(&["OCC", "CCF"]), 10).is_empty());
        let told = "2 repeated, 0 known, 4 by `heavy_atoms=3..`, 1 by `without F`";
        assert!(resumed.counts().to_string().ends_with(told));
    }

    #[test]
    fn radicals_and_idle_stereo_marks_are_rejected_where_asked() {
        #[track_caller]
        fn check(acceptance: Acceptance, expected: &[&str], told: &str) {
            let texts = ["CC", "[CH2]C", "C[C@H](C)O", "C(", "C/C"];
            let mut filter = AcceptanceFilter::new(acceptance);
            let kept = filter.keep(samples(&texts), 10);
            let kept: Vec<&str> = kept.iter().map(|sample| &*sample.smiles).collect();
            assert_eq!(kept, expected);
            let counts = filter.counts().to_string();
            assert!(counts.ends_with(told), "{counts}");
        }
        let valid = Acceptance {
            valid: true,
            ..Acceptance::default()
        };
        let all = ["CC", "[CH2]C", "C[C@H](C)O", "C/C"];
        check(
            valid.clone(),
            &all,
            "rejected: 1 invalid, 0 repeated, 0 known",
        );
        let closed = Acceptance {
            no_radicals: true,
            ..valid
        };
        check(
            closed.clone(),
            &["CC", "C[C@H](C)O", "C/C"],
            "0 known, 1 radicals",
        );
        let strict = Acceptance {
            no_idle_stereo_marks: true,
            ..closed
        };
        let told = "0 known, 1 radicals, 2 with idle stereo marks";
        check(strict, &["CC"], told);
    }

    #[test]
    fn what_is_kept_does_not_depend_on_the_pieces() {
        let acceptance = Acceptance {
            valid: true,
            unique: true,
            known: Some(KnownSet::of_canonical(&["CC"])),
            ..Acceptance::default()
        };
        let counts = Yield {
            drawn: 8,
            kept: 4,
            invalid: 2,
            repeated: 1,
            known: 1,
            cut: 5,
            kept_cut: 2,
            ..Yield::default()
        };
        check(&acceptance, 10, &["CCO", "CN", "CF", "CCl"], &counts);
        let counts = Yield {
            drawn: 6,
            kept: 2,
            cut: 4,
            kept_cut: 1,
            ..counts
        };
        check(&acceptance, 2, &["CCO", "CN"], &counts);
        let unique = Acceptance {
            unique: true,
            ..Acceptance::default()
        };
        let counts = Yield {
            drawn: 8,
            kept: 6,
            repeated: 2,
            cut: 5,
            kept_cut: 4,
            ..Yield::default()
        };
        check(
            &unique,
            10,
            &["CCO", "C(", "CC", "CN", "CF", "CCl"],
            &counts,
        );
    }
}
