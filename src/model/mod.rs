//! The network, defined in burn. Knows token ids and tensors, nothing of SMILES or files.
//!
//! Letters in shapes: `batch` molecules, `time` tokens, `width` of the residual stream,
//! `heads` of `width / heads` each, `vocabulary` tokens; `rows` tokens of packed molecules.

pub mod baselines;
mod cpu;
mod dropout;
mod gpt;
mod initial;
mod layout;
pub(crate) mod matrix;
#[expect(
    clippy::module_inception,
    reason = "the room is named after what it defines"
)]
mod model;
mod origin;
mod peak;
mod processor;
mod shape;
mod tiles;
mod trace;

pub(crate) use cpu::exp;
pub use cpu::{Buffers, Decoder, Fused, PagedCache};
pub(crate) use dropout::{key_of_part, key_of_step};
pub use gpt::{Cache, Gpt, Ring};
pub(crate) use layout::fill;
#[cfg(test)]
pub(crate) use layout::weights;
pub use layout::{Entry, Layout, flatten, network};
pub use model::{Model, ModelError, TrainedOn};
pub use origin::Origin;
pub use peak::matrix_peak;
pub use processor::processor_path;
pub use shape::{GptConfig, Position, Shape, ShapeError};
pub use tiles::refuse_tiles;
pub use trace::Trace;
