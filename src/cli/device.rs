//! `--device`, as far as it is the command line's.

#[cfg(any(feature = "cuda", feature = "wgpu"))]
use super::kernels;
use super::panics;
use crate::device::Device;
use crate::error::Result;

/// Help of the flag.
pub(super) const HELP: &str = "The device: `cpu` (the CPU engine, the fastest on a processor), \
`flex` or `ndarray` (burn's own operations on a processor, the reference; `ndarray` in a program \
built with that feature), `cuda` or `cuda:1` (an \
NVIDIA graphics processor), `wgpu` (any graphics processor, by Vulkan, Metal or DirectX). Training \
takes several of NVIDIA's, as `cuda:0,cuda:1`";

/// Looks for the device before any work, keeps compiled kernels in the user's cache folder, and
/// collects what a failing device says.
pub(super) fn prepare(device: &Device) -> Result<()> {
    if !device.is_cpu() {
        panics::collect();
    }
    device.check(&keep_kernels)
}

#[cfg(any(feature = "cuda", feature = "wgpu"))]
use kernels::keep as keep_kernels;

/// Without graphics backends there are no kernels.
#[cfg(not(any(feature = "cuda", feature = "wgpu")))]
fn keep_kernels(_: &str) {}
