//! FCD of two sets of molecules, with its interval.

use super::{Embed, Gaussian, Moments, TooFew, WIDTH, frechet_distance};
use crate::error::{Error, Result};
use crate::progress::Watch;

/// Molecules whose activations are in memory together.
const WINDOW: usize = 8_192;

/// Groups of molecules that are left out in turn for the interval.
pub(super) const GROUPS: usize = 20;

/// The standard normal quantile that leaves 2.5 % on either side.
const Z_95: f64 = 1.959_963_984_540_054;

/// A distance between generated and reference molecules.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Distance {
    /// FCD, 0 or more; without unit.
    pub value: f64,
    /// 95 % interval from the spread of the generated molecules (jackknife, in groups of a
    /// twentieth); `None` for fewer than 40 molecules. The bias of a small set is not in it.
    pub interval: Option<[f64; 2]>,
    /// Generated molecules.
    pub generated: usize,
    /// Reference molecules.
    pub reference: usize,
}

impl Distance {
    /// Why it says little, if it does: the covariance of fewer molecules than there are activations
    /// leaves directions out, and the distance is mostly bias.
    pub fn warning(&self) -> Option<String> {
        let few = self.generated.min(self.reference);
        (few <= WIDTH).then(|| {
            format!(
                "of {} generated and {} reference molecules, not more than the {WIDTH} activations \
                 of ChemNet: so few say next to nothing",
                self.generated, self.reference
            )
        })
    }
}

/// GuacaMol's score of a distance, `exp(-0.2 FCD)` (Brown et al. 2019).
pub fn score(fcd: f64) -> f64 {
    (-0.2 * fcd).exp()
}

/// Mean and covariance of the activations of canonical SMILES strings, or [`TooFew`] for fewer than
/// two. `watch` hears of each string in a stage that the caller has begun.
///
/// # Errors
/// [`Kind::Cancelled`](crate::error::Kind::Cancelled) only.
pub fn describe(
    network: &dyn Embed,
    smiles: &[&str],
    watch: &dyn Watch,
) -> Result<Result<Gaussian, TooFew>> {
    let mut moments = Moments::new(WIDTH);
    for window in smiles.chunks(WINDOW) {
        moments.add(&activations(network, window, watch)?);
    }
    Ok(moments.gaussian())
}

/// Activations of a window, unless the work is to end.
fn activations(network: &dyn Embed, window: &[&str], watch: &dyn Watch) -> Result<Vec<f32>> {
    if watch.stop() {
        return Err(Error::cancelled());
    }
    let tick = |count: usize| {
        if count > 0 {
            watch.advance(count as u64);
        }
        !watch.stop()
    };
    let found = network.embed(window, &tick);
    if watch.stop() {
        return Err(Error::cancelled());
    }
    Ok(found)
}

/// Moments of the activations of generated molecules, in groups of a twentieth.
#[derive(Debug, Clone, PartialEq)]
pub struct Embedded {
    pub(super) groups: Vec<Moments>,
}

impl Default for Embedded {
    /// The moments of no molecule.
    fn default() -> Self {
        Self {
            groups: vec![Moments::new(WIDTH); GROUPS],
        }
    }
}

impl Embedded {
    /// The moments of canonical SMILES strings, repeats included. `watch` hears of each string in a
    /// stage that the caller has begun.
    ///
    /// # Errors
    /// [`Kind::Cancelled`](crate::error::Kind::Cancelled) only.
    pub fn of(network: &dyn Embed, smiles: &[&str], watch: &dyn Watch) -> Result<Self> {
        let Self { mut groups } = Self::default();
        for window in smiles.chunks(WINDOW) {
            // Each group's molecules lie together.
            let lengths = |group: usize| window.len().saturating_sub(group).div_ceil(GROUPS);
            let members = |group: usize| window.iter().skip(group).step_by(GROUPS);
            let ordered: Vec<&str> = (0..GROUPS).flat_map(members).copied().collect();
            let activations = activations(network, &ordered, watch)?;
            let mut rest = activations.as_slice();
            for (group, moments) in groups.iter_mut().enumerate() {
                let (own, others) = rest.split_at(lengths(group) * WIDTH);
                moments.add(own);
                rest = others;
            }
        }
        Ok(Self { groups })
    }

    /// Adds further molecules.
    pub fn merge(&mut self, other: &Self) {
        for (group, other) in self.groups.iter_mut().zip(&other.groups) {
            group.merge(other);
        }
    }

    /// Makes the moments as symmetric as they are but for rounding, as they come out of their
    /// [bytes](Embedded::to_bytes).
    pub fn mirror(&mut self) {
        self.groups.iter_mut().for_each(Moments::mirror);
    }

    /// The distance of these molecules from `reference`, or [`TooFew`] for fewer than two molecules.
    ///
    /// # Errors
    /// [`Kind::Cancelled`](crate::error::Kind::Cancelled) only.
    pub fn distance(
        &self,
        reference: &Gaussian,
        watch: &dyn Watch,
    ) -> Result<Result<Distance, TooFew>> {
        let mut whole = Moments::new(WIDTH);
        for group in &self.groups {
            whole.merge(group);
        }
        // Each takes about a tenth of a second.
        let of = |moments: &Moments| -> Result<Result<f64, TooFew>> {
            if watch.stop() {
                return Err(Error::cancelled());
            }
            let gaussian = moments.gaussian();
            Ok(gaussian.map(|gaussian| frechet_distance(&gaussian, reference)))
        };
        let value = match of(&whole)? {
            Ok(value) => value,
            Err(few) => return Ok(Err(few)),
        };
        let interval = if whole.count() < 2 * GROUPS {
            None
        } else {
            let mut left = Vec::with_capacity(GROUPS);
            for group in &self.groups {
                match of(&whole.without(group))? {
                    Ok(value) => left.push(value),
                    Err(few) => return Ok(Err(few)),
                }
            }
            let half = Z_95 * jackknife_error(&left);
            Some([(value - half).max(0.0), value + half])
        };
        Ok(Ok(Distance {
            value,
            interval,
            generated: whole.count(),
            reference: reference.count,
        }))
    }
}

/// Standard error from the values without each group in turn (Efron and Tibshirani 1993, 11.5).
fn jackknife_error(left: &[f64]) -> f64 {
    let n = left.len() as f64;
    let mean = left.iter().sum::<f64>() / n;
    let squares: f64 = left.iter().map(|value| (value - mean).powi(2)).sum();
    ((n - 1.0) / n * squares).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Activations without meaning, different for each string.
    struct Lengths;

    impl Embed for Lengths {
        fn embed(&self, smiles: &[&str], tick: &(dyn Fn(usize) -> bool + Sync)) -> Vec<f32> {
            tick(smiles.len());
            let of = |text: &&str| {
                let length = text.len() as f32;
                (0..WIDTH).map(move |unit| (length * (unit + 1) as f32).sin())
            };
            smiles.iter().flat_map(of).collect()
        }
    }

    #[test]
    fn two_molecules_have_a_distance_that_is_a_number_and_a_warning() {
        #[track_caller]
        fn check(generated: &[&str], reference: &[&str], watch: &dyn Watch) {
            let reference = describe(&Lengths, reference, watch).unwrap().unwrap();
            let generated = Embedded::of(&Lengths, generated, watch).unwrap();
            let found = generated.distance(&reference, watch).unwrap().unwrap();
            assert!(found.value.is_finite() && found.value >= 0.0, "{found:?}");
            assert_eq!(found.interval, None);
            let warning = found.warning().unwrap();
            assert!(
                warning.contains("of 2 generated and 2 reference"),
                "{warning}"
            );
        }
        let watch = crate::progress::Unwatched;
        check(&["C", "CC"], &["CCC", "CCCC"], &watch);
        check(&["C", "CC"], &["C", "CC"], &watch);
        check(&["C", "C"], &["CC", "CC"], &watch);
        let one = Embedded::of(&Lengths, &["C"], &watch).unwrap();
        let two = describe(&Lengths, &["C", "CC"], &watch).unwrap().unwrap();
        assert_eq!(one.distance(&two, &watch).unwrap(), Err(TooFew(1)));
        let many = Distance {
            value: 1.0,
            interval: None,
            generated: 10_000,
            reference: 513,
        };
        assert_eq!(many.warning(), None);
    }

    #[test]
    fn the_jackknife_of_a_mean_is_its_standard_error() {
        let values = [1.0, 4.0, 2.0, 8.0, 5.0];
        let sum: f64 = values.iter().sum();
        let left: Vec<f64> = values.iter().map(|x| (sum - x) / 4.0).collect();
        let squares: f64 = values.iter().map(|x| (x - sum / 5.0).powi(2)).sum();
        let expected = (squares / 4.0 / 5.0).sqrt();
        approx::assert_relative_eq!(jackknife_error(&left), expected, max_relative = 1e-12);
    }
}
