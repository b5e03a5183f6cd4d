//! Wishes: what a molecule must be like to be wanted, as a user writes it.
//!
//! Ranges of properties, patterns that it has or has not, likeness to a molecule, the structural
//! filters of MOSES. Knows nothing of how molecules are made.

mod range;
mod texts;

use crate::chem::{Fingerprint, Molecule, Pattern, Property, PropertyKind, UnknownProperty};

pub use range::Range;
pub use texts::WishTexts;

/// One wish.
#[derive(Debug, Clone, PartialEq)]
pub enum Wish {
    /// A property within a range.
    Property {
        /// The text of the wish.
        text: String,
        /// The property, one with numbers.
        property: Property,
        /// The range, ends included.
        range: Range,
    },
    /// A pattern that the molecule has.
    Contains(Pattern),
    /// A pattern that the molecule does not have.
    Without(Pattern),
    /// Tanimoto similarity of Morgan fingerprints (radius 2, 1024 bits, ECFP4) to a molecule within
    /// a range.
    Like {
        /// The text of the wish.
        text: String,
        /// The fingerprint of the molecule.
        fingerprint: Box<Fingerprint>,
        /// The range, ends included.
        range: Range,
    },
    /// Some of these patterns are found, or all of them.
    Keeps {
        /// The text of the wish.
        text: &'static str,
        /// The patterns.
        patterns: Vec<Pattern>,
        /// Whether all are asked for.
        all: bool,
    },
    /// Every structural filter of MOSES is passed: [`Molecule::failed_filter`] is `None`.
    Filters,
}

/// A wish that cannot be read, or that goes against another.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("setting `{setting}` `{text}`: {reason}")]
pub struct WishError {
    /// The setting that has the wish: `where`, `contains`, `without` or `like`.
    pub setting: &'static str,
    /// The text of the wish.
    pub text: String,
    /// The reason; for a pattern also the place, on lines of its own.
    pub reason: String,
}

crate::error::becomes!(Setting: WishError, UnknownProperty);

impl WishError {
    fn new(setting: &'static str, text: &str, reason: impl Into<String>) -> Self {
        Self {
            setting,
            text: text.to_owned(),
            reason: reason.into(),
        }
    }
}

impl Wish {
    /// A range of a property: `NAME=LOW..HIGH`, either end open (`qed=0.6..`), or `NAME=COUNT`.
    ///
    /// # Errors
    /// [`WishError`] for text that is none, an unknown name, a property that is text, a range without
    /// numbers in it, one number for what is no count.
    pub fn property(text: &str) -> Result<Self, WishError> {
        let error = |reason: String| WishError::new("where", text, reason);
        let Some((name, range)) = text.split_once('=') else {
            let reason = "write a property and its range: `log_p=1..4`, `qed=0.6..`, `rings=2`";
            return Err(error(reason.to_owned()));
        };
        let property = Property::named(name).map_err(|unknown| error(unknown.to_string()))?;
        if property.kind() == PropertyKind::Text {
            let name = property.name();
            let reason = format!(
                "`{name}` is a text, which has no range: ask for its parts by setting `contains`"
            );
            return Err(error(reason));
        }
        let range = Range::parse(range).map_err(error)?;
        if range.is_one_number() && property.kind() == PropertyKind::Number {
            let reason =
                format!("no molecule has exactly this number: write a range, `{name}=LOW..HIGH`");
            return Err(error(reason));
        }
        Ok(Self::Property {
            text: text.to_owned(),
            property,
            range,
        })
    }

    /// A pattern (SMARTS) that the molecule has.
    ///
    /// # Errors
    /// [`WishError`] with the place, for text that is no pattern.
    pub fn contains(smarts: &str) -> Result<Self, WishError> {
        pattern("contains", smarts).map(Self::Contains)
    }

    /// A pattern (SMARTS) that the molecule does not have.
    ///
    /// # Errors
    /// As for [`Self::contains`].
    pub fn without(smarts: &str) -> Result<Self, WishError> {
        pattern("without", smarts).map(Self::Without)
    }

    /// Similarity to a molecule: `SMILES=LOW..HIGH`, either end open.
    ///
    /// # Errors
    /// [`WishError`] for text that is none, and for what is no molecule.
    pub fn like(text: &str) -> Result<Self, WishError> {
        let error = |reason: String| WishError::new("like", text, reason);
        let parts = text
            .rsplit_once('=')
            .filter(|(_, range)| range.contains(".."));
        let Some((smiles, range)) = parts else {
            let reason = "write a molecule and the range of its similarity: `CCO=0.4..0.9`";
            return Err(error(reason.to_owned()));
        };
        let range = Range::parse(range).map_err(error)?;
        if range.low.unwrap_or(0.0) > 1.0 || range.high.unwrap_or(1.0) < 0.0 {
            return Err(error("a similarity is between 0 and 1".to_owned()));
        }
        let molecule = Molecule::parse(smiles).map_err(|invalid| error(invalid.explain(smiles)))?;
        let Some(fingerprint) = molecule.fingerprint() else {
            return Err(error(format!("`{smiles}` has no fingerprint")));
        };
        Ok(Self::Like {
            text: text.to_owned(),
            fingerprint: Box::new(fingerprint),
            range,
        })
    }

    /// Some of these patterns, under a name.
    pub fn any_of(text: &'static str, patterns: Vec<Pattern>) -> Self {
        Self::Keeps {
            text,
            patterns,
            all: false,
        }
    }

    /// All of these patterns, under a name.
    pub fn all_of(text: &'static str, patterns: Vec<Pattern>) -> Self {
        Self::Keeps {
            text,
            patterns,
            all: true,
        }
    }

    /// Whether a molecule that was read from `smiles` is as it is wished.
    pub fn is_met(&self, molecule: &Molecule, smiles: &str) -> bool {
        match self {
            Self::Property {
                property, range, ..
            } => range.contains(property.as_number(molecule, smiles)),
            Self::Contains(pattern) => pattern.matches(molecule),
            Self::Without(pattern) => !pattern.matches(molecule),
            Self::Like {
                fingerprint, range, ..
            } => molecule
                .fingerprint()
                .is_some_and(|own| range.contains(own.tanimoto(fingerprint))),
            Self::Keeps { patterns, all, .. } => {
                let mut found = patterns.iter().map(|pattern| pattern.matches(molecule));
                // A wildcard is a point that is open still.
                !molecule.canonical().contains('*')
                    && if *all {
                        found.all(|found| found)
                    } else {
                        found.any(|found| found)
                    }
            }
            Self::Filters => molecule.failed_filter().is_none(),
        }
    }

    /// The rank of the time that it takes to judge.
    fn cost(&self) -> u8 {
        match self {
            Self::Property { property, .. } => match property {
                Property::Charge
                | Property::Weight
                | Property::HeavyAtoms
                | Property::Rings
                | Property::AromaticRings
                | Property::AliphaticRings => 0,
                Property::Qed
                | Property::Sa
                | Property::Bertz
                | Property::Lipinski
                | Property::RadicalElectrons
                | Property::IdleStereoMarks => 3,
                Property::Mcf | Property::Pains => 4,
                _ => 1,
            },
            Self::Contains(_) | Self::Without(_) | Self::Keeps { .. } => 1,
            Self::Like { .. } => 2,
            Self::Filters => 4,
        }
    }
}

impl std::fmt::Display for Wish {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Property { text, .. } => f.write_str(text),
            Self::Contains(pattern) => write!(f, "contains {}", pattern.as_str()),
            Self::Without(pattern) => write!(f, "without {}", pattern.as_str()),
            Self::Like { text, .. } => write!(f, "like {text}"),
            Self::Keeps { text, .. } => f.write_str(text),
            Self::Filters => f.write_str("filters"),
        }
    }
}

/// The pattern of a setting.
fn pattern(setting: &'static str, smarts: &str) -> Result<Pattern, WishError> {
    Pattern::parse(smarts).map_err(|fault| WishError::new(setting, smarts, fault.explain(smarts)))
}

/// All that is wished of a molecule, what is judged fastest first.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Wishes(Vec<Wish>);

impl Wishes {
    /// These wishes together.
    ///
    /// # Errors
    /// [`WishError`] where no molecule can meet two of them: ranges of a property that do not
    /// overlap, a pattern that it is to have and not to have.
    pub fn new(mut wishes: Vec<Wish>) -> Result<Self, WishError> {
        for (place, one) in wishes.iter().enumerate() {
            for other in &wishes[..place] {
                if let Some(error) = contradiction(other, one) {
                    return Err(error);
                }
            }
        }
        wishes.sort_by_key(Wish::cost);
        Ok(Self(wishes))
    }

    /// Whether nothing is wished.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The wishes, in the order in which they are judged.
    pub fn all(&self) -> &[Wish] {
        &self.0
    }

    /// The place in [`Self::all`] of the first wish that a molecule, read from `smiles`, does not
    /// meet.
    pub fn unmet(&self, molecule: &Molecule, smiles: &str) -> Option<usize> {
        let is_unmet = |wish: &Wish| !wish.is_met(molecule, smiles);
        self.0.iter().position(is_unmet)
    }
}

/// The error of two wishes that no molecule meets both.
fn contradiction(one: &Wish, other: &Wish) -> Option<WishError> {
    match (one, other) {
        (
            Wish::Property {
                property: first,
                range: one_range,
                text: earlier,
            },
            Wish::Property {
                property: second,
                range: other_range,
                text,
            },
        ) if first == second && !one_range.overlaps(other_range) => {
            let reason = format!("no number is in this range and in that of `{earlier}`");
            Some(WishError::new("where", text, reason))
        }
        (Wish::Contains(first), Wish::Without(second)) if first == second => {
            let reason = "setting `contains` asks for the same pattern";
            Some(WishError::new("without", second.as_str(), reason))
        }
        (Wish::Without(first), Wish::Contains(second)) if first == second => {
            let reason = "setting `without` excludes the same pattern";
            Some(WishError::new("contains", second.as_str(), reason))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(wish: &Result<Wish, WishError>, smiles: &str, expected: bool) {
        let molecule = Molecule::parse(smiles).unwrap();
        let wish = wish.as_ref().unwrap();
        assert_eq!(wish.is_met(&molecule, smiles), expected, "{wish} {smiles}");
    }

    #[test]
    fn wishes_are_judged() {
        check(&Wish::property("logp=1..4"), "c1ccccc1", true);
        check(&Wish::property("logp=..1"), "c1ccccc1", false);
        check(&Wish::property("MW=78..79"), "c1ccccc1", true);
        check(&Wish::property("rings=1"), "c1ccccc1", true);
        check(&Wish::property("hbd=1.."), "c1ccccc1", false);
        check(&Wish::property("charge=-1"), "CC(=O)[O-]", true);
        check(&Wish::contains("[OH]"), "CCO", true);
        check(&Wish::without("[OH]"), "CCO", false);
        check(&Wish::without("[OH]"), "CCOC", true);
        check(&Wish::like("CC=O=0.9.."), "CC=O", true);
        check(&Wish::like("CC=O=0.4..0.9"), "CC=O", false);
        check(&Wish::like("CC=O=..0.4"), "c1ccccc1", true);
        check(&Ok(Wish::Filters), "CC=O", false);
        // A point that is open still is no group.
        let kept = vec![Pattern::parse("c1ccc(*)cc1*").unwrap()];
        let kept = Ok(Wish::any_of("kept", kept));
        check(&kept, "c1ccc(F)cc1O", true);
        check(&kept, "c1ccc(F)cc1[*:2]", false);
        check(&Ok(Wish::Filters), "CCO", true);
    }

    #[track_caller]
    fn check_error(wish: Result<Wish, WishError>, expected: &str) {
        assert_eq!(wish.unwrap_err().to_string(), expected);
    }

    #[test]
    fn what_cannot_be_wished_is_named() {
        check_error(
            Wish::property("logp"),
            "setting `where` `logp`: write a property and its range: `log_p=1..4`, `qed=0.6..`, `rings=2`",
        );
        check_error(
            Wish::property("lopg=1..2"),
            "setting `where` `lopg=1..2`: no property is called `lopg`: did you mean `log_p`?",
        );
        check_error(
            Wish::property("logp=4..1"),
            "setting `where` `logp=4..1`: the low end 4 is above the high end 1",
        );
        check_error(
            Wish::property("logp=2"),
            "setting `where` `logp=2`: no molecule has exactly this number: write a range, `logp=LOW..HIGH`",
        );
        check_error(
            Wish::property("scaffold=1..2"),
            "setting `where` `scaffold=1..2`: `scaffold` is a text, which has no range: ask for its \
             parts by setting `contains`",
        );
        check_error(
            Wish::contains("CC(=O"),
            "setting `contains` `CC(=O`: this parenthesis is never closed\n  CC(=O\n    ^",
        );
        check_error(
            Wish::like("CC=O"),
            "setting `like` `CC=O`: write a molecule and the range of its similarity: `CCO=0.4..0.9`",
        );
        check_error(
            Wish::like("C(=0.4..0.9"),
            "setting `like` `C(=0.4..0.9`: this parenthesis is never closed\n  C(\n   ^",
        );
        check_error(
            Wish::like("CC=1.5.."),
            "setting `like` `CC=1.5..`: a similarity is between 0 and 1",
        );
    }

    #[test]
    fn wishes_that_go_against_each_other_are_refused() {
        #[track_caller]
        fn check(wishes: [Result<Wish, WishError>; 2], expected: Option<&str>) {
            let wishes = wishes.map(Result::unwrap).to_vec();
            let told = Wishes::new(wishes).err().map(|error| error.to_string());
            assert_eq!(told.as_deref(), expected);
        }
        let range = Wish::property;
        check([range("logp=1..3"), range("log_p=2..4")], None);
        check(
            [range("logp=1..2"), range("log_p=3..")],
            Some(
                "setting `where` `log_p=3..`: no number is in this range and in that of `logp=1..2`",
            ),
        );
        check(
            [Wish::contains("CO"), Wish::without("CO")],
            Some("setting `without` `CO`: setting `contains` asks for the same pattern"),
        );
        check(
            [Wish::without("CO"), Wish::contains("CO")],
            Some("setting `contains` `CO`: setting `without` excludes the same pattern"),
        );
    }

    #[test]
    fn what_is_fast_comes_first() {
        let wishes = [
            Ok(Wish::Filters),
            Wish::property("qed=0.5.."),
            Wish::contains("c"),
        ];
        let mut wishes: Vec<Wish> = wishes.into_iter().map(Result::unwrap).collect();
        wishes.push(Wish::property("mw=..300").unwrap());
        let wishes = Wishes::new(wishes).unwrap();
        let texts: Vec<String> = wishes.all().iter().map(ToString::to_string).collect();
        assert_eq!(texts, ["mw=..300", "contains c", "qed=0.5..", "filters"]);
        let ethanol = Molecule::parse("CCO").unwrap();
        assert_eq!(wishes.unmet(&ethanol, "CCO"), Some(1));
    }
}
