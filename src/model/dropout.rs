//! Dropout (Srivastava et al. 2014): an activation is dropped, or scaled by `1 / (1 - share)`, by a
//! hash of its index and a key.
//!
//! A mask follows from its key alone. No generator is shared with other runs, a resumed run drops
//! what an unbroken one drops, and the CPU engine and burn's devices drop the same.

use std::marker::PhantomData;

use burn::tensor::backend::Backend;
use burn::tensor::{Bool, Element, ElementConversion, Int, Tensor};

/// The key of one optimizer step.
pub(crate) fn key_of_step(seed: u64, step: u64) -> u32 {
    (seed ^ step.wrapping_mul(0x9e37_79b9_7f4a_7c15)) as u32
}

/// The key of one part: a share of a batch, or a place in the network.
pub(crate) fn key_of_part(key: u32, part: usize) -> u32 {
    hash(key.wrapping_add(part as u32))
}

/// Multipliers of [`hash`].
const FACTORS: [u32; 2] = [0x7feb_352d, 0x846c_a68b];

/// A 32-bit mix in which every input bit changes every output bit about half the time
/// (`lowbias32`, Wellons 2018).
#[expect(
    clippy::inline_always,
    reason = "only what is inlined is compiled for the wider instructions"
)]
#[inline(always)]
pub(super) fn hash(x: u32) -> u32 {
    let x = (x ^ (x >> 16)).wrapping_mul(FACTORS[0]);
    let x = (x ^ (x >> 15)).wrapping_mul(FACTORS[1]);
    x ^ (x >> 16)
}

/// Activations whose hash is below this are dropped.
pub(super) fn threshold(share: f32) -> u32 {
    (f64::from(share) * 4_294_967_296.0) as u32
}

/// Masks of one pass through the network on a burn device.
#[derive(Debug)]
pub(super) struct Masks<B: Backend> {
    share: f32,
    key: u32,
    /// `[activations]`: 0, 1, 2 and so on.
    counters: Tensor<B, 1, Int>,
}

impl<B: Backend> Masks<B> {
    /// Masks for `activations` values at each place; none for a share of 0.
    pub(super) fn new(
        share: f32,
        key: u32,
        activations: usize,
        device: &B::Device,
    ) -> Option<Self> {
        (share > 0.0).then(|| Self {
            share,
            key,
            counters: Tensor::arange(0..activations as i64, device),
        })
    }

    /// Drops activations at a place in the network: 0 after the embedding, then two per block.
    pub(super) fn drop<const D: usize>(&self, x: Tensor<B, D>, place: usize) -> Tensor<B, D> {
        let shape = x.dims();
        let words = Words::<B>::new();
        let key = words.scalar(key_of_part(self.key, place));
        let hashes = words.hash(self.counters.clone().bitwise_xor_scalar(key));
        let dropped = words.below(hashes, threshold(self.share));
        x.mask_fill(dropped.reshape(shape), 0.0) / (1.0 - self.share)
    }
}

/// Unsigned arithmetic of 32 bits in a backend's integers: signed ones that wrap at 32 bits, or
/// wider ones, which are cut to 32 bits.
struct Words<B> {
    wide: bool,
    backend: PhantomData<B>,
}

impl<B: Backend> Words<B> {
    fn new() -> Self {
        Self {
            wide: <B::IntElem as Element>::dtype().size() > size_of::<u32>(),
            backend: PhantomData,
        }
    }

    fn scalar(&self, word: u32) -> B::IntElem {
        if self.wide {
            i64::from(word).elem()
        } else {
            (word as i32).elem()
        }
    }

    fn hash(&self, x: Tensor<B, 1, Int>) -> Tensor<B, 1, Int> {
        let fold = |x: Tensor<B, 1, Int>, bits: i32| {
            // A signed shift fills with the sign.
            let fill = self.scalar(u32::MAX >> bits);
            let shifted = x.clone().bitwise_right_shift_scalar(bits.elem());
            x.bitwise_xor(shifted.bitwise_and_scalar(fill))
        };
        let multiply = |x: Tensor<B, 1, Int>, factor: u32| {
            // The signed factor has the same low bits, and its product fits 64 bits.
            let product = x.mul_scalar(factor as i32);
            if self.wide {
                product.bitwise_and_scalar(self.scalar(u32::MAX))
            } else {
                product
            }
        };
        let x = multiply(fold(x, 16), FACTORS[0]);
        fold(multiply(fold(x, 15), FACTORS[1]), 16)
    }

    fn below(&self, x: Tensor<B, 1, Int>, threshold: u32) -> Tensor<B, 1, Bool> {
        if self.wide {
            return x.lower_elem(self.scalar(threshold));
        }
        // The order of unsigned words is that of signed ones with the first bit turned over.
        let turned = |word| word ^ (1 << 31);
        x.bitwise_xor_scalar(self.scalar(turned(0)))
            .lower_elem(self.scalar(turned(threshold)))
    }
}

#[cfg(test)]
mod tests {
    use burn::backend::Flex;

    use super::*;

    /// Which of 100,000 ones are dropped, and the value of those that are not.
    fn on_device<B: Backend>(share: f32, key: u32, place: usize) -> Vec<f32> {
        let device = B::Device::default();
        let ones = Tensor::<B, 2>::ones([1_000, 100], &device);
        let masks = Masks::<B>::new(share, key, 100_000, &device).unwrap();
        masks.drop(ones, place).into_data().to_vec().unwrap()
    }

    #[test]
    fn devices_drop_what_the_definition_drops() {
        for (share, key, place) in [(0.1, 0, 0), (0.5, 77, 3), (0.9, u32::MAX, 12)] {
            let part = key_of_part(key, place);
            let value = |index: u32| -> f32 {
                let dropped = hash(index ^ part) < threshold(share);
                if dropped { 0.0 } else { 1.0 / (1.0 - share) }
            };
            let devices = [
                on_device::<Flex>(share, key, place),
                #[cfg(feature = "ndarray")]
                on_device::<burn::backend::NdArray>(share, key, place),
            ];
            for found in devices {
                for (index, found) in (0..).zip(found) {
                    approx::assert_abs_diff_eq!(found, value(index), epsilon = 1e-5);
                }
            }
        }
    }

    #[test]
    fn places_and_keys_differ() {
        let first = on_device::<Flex>(0.5, 1, 0);
        let kept = |values: &[f32]| values.iter().map(|value| *value > 0.0).collect::<Vec<_>>();
        let same = |other: &[f32]| {
            let pairs = kept(&first).into_iter().zip(kept(other));
            pairs.filter(|(a, b)| a == b).count()
        };
        for other in [(1, 1), (2, 0)].map(|(key, place)| on_device::<Flex>(0.5, key, place)) {
            assert!((49_000..51_000).contains(&same(&other)), "{}", same(&other));
        }
    }
}
