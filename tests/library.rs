//! Every flow is a library call: several run in one process, at once, each with threads and a seed of
//! its own; and each can be cancelled without losing what is done.

#![expect(clippy::unwrap_used, reason = "a panic is a test's verdict")]

mod common;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use common::shipped;
use molgpt::config::RunConfig;
use molgpt::error::Result;
use molgpt::evaluation::{References, TestSet, TrainingSet, evaluate};
use molgpt::generate::{
    Acceptance, CpuGenerator, DrawSettings, DrawState, Generator, Sample, SamplingParams, Stream,
    draw, texts,
};
use molgpt::model::Model;
use molgpt::progress::{Outcome, StopSwitch, Unwatched, Watch};
use molgpt::run::{ConfigSource, Observe, RunFolder, TrainSettings, train};
use molgpt::study::{AuditSettings, audit};

/// The first molecules of a shipped file, as a file of their own.
fn some(folder: &Path, name: &str, rows: usize) -> PathBuf {
    let all = std::fs::read_to_string(shipped(&format!("data/{name}.csv"))).unwrap();
    let some: Vec<&str> = all.lines().take(rows + 1).collect();
    let path = folder.join(format!("{name}.csv"));
    std::fs::write(&path, some.join("\n")).unwrap();
    path
}

fn molecules(path: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(path).unwrap();
    text.lines().skip(1).map(str::to_owned).collect()
}

fn settings(data: &Path, seed: u64) -> TrainSettings {
    let mut config = RunConfig::parse(include_str!("../configs/tiny.toml")).unwrap();
    config.training.epochs = 2;
    config.training.validate_every = 3;
    TrainSettings {
        data: data.to_owned().into(),
        config: ConfigSource::Given(Box::new(config)),
        seed,
        ..TrainSettings::default()
    }
}

/// The results of all flows, as text that can be compared.
#[derive(Debug, PartialEq)]
struct Results {
    weights: Vec<f32>,
    molecules: Vec<String>,
    evaluation: String,
    audit: String,
}

/// Trains, samples, evaluates and audits on so many threads.
fn flows(folder: &Path, seed: u64, threads: usize) -> Results {
    let work = || {
        let (train_file, test_file) = (some(folder, "molecules", 300), some(folder, "test", 200));
        let run = RunFolder::create(&folder.join("run"), true).unwrap();
        let trained = train(&settings(&train_file, seed), &run, &Unwatched).unwrap();
        assert!(!trained.is_cancelled());
        let model = Model::load(&trained.done().folder.join("model.safetensors")).unwrap();
        let params = SamplingParams {
            seed,
            ..SamplingParams::default()
        };
        let pretrained = Model::pretrained().unwrap();
        let mut molecules = texts(CpuGenerator::new(&model).take(30, &params).unwrap());
        molecules.extend(texts(
            CpuGenerator::new(&pretrained).take(120, &params).unwrap(),
        ));
        let references = References {
            train: Some(TrainingSet::new(&self::molecules(&train_file))),
            test: Some(TestSet::new(&self::molecules(&test_file))),
            ..References::default()
        };
        let evaluation = evaluate(&molecules, &references);
        let settings = AuditSettings {
            train: train_file.into(),
            test: test_file.into(),
            column: None,
            n: 100,
            most: 50,
            nearest: 10,
            temperature: 1.0,
            seed,
            device: "cpu".parse().unwrap(),
            output: folder.join("audit"),
            command: String::new(),
        };
        let audited = audit(&pretrained, &settings, &Unwatched).unwrap().done();
        Results {
            weights: model.parameters().to_vec(),
            molecules,
            evaluation: serde_json::to_string(&evaluation).unwrap(),
            audit: serde_json::to_string(&audited.nearest_generated).unwrap()
                + &serde_json::to_string(&audited.memorization).unwrap(),
        }
    };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
    pool.build().unwrap().install(work)
}

#[test]
fn all_flows_run_twice_at_once_and_give_what_they_give_alone() {
    let folders = [(); 4].map(|()| tempfile::tempdir().unwrap());
    let alone = flows(folders[0].path(), 1, 1);
    let (again, other) = std::thread::scope(|scope| {
        let again = scope.spawn(|| flows(folders[1].path(), 1, 3));
        let other = scope.spawn(|| flows(folders[2].path(), 2, 2));
        (again.join().unwrap(), other.join().unwrap())
    });
    assert_eq!(alone, again);
    assert_ne!(alone.weights, other.weights);
    assert_ne!(alone.molecules, other.molecules);
    assert_eq!(other, flows(folders[3].path(), 2, 1));
}

/// Asks for the end once so much of a stage is done.
struct EndsAfter {
    stage: &'static str,
    left: AtomicU64,
    counting: AtomicU64,
    stop: StopSwitch,
}

impl EndsAfter {
    fn new(stage: &'static str, count: u64) -> Self {
        Self {
            stage,
            left: count.into(),
            counting: 0.into(),
            stop: StopSwitch::default(),
        }
    }
}

impl Watch for EndsAfter {
    fn begin(&self, stage: &str, _: u64) {
        let counts = u64::from(stage == self.stage);
        self.counting.store(counts, Ordering::Relaxed);
    }

    fn advance(&self, count: u64) {
        let count = count * self.counting.load(Ordering::Relaxed);
        let left = self.left.load(Ordering::Relaxed).saturating_sub(count);
        self.left.store(left, Ordering::Relaxed);
        if left == 0 {
            self.stop.set();
        }
    }

    fn stop(&self) -> bool {
        self.stop.stop()
    }
}

impl Observe for EndsAfter {}

#[test]
fn a_cancelled_training_gives_what_is_done_and_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let data = some(folder.path(), "molecules", 300);
    let (whole, broken) = (folder.path().join("whole"), folder.path().join("broken"));
    let run = RunFolder::create(&whole, false).unwrap();
    let unbroken = train(&settings(&data, 5), &run, &Unwatched).unwrap().done();

    let run = RunFolder::create(&broken, false).unwrap();
    let watch = EndsAfter::new("training", 300);
    let Outcome::Cancelled(part) = train(&settings(&data, 5), &run, &watch).unwrap() else {
        panic!("it was not cancelled");
    };
    assert!(part.step > 0 && part.step < unbroken.step, "{}", part.step);
    assert!(broken.join("model.safetensors").exists());
    drop(run);

    let run = RunFolder::resume(&broken).unwrap();
    let rest = train(&settings(&data, 0), &run, &Unwatched).unwrap();
    assert!(!rest.is_cancelled());
    assert_eq!(rest.done().step, unbroken.step);
    let load = |folder: &Path| Model::load(&folder.join("model.safetensors")).unwrap();
    assert!(load(&whole) == load(&broken));
}

/// Ends a training after so many looks.
struct Looks(u64, AtomicU64);

impl Watch for Looks {
    fn stop(&self) -> bool {
        self.1.fetch_add(1, Ordering::Relaxed) + 1 >= self.0
    }
}

impl Observe for Looks {}

/// The devices of burn tell losses only now and then: an interrupt between two times can be gone on with.
#[test]
fn a_training_on_a_device_goes_on_after_an_interrupt_at_any_step() {
    let folder = tempfile::tempdir().unwrap();
    let data = some(folder.path(), "molecules", 200);
    let mut settings = TrainSettings {
        device: "flex".parse().unwrap(),
        ..settings(&data, 4)
    };
    if let ConfigSource::Given(config) = &mut settings.config {
        config.training.validate_every = 50;
    }
    let path = folder.path().join("run");
    let run = RunFolder::create(&path, false).unwrap();
    let outcome = train(&settings, &run, &Looks(3, AtomicU64::new(0))).unwrap();
    assert!(outcome.is_cancelled());
    let step = outcome.done().step;
    assert!(step > 0);
    drop(run);
    let run = RunFolder::resume(&path).unwrap();
    let outcome = train(&settings, &run, &Unwatched).unwrap();
    assert!(!outcome.is_cancelled() && outcome.done().step > step);
}

#[test]
fn a_cancelled_draw_gives_what_is_done_and_goes_on() {
    let model = Model::pretrained().unwrap();
    let generator = CpuGenerator::new(&model).with_branches(4);
    let params = SamplingParams {
        seed: 3,
        ..SamplingParams::default()
    };
    let settings = DrawSettings {
        n: 300,
        acceptance: Acceptance {
            valid: true,
            unique: true,
            ..Acceptance::default()
        },
        ..DrawSettings::default()
    };
    let run = |before, watch: &dyn Watch| {
        let (mut kept, mut last) = (Vec::new(), None);
        let mut take = |samples: &[Sample], state: &DrawState| -> Result<()> {
            kept.extend(samples.iter().map(|sample| sample.smiles.clone()));
            last = Some(state.clone());
            Ok(())
        };
        let outcome = draw(&generator, &params, &settings, before, &mut take, watch).unwrap();
        (outcome, kept, last)
    };
    let (whole, unbroken, _) = run(None, &Unwatched);
    assert_eq!(whole.done().kept, 300);

    let stop = StopSwitch::default();
    stop.set();
    let (outcome, kept, _) = run(None, &stop);
    assert!(outcome.is_cancelled() && kept.is_empty());

    // In the middle: the state and the molecules so far are enough to go on.
    let half = DrawSettings {
        n: 150,
        ..settings.clone()
    };
    let (mut kept, mut last) = (Vec::new(), None);
    let mut take = |samples: &[Sample], state: &DrawState| -> Result<()> {
        kept.extend(samples.iter().map(|sample| sample.smiles.clone()));
        last = Some(state.clone());
        Ok(())
    };
    draw(&generator, &params, &half, None, &mut take, &Unwatched).unwrap();
    assert_eq!(kept.len(), 150);
    let (_, rest, _) = run(Some((last.unwrap(), &*kept.clone())), &Unwatched);
    kept.extend(rest);
    // The window that filled the half may have held more than was needed.
    assert_eq!(kept.len(), 300);
    assert_eq!(kept[..150], unbroken[..150]);
}

#[test]
fn a_stream_ends_when_it_is_told() {
    let model = Model::pretrained().unwrap();
    let generator = CpuGenerator::new(&model);
    let stop = StopSwitch::default();
    let mut stream = Stream::watched(&generator, SamplingParams::default(), &stop);
    assert!(stream.next().unwrap().is_ok());
    stop.set();
    // The molecules of the window that was written still come.
    assert!(stream.count() < 64);
}

#[test]
fn a_cancelled_audit_reports_what_it_has() {
    let folder = tempfile::tempdir().unwrap();
    let settings = AuditSettings {
        train: some(folder.path(), "molecules", 50).into(),
        test: some(folder.path(), "test", 50).into(),
        column: None,
        n: 4_000,
        most: 50,
        nearest: 10,
        temperature: 1.0,
        seed: 1,
        device: "cpu".parse().unwrap(),
        output: folder.path().join("audit"),
        command: String::new(),
    };
    let model = Model::pretrained().unwrap();
    let watch = EndsAfter::new("sampling", 1);
    let Outcome::Cancelled(part) = audit(&model, &settings, &watch).unwrap() else {
        panic!("it was not cancelled");
    };
    assert!(part.generated == 2_000 && part.likelihoods.is_empty());
    assert!(part.page.path.exists());
}
