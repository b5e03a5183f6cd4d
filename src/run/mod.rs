//! Flows that keep their results in files: training runs in a run folder, samples in a file that
//! outlives an interrupt.
//!
//! Settings in, typed results out. Knows nothing of terminals: an [`Observe`]r hears how far a run
//! is, and a [`Watch`](crate::progress::Watch) may end it, which loses nothing.

mod finetune;
mod fit;
mod folder;
mod followed;
mod keeper;
mod merges;
mod observe;
mod record;
mod sample;
mod settings;
mod start;
mod train;

pub use finetune::{Finetune, SetLikelihood};
pub(crate) use fit::Fit;
pub use folder::RunFolder;
pub use merges::{LearnedMerges, learn_merges};
pub use observe::{Event, Observe, StepReport, in_words};
pub use record::{Best, EndReason, Resumed, RunRecord};
pub use sample::{SampleFile, Sampled, sample_to_file};
pub use settings::{Base, ConfigSource, MergesSettings, TrainSettings};
pub use start::RunStart;
pub use train::{Trained, configuration, train};
