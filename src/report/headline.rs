//! The headline figures of a report.

use crate::evaluation::{Evaluation, Proportion};

/// The headline figures with their names.
pub(super) fn headline(evaluation: &Evaluation) -> [(&'static str, &Proportion); 5] {
    [
        ("Validity", &evaluation.validity),
        ("Uniqueness", &evaluation.uniqueness),
        ("Unique @ 1,000", &evaluation.uniqueness_at_1000),
        ("Unique @ 10,000", &evaluation.uniqueness_at_10000),
        ("Novelty", &evaluation.novelty),
    ]
}
