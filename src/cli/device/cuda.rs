//! NVIDIA's graphics processors: what must be there, and burn's backend for them.

use anyhow::Context;
use burn::backend::cuda::CudaDevice;
use burn::backend::{Autodiff, Cuda};
use burn::cubecl::cuda::install::cuda_path;
use cudarc::driver::CudaContext;
use cudarc::nvrtc::compile_ptx;

use super::failure::{explained, silently};
use super::kernels;
use super::{OnDevice, Place};
use crate::training::Computing;

/// What to do where something of CUDA's is missing.
const PACKAGES: &str = "install the CUDA toolkit, or `pip install cuda-toolkit[nvrtc,cudart,crt,cccl]` \
     and point CUDA_PATH at its folder `nvidia/cu13` and LD_LIBRARY_PATH at `nvidia/cu13/lib`";

/// Least free bytes of these devices; asks before burn does, whose threads would panic.
///
/// # Errors
/// What is missing, and what to do.
pub(super) fn free_memory(indices: &[usize]) -> anyhow::Result<u64> {
    let remedy = "or use --device cpu";
    let count = silently(CudaContext::device_count)
        .with_context(|| {
            format!(
                "no NVIDIA driver is installed here (libcuda is not found): install it, {remedy}"
            )
        })?
        .with_context(|| format!("the NVIDIA driver does not start: see `nvidia-smi`, {remedy}"))?;
    let mut least = u64::MAX;
    // Compiled kernels are for devices of one kind.
    let mut kinds = Vec::new();
    for &index in indices {
        anyhow::ensure!(
            index < count as usize,
            "there is no --device cuda:{index}: this machine has {count} CUDA devices, counted \
             from 0 (CUDA_VISIBLE_DEVICES may hide some)"
        );
        let ask = || {
            let context = CudaContext::new(index)?;
            let (free, _) = context.mem_get_info()?;
            anyhow::Ok((free as u64, context.compute_capability()?))
        };
        let (free, (major, minor)) = ask()
            .with_context(|| format!("cuda:{index} does not answer: see `nvidia-smi`, {remedy}"))?;
        least = least.min(free);
        kinds.push(format!("cuda-{major}.{minor}"));
    }
    kinds.sort();
    kinds.dedup();
    kernels::keep(&kinds.join("-"));
    silently(|| compile_ptx("extern \"C\" __global__ void nothing() {}"))
        .with_context(|| format!("CUDA's compiler (libnvrtc) is not found: {PACKAGES}, {remedy}"))?
        .context("CUDA's compiler does not work: is it of the driver's version?")?;
    // Where the backend looks for them, which every kernel includes.
    let headers = cuda_path().map(|path| path.join("include"));
    let found = |name: &str| {
        let folders = headers
            .iter()
            .cloned()
            .chain(headers.iter().map(|h| h.join("cccl")));
        folders.into_iter().any(|folder| folder.join(name).exists())
    };
    for name in ["cuda_runtime.h", "crt/host_config.h", "cuda/barrier"] {
        anyhow::ensure!(
            found(name),
            "CUDA's header {name} is not found in {}: {PACKAGES}, {remedy}",
            headers.map_or("/usr/local/cuda/include".into(), |folder| folder
                .display()
                .to_string())
        );
    }
    Ok(least)
}

/// Does the work on these devices.
pub(super) fn run<W: OnDevice>(indices: &[usize], work: W) -> anyhow::Result<W::Output> {
    let place = Place::<Autodiff<Cuda>> {
        devices: indices.iter().copied().map(CudaDevice::new).collect(),
        computing: Computing::HALF,
        free: Some(free_memory(indices)?),
    };
    explained(|| work.run(&place))
}
