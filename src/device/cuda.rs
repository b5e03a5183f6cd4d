//! NVIDIA's graphics processors: what must be there, and burn's backend for them.

use std::collections::BTreeSet;

use burn::backend::cuda::CudaDevice;
use burn::backend::{Autodiff, Cuda};
use burn::cubecl::cuda::install::cuda_path;
use cudarc::driver::{CudaContext, DriverError};
use cudarc::nvrtc::{CompileError, compile_ptx};

use super::failure::{caught, silently};
use super::{OnDevice, Place};
use crate::error::{Context, Result, becomes, ensure};
use crate::train::Computing;

const REMEDY: &str = "or use setting `device` cpu";

/// The remedy where a part of CUDA is missing.
const PACKAGES: &str = "install the CUDA toolkit, or `pip install cuda-toolkit[nvrtc,cudart,crt,cccl]` \
     and point CUDA_PATH at its folder `nvidia/cu13` and LD_LIBRARY_PATH at `nvidia/cu13/lib`";

/// Devices that answer.
pub(super) struct Found {
    /// Least free bytes.
    free: u64,
    /// Name of the folder for kernels compiled for such devices.
    pub(super) kernels: String,
}

/// Looks for these devices; asks before burn does, whose threads would panic.
///
/// # Errors
/// The missing part, and a remedy.
pub(super) fn find(indices: &[usize]) -> Result<Found> {
    let count = silently(CudaContext::device_count)
        .with_context(|| {
            format!(
                "no NVIDIA driver is installed here (libcuda is not found): install it, {REMEDY}"
            )
        })?
        .with_context(|| format!("the NVIDIA driver does not start: see `nvidia-smi`, {REMEDY}"))?;
    let mut least = u64::MAX;
    // Compiled kernels are for devices of one kind.
    let mut kinds = BTreeSet::new();
    for &index in indices {
        ensure!(
            index < count as usize,
            Setting,
            "there is no setting `device` cuda:{index}: this machine has {count} CUDA devices, counted \
             from 0 (CUDA_VISIBLE_DEVICES may hide some)"
        );
        let ask = || {
            let context = CudaContext::new(index)?;
            let (free, _) = context.mem_get_info()?;
            Ok::<_, DriverError>((free as u64, context.compute_capability()?))
        };
        let (free, (major, minor)) = ask()
            .with_context(|| format!("cuda:{index} does not answer: see `nvidia-smi`, {REMEDY}"))?;
        least = least.min(free);
        kinds.insert(format!("cuda-{major}.{minor}"));
    }
    check_compiler()?;
    Ok(Found {
        free: least,
        kernels: Vec::from_iter(kinds).join("-"),
    })
}

/// Looks for the compiler, and for the headers that every kernel includes where burn does.
fn check_compiler() -> Result<()> {
    silently(|| compile_ptx("extern \"C\" __global__ void nothing() {}"))
        .with_context(|| format!("CUDA's compiler (libnvrtc) is not found: {PACKAGES}, {REMEDY}"))?
        .context("CUDA's compiler does not work: is it of the driver's version?")?;
    let root = cuda_path().unwrap_or_else(|| "/usr/local/cuda".into());
    // CUDA 13 has a folder more than CUDA 12.
    let folders = ["include", "include/cccl"].map(|folder| root.join(folder));
    for name in ["cuda_runtime.h", "crt/host_config.h", "cuda/barrier"] {
        ensure!(
            folders.iter().any(|folder| folder.join(name).exists()),
            Device,
            "CUDA's header {name} is not found in {}: {PACKAGES}, {REMEDY}",
            folders[0].display()
        );
    }
    Ok(())
}

/// Does the work on these devices.
pub(super) fn run<W: OnDevice>(indices: &[usize], work: W) -> Result<W::Output> {
    let place = Place::<Autodiff<Cuda>> {
        devices: indices.iter().copied().map(CudaDevice::new).collect(),
        computing: Computing::HALF,
        free: Some(find(indices)?.free),
    };
    caught(|| work.run(&place))?
}

becomes!(Device: DriverError, CompileError);
