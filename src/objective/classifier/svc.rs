//! Support vector classifiers of a radial kernel with Platt's probability, as libsvm computes them.
//!
//! Knows counts by their places, not molecules. The support vectors are kept by places, so that a molecule costs
//! what its own features have in common with them, and an exponential for each.

/// Support vectors row by row, of each the counts that are not 0.
pub(super) struct Rows {
    /// Where each row begins, and the end of the last.
    pub(super) starts: Vec<u32>,
    /// The place of each count.
    pub(super) columns: Vec<u16>,
    /// The counts.
    pub(super) counts: Vec<u8>,
}

/// The formula beside the support vectors.
pub(super) struct Formula {
    /// The coefficient of each support vector.
    pub(super) coefficients: Vec<f64>,
    /// The factor of squared distances.
    pub(super) gamma: f64,
    /// What is added to the sum.
    pub(super) intercept: f64,
    /// The probability of the first class is 1 / (1 + exp(A decision + B)) (Platt 1999): A and B.
    pub(super) platt: [f64; 2],
}

/// A classifier.
#[derive(Debug)]
pub(super) struct Svc {
    /// Of each support vector: its coefficient and its squared length.
    vectors: Vec<(f64, i64)>,
    /// For each place, the support vectors with a count there, and the count.
    columns: Vec<Vec<(u32, u8)>>,
    gamma: f64,
    intercept: f64,
    platt: [f64; 2],
}

impl Svc {
    /// The classifier of these support vectors of `length` places.
    ///
    /// # Errors
    /// What does not fit together.
    pub(super) fn new(rows: &Rows, formula: Formula, length: u16) -> Result<Self, String> {
        let Formula {
            coefficients,
            gamma,
            intercept,
            platt,
        } = formula;
        let numbers = [gamma, intercept, platt[0], platt[1]];
        if !coefficients.iter().chain(&numbers).all(|x| x.is_finite()) {
            return Err("a number of its formula is not finite".to_owned());
        }
        let counts = rows.counts.len();
        let is_whole = rows.starts.len() == coefficients.len() + 1
            && rows.starts.first() == Some(&0)
            && rows.starts.last().map(|end| *end as usize) == Some(counts)
            && rows.starts.is_sorted()
            && rows.columns.len() == counts
            && rows.columns.iter().all(|column| *column < length);
        if !is_whole {
            return Err("its support vectors do not fit together".to_owned());
        }
        let mut columns = vec![Vec::new(); usize::from(length)];
        let mut vectors = Vec::new();
        for (row, (ends, coefficient)) in rows.starts.windows(2).zip(coefficients).enumerate() {
            let mut square = 0;
            for place in ends[0] as usize..ends[1] as usize {
                let count = rows.counts[place];
                columns[usize::from(rows.columns[place])].push((row as u32, count));
                square += i64::from(count).pow(2);
            }
            vectors.push((coefficient, square));
        }
        Ok(Self {
            vectors,
            columns,
            gamma,
            intercept,
            platt,
        })
    }

    /// The probability of the second class, for counts by their places.
    pub(super) fn probability(&self, counts: &[(u16, u32)]) -> f64 {
        let [a, b] = self.platt;
        1.0 - first_of_two(1.0 / (1.0 + (a * self.decision(counts) + b).exp()))
    }

    /// The decision value, above 0 for the first class.
    fn decision(&self, counts: &[(u16, u32)]) -> f64 {
        let mut products = vec![0; self.vectors.len()];
        let mut square = 0;
        for (place, count) in counts {
            let count = i64::from(*count);
            square += count.pow(2);
            for (row, own) in &self.columns[usize::from(*place)] {
                products[*row as usize] += count * i64::from(*own);
            }
        }
        let terms = self.vectors.iter().zip(products);
        let kernel = terms.map(|((coefficient, own), product)| {
            let distance = square + own - 2 * product;
            coefficient * (-self.gamma * distance as f64).exp()
        });
        kernel.sum::<f64>() + self.intercept
    }
}

/// The probability of the first class as libsvm joins the pairwise ones, of which two classes have one: by the
/// iteration of Wu, Lin and Weng (2004), algorithm 2, which ends where it is 0.0025 near, not at `pairwise` itself.
fn first_of_two(pairwise: f64) -> f64 {
    const LEAST: f64 = 1e-7;
    const NEAR: f64 = 0.005 / 2.0;
    const ROUNDS: usize = 100;
    let first = pairwise.clamp(LEAST, 1.0 - LEAST);
    let second = 1.0 - first;
    let matrix = [
        [second * second, -second * first],
        [-second * first, first * first],
    ];
    let mut found = [0.5, 0.5];
    for _ in 0..ROUNDS {
        let mut image = matrix.map(|row| row[0] * found[0] + row[1] * found[1]);
        let mut form = found[0] * image[0] + found[1] * image[1];
        if image.iter().all(|value| (value - form).abs() < NEAR) {
            break;
        }
        for class in 0..2 {
            let own = matrix[class][class];
            let change = (form - image[class]) / own;
            let whole = 1.0 + change;
            form = (form + change * (change * own + 2.0 * image[class])) / whole / whole;
            found[class] += change;
            for other in 0..2 {
                image[other] = (image[other] + change * matrix[class][other]) / whole;
                found[other] /= whole;
            }
        }
    }
    found[0]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows() -> Rows {
        Rows {
            starts: vec![0, 2, 3],
            columns: vec![0, 3, 1],
            counts: vec![1, 2, 1],
        }
    }

    fn formula() -> Formula {
        Formula {
            coefficients: vec![1.5, -0.5],
            gamma: 0.25,
            intercept: 0.125,
            platt: [-2.0, 0.5],
        }
    }

    #[test]
    fn decisions_are_sums_over_the_support_vectors() {
        #[track_caller]
        fn check(counts: &[(u16, u32)], distances: [f64; 2]) {
            let svc = Svc::new(&rows(), formula(), 4).unwrap();
            let [one, other] = distances.map(|distance| (-0.25 * distance).exp());
            let expected = 1.5 * one - 0.5 * other + 0.125;
            approx::assert_abs_diff_eq!(svc.decision(counts), expected, epsilon = 1e-12);
        }
        check(&[], [5.0, 1.0]);
        check(&[(0, 1), (3, 2)], [0.0, 6.0]);
        check(&[(1, 1)], [6.0, 0.0]);
        check(&[(2, 3), (3, 1)], [11.0, 11.0]);
    }

    // Expected probabilities by libsvm in scikit-learn 1.2.2, with A = 0 and B that gives the pairwise one.
    #[test]
    fn the_iteration_ends_early() {
        #[track_caller]
        fn check(pairwise: f64, expected: f64) {
            approx::assert_abs_diff_eq!(first_of_two(pairwise), expected, epsilon = 1e-12);
        }
        check(1e-4, 3.000_899_979_9e-8);
        check(0.01, 0.009_999_125_887_7);
        check(0.2, 0.199_965_365_672_8);
        check(0.497, 0.5);
        check(0.51, 0.509_999_921_663_3);
        check(0.55, 0.549_955_938_684_1);
        check(0.8, 0.799_999_728_168_9);
        check(0.97, 0.969_209_952_076_1);
        // By symmetry, and by the least probability.
        check(0.5, 0.5);
        check(0.0, first_of_two(1e-7));
        check(1.0, first_of_two(1.0 - 1e-7));
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        #[track_caller]
        fn check(rows: &Rows, formula: Formula, expected: &str) {
            assert_eq!(Svc::new(rows, formula, 4).unwrap_err(), expected);
        }
        let torn = "its support vectors do not fit together";
        for starts in [
            vec![],
            vec![0, 3],
            vec![0, 3, 2],
            vec![1, 2, 3],
            vec![0, 2, 4],
        ] {
            check(&Rows { starts, ..rows() }, formula(), torn);
        }
        let columns = vec![0, 4, 1];
        check(&Rows { columns, ..rows() }, formula(), torn);
        let platt = [f64::NAN, 0.0];
        let infinite = "a number of its formula is not finite";
        check(&rows(), Formula { platt, ..formula() }, infinite);
    }
}
