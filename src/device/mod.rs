//! `--device`: what computes, and the only place that names burn's backends.

#[cfg(feature = "cuda")]
mod cuda;
#[cfg(any(feature = "cuda", feature = "wgpu"))]
mod failure;
#[cfg(feature = "wgpu")]
mod wgpu;

use std::str::FromStr;

use burn::backend::{Autodiff, Flex, NdArray};
use burn::tensor::backend::AutodiffBackend;

use crate::error::{Context, Error, Result, ensure};
use crate::model::GptConfig;
use crate::train::Computing;

/// What `--help` says of the flag.
pub(crate) const HELP: &str = "What computes: `cpu` (the fused engine, the fastest on a processor), \
`flex` or `ndarray` (burn's own operations on a processor, the reference), `cuda` or `cuda:1` (an \
NVIDIA graphics processor), `wgpu` (any graphics processor, by Vulkan, Metal or DirectX). Training \
takes several of NVIDIA's, as `cuda:0,cuda:1`";

/// What computes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Device {
    kind: Kind,
    /// Which of the kind, one or several.
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
pub(crate) trait OnDevice {
    /// What comes of it.
    type Output;

    /// Does it; what needs one device takes the first.
    fn run<B: AutodiffBackend>(self, place: &Place<B>) -> Result<Self::Output>;
}

/// Where work is done, and how.
pub(crate) struct Place<B: AutodiffBackend> {
    pub(crate) devices: Vec<B::Device>,
    /// As it suits the devices.
    pub(crate) computing: Computing,
    /// Bytes that are free on each device, where it tells.
    free: Option<u64>,
}

impl<B: AutodiffBackend> Place<B> {
    /// As many of what takes `bytes` each as fit into half of the free memory, from 1 to `most`.
    pub(crate) fn fitting(&self, bytes: u64, most: usize) -> usize {
        self.free.map_or(most, |free| {
            ((free / 2 / bytes.max(1)) as usize).clamp(1, most)
        })
    }

    /// As the devices compute a training step of this network, whose batches may not fit at once.
    pub(crate) fn training(&self, network: &GptConfig) -> Computing {
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
    /// Whether this is the fused engine, which is no backend of burn.
    pub(crate) fn is_cpu(&self) -> bool {
        self.kind == Kind::Cpu
    }

    /// Refuses several devices, where only one can work.
    pub(crate) fn alone(&self, what: &str) -> Result<()> {
        ensure!(
            self.indices.len() == 1,
            Setting,
            "--device names {} devices, and {what} uses one",
            self.indices.len()
        );
        Ok(())
    }

    /// Its name in measurements.
    pub(crate) fn name(&self) -> &'static str {
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

    /// Fails before the data are read if the device cannot do the work.
    pub(crate) fn check(&self) -> Result<()> {
        self.together()?;
        match self.kind {
            Kind::Cpu | Kind::Flex | Kind::Ndarray => (),
            Kind::Cuda => {
                cuda::free_memory(&self.indices)?;
            }
            Kind::Wgpu => {
                wgpu::find()?;
            }
        }
        Ok(())
    }

    /// Does the work on the backend that is asked for.
    pub(crate) fn run<W: OnDevice>(&self, work: W) -> Result<W::Output> {
        self.together()?;
        match self.kind {
            Kind::Cpu | Kind::Flex => work.run(&self.processors::<Autodiff<Flex>>()),
            Kind::Ndarray => work.run(&self.processors::<Autodiff<NdArray>>()),
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

/// What stands for a backend that this program was built without.
#[cfg(not(feature = "cuda"))]
mod cuda {
    use super::OnDevice;
    use crate::error::{Result, bail};

    pub(crate) fn free_memory(_: &[usize]) -> Result<std::convert::Infallible> {
        bail!(
            Setting,
            "this program was built without CUDA: build it with `cargo build --release --features \
             cuda` (the CUDA toolkit is not needed for that), or use --device cpu"
        )
    }

    pub(crate) fn run<W: OnDevice>(indices: &[usize], _: W) -> Result<W::Output> {
        match free_memory(indices)? {}
    }
}

/// What stands for a backend that this program was built without.
#[cfg(not(feature = "wgpu"))]
mod wgpu {
    use super::OnDevice;
    use crate::error::{Result, bail};

    pub(crate) fn find() -> Result<std::convert::Infallible> {
        bail!(
            Setting,
            "this program was built without wgpu: build it with `cargo build --release --features \
             wgpu`, or use --device cpu"
        )
    }

    pub(crate) fn run<W: OnDevice>(_: W) -> Result<W::Output> {
        match find()? {}
    }
}

/// One of several jobs that sample together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shard {
    index: u64,
    count: u64,
}

impl FromStr for Shard {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let form = || format!("`{text}` is not of the form I/N, 1/4 say");
        let (index, count) = text.split_once('/').with_context(form)?;
        let number = |text: &str| text.parse::<u64>().ok().with_context(form);
        let (index, count) = (number(index)?, number(count)?);
        ensure!(
            (1..=count).contains(&index),
            Setting,
            "`{text}` is no shard: I goes from 1 to N"
        );
        Ok(Self { index, count })
    }
}

impl Shard {
    /// All of it.
    pub(crate) const WHOLE: Self = Self { index: 1, count: 1 };

    /// Its share of `n` molecules: the shards' shares follow each other.
    pub(crate) fn range(self, n: u64) -> std::ops::Range<u64> {
        let at = |index: u64| (u128::from(n) * u128::from(index) / u128::from(self.count)) as u64;
        at(self.index - 1)..at(self.index)
    }

    /// Whether the output begins with it.
    pub(crate) fn is_first(self) -> bool {
        self.index == 1
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

    #[test]
    fn shards_follow_each_other() {
        for (n, count) in [(10, 3), (2, 5), (0, 1), (u64::MAX, 7)] {
            let shard = |index| {
                format!("{index}/{count}")
                    .parse::<Shard>()
                    .unwrap()
                    .range(n)
            };
            assert_eq!(shard(1).start, 0);
            assert_eq!(shard(count).end, n);
            assert!((1..count).all(|index| shard(index).end == shard(index + 1).start));
        }
        for wrong in ["", "1", "0/2", "3/2", "a/2", "1/0", "1/2/3"] {
            assert!(wrong.parse::<Shard>().is_err(), "{wrong}");
        }
    }
}
