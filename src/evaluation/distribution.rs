//! Distributions of properties among the generated molecules, and their distances from the test
//! set.

use super::{Properties, bootstrap};

/// The most bars that a histogram may have.
const MAX_BINS: f64 = 40.0;

/// The share of either sample that the outermost bars may swallow, so that one freak does not
/// squeeze all others into a single bar.
const TAIL: f64 = 0.002;

/// The properties that are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Property {
    /// Characters in the SMILES string as given.
    Length,
    /// Average molecular weight in g/mol.
    Weight,
    /// Crippen logP.
    LogP,
    /// Quantitative estimate of drug-likeness.
    Qed,
    /// Synthetic accessibility, 1 (easy) to 10 (hard).
    Sa,
    /// Topological polar surface area in square angstrom.
    Tpsa,
    /// Rings.
    Rings,
    /// Atoms other than hydrogen.
    HeavyAtoms,
}

impl Property {
    /// All of them, in the order of reports.
    pub const ALL: [Self; 8] = [
        Self::Weight,
        Self::LogP,
        Self::Qed,
        Self::Sa,
        Self::Tpsa,
        Self::Rings,
        Self::HeavyAtoms,
        Self::Length,
    ];

    /// The name that people read.
    pub fn label(self) -> &'static str {
        match self {
            Self::Length => "SMILES length",
            Self::Weight => "Molecular weight",
            Self::LogP => "logP",
            Self::Qed => "QED",
            Self::Sa => "SA",
            Self::Tpsa => "TPSA",
            Self::Rings => "Rings",
            Self::HeavyAtoms => "Heavy atoms",
        }
    }

    /// The name that files are called by.
    pub fn slug(self) -> &'static str {
        match self {
            Self::Length => "length",
            Self::Weight => "weight",
            Self::LogP => "logp",
            Self::Qed => "qed",
            Self::Sa => "sa",
            Self::Tpsa => "tpsa",
            Self::Rings => "rings",
            Self::HeavyAtoms => "heavy_atoms",
        }
    }

    /// The unit of the values; empty for pure numbers.
    pub fn unit(self) -> &'static str {
        match self {
            Self::Length => "characters",
            Self::Weight => "g/mol",
            Self::Tpsa => "Å²",
            Self::LogP | Self::Qed | Self::Sa | Self::Rings | Self::HeavyAtoms => "",
        }
    }

    /// Whether the values are whole numbers.
    pub fn is_count(self) -> bool {
        matches!(self, Self::Length | Self::Rings | Self::HeavyAtoms)
    }

    /// The value for one molecule.
    pub fn of(self, properties: &Properties) -> f64 {
        let descriptors = &properties.descriptors;
        match self {
            Self::Length => properties.length as f64,
            Self::Weight => descriptors.weight,
            Self::LogP => descriptors.log_p,
            Self::Qed => descriptors.qed,
            Self::Sa => descriptors.sa,
            Self::Tpsa => descriptors.tpsa,
            Self::Rings => f64::from(descriptors.rings),
            Self::HeavyAtoms => f64::from(descriptors.heavy_atoms),
        }
    }
}

/// One property in the generated set and, where there is one, in the test set.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Distribution {
    /// The property.
    pub property: Property,
    /// The unit of all values; empty for pure numbers.
    pub unit: &'static str,
    /// Summary of the valid generated molecules; `None` when there are none.
    pub generated: Option<Summary>,
    /// Summary of the test molecules; `None` without a test set.
    pub test: Option<Summary>,
    /// Generated molecules that the median, the distance and the histogram are of: all valid ones,
    /// or a draw of them in a quick evaluation.
    pub drawn: usize,
    /// [`wasserstein`] between the two, in the unit of the property; `None` when not computed.
    pub wasserstein: Option<f64>,
    /// 95 % interval of the distance by block bootstrap of the generated molecules.
    pub interval: Option<[f64; 2]>,
    /// The reason why there is no distance; `None` if there is one.
    pub reason: Option<String>,
    /// Both on the same bins; `None` when no molecule is valid.
    pub histogram: Option<Histogram>,
}

/// A sample in six numbers.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Summary {
    /// Sample size.
    pub count: usize,
    /// Arithmetic mean.
    pub mean: f64,
    /// Standard deviation with the denominator `count`.
    pub standard_deviation: f64,
    /// Smallest value.
    pub minimum: f64,
    /// Median.
    pub median: f64,
    /// Largest value.
    pub maximum: f64,
}

/// Counts on bins of equal width. The first and the last bin also hold everything beyond them.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Histogram {
    /// The lower edge of the first bin.
    pub start: f64,
    /// The width of each bin.
    pub width: f64,
    /// Generated molecules in each bin.
    pub generated: Vec<usize>,
    /// Test molecules in each bin; `None` without a test set.
    pub test: Option<Vec<usize>>,
}

impl Distribution {
    /// `generated` may be a draw of the molecules that `moments` is of.
    pub(super) fn new(
        property: Property,
        generated: &[Properties],
        moments: &Moments,
        test: Option<&[Properties]>,
    ) -> Self {
        let values = generated.iter().map(|properties| property.of(properties));
        let mut places: Vec<(f64, usize)> = values
            .enumerate()
            .filter(|(_, value)| value.is_finite())
            .map(|(place, value)| (value, place))
            .collect();
        places.sort_by(|a, b| a.0.total_cmp(&b.0));
        let generated: Vec<f64> = places.iter().map(|(value, _)| *value).collect();
        let test = test
            .map(|properties| sorted(property, properties))
            .filter(|values| !values.is_empty());
        let reason = if generated.is_empty() {
            Some("no string is a valid molecule".to_owned())
        } else if test.is_none() {
            Some("no test set was given".to_owned())
        } else {
            None
        };
        let distance = test
            .as_deref()
            .and_then(|test| wasserstein(&generated, test));
        let blocks = bootstrap::blocks(generated.len());
        let interval = distance.zip(test.as_deref()).and_then(|(distance, test)| {
            bootstrap::interval(distance, blocks, |weights| {
                let weight = |place: usize| weights[places[place].1 % blocks];
                area_between(&generated, weight, test).unwrap_or(f64::NAN)
            })
        });
        Self {
            property,
            unit: property.unit(),
            generated: Summary::new(moments, &generated),
            test: test.as_deref().and_then(Summary::of),
            drawn: generated.len(),
            wasserstein: distance,
            interval: interval.map(|[low, high]| [low.max(0.0), high]),
            reason,
            histogram: Histogram::new(property, &generated, test.as_deref()),
        }
    }
}

impl Summary {
    /// Summary of values in rising order; `None` for an empty sample.
    fn of(sorted: &[f64]) -> Option<Self> {
        let mut moments = Moments::default();
        for &value in sorted {
            moments.push(value);
        }
        Self::new(&moments, sorted)
    }

    /// Of all values the moments, of some of them in rising order the median.
    fn new(moments: &Moments, sorted: &[f64]) -> Option<Self> {
        let n = moments.count as f64;
        (moments.count > 0).then(|| Self {
            count: moments.count,
            mean: moments.mean,
            standard_deviation: (moments.squares / n).sqrt(),
            minimum: moments.minimum,
            median: median(sorted),
            maximum: moments.maximum,
        })
    }
}

/// Running moments of values that are not kept (Welford 1962).
#[derive(Debug, Clone, Copy)]
pub(super) struct Moments {
    count: usize,
    mean: f64,
    /// Sum of the squares of the differences from the mean.
    squares: f64,
    minimum: f64,
    maximum: f64,
}

impl Default for Moments {
    fn default() -> Self {
        Self {
            count: 0,
            mean: 0.0,
            squares: 0.0,
            minimum: f64::INFINITY,
            maximum: f64::NEG_INFINITY,
        }
    }
}

impl Moments {
    /// Takes the next value, if it is finite.
    pub(super) fn push(&mut self, value: f64) {
        if !value.is_finite() {
            return;
        }
        self.count += 1;
        let before = value - self.mean;
        self.mean += before / self.count as f64;
        self.squares += before * (value - self.mean);
        self.minimum = self.minimum.min(value);
        self.maximum = self.maximum.max(value);
    }
}

impl Histogram {
    fn new(property: Property, generated: &[f64], test: Option<&[f64]>) -> Option<Self> {
        if generated.is_empty() {
            return None;
        }
        let samples = [Some(generated), test];
        let low = samples
            .iter()
            .flatten()
            .map(|s| quantile(s, TAIL))
            .fold(f64::MAX, f64::min);
        let high = samples
            .iter()
            .flatten()
            .map(|s| quantile(s, 1.0 - TAIL))
            .fold(f64::MIN, f64::max);
        let width = round_width((high - low) / MAX_BINS, property.is_count());
        // Whole numbers sit in the middle of their bar.
        let offset = if property.is_count() { 0.5 } else { 0.0 };
        let start = ((low + offset) / width).floor() * width - offset;
        let bins = (((high - start) / width).floor() as usize + 1).min(2 * MAX_BINS as usize);
        let count = |values: &[f64]| {
            let mut counts = vec![0; bins];
            for value in values {
                // The cast sends what lies below the first bin to 0.
                counts[(((value - start) / width) as usize).min(bins - 1)] += 1;
            }
            counts
        };
        Some(Self {
            start,
            width,
            generated: count(generated),
            test: test.map(count),
        })
    }
}

/// The Wasserstein-1 (earth mover's) distance between two samples in rising order: the area between
/// their empirical distribution functions, exact. `None` when either is empty.
pub fn wasserstein(a: &[f64], b: &[f64]) -> Option<f64> {
    area_between(a, |_| 1.0, b)
}

/// [`wasserstein`] where the value at each place of `a` counts as often as its weight says.
fn area_between(a: &[f64], weight: impl Fn(usize) -> f64, b: &[f64]) -> Option<f64> {
    let total: f64 = (0..a.len()).map(&weight).sum();
    let (mut i, mut j) = (0, 0);
    let mut last = a.first()?.min(*b.first()?);
    let mut area = 0.0;
    let mut below = 0.0;
    while i < a.len() || j < b.len() {
        let next = match (a.get(i), b.get(j)) {
            (Some(&x), Some(&y)) => x.min(y),
            (Some(&x), None) | (None, Some(&x)) => x,
            (None, None) => break,
        };
        let gap: f64 = below / total - j as f64 / b.len() as f64;
        area += gap.abs() * (next - last);
        last = next;
        while a.get(i).is_some_and(|&x| x <= next) {
            below += weight(i);
            i += 1;
        }
        while b.get(j).is_some_and(|&x| x <= next) {
            j += 1;
        }
    }
    Some(area)
}

/// The median of values in rising order; 0 for an empty sample.
pub(super) fn median(sorted: &[f64]) -> f64 {
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => 0.0,
        n if n % 2 == 1 => sorted[middle],
        _ => f64::midpoint(sorted[middle - 1], sorted[middle]),
    }
}

/// Finite values in rising order.
fn sorted(property: Property, properties: &[Properties]) -> Vec<f64> {
    let mut values: Vec<f64> = properties
        .iter()
        .map(|properties| property.of(properties))
        .filter(|value| value.is_finite())
        .collect();
    values.sort_by(f64::total_cmp);
    values
}

/// The nearest-rank quantile of values in rising order, which must not be empty.
fn quantile(sorted: &[f64], q: f64) -> f64 {
    sorted[((sorted.len() - 1) as f64 * q).round() as usize]
}

/// The smallest of 1, 2, 5 times a power of ten that is not below `least`.
fn round_width(least: f64, whole: bool) -> f64 {
    if whole && least <= 1.0 {
        return 1.0;
    }
    if least <= 0.0 {
        return 0.1;
    }
    let power = 10.0_f64.powf(least.log10().floor());
    let factor = [1.0, 2.0, 5.0]
        .into_iter()
        .find(|factor| factor * power >= least);
    factor.unwrap_or(10.0) * power
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_wasserstein(a: &[f64], b: &[f64], expected: Option<f64>) {
        for found in [wasserstein(a, b), wasserstein(b, a)] {
            match (found, expected) {
                (Some(found), Some(expected)) => {
                    approx::assert_abs_diff_eq!(found, expected, epsilon = 1e-12);
                }
                (found, expected) => assert_eq!(found, expected),
            }
        }
    }

    #[test]
    fn wasserstein_distances() {
        check_wasserstein(&[], &[1.0], None);
        check_wasserstein(&[1.0], &[1.0], Some(0.0));
        check_wasserstein(&[0.0], &[3.0], Some(3.0));
        check_wasserstein(&[0.0, 1.0, 3.0], &[5.0, 6.0, 8.0], Some(5.0));
        check_wasserstein(&[0.0, 1.0], &[0.0, 0.0, 1.0, 1.0], Some(0.0));
        check_wasserstein(&[0.0, 1.0], &[0.0, 0.0, 0.0, 1.0], Some(0.25));
        check_wasserstein(&[0.0, 2.0], &[1.0], Some(1.0));
        // One function lies above the other throughout: the difference of the means.
        check_wasserstein(&[3.4, 3.9, 7.5, 7.8], &[1.4, 3.1, 4.5], Some(2.65));
    }

    #[track_caller]
    fn check_bins(property: Property, values: &[f64], start: f64, width: f64, counts: &[usize]) {
        let histogram = Histogram::new(property, values, None).expect("values are given");
        approx::assert_abs_diff_eq!(histogram.start, start, epsilon = 1e-9);
        approx::assert_abs_diff_eq!(histogram.width, width, epsilon = 1e-9);
        assert_eq!(histogram.generated, counts);
    }

    #[test]
    fn histogram_bins() {
        check_bins(Property::Rings, &[2.0, 3.0, 3.0], 1.5, 1.0, &[1, 2]);
        check_bins(Property::Rings, &[2.0], 1.5, 1.0, &[1]);
        check_bins(Property::LogP, &[-0.05, 0.05], -0.05, 0.005, &{
            let mut counts = [0; 21];
            (counts[0], counts[20]) = (1, 1);
            counts
        });
        check_bins(Property::Weight, &[18.0], 18.0, 0.1, &[1]);
    }

    #[track_caller]
    fn check_median(values: &[f64], expected: f64) {
        approx::assert_abs_diff_eq!(median(values), expected);
    }

    #[test]
    fn medians() {
        check_median(&[], 0.0);
        check_median(&[4.0], 4.0);
        check_median(&[1.0, 2.0], 1.5);
        check_median(&[1.0, 2.0, 9.0], 2.0);
    }
}
