//! Devices: the processor, and the only place that names burn's backends.
//!
//! Knows nothing of what is computed: work comes as an [`OnDevice`].

#[cfg(feature = "cuda")]
mod cuda;
mod failure;
#[cfg(feature = "wgpu")]
mod wgpu;

use std::fmt;
use std::str::FromStr;

use burn::backend::{Autodiff, Flex};
use burn::tensor::backend::AutodiffBackend;

use crate::error::{Result, ensure};
use crate::model::GptConfig;
use crate::train::Computing;
pub(crate) use failure::caught;
pub use failure::failed;

/// Devices to compute on: `cpu` (the CPU engine), `flex` or `ndarray` (burn's own operations on a
/// CPU, the reference; `ndarray` in programs built with that feature), `cuda` or `cuda:N` (NVIDIA GPUs), `wgpu` (GPUs of any maker). Parsed from
/// such texts; several of one kind, separated by commas, train together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    kind: Kind,
    /// Indices of the devices of this kind, one or several.
    indices: Vec<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Cpu,
    Flex,
    Ndarray,
    Cuda,
    Wgpu,
}

impl Default for Device {
    /// The CPU engine on the processor.
    fn default() -> Self {
        Self {
            kind: Kind::Cpu,
            indices: vec![0],
        }
    }
}

impl fmt::Display for Device {
    /// As it is parsed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, index) in self.indices.iter().enumerate() {
            let comma = if place > 0 { "," } else { "" };
            match self.kind {
                Kind::Cuda => write!(f, "{comma}cuda:{index}")?,
                _ => write!(f, "{comma}{}", self.name())?,
            }
        }
        Ok(())
    }
}

impl FromStr for Device {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let one = |text: &str| {
            let (name, index) = match text.split_once(':') {
                None => (text, Some(0)),
                Some((name, index)) => (name, index.parse().ok()),
            };
            let kind = match name {
                "cpu" => Kind::Cpu,
                "flex" => Kind::Flex,
                "ndarray" => Kind::Ndarray,
                "cuda" => Kind::Cuda,
                "wgpu" => Kind::Wgpu,
                _ => return None,
            };
            (kind == Kind::Cuda || !text.contains(':')).then_some((kind, index?))
        };
        let known = "known are cpu, flex, ndarray, cuda, cuda:N and wgpu";
        let devices: Option<Vec<_>> = text.split(',').map(one).collect();
        let devices = devices.ok_or(known)?;
        let kind = devices[0].0;
        let indices: Vec<usize> = devices.iter().map(|(_, index)| *index).collect();
        if devices.iter().any(|(other, _)| *other != kind) {
            return Err("devices that compute together must be of one kind".to_owned());
        }
        if kind == Kind::Cpu && indices.len() > 1 {
            return Err("`cpu` uses all cores already: name it once".to_owned());
        }
        let mut distinct = indices.clone();
        distinct.sort_unstable();
        distinct.dedup();
        if matches!(kind, Kind::Cuda | Kind::Wgpu) && distinct.len() < indices.len() {
            return Err("a graphics processor is named twice".to_owned());
        }
        Ok(Self { kind, indices })
    }
}

/// Work for any of burn's backends.
pub trait OnDevice {
    /// The result of the work.
    type Output;

    /// Does the work; what needs one device takes the first.
    ///
    /// # Errors
    /// Those of the work.
    fn run<B: AutodiffBackend>(self, place: &Place<B>) -> Result<Self::Output>;
}

/// Devices of one backend, with the precision and shapes of their work.
pub struct Place<B: AutodiffBackend> {
    /// The devices, at least one.
    pub devices: Vec<B::Device>,
    /// Precision and shapes that suit them.
    pub computing: Computing,
    /// Bytes that are free on each device, where it tells.
    free: Option<u64>,
}

impl<B: AutodiffBackend> Place<B> {
    /// As many of what takes `bytes` each as fit into half of the free memory, from 1 to `most`.
    pub fn fitting(&self, bytes: u64, most: usize) -> usize {
        self.free.map_or(most, |free| {
            ((free / 2 / bytes.max(1)) as usize).clamp(1, most)
        })
    }

    /// As the devices compute a training step of this network, whose batches may not fit at once.
    pub fn training(&self, network: &GptConfig) -> Computing {
        let rows = self.fitting(training_bytes(network), usize::MAX);
        Computing {
            rows_at_once: rows,
            ..self.computing
        }
    }
}

/// Bytes that a molecule of the longest kind takes while its loss is computed, kept for the
/// gradient: about forty values of the width per token and block, and five per pair of tokens and
/// head.
fn training_bytes(network: &GptConfig) -> u64 {
    let per_token = 40 * network.width + 5 * network.heads * network.context;
    4 * (network.layers * network.context * per_token) as u64
}

impl Device {
    /// Whether this is the CPU engine, which is no backend of burn.
    pub fn is_cpu(&self) -> bool {
        self.kind == Kind::Cpu
    }

    /// Refuses several devices, where only one can work.
    ///
    /// # Errors
    /// [`crate::error::Kind::Setting`].
    pub fn alone(&self, what: &str) -> Result<()> {
        ensure!(
            self.indices.len() == 1,
            Setting,
            "setting `device` names {} devices, and {what} uses one",
            self.indices.len()
        );
        Ok(())
    }

    /// The first of several, for work that uses one.
    #[must_use]
    pub fn first(&self) -> Self {
        Self {
            kind: self.kind,
            indices: self.indices[..1].to_vec(),
        }
    }

    /// Its name in measurements.
    pub fn name(&self) -> &'static str {
        match self.kind {
            Kind::Cpu => "cpu",
            Kind::Flex => "flex",
            Kind::Ndarray => "ndarray",
            Kind::Cuda => "cuda",
            Kind::Wgpu => "wgpu",
        }
    }

    /// Refuses several devices where the program cannot make them work together.
    fn together(&self) -> Result<()> {
        ensure!(
            self.indices.len() == 1 || cfg!(feature = "collective"),
            Setting,
            "several devices need a program built with `cargo build --release --features collective`"
        );
        Ok(())
    }

    /// Fails, before any work, if the device cannot do it. `before_use` is called before burn first
    /// uses a device that compiles kernels, with a name that devices share which run each other's.
    ///
    /// # Errors
    /// The missing driver, compiler or device, and a remedy.
    pub fn check(&self, before_use: &dyn Fn(&str)) -> Result<()> {
        self.together()?;
        match self.kind {
            Kind::Cpu | Kind::Flex => (),
            Kind::Ndarray => ndarray::find()?,
            Kind::Cuda => before_use(&cuda::find(&self.indices)?.kernels),
            Kind::Wgpu => {
                before_use("wgpu");
                wgpu::find()?;
            }
        }
        Ok(())
    }

    /// Does the work on the backend of this device.
    ///
    /// # Errors
    /// Those of [`Device::check`] and of the work; a panic of the backend as
    /// [`crate::error::Kind::Device`].
    pub fn run<W: OnDevice>(&self, work: W) -> Result<W::Output> {
        self.together()?;
        match self.kind {
            Kind::Cpu | Kind::Flex => work.run(&self.processors::<Autodiff<Flex>>()),
            Kind::Ndarray => ndarray::run(self, work),
            Kind::Cuda => cuda::run(&self.indices, work),
            Kind::Wgpu => wgpu::run(work),
        }
    }

    fn processors<B: AutodiffBackend>(&self) -> Place<B> {
        Place {
            devices: vec![B::Device::default(); self.indices.len()],
            computing: Computing::SINGLE,
            free: None,
        }
    }
}

/// burn's older operations on a processor.
#[cfg(feature = "ndarray")]
mod ndarray {
    use burn::backend::{Autodiff, NdArray};

    use super::{Device, OnDevice};
    use crate::error::Result;

    #[expect(
        clippy::unnecessary_wraps,
        reason = "a program built without it refuses"
    )]
    pub(super) fn find() -> Result<()> {
        Ok(())
    }

    pub(super) fn run<W: OnDevice>(device: &Device, work: W) -> Result<W::Output> {
        work.run(&device.processors::<Autodiff<NdArray>>())
    }
}

/// Stands for a backend that this program was built without.
#[cfg(not(feature = "ndarray"))]
mod ndarray {
    use super::{Device, OnDevice};
    use crate::error::{Result, bail};

    pub(super) fn find() -> Result<()> {
        bail!(
            Device,
            "this program was built without ndarray: build it with `cargo build --release \
             --features ndarray`, or use setting `device` flex, burn's operations on a processor, too"
        )
    }

    pub(super) fn run<W: OnDevice>(_: &Device, _: W) -> Result<W::Output> {
        find()?;
        unreachable!("it is never found")
    }
}

/// Stands for a backend that this program was built without.
#[cfg(not(feature = "cuda"))]
mod cuda {
    use super::OnDevice;
    use crate::error::{Result, bail};

    /// A device that cannot be.
    pub(super) struct Found {
        pub(super) kernels: String,
        never: std::convert::Infallible,
    }

    pub(super) fn find(_: &[usize]) -> Result<Found> {
        bail!(
            Device,
            "this program was built without CUDA: build it with `cargo build --release --features \
             cuda` (the CUDA toolkit is not needed for that), or use setting `device` cpu"
        )
    }

    pub(super) fn run<W: OnDevice>(indices: &[usize], _: W) -> Result<W::Output> {
        match find(indices)?.never {}
    }
}

/// Stands for a backend that this program was built without.
#[cfg(not(feature = "wgpu"))]
mod wgpu {
    use super::OnDevice;
    use crate::error::{Result, bail};

    pub(super) fn find() -> Result<()> {
        bail!(
            Device,
            "this program was built without wgpu: build it with `cargo build --release --features \
             wgpu`, or use setting `device` cpu"
        )
    }

    pub(super) fn run<W: OnDevice>(_: W) -> Result<W::Output> {
        find()?;
        unreachable!("it is never found")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_are_named() {
        #[track_caller]
        fn check(text: &str, expected: Option<(Kind, &[usize])>) {
            let found = text.parse::<Device>().ok();
            let expected = expected.map(|(kind, indices)| Device {
                kind,
                indices: indices.to_vec(),
            });
            assert_eq!(found, expected, "{text}");
            if let Some(device) = found {
                assert_eq!(device.to_string().parse(), Ok(device), "{text}");
            }
        }
        check("cpu", Some((Kind::Cpu, &[0])));
        check("cuda", Some((Kind::Cuda, &[0])));
        check("cuda:3", Some((Kind::Cuda, &[3])));
        check("wgpu", Some((Kind::Wgpu, &[0])));
        check("cuda:1,cuda:0", Some((Kind::Cuda, &[1, 0])));
        check("flex,flex", Some((Kind::Flex, &[0, 0])));
        for wrong in [
            "",
            "gpu",
            "cuda:",
            "cuda:x",
            "cuda,cuda",
            "cpu,cpu",
            "flex:1",
            "wgpu:1",
            "wgpu,wgpu",
            "flex,cuda",
        ] {
            check(wrong, None);
        }
    }
}
