//! The instructions of AMX tiles.
//!
//! A tile instruction multiplies bfloat16 numbers exactly and adds in single precision. Every value
//! is the sum of three such numbers (`pack.rs`), and of the nine products of parts the six are
//! added that single precision can tell from nothing (Henry, Tang and Heinecke 2019, "Leveraging
//! the bfloat16 artificial intelligence datatype for higher-precision computations"): the result is
//! as close as that of single-precision instructions, at about twice their speed.

#![allow(unsafe_code)]

use std::arch::asm;
use std::marker::PhantomData;

use super::machine::Tiles;
use super::pack::{BLOCK, Row, SIDE};

/// Rows and columns of what is computed at once: two tiles each.
pub(super) const SQUARE: usize = 2 * SIDE;

/// Two strips times two strips: [`SQUARE`] rows of `out`, `stride` apart, replaced or added to.
///
/// # Panics
/// When the strips do not have the same whole blocks, or `out` is too short.
pub(super) fn square(
    _: &Configured,
    left: &[Row],
    right: &[Row],
    out: &mut [f32],
    stride: usize,
    add: bool,
) {
    let strip = left.len() / 2;
    assert!(
        strip > 0 && strip.is_multiple_of(BLOCK) && right.len() == left.len(),
        "two strips of whole blocks each"
    );
    assert!(
        (SQUARE - 1) * stride + SQUARE <= out.len(),
        "a square inside the result"
    );
    let (left, right) = (left.as_ptr(), right.as_ptr());
    let out = out.as_mut_ptr();
    // SAFETY: the assertions keep every tile inside its slice; `Configured` says that
    // tiles are there and have 16 rows of 64 bytes. Tiles 0 to 3 are the sums, 4 and 5 parts of
    // the left factor, 6 and 7 parts of the right one.
    unsafe {
        asm!(
            "tilezero tmm0", "tilezero tmm1", "tilezero tmm2", "tilezero tmm3",
            "test {add:e}, {add:e}",
            "jz 2f",
            "tileloadd tmm0, [{out} + {stride}]", "tileloadd tmm1, [{out} + {stride} + 64]",
            "tileloadd tmm2, [{lower} + {stride}]", "tileloadd tmm3, [{lower} + {stride} + 64]",
            "2:",
            "tileloadd tmm4, [{left} + {row}]", "tileloadd tmm5, [{left_2} + {row}]",
            "tileloadd tmm6, [{right} + {row}]", "tileloadd tmm7, [{right_2} + {row}]",
            "tdpbf16ps tmm0, tmm4, tmm6", "tdpbf16ps tmm1, tmm4, tmm7",
            "tdpbf16ps tmm2, tmm5, tmm6", "tdpbf16ps tmm3, tmm5, tmm7",
            "tileloadd tmm6, [{right} + {row} + 1024]", "tileloadd tmm7, [{right_2} + {row} + 1024]",
            "tdpbf16ps tmm0, tmm4, tmm6", "tdpbf16ps tmm1, tmm4, tmm7",
            "tdpbf16ps tmm2, tmm5, tmm6", "tdpbf16ps tmm3, tmm5, tmm7",
            "tileloadd tmm4, [{left} + {row} + 1024]", "tileloadd tmm5, [{left_2} + {row} + 1024]",
            "tdpbf16ps tmm0, tmm4, tmm6", "tdpbf16ps tmm1, tmm4, tmm7",
            "tdpbf16ps tmm2, tmm5, tmm6", "tdpbf16ps tmm3, tmm5, tmm7",
            "tileloadd tmm6, [{right} + {row}]", "tileloadd tmm7, [{right_2} + {row}]",
            "tdpbf16ps tmm0, tmm4, tmm6", "tdpbf16ps tmm1, tmm4, tmm7",
            "tdpbf16ps tmm2, tmm5, tmm6", "tdpbf16ps tmm3, tmm5, tmm7",
            "tileloadd tmm4, [{left} + {row} + 2048]", "tileloadd tmm5, [{left_2} + {row} + 2048]",
            "tdpbf16ps tmm0, tmm4, tmm6", "tdpbf16ps tmm1, tmm4, tmm7",
            "tdpbf16ps tmm2, tmm5, tmm6", "tdpbf16ps tmm3, tmm5, tmm7",
            "tileloadd tmm4, [{left} + {row}]", "tileloadd tmm5, [{left_2} + {row}]",
            "tileloadd tmm6, [{right} + {row} + 2048]", "tileloadd tmm7, [{right_2} + {row} + 2048]",
            "tdpbf16ps tmm0, tmm4, tmm6", "tdpbf16ps tmm1, tmm4, tmm7",
            "tdpbf16ps tmm2, tmm5, tmm6", "tdpbf16ps tmm3, tmm5, tmm7",
            "add {left}, 3072", "add {left_2}, 3072", "add {right}, 3072", "add {right_2}, 3072",
            "dec {blocks}",
            "jnz 2b",
            "tilestored [{out} + {stride}], tmm0", "tilestored [{out} + {stride} + 64], tmm1",
            "tilestored [{lower} + {stride}], tmm2", "tilestored [{lower} + {stride} + 64], tmm3",
            left = inout(reg) left => _,
            left_2 = inout(reg) left.add(strip) => _,
            right = inout(reg) right => _,
            right_2 = inout(reg) right.add(strip) => _,
            row = in(reg) size_of::<Row>(),
            out = in(reg) out,
            lower = in(reg) out.add(SIDE * stride),
            stride = in(reg) stride * size_of::<f32>(),
            add = in(reg) u32::from(add),
            blocks = inout(reg) strip / BLOCK => _,
            out("tmm0") _, out("tmm1") _, out("tmm2") _, out("tmm3") _,
            out("tmm4") _, out("tmm5") _, out("tmm6") _, out("tmm7") _,
            options(nostack),
        );
    }
}

/// As long as it lives, this thread's eight tiles have 16 rows of 64 bytes. It does not leave its
/// thread, and a thread has one at a time.
pub(super) struct Configured(PhantomData<*const ()>);

/// The operand of `ldtilecfg`.
#[repr(C, align(64))]
struct Palette {
    kind: u8,
    start: u8,
    reserved: [u8; 14],
    bytes: [u16; 16],
    rows: [u8; 16],
}

impl Configured {
    pub(super) fn new(_: Tiles) -> Self {
        let mut palette = Palette {
            kind: 1,
            start: 0,
            reserved: [0; 14],
            bytes: [0; 16],
            rows: [0; 16],
        };
        palette.bytes[..8].fill(size_of::<Row>() as u16);
        palette.rows[..8].fill(SIDE as u8);
        // SAFETY: there are tiles, as `Tiles` says, and the palette is one that all of them have.
        unsafe { asm!("ldtilecfg [{}]", in(reg) &raw const palette, options(nostack, readonly)) };
        Self(PhantomData)
    }
}

impl Drop for Configured {
    fn drop(&mut self) {
        // SAFETY: there are tiles; nobody reads them any more.
        unsafe { asm!("tilerelease", options(nostack, nomem)) };
    }
}
