//! Sixteen values at a time: one AVX-512 register, two of AVX2, four of NEON.
//!
//! Work written over them computes the same sums in the same order on every machine, compiled
//! for the widest instructions that it has. Knows nothing of what is computed.

use pulp::{Arch, Simd, WithSimd};

use super::kernels::{EXP_POLYNOMIAL, EXP_RANGE, LN_2_HIGH, LN_2_LOW, ROUND};

/// Number of values that are computed together.
pub(super) const LANES: usize = 16;

/// [`LANES`] values in `N` registers of `S`.
#[derive(Clone, Copy)]
pub(super) struct Lanes<S: Simd, const N: usize>([S::f32s; N]);

impl<S: Simd, const N: usize> Lanes<S, N> {
    #[inline(always)]
    pub(super) fn load(values: &[f32; LANES]) -> Self {
        let (registers, _) = S::as_simd_f32s(values);
        let mut lanes = Self([registers[0]; N]);
        lanes.0.copy_from_slice(registers);
        lanes
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
    pub(super) fn add_scaled(mut self, simd: S, factor: S::f32s, values: Self) -> Self {
        for (sum, value) in self.0.iter_mut().zip(values.0) {
            *sum = simd.mul_add_e_f32s(factor, value, *sum);
        }
        self
    }

    #[inline(always)]
    pub(super) fn add(mut self, simd: S, other: Self) -> Self {
        for (a, b) in self.0.iter_mut().zip(other.0) {
            *a = simd.add_f32s(*a, b);
        }
        self
    }

    #[inline(always)]
    pub(super) fn max(mut self, simd: S, other: Self) -> Self {
        for (a, b) in self.0.iter_mut().zip(other.0) {
            *a = simd.max_f32s(*a, b);
        }
        self
    }

    /// `e` to the power of `(self - most) * scale`, as [`exp`](super::kernels::exp) computes it.
    #[inline(always)]
    pub(super) fn exp(mut self, simd: S, most: S::f32s, scale: S::f32s) -> Self {
        let round = simd.splat_f32s(ROUND);
        for value in &mut self.0 {
            let x = simd.mul_f32s(simd.sub_f32s(*value, most), scale);
            let x = simd.max_f32s(x, simd.splat_f32s(-EXP_RANGE));
            let x = simd.min_f32s(x, simd.splat_f32s(EXP_RANGE));
            let log_2_e = simd.splat_f32s(std::f32::consts::LOG2_E);
            let shifted = simd.mul_add_e_f32s(x, log_2_e, round);
            let whole = simd.sub_f32s(shifted, round);
            let r = simd.mul_add_e_f32s(whole, simd.splat_f32s(-LN_2_HIGH), x);
            let r = simd.mul_add_e_f32s(whole, simd.splat_f32s(LN_2_LOW), r);
            let mut p = simd.splat_f32s(EXP_POLYNOMIAL[0]);
            for coefficient in &EXP_POLYNOMIAL[1..] {
                p = simd.mul_add_e_f32s(p, r, simd.splat_f32s(*coefficient));
            }
            let p = simd.mul_add_e_f32s(simd.mul_f32s(p, r), r, r);
            let bits = simd.transmute_u32s_f32s(shifted);
            let bits = simd.add_u32s(bits, simd.splat_u32s(127));
            let power = simd.wrapping_dyn_shl_u32s(bits, simd.splat_u32s(23));
            let power = simd.transmute_f32s_u32s(power);
            *value = simd.mul_add_e_f32s(p, power, power);
        }
        self
    }

    /// The sum, always in the same order.
    #[inline(always)]
    pub(super) fn sum(self) -> f32 {
        let mut values = [0.0; LANES];
        self.store(&mut values);
        let mut half = LANES / 2;
        while half > 0 {
            for lane in 0..half {
                values[lane] += values[lane + half];
            }
            half /= 2;
        }
        values[0]
    }

    #[inline(always)]
    pub(super) fn largest(self) -> f32 {
        let mut values = [0.0; LANES];
        self.store(&mut values);
        let mut most = f32::NEG_INFINITY;
        for value in values {
            most = most.max(value);
        }
        most
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
