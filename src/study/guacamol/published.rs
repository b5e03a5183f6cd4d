//! Published figures of GuacaMol's goal-directed suite 2: scores of the tasks.

/// Names of the programs, in the order of [`SCORES`]: the last by Polishchuk 2020, the others by Brown et al.
/// 2019.
pub(super) const PROGRAMS: [&str; 5] =
    ["SMILES LSTM", "SMILES GA", "Graph GA", "Graph MCTS", "CReM"];

/// Of each task, in the order of the suite, the score of each program.
const SCORES: [(&str, [f64; 5]); 20] = [
    ("celecoxib_rediscovery", [1.0, 0.732, 1.0, 0.355, 1.0]),
    ("troglitazone_rediscovery", [1.0, 0.515, 1.0, 0.311, 1.0]),
    ("thiothixene_rediscovery", [1.0, 0.598, 1.0, 0.311, 1.0]),
    ("aripiprazole_similarity", [1.0, 0.834, 1.0, 0.380, 1.0]),
    ("albuterol_similarity", [1.0, 0.907, 1.0, 0.749, 1.0]),
    ("mestranol_similarity", [1.0, 0.790, 1.0, 0.402, 1.0]),
    ("isomers_c11h24", [0.993, 0.829, 0.971, 0.410, 0.966]),
    (
        "isomers_c9h10n2o2pf2cl",
        [0.879, 0.889, 0.982, 0.631, 0.940],
    ),
    ("median1", [0.438, 0.334, 0.406, 0.225, 0.371]),
    ("median2", [0.422, 0.380, 0.432, 0.170, 0.434]),
    ("osimertinib_mpo", [0.907, 0.886, 0.953, 0.784, 0.995]),
    ("fexofenadine_mpo", [0.959, 0.931, 0.998, 0.695, 1.0]),
    ("ranolazine_mpo", [0.855, 0.881, 0.920, 0.616, 0.969]),
    ("perindopril_mpo", [0.808, 0.661, 0.792, 0.385, 0.815]),
    ("amlodipine_mpo", [0.894, 0.722, 0.894, 0.533, 0.902]),
    ("sitagliptin_mpo", [0.545, 0.689, 0.891, 0.458, 0.763]),
    ("zaleplon_mpo", [0.669, 0.413, 0.754, 0.488, 0.770]),
    ("valsartan_smarts", [0.978, 0.552, 0.990, 0.040, 0.994]),
    ("deco_hop", [0.996, 0.970, 1.0, 0.590, 1.0]),
    ("scaffold_hop", [0.998, 0.885, 1.0, 0.478, 1.0]),
];

/// The tasks, in the order of the suite.
pub(super) fn tasks() -> impl Iterator<Item = &'static str> {
    SCORES.iter().map(|(task, _)| *task)
}

/// The scores of a task by each of the [programs](PROGRAMS).
pub(super) fn scores(task: &str) -> Option<[f64; 5]> {
    let found = SCORES.iter().find(|(name, _)| *name == task);
    found.map(|(_, scores)| *scores)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The totals as they are printed there.
    #[test]
    fn columns_sum_up() {
        for (program, expected) in [17.341, 14.398, 17.983, 9.011, 17.919]
            .into_iter()
            .enumerate()
        {
            let sum: f64 = SCORES.iter().map(|(_, scores)| scores[program]).sum();
            approx::assert_abs_diff_eq!(sum, expected, epsilon = 0.0015);
        }
    }
}
