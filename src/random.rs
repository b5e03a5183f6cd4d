//! Uniform random numbers, of one word of a stream each: the same on every machine.

use rand_chacha::rand_core::RngCore;

/// The next number of a stream, 0 to below 1.
pub(crate) fn uniform(random: &mut impl RngCore) -> f64 {
    f64::from(random.next_u32()) / 4_294_967_296.0
}

/// The next numbers of a stream, each of `0..bound`, for bounds above 0.
pub(crate) fn below(random: &mut impl RngCore) -> impl FnMut(usize) -> usize {
    |bound| ((u64::from(random.next_u32()) * bound as u64) >> 32) as usize
}
