//! Molecules that keep a structure, from a model of randomized spellings: scaffolds that grow at
//! their open points, fragments that are linked, cores that are built on, analogues of a molecule.
//!
//! All by spelling: the kept part is written first, in a random spelling whose last atom is the one
//! that grows, and the model goes on (`reading.rs` says what it reads where it does not know a
//! token). The grammar sees to it that the kept part gets no other bond and each open point one. A
//! [`FragmentGenerator`] is a [`Generator`], so whatever draws, filters and writes molecules takes it.
//!
//! - `grow`: one molecule after another, point by point;
//! - `link`: the place of the second fragment behind what the model writes after the first;
//! - `near`: the rest of a molecule's own spellings, written anew.
//!
//! Knows spellings and generators, nothing of files.

mod grow;
mod link;
mod near;
mod reading;
mod texts;

use std::ops::Range;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use rayon::prelude::*;

use crate::chem::{Fragment, FragmentError, Invalid, Molecule};
use crate::error::{Kind, Result, ensure};
use crate::generate::{Generator, Sample, SamplingParams, check};
use crate::grammar::Grammar;
use crate::model::Model;
use crate::progress::{Outcome, Unwatched, Watch};
use crate::tokenizer::PromptError;
use crate::wish::Wish;

pub use reading::Reading;
pub use texts::KeepTexts;

/// The structure that is kept.
#[derive(Debug, Clone, PartialEq)]
pub enum Keep {
    /// Scaffolds with open points, which all grow; molecule `index` has the scaffold of that number, in
    /// turn. With `anywhere`, atoms at open points may get further bonds.
    Scaffolds {
        /// The scaffolds, each with at least one open point.
        scaffolds: Vec<Fragment>,
        /// Whether atoms at open points may get further bonds.
        anywhere: bool,
    },
    /// Two fragments with one open point each, and a linker between.
    Linked(Box<[Fragment; 2]>),
    /// A core without open points, which grows at one or two of its hydrogens.
    Core(Fragment),
    /// A molecule, of which parts are written anew.
    Near(String),
}

/// A structure that cannot be kept.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeepError {
    /// No fragment.
    #[error("setting `{setting}`: {error}")]
    Fragment {
        /// The setting.
        setting: &'static str,
        /// The fault.
        error: FragmentError,
    },
    /// No molecule.
    #[error("setting `near`: {}", invalid.explain(text))]
    Molecule {
        /// The text.
        text: String,
        /// The fault.
        invalid: Invalid,
    },
    /// Another number of open points.
    #[error("setting `{setting}` `{text}` has {found} open points (`[*]`): it must have {needed}")]
    Points {
        /// The setting.
        setting: &'static str,
        /// The fragment.
        text: String,
        /// Its open points.
        found: usize,
        /// The number that is needed, in words.
        needed: &'static str,
    },
    /// Not two fragments.
    #[error("setting `{setting}` has {found} fragments: it must have two")]
    Ends {
        /// The setting.
        setting: &'static str,
        /// The number of fragments.
        found: usize,
    },
    /// It could not be found again in a molecule.
    #[error("`{0}` cannot be kept: it has atoms that no pattern can name")]
    Unsought(String),
    /// Nothing can grow.
    #[error("setting `superstructure` `{0}`: no atom has a hydrogen that could give way")]
    Full(String),
}

crate::error::becomes!(Setting: KeepError);

impl Keep {
    /// Scaffolds by their texts.
    ///
    /// # Errors
    /// What is no fragment or has no open point.
    pub fn scaffolds(texts: &[String], anywhere: bool) -> Result<Self, KeepError> {
        let scaffold = |text: &String| fragment("scaffold", text, 1.., "at least one");
        let scaffolds: Result<_, _> = texts.iter().map(scaffold).collect();
        Ok(Self::Scaffolds {
            scaffolds: scaffolds?,
            anywhere,
        })
    }

    /// One fragment with one open point, which grows there.
    ///
    /// # Errors
    /// What is no fragment or has not one open point.
    pub fn extended(text: &str) -> Result<Self, KeepError> {
        Ok(Self::Scaffolds {
            scaffolds: vec![fragment("extend", text, 1..2, "one")?],
            anywhere: false,
        })
    }

    /// Two fragments that are to be linked.
    ///
    /// # Errors
    /// What is no fragment or has not one open point, and another number of fragments.
    pub fn linked(texts: &[String]) -> Result<Self, KeepError> {
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        Self::ends("link", &texts)
    }

    /// Two fragments, `A[*].B[*]`, whose middle is to be replaced.
    ///
    /// # Errors
    /// As [`Self::linked`].
    pub fn morphed(text: &str) -> Result<Self, KeepError> {
        Self::ends("morph", &text.split('.').collect::<Vec<_>>())
    }

    fn ends(setting: &'static str, texts: &[&str]) -> Result<Self, KeepError> {
        let [left, right] = texts else {
            let found = texts.len();
            return Err(KeepError::Ends { setting, found });
        };
        let end = |text| fragment(setting, text, 1..2, "one");
        Ok(Self::Linked(Box::new([end(left)?, end(right)?])))
    }

    /// A core that is to be built on.
    ///
    /// # Errors
    /// What is no molecule, has open points, or has no hydrogen.
    pub fn core(text: &str) -> Result<Self, KeepError> {
        let core = fragment("superstructure", text, 0..1, "none: use setting `scaffold`")?;
        if core.growable().is_empty() {
            return Err(KeepError::Full(text.to_owned()));
        }
        Ok(Self::Core(core))
    }

    /// A molecule of which parts are to be written anew, and the wish for molecules that are like it:
    /// `SMILES=LOW..HIGH`, or the SMILES alone for similarities of 0.4 to 0.999 (Tanimoto, ECFP4, 1024 bits).
    ///
    /// # Errors
    /// What is no molecule, and a range that is none.
    pub fn near(text: &str) -> Result<(Self, Wish)> {
        let parts = text
            .rsplit_once('=')
            .filter(|(_, range)| range.contains(".."));
        let (smiles, range) = parts.unwrap_or((text, "0.4.."));
        let molecule = Molecule::parse(smiles).map_err(|invalid| KeepError::Molecule {
            text: smiles.to_owned(),
            invalid,
        })?;
        let end = if range.ends_with("..") { "0.999" } else { "" };
        let wish = Wish::like(&format!("{smiles}={range}{end}"))?;
        Ok((Self::Near(molecule.canonical().to_owned()), wish))
    }

    /// The texts of all that is kept.
    fn texts(&self) -> Vec<&str> {
        match self {
            Self::Scaffolds { scaffolds, .. } => scaffolds.iter().map(Fragment::smiles).collect(),
            Self::Linked(ends) => ends.iter().map(Fragment::smiles).collect(),
            Self::Core(core) => vec![core.smiles()],
            Self::Near(smiles) => vec![smiles],
        }
    }

    /// The atoms of a molecule that are kept, by their numbers in the order in which they are written; none
    /// of a molecule that parts are written anew of.
    pub fn atoms_in(&self, molecule: &Molecule) -> Vec<usize> {
        let of = |fragments: &[Fragment], anywhere| -> Vec<usize> {
            let found = fragments.iter();
            let found = found.filter_map(|one| one.atoms_in(molecule, anywhere));
            found.flatten().collect()
        };
        match self {
            Self::Scaffolds {
                scaffolds,
                anywhere,
            } => of(scaffolds, *anywhere),
            Self::Linked(ends) => of(&ends[..], false),
            Self::Core(core) => of(std::slice::from_ref(core), true),
            Self::Near(_) => Vec::new(),
        }
    }

    /// The wish that the structure is kept, atom for atom, with something at each open point.
    pub fn wish(&self) -> Option<Wish> {
        let patterns = |fragments: &[Fragment], anywhere: bool| {
            let found = fragments.iter().filter_map(|one| one.pattern(anywhere));
            found.collect()
        };
        Some(match self {
            Self::Scaffolds {
                scaffolds,
                anywhere,
            } => Wish::any_of("scaffold kept", patterns(scaffolds, *anywhere)),
            Self::Linked(ends) => Wish::all_of("fragments kept", patterns(&ends[..], false)),
            Self::Core(core) => {
                Wish::any_of("core kept", patterns(std::slice::from_ref(core), true))
            }
            Self::Near(_) => return None,
        })
    }
}

/// A fragment with so many open points.
fn fragment(
    setting: &'static str,
    text: &str,
    points: impl std::ops::RangeBounds<usize>,
    needed: &'static str,
) -> Result<Fragment, KeepError> {
    let fragment = Fragment::parse(text).map_err(|error| KeepError::Fragment { setting, error })?;
    if [false, true]
        .iter()
        .any(|anywhere| fragment.pattern(*anywhere).is_none())
    {
        return Err(KeepError::Unsought(text.to_owned()));
    }
    if !points.contains(&fragment.points()) {
        return Err(KeepError::Points {
            setting,
            text: text.to_owned(),
            found: fragment.points(),
            needed,
        });
    }
    Ok(fragment)
}

/// The generator of molecules that keep a structure, over the generator of a model.
pub struct FragmentGenerator<'a> {
    generator: &'a dyn Generator,
    model: &'a Model,
    grammar: Grammar,
    keep: Keep,
}

impl<'a> FragmentGenerator<'a> {
    /// A generator of molecules that keep this; `generator` is that of the model.
    ///
    /// # Errors
    /// A fragment with tokens that the model does not know and has nothing alike for, or with more than
    /// its context has room for.
    pub fn new(generator: &'a dyn Generator, model: &'a Model, keep: Keep) -> Result<Self> {
        let texts = keep.texts();
        let room = model.config().context - 1;
        for text in texts {
            let reading = Reading::new(model.tokenizer(), text)?;
            let length = model.tokenizer().encode_prompt(&reading.text)?.len();
            if length >= room {
                return Err(PromptError::TooLong { length, room }.into());
            }
        }
        Ok(Self {
            generator,
            model,
            grammar: Grammar::new(model.tokenizer()),
            keep,
        })
    }

    /// What the model reads in the place of tokens that it does not know, each once.
    pub fn replaced(&self) -> Vec<(String, String)> {
        let mut all = Vec::new();
        for text in self.keep.texts() {
            if let Ok(reading) = Reading::new(self.model.tokenizer(), text) {
                all.extend(reading.replaced);
            }
        }
        all.sort();
        all.dedup();
        all
    }

    /// One draw of the model; `None` where a fragment that has grown leaves no room in the context, or
    /// is one with which no molecule can begin.
    fn draw(&self, params: &SamplingParams) -> Result<Option<Sample>> {
        match self.generator.generate(params, 0..1, &Unwatched) {
            Ok(outcome) => Ok(outcome.done().pop()),
            Err(error) if matches!(error.kind(), Kind::Setting | Kind::Input) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

impl Generator for FragmentGenerator<'_> {
    fn generate(
        &self,
        params: &SamplingParams,
        indices: Range<u64>,
        watch: &dyn Watch,
    ) -> Result<Outcome<Vec<Sample>>> {
        ensure!(
            params.prompt.is_empty(),
            Setting,
            "setting `prompt` does not go with a structure that is kept, which is the prompt"
        );
        check(self.model.tokenizer(), self.model.config().context, params)?;
        let one = |index: u64| {
            if watch.stop() {
                return Ok(None);
            }
            let random = &mut random(params, index);
            let sample = match &self.keep {
                Keep::Scaffolds {
                    scaffolds,
                    anywhere,
                } => {
                    let scaffold = &scaffolds[(index % scaffolds.len() as u64) as usize];
                    self.grown(scaffold.clone(), *anywhere, params, random)
                }
                Keep::Linked(ends) => self.linked(ends, params, random),
                Keep::Core(core) => self.built_on(core, params, random),
                Keep::Near(smiles) => self.near(smiles, params, random),
            }?;
            watch.advance(1);
            Ok(Some(sample))
        };
        let all: Vec<Option<Sample>> = indices
            .clone()
            .into_par_iter()
            .map(one)
            .collect::<Result<_>>()?;
        let cancelled = all.iter().any(Option::is_none);
        let first = all.into_iter().map_while(|sample| sample).collect();
        Ok(Outcome::of(cancelled, first))
    }

    fn window(&self) -> u64 {
        512
    }
}

/// The numbers of molecule `index`, apart from those of the generator below.
fn random(params: &SamplingParams, index: u64) -> ChaCha8Rng {
    let mut random = ChaCha8Rng::seed_from_u64(params.seed ^ 0x6672_6167_6d65_6e74);
    random.set_stream(index);
    random
}
