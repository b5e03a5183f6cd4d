//! The objective of a choice among samples, and the best of some samples by it.

use std::fmt;
use std::str::FromStr;

use super::{Headline, Proportion};

/// A share that an objective is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Share {
    /// Valid / generated.
    Validity,
    /// Unique / valid.
    Uniqueness,
    /// Novel / unique.
    Novelty,
    /// Novel / generated.
    New,
}

impl Share {
    const ALL: [Self; 4] = [Self::Validity, Self::Uniqueness, Self::Novelty, Self::New];

    fn name(self) -> &'static str {
        match self {
            Self::Validity => "validity",
            Self::Uniqueness => "uniqueness",
            Self::Novelty => "novelty",
            Self::New => "new",
        }
    }

    fn of(self, headline: &Headline) -> &Proportion {
        match self {
            Self::Validity => &headline.validity,
            Self::Uniqueness => &headline.uniqueness,
            Self::Novelty => &headline.novelty,
            Self::New => &headline.new_per_string,
        }
    }

    /// The proportion to maximize once this one is large enough.
    fn partner(self) -> Self {
        match self {
            Self::Validity => Self::Novelty,
            Self::Novelty => Self::Validity,
            Self::Uniqueness | Self::New => Self::New,
        }
    }
}

/// The figure that a sample should be best at.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Objective {
    /// The largest share.
    Most(Share),
    /// A share that is this large for certain (the lower end of its interval), and with it the
    /// largest partner: novelty for validity, validity for novelty, new molecules for the others.
    AtLeast(Share, f64),
    /// The smallest FCD.
    Fcd,
}

/// The error of a text that is no objective.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no aim: give `new`, `validity`, `uniqueness`, `novelty`, `fcd`, or a share that must be reached, `validity>=0.95` say"
)]
pub struct UnknownObjective(String);

impl FromStr for Objective {
    type Err = UnknownObjective;

    fn from_str(text: &str) -> Result<Self, UnknownObjective> {
        let unknown = || UnknownObjective(text.to_owned());
        if text.trim() == "fcd" {
            return Ok(Self::Fcd);
        }
        let share = |name: &str| {
            let found = Share::ALL
                .into_iter()
                .find(|share| share.name() == name.trim());
            found.ok_or_else(unknown)
        };
        let Some((name, least)) = text.split_once(">=") else {
            return Ok(Self::Most(share(text)?));
        };
        let least: f64 = least.trim().parse().map_err(|_| unknown())?;
        if !(0.0..=1.0).contains(&least) {
            return Err(unknown());
        }
        Ok(Self::AtLeast(share(name)?, least))
    }
}

impl fmt::Display for Objective {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Most(Share::New) => {
                formatter.write_str("the most distinct new molecules per generated string")
            }
            Self::Most(share) => write!(formatter, "the largest {}", share.name()),
            Self::AtLeast(share, least) => write!(
                formatter,
                "{} of at least {least} (lower end of the interval), then the largest {}",
                share.name(),
                share.partner().name()
            ),
            Self::Fcd => formatter.write_str("the smallest FCD"),
        }
    }
}

impl Objective {
    /// The place of the best of some samples, given by their figures and FCD.
    ///
    /// # Errors
    /// A sentence when none of them will do.
    pub fn best(&self, samples: &[(&Headline, Option<f64>)]) -> Result<usize, String> {
        let score = |(headline, fcd): &(&Headline, Option<f64>)| match self {
            Self::Most(share) => share.of(headline).value,
            Self::AtLeast(share, least) => {
                let low = share.of(headline).interval.map(|[low, _]| low);
                let reached = low.is_some_and(|low| low >= *least);
                share.partner().of(headline).value.filter(|_| reached)
            }
            Self::Fcd => fcd.map(|fcd| -fcd),
        };
        let scored = samples.iter().map(score).enumerate();
        let scored = scored.filter_map(|(place, score)| Some((place, score?)));
        // Of equals the first.
        let best = scored.reduce(|best, next| if next.1 > best.1 { next } else { best });
        best.map(|(place, _)| place).ok_or_else(|| match self {
            Self::Fcd => "no FCD was computed: give --chemnet and --test".to_owned(),
            _ => format!("no temperature reaches the aim ({self})"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_refused(text: &str) {
        assert_eq!(
            text.parse::<Objective>(),
            Err(UnknownObjective(text.to_owned()))
        );
    }

    #[test]
    fn aims_are_read() {
        assert_eq!("new".parse(), Ok(Objective::Most(Share::New)));
        assert_eq!("fcd".parse(), Ok(Objective::Fcd));
        let aim = Objective::AtLeast(Share::Validity, 0.95);
        assert_eq!("validity>=0.95".parse(), Ok(aim));
        assert_eq!("validity >= 0.95".parse(), Ok(aim));
        for text in [
            "",
            "speed",
            "validity>=95",
            "validity>=",
            "validity>0.9",
            "fcd>=1",
        ] {
            check_refused(text);
        }
    }

    fn headline(valid: usize, new: usize) -> Headline {
        Headline {
            validity: Proportion::new(valid, 1_000, ""),
            uniqueness: Proportion::new(valid, valid, ""),
            novelty: Proportion::new(new, valid, ""),
            new_per_string: Proportion::new(new, 1_000, ""),
        }
    }

    #[track_caller]
    fn check_best(aim: &str, expected: Option<usize>) {
        let cold = headline(990, 300);
        let warm = headline(960, 700);
        let hot = headline(700, 690);
        let samples = [(&cold, Some(2.0)), (&warm, Some(0.5)), (&hot, None)];
        let aim: Objective = aim.parse().unwrap();
        assert_eq!(aim.best(&samples).ok(), expected);
    }

    #[test]
    fn the_best_is_found() {
        check_best("new", Some(1));
        check_best("validity", Some(0));
        check_best("novelty", Some(2));
        check_best("fcd", Some(1));
        check_best("validity>=0.9", Some(1));
        // 960 of 1,000 may be 0.955 only.
        check_best("validity>=0.955", Some(0));
        check_best("novelty>=0.6", Some(1));
        check_best("validity>=0.999", None);
    }
}
