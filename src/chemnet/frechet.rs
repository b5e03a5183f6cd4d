//! The Frechet distance of two sets of vectors, each taken as a normal distribution (Dowson and
//! Landau 1982), in double precision.
//!
//! `fcd_torch` takes the trace of the square root of the product of both covariances. That is the
//! sum of the square roots of the product's eigenvalues, and those are the eigenvalues of a
//! symmetric matrix, `L' S L` for the other covariance `L L'`: no square root of a matrix is
//! needed.

use rayon::prelude::*;

use crate::model::matrix::{Into, Matrix, MatrixMut, multiply};

/// Count, sums and sums of products of a set of vectors, to which others may be added.
#[derive(Debug, Clone, PartialEq)]
pub struct Moments {
    width: usize,
    pub(super) count: usize,
    /// Sums of the vectors `[width]`.
    pub(super) sums: Vec<f64>,
    /// Sums of products `[width, width]`.
    pub(super) products: Vec<f64>,
}

/// A normal distribution.
#[derive(Debug, Clone, PartialEq)]
pub struct Gaussian {
    /// Vectors that it was estimated from.
    pub count: usize,
    /// Mean `[width]`.
    pub mean: Vec<f64>,
    /// Covariance `[width, width]`, with the denominator `count - 1`.
    pub covariance: Vec<f64>,
}

/// The error of a set with fewer than the two vectors that a covariance needs; their number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it needs at least 2 molecules, there are {0}")]
pub struct TooFew(pub usize);

impl Moments {
    /// The moments of an empty set of vectors of `width` values.
    pub fn new(width: usize) -> Self {
        Self {
            width,
            count: 0,
            sums: vec![0.0; width],
            products: vec![0.0; width * width],
        }
    }

    /// Vectors so far.
    pub fn count(&self) -> usize {
        self.count
    }

    /// Adds vectors, on the threads of the current pool; the result does not depend on their
    /// number.
    ///
    /// # Shapes
    /// `[count, width]`
    pub fn add(&mut self, vectors: &[f32]) {
        /// Rows of the products that are computed together.
        const SHARE: usize = 64;
        let width = self.width;
        let vectors: Vec<f64> = vectors.iter().map(|&x| f64::from(x)).collect();
        for vector in vectors.chunks_exact(width) {
            self.count += 1;
            for (sum, x) in self.sums.iter_mut().zip(vector) {
                *sum += x;
            }
        }
        let shares = self.products.par_chunks_mut(SHARE * width).enumerate();
        shares.for_each(|(share, products)| {
            let rows = products.len() / width;
            let count = vectors.len() / width;
            if count > 0 {
                let left = Matrix::strided(&vectors[share * SHARE..], count, rows, width);
                let result = MatrixMut::dense(products, width);
                let right = Matrix::dense(&vectors, width);
                multiply(result, Into::Add, 1.0, left.transposed(), right);
            }
        });
    }

    /// Adds the vectors of another set.
    ///
    /// # Panics
    /// When the widths differ.
    pub fn merge(&mut self, other: &Self) {
        assert_eq!(self.width, other.width, "vectors of the same width");
        self.count += other.count;
        for (sum, x) in self.sums.iter_mut().zip(&other.sums) {
            *sum += x;
        }
        for (sum, x) in self.products.iter_mut().zip(&other.products) {
            *sum += x;
        }
    }

    /// The moments without the vectors of a set that was merged before.
    ///
    /// # Panics
    /// When the widths differ.
    #[must_use]
    pub fn without(&self, other: &Self) -> Self {
        assert_eq!(self.width, other.width, "vectors of the same width");
        let difference = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a - b).collect();
        Self {
            width: self.width,
            count: self.count - other.count,
            sums: difference(&self.sums, &other.sums),
            products: difference(&self.products, &other.products),
        }
    }

    /// Makes the products as symmetric as they are but for rounding: those above the diagonal stand.
    pub(super) fn mirror(&mut self) {
        for row in 0..self.width {
            for column in 0..row {
                self.products[row * self.width + column] = self.products[column * self.width + row];
            }
        }
    }

    /// Mean and covariance.
    ///
    /// # Errors
    /// [`TooFew`] for fewer than two vectors.
    pub fn gaussian(&self) -> Result<Gaussian, TooFew> {
        if self.count < 2 {
            return Err(TooFew(self.count));
        }
        let n = self.count as f64;
        let mean: Vec<f64> = self.sums.iter().map(|sum| sum / n).collect();
        let covariance = |(at, product): (usize, &f64)| {
            let (row, column) = (at / self.width, at % self.width);
            (product - n * mean[row] * mean[column]) / (n - 1.0)
        };
        Ok(Gaussian {
            count: self.count,
            covariance: self.products.iter().enumerate().map(covariance).collect(),
            mean,
        })
    }
}

impl Gaussian {
    /// As bytes, little endian, for a cache.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = (self.count as u64).to_le_bytes().to_vec();
        let values = self.mean.iter().chain(&self.covariance);
        bytes.extend(values.flat_map(|value| value.to_le_bytes()));
        bytes
    }

    /// The distribution in bytes of [`Gaussian::to_bytes`]; `None` where it is of another width.
    pub fn from_bytes(bytes: &[u8], width: usize) -> Option<Self> {
        let (count, values) = bytes.split_first_chunk::<8>()?;
        if values.len() != 8 * (width + width * width) {
            return None;
        }
        let (values, _) = values.as_chunks::<8>();
        let mut values: Vec<f64> = values
            .iter()
            .map(|bytes| f64::from_le_bytes(*bytes))
            .collect();
        let covariance = values.split_off(width);
        Some(Self {
            count: u64::from_le_bytes(*count) as usize,
            mean: values,
            covariance,
        })
    }
}

/// The square of the Frechet distance, as FCD is:
/// `|m - n|^2 + tr(S) + tr(T) - 2 tr((S T)^(1/2))` for means `m`, `n` and covariances `S`, `T`;
/// never below 0.
///
/// # Panics
/// When the widths differ.
pub fn frechet_distance(a: &Gaussian, b: &Gaussian) -> f64 {
    let width = a.mean.len();
    assert_eq!(width, b.mean.len(), "distributions of the same width");
    let trace = |g: &Gaussian| g.covariance.iter().step_by(width + 1).sum::<f64>();
    let shift: f64 = a
        .mean
        .iter()
        .zip(&b.mean)
        .map(|(a, b)| (a - b) * (a - b))
        .sum();
    let factor = cholesky(a.covariance.clone(), width);
    let rank = factor.len() / width;
    if rank == 0 {
        return shift + trace(a) + trace(b);
    }
    let mut half = vec![0.0; rank * width];
    let factor = Matrix::dense(&factor, width);
    let other = Matrix::dense(&b.covariance, width);
    multiply(
        MatrixMut::dense(&mut half, width),
        Into::Replace,
        1.0,
        factor,
        other,
    );
    let mut product = vec![0.0; rank * rank];
    let result = MatrixMut::dense(&mut product, rank);
    multiply(
        result,
        Into::Replace,
        1.0,
        Matrix::dense(&half, width),
        factor.transposed(),
    );
    let roots: f64 = eigenvalues(product, rank)
        .into_iter()
        .map(|x| x.max(0.0).sqrt())
        .sum();
    // Of no number, `max` would make 0, the best of all distances.
    (shift + trace(a) + trace(b) - 2.0 * roots).clamp(0.0, f64::INFINITY)
}

/// Factor `L'` of a symmetric matrix `L L'` without negative eigenvalues, by Cholesky's method with
/// the largest pivot first; stops at the matrix's rank.
///
/// # Shapes
/// `[width, width]` -> `[rank, width]`
fn cholesky(mut matrix: Vec<f64>, width: usize) -> Vec<f64> {
    let mut factor: Vec<f64> = Vec::with_capacity(width * width);
    let diagonal = |matrix: &[f64]| -> (usize, f64) {
        let values = matrix.iter().step_by(width + 1).copied().enumerate();
        values
            .max_by(|a, b| a.1.total_cmp(&b.1))
            .unwrap_or_default()
    };
    let least = diagonal(&matrix).1 * width as f64 * f64::EPSILON;
    for _ in 0..width {
        let (pivot, value) = diagonal(&matrix);
        if value.is_nan() || value <= least {
            break;
        }
        let root = value.sqrt();
        let row: Vec<f64> = matrix[pivot * width..(pivot + 1) * width]
            .iter()
            .map(|x| x / root)
            .collect();
        for (values, left) in matrix.chunks_exact_mut(width).zip(&row) {
            for (value, right) in values.iter_mut().zip(&row) {
                *value -= left * right;
            }
        }
        // What is left of it is rounding.
        for other in 0..width {
            matrix[pivot * width + other] = 0.0;
            matrix[other * width + pivot] = 0.0;
        }
        factor.extend(row);
    }
    factor
}

/// Eigenvalues of a symmetric matrix in no order: Householder's reduction to three diagonals, then
/// QL with implicit shifts (Martin, Reinsch and Wilkinson 1968; Dubrulle 1970).
///
/// # Shapes
/// `[size, size]` -> `[size]`
fn eigenvalues(mut matrix: Vec<f64>, size: usize) -> Vec<f64> {
    let mut off = vec![0.0; size];
    let mut reflector = vec![0.0; size];
    let mut product = vec![0.0; size];
    // Row `last` becomes zero but for the element beside the diagonal.
    for last in (1..size).rev() {
        let row = &matrix[last * size..last * size + last];
        let norm = row.iter().map(|x| x * x).sum::<f64>().sqrt();
        let beside = row[last - 1];
        let target = if beside > 0.0 { -norm } else { norm };
        off[last] = target;
        if norm == 0.0 {
            continue;
        }
        // I - u u' / h with u = row - target * e, h = u'u / 2.
        let u = &mut reflector[..last];
        u.copy_from_slice(row);
        u[last - 1] -= target;
        let h = norm * norm - beside * target;
        let p = &mut product[..last];
        for (p, values) in p.iter_mut().zip(matrix.chunks_exact(size)) {
            *p = dot(&values[..last], u) / h;
        }
        let k = dot(u, p) / (2.0 * h);
        for (p, u) in p.iter_mut().zip(&*u) {
            *p -= k * u;
        }
        for (row, values) in matrix.chunks_exact_mut(size).take(last).enumerate() {
            let (a, b) = (u[row], p[row]);
            for ((value, u), p) in values.iter_mut().zip(&*u).zip(&*p) {
                *value -= a * p + b * u;
            }
        }
    }
    let diagonal = matrix.iter().step_by(size + 1).copied().collect();
    off.rotate_left(1);
    tridiagonal(diagonal, off)
}

/// Eigenvalues of a symmetric matrix of three diagonals; `off[i]` stands between `i` and `i + 1`.
fn tridiagonal(mut diagonal: Vec<f64>, mut off: Vec<f64>) -> Vec<f64> {
    /// Two to three are usual.
    const MOST_ROUNDS: usize = 60;
    let size = diagonal.len();
    for first in 0..size {
        for _ in 0..MOST_ROUNDS {
            let small = |at: &usize| {
                let near = diagonal[*at].abs() + diagonal[at + 1].abs();
                off[*at].abs() <= f64::EPSILON * near
            };
            let end = (first..size - 1).find(small).unwrap_or(size - 1);
            if end == first {
                break;
            }
            let slope = (diagonal[first + 1] - diagonal[first]) / (2.0 * off[first]);
            let root = slope.hypot(1.0);
            let mut g =
                diagonal[end] - diagonal[first] + off[first] / (slope + root.copysign(slope));
            let (mut sine, mut cosine, mut shift) = (1.0, 1.0, 0.0);
            let mut whole = true;
            for at in (first..end).rev() {
                let f = sine * off[at];
                let b = cosine * off[at];
                let r = f.hypot(g);
                off[at + 1] = r;
                if r == 0.0 {
                    diagonal[at + 1] -= shift;
                    off[end] = 0.0;
                    whole = false;
                    break;
                }
                (sine, cosine) = (f / r, g / r);
                g = diagonal[at + 1] - shift;
                let t = (diagonal[at] - g) * sine + 2.0 * cosine * b;
                shift = sine * t;
                diagonal[at + 1] = g + shift;
                g = cosine * t - b;
            }
            if whole {
                diagonal[first] -= shift;
                off[first] = g;
                off[end] = 0.0;
            }
        }
    }
    diagonal
}

/// A sum over eight lanes, so that it vectorizes.
fn dot(a: &[f64], b: &[f64]) -> f64 {
    let (chunks_a, rest_a) = a.as_chunks::<8>();
    let (chunks_b, rest_b) = b.as_chunks::<8>();
    let mut lanes = [0.0; 8];
    for (a, b) in chunks_a.iter().zip(chunks_b) {
        for lane in 0..8 {
            lanes[lane] += a[lane] * b[lane];
        }
    }
    let rest = rest_a.iter().zip(rest_b).map(|(a, b)| a * b).sum::<f64>();
    lanes.iter().sum::<f64>() + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gaussian(width: usize, vectors: &[f32]) -> Gaussian {
        let mut moments = Moments::new(width);
        let half = vectors.len() / width / 2 * width;
        moments.add(&vectors[..half]);
        moments.add(&vectors[half..]);
        moments.gaussian().unwrap()
    }

    /// The vectors of `tests/golden/fcd.py`: 12 of width 8, the second set of rank 5.
    fn by_formula() -> [Gaussian; 2] {
        let first: Vec<f32> = (0..96).map(|i| (f64::from(i) * 1.3).sin() as f32).collect();
        let mut second: Vec<f32> = (0..96)
            .map(|i| ((f64::from(i * i) * 0.17).cos() * 0.7) as f32)
            .collect();
        for row in second.chunks_exact_mut(8) {
            for column in 0..3 {
                row[5 + column] = row[column] * 2.0;
            }
        }
        [gaussian(8, &first), gaussian(8, &second)]
    }

    #[test]
    fn the_distance_is_that_of_fcd_torch() {
        let [a, b] = by_formula();
        // Printed by `tests/golden/fcd.py`.
        approx::assert_relative_eq!(frechet_distance(&a, &b), GOLDEN, max_relative = 1e-6);
        approx::assert_relative_eq!(frechet_distance(&b, &a), GOLDEN, max_relative = 1e-6);
        assert!(frechet_distance(&a, &a) < 1e-7);
        assert!(frechet_distance(&b, &b) < 1e-7);
    }

    const GOLDEN: f64 = 3.339_121_778_862_994;

    #[test]
    fn eigenvalues_of_known_matrices() {
        // The second difference: 2 - 2 cos(k pi / (n + 1)).
        for size in [1, 2, 3, 10, 97] {
            let mut matrix = vec![0.0; size * size];
            for row in 0..size {
                matrix[row * size + row] = 2.0;
                if row + 1 < size {
                    matrix[row * size + row + 1] = -1.0;
                    matrix[(row + 1) * size + row] = -1.0;
                }
            }
            let mut found = eigenvalues(matrix, size);
            found.sort_by(f64::total_cmp);
            for (k, found) in found.iter().enumerate() {
                let angle = (k + 1) as f64 * std::f64::consts::PI / (size + 1) as f64;
                approx::assert_abs_diff_eq!(*found, 2.0 - 2.0 * angle.cos(), epsilon = 1e-12);
            }
        }
        // One vector times itself: its square and zeros.
        let vector: Vec<f64> = (1..=20).map(f64::from).collect();
        let matrix = vector
            .iter()
            .flat_map(|a| vector.iter().map(move |b| a * b))
            .collect();
        let mut found = eigenvalues(matrix, 20);
        found.sort_by(f64::total_cmp);
        approx::assert_relative_eq!(found[19], 2_870.0, max_relative = 1e-12);
        assert!(found[..19].iter().all(|x| x.abs() < 1e-10));
    }

    #[test]
    fn factors_multiply_to_the_matrix_at_its_rank() {
        let [_, low] = by_formula();
        let factor = cholesky(low.covariance.clone(), 8);
        assert_eq!(factor.len(), 5 * 8);
        for row in 0..8 {
            for column in 0..8 {
                let sum: f64 = factor.chunks_exact(8).map(|f| f[row] * f[column]).sum();
                approx::assert_abs_diff_eq!(sum, low.covariance[row * 8 + column], epsilon = 1e-12);
            }
        }
    }

    #[test]
    fn bytes_hold_a_distribution() {
        let [first, _] = by_formula();
        let bytes = first.to_bytes();
        assert_eq!(Gaussian::from_bytes(&bytes, 8), Some(first));
        assert_eq!(Gaussian::from_bytes(&bytes, 7), None);
        assert_eq!(Gaussian::from_bytes(&bytes[..bytes.len() - 1], 8), None);
    }

    #[test]
    fn moments_merge_and_part() {
        let vectors: Vec<f32> = (0..600).map(|i| (i as f32 * 0.37).sin()).collect();
        let (mut all, mut one, mut two) = (Moments::new(3), Moments::new(3), Moments::new(3));
        all.add(&vectors);
        one.add(&vectors[..99]);
        two.add(&vectors[99..]);
        let part = all.without(&one).gaussian().unwrap();
        let other = two.gaussian().unwrap();
        for (a, b) in part.covariance.iter().zip(&other.covariance) {
            approx::assert_abs_diff_eq!(*a, *b, epsilon = 1e-12);
        }
        one.merge(&two);
        assert_eq!(one.count(), 200);
        assert_eq!(Moments::new(3).gaussian(), Err(TooFew(0)));
    }
}
