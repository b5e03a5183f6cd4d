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
    let (rows, width) = (values.len() / row_length, columns.len());
    let part = |row: usize| row * row_length + columns.start..row * row_length + columns.end;
    let mut x: Vec<f32> = Vec::with_capacity(rows * width);
    for row in 0..rows {
        x.extend_from_slice(&values[part(row)]);
    }
    let squares = x.iter().map(|v| f64::from(*v) * f64::from(*v));
    let inverse = (1.0 / (squares.sum::<f64>().sqrt() + 1e-7)) as f32;
    for value in &mut x {
        *value *= inverse;
    }
    // The iteration squares the shorter side.
    let short = rows.min(width);
    let mut square = vec![0.0; short * short];
    let mut polynomial = vec![0.0; short * short];
    let mut next = vec![0.0; rows * width];
    let [a, b, c] = COEFFICIENTS;
    for _ in 0..STEPS {
        let view = Matrix::dense(&x, width);
        let (left, right) = if rows <= width {
            (view, view.transposed())
        } else {
            (view.transposed(), view)
        };
        let result = MatrixMut::dense(&mut square, short);
        multiply(result, Into::Replace, 1.0, left, right);
        // a + b S + c S^2 of the square S.
        let view = Matrix::dense(&square, short);
        let result = MatrixMut::dense(&mut polynomial, short);
        multiply(result, Into::Replace, c, view, view);
        for (sum, square) in polynomial.iter_mut().zip(&square) {
            *sum += b * square;
        }
        for diagonal in polynomial.iter_mut().step_by(short + 1) {
            *diagonal += a;
        }
        let (x_view, polynomial) = (Matrix::dense(&x, width), Matrix::dense(&polynomial, short));
        let (left, right) = if rows <= width {
            (polynomial, x_view)
        } else {
            (x_view, polynomial)
        };
        multiply(
            MatrixMut::dense(&mut next, width),
            Into::Replace,
            1.0,
            left,
            right,
        );
        std::mem::swap(&mut x, &mut next);
    }
    for (row, x) in x.chunks_exact(width).enumerate() {
        values[part(row)].copy_from_slice(x);
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
