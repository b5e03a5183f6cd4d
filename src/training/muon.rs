//! Newton-Schulz iteration: the nearest matrix whose singular values are about 1.

use std::ops::Range;

use crate::model::matrix::{Into, Matrix, MatrixMut, multiply};

/// Iterations, and the quintic's coefficients, which bring singular values to 0.7..1.2 fast rather
/// than to 1 exactly (Jordan 2024).
pub(super) const STEPS: usize = 5;
pub(super) const COEFFICIENTS: [f32; 3] = [3.4445, -4.7750, 2.0315];

/// Replaces some columns of a matrix by an approximately orthogonal matrix with the same singular
/// vectors. A matrix of zeros stays as it is.
///
/// # Shapes
/// values `[rows, row_length]`
pub(super) fn orthogonalize(values: &mut [f32], row_length: usize, columns: Range<usize>) {
    let rows = values.len() / row_length;
    // The iteration squares the shorter side, so the longer one is laid along the rows.
    let (short, long) = (rows.min(columns.len()), rows.max(columns.len()));
    let place = |i: usize, j: usize| {
        let (row, column) = if rows <= columns.len() {
            (i, j)
        } else {
            (j, i)
        };
        row * row_length + columns.start + column
    };
    let mut x: Vec<f32> = (0..short)
        .flat_map(|i| (0..long).map(move |j| (i, j)))
        .map(|(i, j)| values[place(i, j)])
        .collect();
    let norm = x
        .iter()
        .map(|v| f64::from(*v) * f64::from(*v))
        .sum::<f64>()
        .sqrt();
    let inverse = (1.0 / (norm + 1e-7)) as f32;
    for value in &mut x {
        *value *= inverse;
    }
    let mut square = vec![0.0; short * short];
    let mut polynomial = vec![0.0; short * short];
    let mut next = vec![0.0; short * long];
    let [a, b, c] = COEFFICIENTS;
    for _ in 0..STEPS {
        let view = Matrix::dense(&x, long);
        let result = MatrixMut::dense(&mut square, short);
        multiply(result, Into::Replace, 1.0, view, view.transposed());
        polynomial.copy_from_slice(&square);
        for value in &mut polynomial {
            *value *= b;
        }
        let view = Matrix::dense(&square, short);
        let result = MatrixMut::dense(&mut polynomial, short);
        multiply(result, Into::Add, c, view, view);
        next.copy_from_slice(&x);
        for value in &mut next {
            *value *= a;
        }
        let result = MatrixMut::dense(&mut next, long);
        let (left, right) = (Matrix::dense(&polynomial, short), Matrix::dense(&x, long));
        multiply(result, Into::Add, 1.0, left, right);
        std::mem::swap(&mut x, &mut next);
    }
    for i in 0..short {
        for j in 0..long {
            values[place(i, j)] = x[i * long + j];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(rows: usize, columns: usize) {
        let mut values: Vec<f32> = (0..rows * columns)
            .map(|i| ((i * 7919 % 1009) as f32 / 1009.0) - 0.5)
            .collect();
        orthogonalize(&mut values, columns, 0..columns);
        let short = rows.min(columns);
        let row = |i: usize| -> Vec<f32> {
            if rows <= columns {
                values[i * columns..(i + 1) * columns].to_vec()
            } else {
                (0..rows).map(|j| values[j * columns + i]).collect()
            }
        };
        // The trace of X X^T is the sum of the squared singular values, each about 1.
        let trace: f32 = (0..short)
            .map(|i| row(i).iter().map(|v| v * v).sum::<f32>())
            .sum();
        let mean = trace / short as f32;
        assert!((0.5..1.5).contains(&mean), "{mean}");
    }

    #[test]
    fn singular_values_come_near_one() {
        check(8, 8);
        check(8, 30);
        check(30, 8);
    }

    #[test]
    fn other_columns_and_zeros_stay() {
        let mut values = vec![0.0, 0.0, 5.0, 0.0, 0.0, 6.0];
        orthogonalize(&mut values, 3, 0..2);
        assert_eq!(values, [0.0, 0.0, 5.0, 0.0, 0.0, 6.0]);
    }
}
