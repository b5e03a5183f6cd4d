//! Any graphics processor, by Vulkan, Metal or DirectX: burn's backend for them.

use std::sync::OnceLock;

use burn::backend::wgpu::graphics::AutoGraphicsApi;
use burn::backend::wgpu::{RuntimeOptions, WgpuDevice, init_setup};
use burn::backend::{Autodiff, Wgpu};

use super::failure::{caught, silently};
use super::{OnDevice, Place};
use crate::error::{Result, ensure};
use crate::train::Computing;

/// Bytes that are taken to be free: these interfaces do not tell.
const FREE: u64 = 4 << 30;

/// Starts the device, once; asks before burn does, whose threads would panic.
///
/// # Errors
/// If there is none.
pub(super) fn find() -> Result<()> {
    static FOUND: OnceLock<bool> = OnceLock::new();
    let start = || {
        let options = RuntimeOptions::default();
        init_setup::<AutoGraphicsApi>(&WgpuDevice::DefaultDevice, options);
    };
    ensure!(
        *FOUND.get_or_init(|| silently(start).is_some()),
        Setting,
        "no graphics processor answers: install its driver (on Linux that for Vulkan; `vulkaninfo \
         --summary` lists what there is), or use setting `device` cpu"
    );
    Ok(())
}

/// Does the work on the best device that there is.
pub(super) fn run<W: OnDevice>(work: W) -> Result<W::Output> {
    find()?;
    let place = Place::<Autodiff<Wgpu>> {
        devices: vec![WgpuDevice::DefaultDevice],
        computing: Computing::PADDED,
        free: Some(FREE),
    };
    caught(|| work.run(&place))?
}
