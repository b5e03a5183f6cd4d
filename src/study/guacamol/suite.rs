//! The score of a task by the suite, from the scores of the molecules that were found.

/// Which of the best molecules count: the score of the task is the mean over these numbers of the mean score of so
/// many best.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Counted(&'static [usize]);

impl Counted {
    /// Those of a task. All molecules of C11H24, but for stereochemistry, are 159.
    pub(super) fn of(task: &str) -> Self {
        Self(match task {
            "celecoxib_rediscovery" | "troglitazone_rediscovery" | "thiothixene_rediscovery" => {
                &[1]
            }
            "isomers_c11h24" => &[159],
            "isomers_c9h10n2o2pf2cl" => &[250],
            _ => &[1, 10, 100],
        })
    }

    /// How many molecules count: a program hands in no more.
    pub(super) fn most(self) -> usize {
        self.0.iter().copied().max().unwrap_or_default()
    }

    /// The score of the task, from the scores of the best molecules, the best first.
    pub(super) fn score(self, scores: &[f64]) -> f64 {
        let tops = self.0.iter().map(|count| top(scores, *count));
        tops.sum::<f64>() / self.0.len() as f64
    }
}

/// Mean of the `count` best of scores that fall; those that are missing count as 0.
pub(super) fn top(scores: &[f64], count: usize) -> f64 {
    scores.iter().take(count).sum::<f64>() / count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As guacamol 0.5.5 computes them: `compute_global_score` of the specification of each task, and of scores
    /// with a 0 for each missing molecule.
    #[test]
    fn scores_are_those_of_guacamol() {
        #[track_caller]
        fn check(task: &str, molecules: i32, expected: f64) {
            let scores: Vec<f64> = (0..molecules).map(|rank| 0.99_f64.powi(rank)).collect();
            let found = Counted::of(task).score(&scores);
            approx::assert_abs_diff_eq!(found, expected, epsilon = 1e-9);
        }
        check("celecoxib_rediscovery", 5, 1.0);
        check("celecoxib_rediscovery", 0, 0.0);
        check("isomers_c11h24", 159, 0.501_698_096);
        check("isomers_c11h24", 40, 0.208_193_863);
        check("isomers_c9h10n2o2pf2cl", 300, 0.367_576_594);
        check("median1", 100, 0.863_382_303);
        check("median1", 7, 0.582_427_058);
        check("median1", 1, 0.37);
    }
}
