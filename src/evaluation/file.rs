//! The evaluation of a file of generated molecules against files of reference molecules.

use super::{
    Cache, ChemNetStatistics, Depth, Evaluated, Evaluator, MadeBy, MoleculeFile, Network,
    Proportion, Provenance, ReferenceFile, ReferenceSets, References, Source, floor, go_on,
};
use crate::error::{Result, ensure};
use crate::progress::Watch;
use crate::table::{self, Generated, ReadOptions};

/// Strings that are judged between two looks at the watch: in less than a tenth of a second.
const PART: usize = 256;

/// Settings of [`evaluate_file`].
#[derive(Clone)]
pub struct EvaluationSettings {
    /// Generated molecules; every row counts, and an empty one is an invalid molecule.
    pub generated: MoleculeFile,
    /// Training molecules: novelty and GuacaMol's divergences need them.
    pub train: Option<MoleculeFile>,
    /// Test molecules: distances and likeness need them.
    pub test: Option<MoleculeFile>,
    /// Test molecules whose scaffolds do not occur in training.
    pub test_scaffolds: Option<MoleculeFile>,
    /// Whether only validity, uniqueness, novelty and properties are computed, in one pass, for
    /// millions of molecules.
    pub quick: bool,
    /// Folder in which statistics of reference sets are cached; `None` for none.
    pub cache: Option<Cache>,
    /// The model that made the molecules, if it is known.
    pub model: Option<MadeBy>,
    /// Title of the report; `None` for the name of the generated file.
    pub title: Option<String>,
    /// The command or call that asked for the evaluation, for the report.
    pub command: String,
    /// Strings that are evaluated together. Default: 10,000.
    pub piece: usize,
    /// Most strings of an evaluation that is not quick, which keeps about a kilobyte of each.
    /// Default: 1,000,000.
    pub most: usize,
}

impl EvaluationSettings {
    /// The evaluation of a file without references, every setting at its default.
    pub fn of(generated: MoleculeFile) -> Self {
        Self {
            generated,
            train: None,
            test: None,
            test_scaffolds: None,
            quick: false,
            cache: None,
            model: None,
            title: None,
            command: String::new(),
            piece: 10_000,
            most: 1_000_000,
        }
    }
}

/// Evaluates a file. The network computes Frechet ChemNet distances; a reason stands in the report
/// where there is none. Works on the threads of the current pool; the result does not depend on
/// their number.
///
/// # Errors
/// Those of reading files, of which the generated one is opened first; a generated file without a
/// row, or with too many; a reference file without a valid molecule;
/// [`Kind::Cancelled`](crate::error::Kind::Cancelled) when `watch` ends the work.
pub fn evaluate_file(
    settings: &EvaluationSettings,
    network: Network,
    watch: &dyn Watch,
) -> Result<Evaluated> {
    let network = if settings.quick {
        Err(super::QUICK.to_owned())
    } else {
        network
    };
    let mut rows = open(&settings.generated)?;
    rows.announce(watch);
    let mut piece = rows.next(settings.piece)?;
    let name = settings.generated.name();
    let mut provenance = Provenance {
        title: settings.title.clone().unwrap_or_else(|| name.clone()),
        generated: name,
        model: settings.model.clone(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        command: settings.command.clone(),
        ..Provenance::default()
    };
    let (references, train) = references(settings, &network, &mut provenance, watch)?;

    if let (Some(model), Some(train)) = (&provenance.model, &provenance.train) {
        provenance.train_differs = model.differs(train);
    }
    if let Some(differs) = &provenance.train_differs {
        watch.note(differs);
    }

    let depth = if settings.quick {
        Depth::Quick
    } else {
        Depth::Full
    };
    let mut evaluator = Evaluator::new(&references, depth, network.clone());
    watch.begin("evaluating", rows.size().unwrap_or_default());
    let (mut count, mut read) = (0, 0);
    while !piece.is_empty() {
        count += piece.len();
        ensure!(
            settings.quick || count <= settings.most,
            Setting,
            "`{}` holds more than {} strings, all that are judged in full: add setting `quick`, or give fewer",
            provenance.generated,
            settings.most
        );
        for part in piece.chunks(PART) {
            go_on(watch)?;
            evaluator.push(part);
        }
        watch.advance(rows.bytes_read() - read);
        read = rows.bytes_read();
        piece = rows.next(settings.piece)?;
    }
    let mut evaluation = evaluator.finish(watch)?;
    rows.conclude(watch);
    if let Some(error) = rows.no_molecule()
        && evaluation.valid == 0
    {
        return Err(error.into());
    }
    evaluation.cut = rows
        .cut()
        .map(|cut| Proportion::new(cut, count, "no strings were generated"));
    let (train, cache) = (train.as_ref(), settings.cache.as_ref());
    floor::measure(
        &mut evaluation,
        &references,
        &provenance,
        train,
        &network,
        cache,
        watch,
    )?;
    Ok(Evaluated {
        evaluation,
        provenance,
    })
}

/// The rows of a file of generated molecules; with the other columns of each, to find out which
/// strings were cut, only where they tell it.
fn open(file: &MoleculeFile) -> Result<Generated> {
    let path = file.source.name();
    let shown = match path.to_str() {
        Some("-") => "standard input".to_owned(),
        _ => path.display().to_string(),
    };
    let rows = |keep_cells| {
        file.source.rows(&ReadOptions {
            generated: true,
            keep_cells,
            ..file.options()
        })
    };
    let is_stream = matches!(file.source, table::Source::Stream { .. });
    if let Ok(rows) = rows(true)
        && let Ok(found) = Generated::new(shown.clone(), rows).counting_cut()
        && (is_stream || found.cut().is_some())
    {
        return Ok(found);
    }
    Ok(Generated::new(shown, rows(false)?))
}

/// The reference sets of the settings, and the file of the training set, where ChemNet needs it again.
fn references(
    settings: &EvaluationSettings,
    network: &Network,
    provenance: &mut Provenance,
    watch: &dyn Watch,
) -> Result<(References, Option<ReferenceFile>)> {
    let sets = ReferenceSets {
        cache: settings.cache.clone(),
    };
    let mut references = References::default();
    let mut kept = None;
    let ChemNetStatistics {
        train: of_train,
        test: of_test,
        test_scaffolds: of_scaffolds,
    } = &mut references.chemnet;
    if let Some(file) = &settings.train {
        let file = file.read(watch)?;
        let (set, statistics) = sets.training(&file, "train", network, watch)?;
        provenance.train = Some(file.provenance(set.len()));
        references.train = Some(set);
        *of_train = statistics;
        kept = Some(file).filter(|_| network.is_ok());
    }
    let test = |file: &MoleculeFile, setting: &str| -> Result<_> {
        let file = file.read(watch)?;
        let (set, statistics) = sets.test(&file, setting, network, watch)?;
        let source: Source = file.provenance(set.len());
        Ok((set, statistics, source))
    };
    if let Some(file) = &settings.test {
        let (set, statistics, source) = test(file, "test")?;
        (references.test, provenance.test) = (Some(set), Some(source));
        *of_test = statistics;
    }
    if let Some(file) = &settings.test_scaffolds {
        let (set, statistics, source) = test(file, "test_scaffolds")?;
        (references.test_scaffolds, provenance.test_scaffolds) = (Some(set), Some(source));
        *of_scaffolds = statistics;
    }
    Ok((references, kept))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chemnet::{Embed, Embedded, WIDTH, describe};
    use crate::evaluation::canonical;
    use crate::progress::{StopSwitch, Unwatched};
    use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

    /// A network whose activations are numbers without meaning, different for each string.
    struct Numbers;

    impl Embed for Numbers {
        fn embed(&self, smiles: &[&str], tick: &(dyn Fn(usize) -> bool + Sync)) -> Vec<f32> {
            tick(smiles.len());
            let of = |text: &&str| {
                let seed: u32 = text.bytes().fold(1, |seed, byte| {
                    seed.wrapping_mul(31).wrapping_add(u32::from(byte))
                });
                (0..WIDTH).map(move |unit| ((seed % 1_000) as f32 + unit as f32).sin())
            };
            smiles.iter().flat_map(of).collect()
        }
    }

    const GENERATED: [&str; 5] = ["CCO", "c1ccccc1C", "C(", "CCN", "CC(=O)NC"];
    const TRAIN: [&str; 3] = ["OCC", "CCCl", "c1ccncc1"];
    const TEST: [&str; 4] = ["CCCN", "CC(C)O", "C[C@H](N)O", "c1"];

    fn file(folder: &std::path::Path, name: &str, rows: &[&str]) -> MoleculeFile {
        let path = folder.join(name);
        std::fs::write(&path, format!("smiles\n{}\n", rows.join("\n"))).unwrap();
        MoleculeFile::at(path)
    }

    fn settings(folder: &std::path::Path) -> EvaluationSettings {
        EvaluationSettings {
            train: Some(file(folder, "train.csv", &TRAIN)),
            test: Some(file(folder, "test.csv", &TEST)),
            piece: 2,
            ..EvaluationSettings::of(file(folder, "generated.csv", &GENERATED))
        }
    }

    #[test]
    fn an_evaluation_has_its_distances_when_it_is_made() {
        let folder = tempfile::tempdir().unwrap();
        let settings = settings(folder.path());
        let found = evaluate_file(&settings, Ok(&Numbers), &Unwatched).unwrap();
        let Evaluated {
            evaluation,
            provenance,
        } = found;
        let fcd = |texts: &[&str]| {
            let valid: Vec<String> = canonical(texts, &|| ()).into_iter().flatten().collect();
            let valid: Vec<&str> = valid.iter().map(String::as_str).collect();
            let reference = describe(&Numbers, &valid, &Unwatched).unwrap().unwrap();
            let generated = canonical(&GENERATED, &|| ());
            let generated: Vec<&str> = generated.iter().flatten().map(String::as_str).collect();
            let embedded = Embedded::of(&Numbers, &generated, &Unwatched).unwrap();
            let distance = embedded.distance(&reference, &Unwatched).unwrap();
            distance.unwrap().value
        };
        assert_eq!(evaluation.moses.test.fcd.value, Some(fcd(&TEST)));
        assert_eq!(evaluation.guacamol.fcd.value, Some(fcd(&TRAIN)));
        assert!(evaluation.guacamol.fcd_score.value.is_some());
        let reason = evaluation.moses.test_scaffolds.fcd.reason;
        assert_eq!(reason.as_deref(), Some("no scaffold test set was given"));
        assert_eq!((evaluation.valid, evaluation.novelty.count), (4, 3));
        assert_eq!(provenance.generated, "generated.csv");
        let test = provenance.test.unwrap();
        assert_eq!(
            (test.name.as_str(), test.records, test.used),
            ("test.csv", 4, 3)
        );

        let without = evaluate_file(&settings, Err("no network".to_owned()), &Unwatched);
        let without = without.unwrap().evaluation;
        for figure in [without.moses.test.fcd, without.guacamol.fcd_score] {
            assert_eq!(figure.reason.as_deref(), Some("no network"));
        }
    }

    #[test]
    fn the_floor_is_the_distance_of_as_many_training_molecules() {
        let folder = tempfile::tempdir().unwrap();
        let chain = |index: usize| {
            let atom = |bit: usize| if index >> bit & 1 == 1 { 'N' } else { 'C' };
            (0..14).map(atom).chain(['O']).collect::<String>()
        };
        let chains: Vec<String> = (0..12_000).map(chain).collect();
        let rows: Vec<&str> = chains.iter().map(String::as_str).collect();
        let generated = &rows[..1_500];
        let settings = |cache: Option<&str>| EvaluationSettings {
            train: Some(file(folder.path(), "train.csv", &rows)),
            test: Some(file(folder.path(), "test.csv", &rows[5_000..9_000])),
            cache: cache.map(|name| Cache::at(folder.path().join(name))),
            ..EvaluationSettings::of(file(folder.path(), "generated.csv", generated))
        };
        let run = |settings: &EvaluationSettings| {
            let found = evaluate_file(settings, Ok(&Numbers), &Unwatched).unwrap();
            found.evaluation
        };
        let found = run(&settings(None));
        let of_test = &found.moses.test;
        assert_eq!(of_test.fcd_floor.of, of_test.fcd.of);
        let [fcd, floor, excess] =
            [&of_test.fcd, &of_test.fcd_floor, &of_test.fcd_excess].map(|it| it.value.unwrap());
        assert!(floor > 0.0, "{floor}");
        approx::assert_relative_eq!(excess, fcd - floor, max_relative = 1e-12);
        assert!(of_test.fcd_floor.interval.is_some());
        // The same with a cache that is empty, that has it, and that has moments of fewer.
        let json = |found: &crate::evaluation::Evaluation| serde_json::to_string(found).unwrap();
        let cached = settings(Some("cache"));
        let fewer = EvaluationSettings {
            generated: file(folder.path(), "fewer.csv", &rows[..1_100]),
            cache: Some(Cache::at(folder.path().join("other"))),
            ..settings(None)
        };
        run(&fewer);
        for settings in [&cached, &cached, &settings(Some("other"))] {
            assert_eq!(json(&run(settings)), json(&found));
        }
        let guacamol = &found.guacamol;
        assert!(guacamol.fcd_floor.value.is_some() && guacamol.fcd_excess.value.is_some());
        let few = EvaluationSettings {
            train: Some(file(folder.path(), "few.csv", &rows[..20])),
            ..settings(None)
        };
        let found = run(&few);
        let reason = found.moses.test.fcd_floor.reason.unwrap();
        assert_eq!(
            reason,
            "the training set has 20 molecules in all, fewer than the 1500 of the sample"
        );
        // All of so few stand for the set in the distance itself.
        let reason = found.guacamol.fcd_floor.reason.unwrap();
        assert!(reason.contains("has 0 molecules beside the"), "{reason}");
        let without = EvaluationSettings {
            train: None,
            ..settings(None)
        };
        let found = run(&without).moses.test;
        let reason = found.fcd_floor.reason.as_deref();
        assert_eq!(
            (found.fcd.value.is_some(), reason),
            (true, Some("no training set was given"))
        );
    }

    #[test]
    fn faults_name_the_setting() {
        #[track_caller]
        fn check(settings: &EvaluationSettings, expected: &str) {
            let error = evaluate_file(settings, Err(String::new()), &Unwatched).unwrap_err();
            assert!(error.chain().contains(expected), "{}", error.chain());
        }
        let folder = tempfile::tempdir().unwrap();
        let mut wrong = settings(folder.path());
        wrong.most = 4;
        let quick = "generated.csv` holds more than 4 strings, all that are judged in full: add setting `quick`";
        check(&wrong, quick);
        wrong.test_scaffolds = Some(file(folder.path(), "none.csv", &["C("]));
        let scaffolds = "holds no valid molecule: give another file with setting `test_scaffolds`";
        check(&wrong, scaffolds);
    }

    /// Asks for the end when a stage has its first unit done.
    struct StopsIn {
        stage: &'static str,
        is_there: AtomicBool,
        advanced: AtomicU64,
    }

    impl Watch for StopsIn {
        fn begin(&self, stage: &str, _: u64) {
            self.is_there.store(stage == self.stage, Ordering::Relaxed);
        }
        fn advance(&self, count: u64) {
            if self.is_there.load(Ordering::Relaxed) {
                self.advanced.fetch_add(count, Ordering::Relaxed);
            }
        }
        fn stop(&self) -> bool {
            self.advanced.load(Ordering::Relaxed) > 0
        }
    }

    #[test]
    fn a_stage_ends_soon_after_it_is_asked_to() {
        let folder = tempfile::tempdir().unwrap();
        let chains: Vec<String> = (1..6_000)
            .map(|index| format!("C{}", "N".repeat(index % 7)))
            .collect();
        let rows: Vec<&str> = chains.iter().map(String::as_str).collect();
        let settings = EvaluationSettings {
            train: Some(file(folder.path(), "train.csv", &rows)),
            test: Some(file(folder.path(), "test.csv", &rows)),
            ..EvaluationSettings::of(file(folder.path(), "generated.csv", &rows))
        };
        let check = |stage| {
            let watch = StopsIn {
                stage,
                is_there: AtomicBool::new(false),
                advanced: AtomicU64::new(0),
            };
            let error = evaluate_file(&settings, Err(String::new()), &watch).unwrap_err();
            assert_eq!(error.kind(), crate::error::Kind::Cancelled, "{stage}");
            let advanced = watch.advanced.into_inner();
            assert!((1..=1_100).contains(&advanced), "{stage}: {advanced}");
        };
        check("known molecules");
        check("test.csv");
    }

    #[test]
    fn a_watch_ends_it() {
        let folder = tempfile::tempdir().unwrap();
        let stop = StopSwitch::default();
        stop.set();
        let error = evaluate_file(&settings(folder.path()), Ok(&Numbers), &stop).unwrap_err();
        assert_eq!(error.kind(), crate::error::Kind::Cancelled);
    }
}
