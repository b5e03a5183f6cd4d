//! The run folder and the flows that fill it: training, fine-tuning, resuming.

mod finetune;
mod folder;

pub(crate) use finetune::Finetune;
pub(crate) use folder::{Observer, RunFolder};
