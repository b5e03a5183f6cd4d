//! Peak speed of this machine, with which benchmarks are compared.

use std::time::{Duration, Instant};

use rayon::prelude::*;

use super::matrix::{Into, Matrix, MatrixMut, multiply_by_vectors};

/// Rows and columns of the matrices: they fit the second-level cache, so memory does not slow them.
const SIDE: usize = 384;

/// Floating-point operations per second of matrix products by single-precision instructions, one
/// product per thread of the current pool: the best of half a second of trials. Tiles can do more.
pub fn matrix_peak() -> f64 {
    let threads = rayon::current_num_threads();
    let matrices = || [vec![1.0_f32; SIDE * SIDE], vec![0.0; SIDE * SIDE]];
    let mut each: Vec<_> = (0..threads).map(|_| matrices()).collect();
    let mut best = 0.0_f64;
    let products = 8;
    let began = Instant::now();
    while began.elapsed() < Duration::from_millis(500) {
        let trial = Instant::now();
        each.par_iter_mut().for_each(|[from, to]| {
            for _ in 0..products {
                let [left, right] = [Matrix::dense(from, SIDE); 2];
                let result = MatrixMut::dense(to, SIDE);
                multiply_by_vectors(result, Into::Replace, 1.0, left, right);
            }
        });
        let operations = (2 * SIDE.pow(3) * products * threads) as f64;
        best = best.max(operations / trial.elapsed().as_secs_f64());
    }
    best
}
