//! Single-precision matrix products on the tile registers of recent Intel processors (AMX), where
//! there are any: [`Tiles::of_this_machine`] says so.

#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
mod amx;
#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
mod machine;
#[cfg(not(all(target_arch = "x86_64", target_os = "linux")))]
mod none;
#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
mod pack;
#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
mod product;

#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
pub(super) use machine::Tiles;
#[cfg(not(all(target_arch = "x86_64", target_os = "linux")))]
pub(super) use none::Tiles;

use std::sync::atomic::{AtomicBool, Ordering};

/// Whether tiles are left alone.
static REFUSED: AtomicBool = AtomicBool::new(false);

/// Computes all products of this process without tiles from now on, also where there are any: to
/// compare speeds, or on a machine that promises tiles and does not have them.
///
/// For the whole process, because it is about the machine and not about a run. As a setting it
/// would pass through every flow, engine, optimizer and network down to each product, and no two
/// parts of a program have reason to set it differently.
pub fn refuse_tiles() {
    REFUSED.store(true, Ordering::Relaxed);
}

#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
fn refused() -> bool {
    REFUSED.load(Ordering::Relaxed)
}

/// One factor of a product: `depth` values along each of its `lines`, which are the rows of the
/// left factor and the columns of the right one. Value `k` of line `i` lies at
/// `i * line_stride + k * depth_stride`; one of the strides is 1.
#[derive(Clone, Copy)]
#[cfg_attr(
    not(all(target_arch = "x86_64", target_os = "linux")),
    expect(dead_code, reason = "no tiles there")
)]
pub(super) struct Factor<'a> {
    pub(super) data: &'a [f32],
    pub(super) lines: usize,
    pub(super) depth: usize,
    pub(super) line_stride: usize,
    pub(super) depth_stride: usize,
}

/// The destination of a product: `rows` that are `stride` apart.
#[cfg_attr(
    not(all(target_arch = "x86_64", target_os = "linux")),
    expect(dead_code, reason = "no tiles there")
)]
pub(super) struct Product<'a> {
    pub(super) out: &'a mut [f32],
    pub(super) rows: usize,
    pub(super) columns: usize,
    pub(super) stride: usize,
    /// Whether it is added to what is there.
    pub(super) add: bool,
}
