//! Matrix products on strided views of slices, through the `gemm` crate.
//!
//! The only unsafe code of the network: a view checks once that its strides stay inside its slice,
//! so a product of views is sound. Transposes are strides, nothing is copied. The safe product of
//! `ndarray` reaches 0.32 to 0.48 of `gemm`'s speed at the shapes of training (129 to 164 GFLOP/s
//! with AVX-512), one of our own in safe Rust 0.8 of it; so this stays.
#![allow(unsafe_code)]

/// Numbers that matrices hold.
pub(crate) trait Scalar: Copy + 'static {
    /// One.
    const ONE: Self;
}

impl Scalar for f32 {
    const ONE: Self = 1.0;
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

/// What becomes of the values that were in the result before.
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
#[expect(
    clippy::needless_pass_by_value,
    reason = "the result is a view, used up here"
)]
pub(crate) fn multiply<T: Scalar>(
    result: MatrixMut<'_, T>,
    into: Into,
    scale: T,
    left: Matrix<'_, T>,
    right: Matrix<'_, T>,
) {
    let (to, a, b) = (result.shape, left.shape, right.shape);
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

    #[test]
    #[should_panic(expected = "does not fit")]
    fn a_view_beyond_its_slice_is_refused() {
        let _ = Matrix::strided(&[0.0; 11], 3, 4, 4);
    }
}
