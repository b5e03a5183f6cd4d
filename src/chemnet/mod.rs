//! ChemNet and the Frechet distance of its activations: FCD (Preuer et al. 2018,
//! <https://doi.org/10.1021/acs.jcim.8b00234>).
//!
//! The network and its weights are those of the Python package `fcd_torch` 1.0.7, which MOSES
//! uses; the package's wheel is read as it is. [`ChemNet`] is the network in burn, the definition
//! and the way to run it on any device; [`Activations`] computes the same by hand for CPUs.
//! SMILES in, activations and distances out; knows nothing of molecules or of how strings were made.

mod archive;
#[expect(
    clippy::inline_always,
    reason = "only what is inlined is compiled for the wider instructions"
)]
mod cpu;
mod distance;
mod features;
mod frechet;
mod network;
mod stored;
mod weights;

pub use cpu::Activations;
pub use distance::{Distance, Embedded, describe, score};
pub use frechet::{Gaussian, Moments, TooFew, frechet_distance};
pub use network::{ChemNet, OnDevice};
pub use weights::{CHEMNET_WHEEL, ChemNetError, Weights};

/// A network that gives molecules their activations: [`Activations`] on CPUs, [`OnDevice`] by burn.
pub trait Embed {
    /// Activations of canonical SMILES strings. `tick` is called often, from any thread, with the number
    /// of strings finished since its last call; it tells whether to go on. Once it does not, what is left
    /// is not computed, and the values mean nothing.
    ///
    /// # Shapes
    /// `[rows]` strings -> `[rows, WIDTH]`
    fn embed(&self, smiles: &[&str], tick: &(dyn Fn(usize) -> bool + Sync)) -> Vec<f32>;
}

/// Number of activations of a molecule, the hidden units of the last layer.
pub const WIDTH: usize = 512;

crate::error::becomes!(Input: ChemNetError);
