//! Studies of several samples, models or reports: settings in, a typed result and a page out.

mod audit;
mod baselines;
mod bench;
mod common;
mod compare;
mod conditions;
mod fragments;
mod guacamol;
mod pmo;
mod reports;
mod searches;
mod sizes;
mod sweep;
mod trainings;
mod tuning;
mod words;

use std::path::Path;

use crate::error::{Context, Result};

pub use audit::{AuditSettings, Audited, Likelihoods, Near, audit};
pub use baselines::{Baseline, BaselineSettings, Baselines, baselines};
pub use bench::{
    BenchCanonicalization, BenchModel, BenchSampling, BenchTraining, Measurement,
    bench_canonicalization, bench_sampling, bench_training,
};
pub use common::Page;
pub use compare::{CompareSettings, Comparison, compare};
pub use conditions::{ConditionsSettings, ConditionsStudy, Followed, WishRow, conditions};
pub use fragments::{FragmentFigures, FragmentsSettings, FragmentsStudy, Task, TaskRow, fragments};
pub use guacamol::{
    GUACAMOL_CALLS, GuacamolRow, GuacamolRun, GuacamolStudy, guacamol, guacamol_tasks,
};
pub use pmo::{PMO_CALLS, PmoRow, PmoRun, PmoStudy, pmo, pmo_tasks};
pub use reports::{Figure, Report};
pub use searches::{SearchTask, SearchesSettings};
pub use sweep::{Sweep, SweepRow, SweepSettings, sweep};
pub use tuning::{TunedRun, Tuning, TuningSettings, tune};

/// Makes the folder of a page and sees that it can be written to, before the work and not after it.
pub(crate) fn usable_folder(path: &Path) -> Result<()> {
    std::fs::create_dir_all(path)
        .and_then(|()| tempfile::tempfile_in(path).map(drop))
        .with_context(|| {
            format!(
                "cannot write to `{}`: choose another folder with setting `output`",
                path.display()
            )
        })
}
