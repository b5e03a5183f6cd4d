//! Sixteen values at a time: one AVX-512 register, two of AVX2, four of NEON.
//!
//! Work written over them computes the same sums in the same order on every machine, compiled
//! for the widest instructions that it has. Knows nothing of what is computed.

use pulp::{Arch, Simd, WithSimd};

/// How many values are computed together.
pub(super) const LANES: usize = 16;

/// [`LANES`] values in `N` registers of `S`.
pub(super) struct Lanes<S: Simd, const N: usize>(pub(super) [S::f32s; N]);

impl<S: Simd, const N: usize> Clone for Lanes<S, N> {
    #[inline(always)]
    fn clone(&self) -> Self {
        *self
    }
}

impl<S: Simd, const N: usize> Copy for Lanes<S, N> {}

impl<S: Simd, const N: usize> Lanes<S, N> {
    #[inline(always)]
    pub(super) fn load(values: &[f32; LANES]) -> Self {
        let (registers, _) = S::as_simd_f32s(values);
        Self(std::array::from_fn(|register| registers[register]))
    }

    #[inline(always)]
    pub(super) fn zeros(simd: S) -> Self {
        Self([simd.splat_f32s(0.0); N])
    }

    #[inline(always)]
    pub(super) fn store(self, values: &mut [f32; LANES]) {
        let (registers, _) = S::as_mut_simd_f32s(values);
        for (to, from) in registers.iter_mut().zip(self.0) {
            *to = from;
        }
    }

    /// `self + factor * values`.
    #[inline(always)]
    pub(super) fn add_scaled(self, simd: S, factor: S::f32s, values: Self) -> Self {
        Self(std::array::from_fn(|register| {
            simd.mul_add_e_f32s(factor, values.0[register], self.0[register])
        }))
    }

    #[inline(always)]
    pub(super) fn add(self, simd: S, other: Self) -> Self {
        Self(std::array::from_fn(|register| {
            simd.add_f32s(self.0[register], other.0[register])
        }))
    }
}

/// Work that is compiled once for every instruction set.
pub(super) trait Work {
    /// Does it; everything that it calls must be inlined to be compiled with it.
    fn run<S: Simd, const N: usize>(self, simd: S);
}

/// Does the work with the widest instructions of this machine.
pub(super) fn widest(work: impl Work) {
    Arch::new().dispatch(Compiled(work));
}

struct Compiled<W>(W);

impl<W: Work> WithSimd for Compiled<W> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        match S::F32_LANES {
            16 => self.0.run::<S, 1>(simd),
            8 => self.0.run::<S, 2>(simd),
            4 => self.0.run::<S, 4>(simd),
            _ => self.0.run::<S, LANES>(simd),
        }
    }
}
