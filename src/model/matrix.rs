//! Matrix products on strided views of slices, by tiles where the machine has them, else through
//! the `gemm` crate.
//!
//! A view checks once that its strides stay inside its slice, so a product of views is sound.
//! Transposes are strides, nothing is copied. The safe product of `ndarray` reaches 0.32 to 0.48 of
//! `gemm`'s speed at the shapes of training (129 to 164 GFLOP/s with AVX-512), one of our own in
//! safe Rust 0.8 of it; so this stays.
#![allow(unsafe_code)]

use super::tiles::{Factor, Product, Tiles};

/// Numbers that matrices hold.
pub(crate) trait Scalar: Copy + PartialEq + 'static {
    /// One.
    const ONE: Self;

    /// `result = left * right`, or added to it, by tiles if they pay; says whether it did.
    fn multiply_by_tiles(
        _: &mut MatrixMut<'_, Self>,
        _: Into,
        _: Matrix<'_, Self>,
        _: Matrix<'_, Self>,
    ) -> bool {
        false
    }
}

impl Scalar for f32 {
    const ONE: Self = 1.0;

    fn multiply_by_tiles(
        result: &mut MatrixMut<'_>,
        into: Into,
        left: Matrix<'_>,
        right: Matrix<'_>,
    ) -> bool {
        // Smaller products take longer to pack than to compute.
        const LEAST: usize = 1 << 20;
        let (to, depth) = (result.shape, left.shape.columns);
        if to.rows * to.columns * depth < LEAST || to.rows.min(to.columns).min(depth) < 16 {
            return false;
        }
        let Some(tiles) = Tiles::of_this_machine() else {
            return false;
        };
        tiles_multiply(tiles, result, into, left, right);
        true
    }
}

fn tiles_multiply(
    tiles: Tiles,
    result: &mut MatrixMut<'_>,
    into: Into,
    left: Matrix<'_>,
    right: Matrix<'_>,
) {
    let product = Product {
        rows: result.shape.rows,
        columns: result.shape.columns,
        stride: result.shape.row_stride,
        add: into == Into::Add,
        out: result.data,
    };
    tiles.multiply(product, left.rows(), right.transposed().rows());
}

impl Scalar for f64 {
    const ONE: Self = 1.0;
}

/// A matrix inside a slice: element `(i, j)` lies at `i * row_stride + j * column_stride`.
#[derive(Clone, Copy)]
pub(crate) struct Matrix<'a, T = f32> {
    data: &'a [T],
    shape: Shape,
}

/// As [`Matrix`], to be written.
pub(crate) struct MatrixMut<'a, T = f32> {
    data: &'a mut [T],
    shape: Shape,
}

#[derive(Clone, Copy)]
struct Shape {
    rows: usize,
    columns: usize,
    row_stride: usize,
    column_stride: usize,
}

impl Shape {
    /// # Panics
    /// When the last element would lie outside a slice of `length`.
    fn checked(rows: usize, columns: usize, row_stride: usize, length: usize) -> Self {
        assert!(
            rows == 0 || columns == 0 || (rows - 1) * row_stride + columns <= length,
            "a matrix of {rows} rows {row_stride} apart and {columns} columns does not fit {length} values"
        );
        Self {
            rows,
            columns,
            row_stride,
            column_stride: 1,
        }
    }
}

impl<'a, T> Matrix<'a, T> {
    /// Rows one after the other; the number of rows follows from the slice.
    pub(crate) fn dense(data: &'a [T], columns: usize) -> Self {
        Self::strided(data, data.len() / columns, columns, columns)
    }

    /// Rows `row_stride` apart, the first at the start of the slice.
    pub(crate) fn strided(data: &'a [T], rows: usize, columns: usize, row_stride: usize) -> Self {
        let shape = Shape::checked(rows, columns, row_stride, data.len());
        Self { data, shape }
    }

    /// Rows and columns exchanged.
    pub(crate) fn transposed(self) -> Self {
        let Shape {
            rows,
            columns,
            row_stride,
            column_stride,
        } = self.shape;
        let shape = Shape {
            rows: columns,
            columns: rows,
            row_stride: column_stride,
            column_stride: row_stride,
        };
        Self { shape, ..self }
    }
}

impl<'a> Matrix<'a> {
    /// The factor whose lines are the rows.
    fn rows(self) -> Factor<'a> {
        Factor {
            data: self.data,
            lines: self.shape.rows,
            depth: self.shape.columns,
            line_stride: self.shape.row_stride,
            depth_stride: self.shape.column_stride,
        }
    }
}

impl<'a, T> MatrixMut<'a, T> {
    /// Rows one after the other; the number of rows follows from the slice.
    pub(crate) fn dense(data: &'a mut [T], columns: usize) -> Self {
        let rows = data.len() / columns;
        Self::strided(data, rows, columns, columns)
    }

    /// Rows `row_stride` apart, the first at the start of the slice.
    pub(crate) fn strided(
        data: &'a mut [T],
        rows: usize,
        columns: usize,
        row_stride: usize,
    ) -> Self {
        let shape = Shape::checked(rows, columns, row_stride, data.len());
        Self { data, shape }
    }
}

/// The use of the values that were in the result before.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Into {
    /// The product replaces them.
    Replace,
    /// The product is added to them.
    Add,
}

/// `result = scale * left * right`, or added to it, on the calling thread.
///
/// # Panics
/// When the shapes do not fit each other.
pub(crate) fn multiply<T: Scalar>(
    mut result: MatrixMut<'_, T>,
    into: Into,
    scale: T,
    left: Matrix<'_, T>,
    right: Matrix<'_, T>,
) {
    check(result.shape, left.shape, right.shape);
    if scale != T::ONE || !T::multiply_by_tiles(&mut result, into, left, right) {
        multiply_by_vectors(result, into, scale, left, right);
    }
}

/// # Panics
/// When `to` is not the shape of the product of `a` and `b`.
fn check(to: Shape, a: Shape, b: Shape) {
    assert!(
        to.rows == a.rows && to.columns == b.columns && a.columns == b.rows,
        "[{}, {}] is not [{}, {}] x [{}, {}]",
        to.rows,
        to.columns,
        a.rows,
        a.columns,
        b.rows,
        b.columns
    );
}

/// A matrix with its columns as rows.
///
/// # Shapes
/// `[rows, columns]` -> `[columns, rows]`
pub(crate) fn transposed(values: &[f32], columns: usize) -> Vec<f32> {
    let rows = values.len() / columns;
    let column = |column| (0..rows).map(move |row| values[row * columns + column]);
    (0..columns).flat_map(column).collect()
}

/// As [`multiply`], always by the `gemm` crate: the reference, and the measure of what
/// single-precision instructions can do.
///
/// # Panics
/// When the shapes do not fit each other.
#[expect(
    clippy::needless_pass_by_value,
    reason = "the result is a view, used up here"
)]
pub(crate) fn multiply_by_vectors<T: Scalar>(
    result: MatrixMut<'_, T>,
    into: Into,
    scale: T,
    left: Matrix<'_, T>,
    right: Matrix<'_, T>,
) {
    check(result.shape, left.shape, right.shape);
    let (to, a, b) = (result.shape, left.shape, right.shape);
    // SAFETY: every view was checked to stay inside its slice (transposing moves no element), the
    // result is borrowed exclusively so it overlaps no operand, and the shapes fit.
    unsafe {
        gemm::gemm(
            to.rows,
            to.columns,
            a.columns,
            result.data.as_mut_ptr(),
            to.column_stride as isize,
            to.row_stride as isize,
            into == Into::Add,
            left.data.as_ptr(),
            a.column_stride as isize,
            a.row_stride as isize,
            right.data.as_ptr(),
            b.column_stride as isize,
            b.row_stride as isize,
            T::ONE,
            scale,
            false,
            false,
            false,
            gemm::Parallelism::None,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transposing() {
        let values = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
        assert_eq!(transposed(&values, 3), [1.0, 4.0, 2.0, 5.0, 3.0, 6.0]);
    }

    #[test]
    fn products_of_views_equal_sums() {
        let values: Vec<f32> = (0..60).map(|i| (i * 7 % 11) as f32).collect();
        // Rows 5 apart of which 3 columns are seen, times the transpose of a dense matrix.
        let (left, right) = (
            Matrix::strided(&values, 4, 3, 5),
            Matrix::dense(&values[..6], 3),
        );
        let mut result = vec![1.0; 8];
        multiply(
            MatrixMut::dense(&mut result, 2),
            Into::Add,
            2.0,
            left,
            right.transposed(),
        );
        for i in 0..4 {
            for j in 0..2 {
                let sum: f32 = (0..3).map(|k| values[i * 5 + k] * values[j * 3 + k]).sum();
                assert_eq!(result[i * 2 + j].to_bits(), (1.0 + 2.0 * sum).to_bits());
            }
        }
    }

    /// Tiles and vectors against sums in double precision, of a strided result.
    #[track_caller]
    fn check_product(rows: usize, columns: usize, depth: usize) {
        let values: Vec<f32> = (0..rows.max(columns) * depth)
            .map(|i| (i * 7_919 % 10_007) as f32 / 10_007.0 - 0.5)
            .collect();
        let ways = [false, true];
        for (left_lies, right_lies) in ways
            .iter()
            .flat_map(|left| ways.map(|right| (*left, right)))
        {
            let part = &values[..rows * depth];
            let mut left = Matrix::dense(part, depth);
            if left_lies {
                left = Matrix::dense(part, rows).transposed();
            }
            let part = &values[..columns * depth];
            let mut right = Matrix::dense(part, columns);
            if right_lies {
                right = Matrix::dense(part, depth).transposed();
            }
            let at = |matrix: &Matrix, i: usize, j: usize| {
                let Shape {
                    row_stride,
                    column_stride,
                    ..
                } = matrix.shape;
                f64::from(matrix.data[i * row_stride + j * column_stride])
            };
            let stride = columns + 3;
            let before: Vec<f32> = (0..rows * stride).map(|i| (i % 5) as f32).collect();
            for into in [Into::Replace, Into::Add] {
                let mut results = [before.clone(), before.clone()];
                let [vectors, tiles] = &mut results;
                let to = MatrixMut::strided(vectors, rows, columns, stride);
                multiply_by_vectors(to, into, 1.0, left, right);
                let mut to = MatrixMut::strided(tiles, rows, columns, stride);
                if let Some(tiles) = Tiles::of_this_machine() {
                    tiles_multiply(tiles, &mut to, into, left, right);
                } else {
                    multiply(to, into, 1.0, left, right);
                }
                for (i, j) in (0..rows).flat_map(|i| (0..stride).map(move |j| (i, j))) {
                    let place = i * stride + j;
                    let (mut sum, mut size) = (f64::from(before[place]), 1.0);
                    if j < columns {
                        sum = if into == Into::Add { sum } else { 0.0 };
                        let terms = (0..depth).map(|k| at(&left, i, k) * at(&right, k, j));
                        (sum, size) = terms.fold((sum, 1.0 + sum.abs()), |(sum, size), term| {
                            (sum + term, size + term.abs())
                        });
                    }
                    for result in &results {
                        let error = (f64::from(result[place]) - sum).abs();
                        let most = 3e-7 * size * (1.0 + depth as f64 / 16.0).sqrt();
                        assert!(error < most, "{rows} {columns} {depth}: {error}");
                    }
                }
            }
        }
    }

    #[test]
    fn tiles_and_vectors_equal_sums() {
        for (rows, columns, depth) in [
            (1, 1, 1),
            (5, 7, 9),
            (16, 16, 16),
            (32, 32, 32),
            (33, 47, 65),
            (130, 30, 100),
            (20, 150, 37),
            (40, 33, 1_100),
        ] {
            check_product(rows, columns, depth);
        }
    }

    #[test]
    #[should_panic(expected = "does not fit")]
    fn a_view_beyond_its_slice_is_refused() {
        let _ = Matrix::strided(&[0.0; 11], 3, 4, 4);
    }
}
