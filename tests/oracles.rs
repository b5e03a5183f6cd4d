//! The tasks of PMO that are trained models, compared with scikit-learn and RDKit on 2,000 molecules
//! (`tests/golden/make_oracles.py`), when `MOLGPT_ORACLES` names the folder that `data/make_oracles.py` makes. What
//! works without those models is tested in `src/objective/classifier/`.

#![expect(clippy::unwrap_used, reason = "a panic is a test's verdict")]
#![expect(clippy::print_stderr, reason = "differences are worth seeing")]

mod common;

use std::io::Write;
use std::path::PathBuf;
use std::time::Instant;

use common::{Scored, scored};
use molgpt::model::Model;
use molgpt::objective::{Classifier, Goal, Score, Surroundings};
use molgpt::progress::Unwatched;

/// The most by which a probability may differ.
const MOST: f64 = 1e-9;

/// The folder; or a word that the test is skipped, which is seen because the test's output is not collected
/// by it.
fn folder() -> Option<PathBuf> {
    let folder = std::env::var_os("MOLGPT_ORACLES").map(PathBuf::from);
    if folder.is_none() {
        let told = b"skipped: MOLGPT_ORACLES does not name the folder of data/make_oracles.py\n";
        std::io::stderr().write_all(told).unwrap();
    }
    folder
}

#[test]
fn probabilities_are_those_of_scikit_learn() {
    let Some(folder) = folder() else { return };
    let Scored {
        names,
        rows,
        molecules,
    } = scored("oracles.tsv.gz");
    assert_eq!(names, Goal::learned_words().collect::<Vec<_>>());
    let surroundings = Surroundings {
        watch: &Unwatched,
        model: &|_| Ok(Model::pretrained()?),
        oracles: Some(folder.clone()),
    };
    let mut differ = Vec::new();
    for (place, name) in names.iter().enumerate() {
        let goal = Goal::named_among(name, &surroundings).unwrap();
        let found = goal.score(&molecules).unwrap();
        let mut largest = 0.0_f64;
        for (found, row) in found.iter().zip(&rows) {
            let expected: f64 = row[place + 1].parse().unwrap();
            let difference = (found - expected).abs();
            largest = largest.max(difference);
            if difference.is_nan() || difference > MOST {
                differ.push(format!("{name} {}: {found} is not {expected}", row[0]));
            }
        }
        let classifier = Classifier::read(&folder.join(format!("{name}.safetensors"))).unwrap();
        let begun = Instant::now();
        for molecule in &molecules {
            assert!(classifier.probability(molecule).is_some());
        }
        let time = begun.elapsed().as_micros() as f64 / molecules.len() as f64;
        eprintln!("{name}: largest difference {largest:.1e}, {time:.0} us a molecule");
    }
    let shown = &differ[..differ.len().min(20)];
    assert!(
        differ.is_empty(),
        "{} scores differ:\n{}",
        differ.len(),
        shown.join("\n")
    );
}
