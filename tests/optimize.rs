//! `molgpt optimize`: searches that are the same whatever interrupts them, goals of users, programs outside.

#![expect(clippy::unwrap_used, reason = "a panic is a test's verdict")]

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use common::molgpt;
use molgpt::chem::{Fragment, Molecule};
use molgpt::error::{Error, Kind, Result};
use molgpt::generate::{CpuGenerator, Generator, SamplingParams};
use molgpt::model::Model;
use molgpt::objective::{Goal, Score};
use molgpt::optimize::{
    Call, Follow, Found, Learning, Ledger, OptimizeSettings, SearchSettings, Stage, Standing,
    Until, optimize, optimize_stages, search, search_stages,
};
use molgpt::progress::{Unwatched, Watch};
use molgpt::run::RunFolder;

/// A small search.
fn settings(calls: usize) -> SearchSettings {
    SearchSettings {
        calls,
        seed: 5,
        learning: Learning::with(&["batch=16", "replay=8", "rounds=1", "bucket=3"]).unwrap(),
        keep: None,
        conditions: Vec::new(),
        until: None,
    }
}

/// Ends a search after so many steps.
struct After(u64, AtomicU64);

impl Watch for After {
    fn stop(&self) -> bool {
        self.1.load(Ordering::Relaxed) >= self.0
    }
}

impl Follow for After {
    fn standing(&self, _: &Standing) {
        self.1.fetch_add(1, Ordering::Relaxed);
    }
}

/// A score that tells which molecules it was asked about, and fails at one of them.
struct Asked {
    texts: Mutex<Vec<String>>,
    fails_at: Option<usize>,
}

impl Score for Asked {
    fn score(&self, molecules: &[Molecule]) -> Result<Vec<f64>> {
        let mut texts = self.texts.lock().unwrap();
        if self.fails_at.is_some_and(|at| texts.len() >= at) {
            return Err(Error::new(Kind::Input, "the oracle is silent"));
        }
        texts.extend(molecules.iter().map(|it| it.canonical().to_owned()));
        Ok(molecules.iter().map(|it| it.descriptors().qed).collect())
    }
}

#[test]
fn a_search_is_the_same_with_any_threads_and_learns() {
    let prior = Model::randomized().unwrap();
    let goal = Goal::named("fsp3").unwrap();
    let run = |threads: usize| -> Found {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        pool.install(|| search(&prior, &goal, &settings(400), None, &mut (), &Unwatched))
            .unwrap()
            .done()
    };
    let (one, three) = (run(1), run(3));
    assert_eq!(one.ledger.calls(), three.ledger.calls());
    assert_eq!(one.agent.parameters(), three.agent.parameters());
    let scores: Vec<f64> = one
        .ledger
        .calls()
        .iter()
        .map(|call| call.judged.score)
        .collect();
    assert_eq!(scores.len(), 400);
    let mean = |scores: &[f64]| scores.iter().sum::<f64>() / scores.len() as f64;
    let samples = CpuGenerator::new(&prior)
        .take(200, &SamplingParams::default())
        .unwrap();
    let of_prior = samples
        .iter()
        .filter_map(|sample| Molecule::parse(&sample.smiles).ok());
    let of_prior = goal.score(&of_prior.collect::<Vec<_>>()).unwrap();
    let (before, after) = (mean(&of_prior), mean(&scores[300..]));
    assert!(after > before + 0.15, "{before} {after}");
}

#[test]
fn an_interrupted_search_ends_as_an_unbroken_one_and_pays_once() {
    let prior = Model::randomized().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let whole = |calls| OptimizeSettings {
        search: settings(calls),
        score: "qed".to_owned(),
        prior: "randomized".to_owned(),
        overwrite: false,
        known: None,
        command: String::new(),
    };
    let asked = |fails_at| Asked {
        texts: Mutex::default(),
        fails_at,
    };
    let at = |name: &str| folder.path().join(name);
    let (unbroken, broken) = (asked(None), asked(Some(90)));
    let place = RunFolder::create(&at("unbroken"), false).unwrap();
    optimize(&prior, &unbroken, &whole(150), &place, &Unwatched).unwrap();
    // Ended by its watcher, by its score, by its budget, and gone on with each time.
    let place = RunFolder::create(&at("broken"), false).unwrap();
    let after = After(2, AtomicU64::new(0));
    let outcome = optimize(&prior, &broken, &whole(150), &place, &after).unwrap();
    assert!(outcome.is_cancelled());
    drop(place);
    let resumed = |score: &Asked, calls| {
        let place = RunFolder::resume(&at("broken")).unwrap();
        optimize(&prior, score, &whole(calls), &place, &Unwatched)
    };
    let told = resumed(&broken, 150).err().unwrap().to_string();
    assert_eq!(told, "the oracle is silent");
    let rest = asked(None);
    resumed(&rest, 120).unwrap();
    resumed(&rest, 150).unwrap();
    let mut texts = broken.texts.into_inner().unwrap();
    texts.extend(rest.texts.into_inner().unwrap());
    assert_eq!(texts, unbroken.texts.into_inner().unwrap());
    for file in ["calls.csv", "molecules.csv", "model.safetensors"] {
        let read = |run: &str| fs::read(at(run).join(file)).unwrap();
        assert!(read("unbroken") == read("broken"), "{file}");
    }
    // Neither another score nor a new run takes its place.
    let place = RunFolder::resume(&at("broken")).unwrap();
    let other = OptimizeSettings {
        score: "fsp3".to_owned(),
        ..whole(150)
    };
    let told = optimize(&prior, &asked(None), &other, &place, &Unwatched)
        .err()
        .unwrap();
    assert!(
        told.to_string().contains("another model, score, seed"),
        "{told}"
    );
    drop(place);
    assert!(RunFolder::create(&at("broken"), false).is_err());
}

/// A score during which the process ends.
struct Killed;

impl Score for Killed {
    fn score(&self, _: &[Molecule]) -> Result<Vec<f64>> {
        panic!("killed")
    }

    fn parts(&self) -> Vec<String> {
        vec!["qed".to_owned()]
    }
}

#[test]
fn a_search_that_is_killed_in_its_first_step_goes_on_as_itself() {
    let prior = Model::randomized().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let score = Goal::named("qed").unwrap();
    let run = |place: &RunFolder, seed: u64, overwrite: bool, score: &dyn Score| {
        let whole = OptimizeSettings {
            search: SearchSettings {
                seed,
                ..settings(40)
            },
            score: "qed".to_owned(),
            prior: "randomized".to_owned(),
            overwrite,
            known: None,
            command: String::new(),
        };
        optimize(&prior, score, &whole, place, &Unwatched)
    };
    let killed = |place: &RunFolder, overwrite: bool| {
        let dies = || run(place, 6, overwrite, &Killed);
        assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(dies)).is_err());
    };
    let place = RunFolder::create(&at("unbroken"), false).unwrap();
    run(&place, 6, false, &score).unwrap();
    // A run of its own, and one that replaces another.
    for (name, overwrite) in [("new", false), ("other", true)] {
        let place = RunFolder::create(&at(name), false).unwrap();
        if overwrite {
            run(&place, 5, false, &score).unwrap();
        }
        drop(place);
        let place = RunFolder::create(&at(name), overwrite).unwrap();
        killed(&place, overwrite);
        drop(place);
        assert!(RunFolder::create(&at(name), false).is_err(), "{name}");
        let place = RunFolder::resume(&at(name)).unwrap();
        run(&place, 6, false, &score).unwrap();
        for file in ["calls.csv", "molecules.csv", "model.safetensors"] {
            let read = |run: &str| fs::read(at(run).join(file)).unwrap();
            assert!(read("unbroken") == read(name), "{name}/{file}");
        }
    }
}

#[test]
fn a_score_is_never_infinite() {
    struct Endless;
    impl Score for Endless {
        fn score(&self, molecules: &[Molecule]) -> Result<Vec<f64>> {
            Ok(vec![f64::NEG_INFINITY; molecules.len()])
        }
    }
    let prior = Model::randomized().unwrap();
    let found = search(&prior, &Endless, &settings(20), None, &mut (), &Unwatched);
    let told = found.err().unwrap().to_string();
    assert!(told.contains("is infinite: it must be a number"), "{told}");
}

/// Ends a search at the begin of its second stage, before a molecule is scored in it.
#[derive(Default)]
struct BetweenStages(AtomicU64);

impl Watch for BetweenStages {
    fn note(&self, sentence: &str) {
        let is_second = sentence.starts_with("stage 2 of 3");
        self.0.fetch_add(u64::from(is_second), Ordering::Relaxed);
    }

    fn stop(&self) -> bool {
        self.0.load(Ordering::Relaxed) > 0
    }
}

impl Follow for BetweenStages {}

#[test]
fn stages_come_to_the_same_molecules_whatever_interrupts_them() {
    let prior = Model::randomized().unwrap();
    let goals = ["qed", "fsp3", "mcf"].map(|word| Goal::named(word).unwrap());
    let ends = [(Some(30), None), (None, Some(0.6)), (None, None)];
    let stages: Vec<Stage<'_>> = goals
        .iter()
        .zip(ends)
        .map(|(score, (calls, until))| Stage {
            score,
            calls,
            until: until.map(Until::ten_best),
        })
        .collect();
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let run = |name: &str, follow: &dyn Follow| {
        let place = if RunFolder::is_begun(&at(name)) {
            RunFolder::resume(&at(name)).unwrap()
        } else {
            RunFolder::create(&at(name), false).unwrap()
        };
        let settings = OptimizeSettings {
            search: settings(140),
            score: "three stages".to_owned(),
            prior: "randomized".to_owned(),
            overwrite: false,
            known: None,
            command: String::new(),
        };
        optimize_stages(&prior, &stages, &settings, &place, follow).unwrap()
    };
    let unbroken = run("unbroken", &Unwatched).done();
    let calls = |ledgers: &[Ledger]| -> Vec<usize> {
        let ledgers = ledgers.iter();
        ledgers.map(|ledger| ledger.calls().len()).collect()
    };
    let [first, second] = calls(&unbroken.past)[..] else {
        panic!("{:?}", calls(&unbroken.past))
    };
    assert_eq!((first, second + unbroken.ledger.calls().len()), (30, 110));
    assert!(unbroken.past[1].top(10) >= 0.6 && second >= 10);
    // Within a stage, between two, and within the next.
    let after = |steps| After(steps, AtomicU64::new(0));
    let interrupted = run("broken", &after(1));
    assert!(interrupted.is_cancelled() && interrupted.done().past.is_empty());
    let state = at("broken").join("state.safetensors");
    let early = fs::read(&state).unwrap();
    let interrupted = run("broken", &BetweenStages::default()).done();
    assert_eq!(calls(&interrupted.past), [30]);
    assert_eq!(interrupted.ledger.calls().len(), 0);
    let interrupted = run("broken", &after(1)).done();
    assert!(!interrupted.past.is_empty() && !interrupted.ledger.calls().is_empty());
    let read = |run: &str, file: &str| fs::read(at(run).join(file)).unwrap();
    let same = || {
        run("broken", &Unwatched);
        for file in ["calls.csv", "molecules.csv", "model.safetensors"] {
            assert!(read("unbroken", file) == read("broken", file), "{file}");
        }
    };
    same();
    // After a kill that lost the state of all but the first step.
    fs::write(&state, early).unwrap();
    same();
    // In memory, with other threads.
    let pool = rayon::ThreadPoolBuilder::new().num_threads(3).build();
    let found = pool
        .unwrap()
        .install(|| search_stages(&prior, &stages, &settings(140), None, &mut (), &Unwatched));
    let found = found.unwrap().done();
    let smiles = |ledger: &Ledger| -> Vec<String> {
        let calls = ledger.calls().iter();
        calls.map(|call| call.smiles.clone()).collect()
    };
    assert_eq!(smiles(&found.ledger), smiles(&unbroken.ledger));
}

#[test]
fn stages_are_one_file_and_the_files_of_the_run_tell_them() {
    let folder = tempfile::tempdir().unwrap();
    let goal = "[[stage]]\nscore = 'qed'\ncalls = 15\n\
                [[stage]]\n[[stage.part]]\nproperty = 'qed'\n[[stage.part]]\ncontains = 'c'";
    fs::write(folder.path().join("goal.toml"), goal).unwrap();
    let arguments = [&["--score", "goal.toml"][..], &SMALL].concat();
    told(folder.path(), &arguments, 0);
    let read = |file: &str| fs::read_to_string(folder.path().join("run").join(file)).unwrap();
    let rows = read("molecules.csv");
    let mut rows = rows.lines();
    let head = "smiles,score,call,step,scaffold,stage,qed,contains c";
    assert_eq!(rows.next(), Some(head));
    let rows: Vec<Vec<&str>> = rows.map(|row| row.split(',').collect()).collect();
    let stages: Vec<&str> = rows.iter().map(|row| row[5]).collect();
    assert_eq!(stages, [["2"; 25].as_slice(), &["1"; 15]].concat());
    for row in &rows {
        assert_eq!(row[7].is_empty(), row[5] == "1", "{row:?}");
    }
    let page = read("optimize.html");
    for text in [
        "its calls are used up",
        "all calls are used up",
        "by stage 2 of 2",
    ] {
        assert!(page.contains(text), "{text}");
    }
    let json: serde_json::Value = serde_json::from_str(&read("optimize.json")).unwrap();
    assert_eq!(json["calls"], 40);
    assert_eq!(json["stages"][0]["calls"], 15);
    // An end for all stages is none of theirs.
    let arguments = [
        &["--score", "goal.toml", "--until", "0.9"][..],
        &SMALL,
        &["--overwrite"],
    ];
    let refused = told(folder.path(), &arguments.concat(), 1);
    assert!(
        refused.contains("--until does not go with stages"),
        "{refused}"
    );
}

#[test]
fn children_are_scored_beside_what_the_agent_writes() {
    let prior = Model::randomized().unwrap();
    let goal = Goal::named("qed").unwrap();
    let first_step = |offspring: &str| {
        let mut settings = settings(60);
        settings.learning = Learning::with(&["batch=16", "rounds=1", offspring]).unwrap();
        let found = search(&prior, &goal, &settings, None, &mut (), &Unwatched).unwrap();
        let calls = found.done().ledger.calls().to_vec();
        assert_eq!(calls.len(), 60);
        calls.into_iter().filter(|call| call.step == 0).count()
    };
    assert!(first_step("offspring=0") <= 16);
    assert!(first_step("offspring=12") > 16);
}

#[test]
fn a_search_ends_when_the_best_are_good_enough() {
    #[track_caller]
    fn check(until: Until) {
        let prior = Model::randomized().unwrap();
        let goal = Goal::named("qed").unwrap();
        let settings = SearchSettings {
            until: Some(until),
            ..settings(400)
        };
        let found = search(&prior, &goal, &settings, None, &mut (), &Unwatched).unwrap();
        assert!(!found.is_cancelled());
        let ledger = found.done().ledger;
        let is_enough = |calls: &[Call]| {
            let mut scores: Vec<f64> = calls.iter().map(Call::rank).collect();
            scores.sort_by(|one, other| other.total_cmp(one));
            let best = scores.get(..until.of);
            best.is_some_and(|best| best.iter().sum::<f64>() >= until.score * until.of as f64)
        };
        let calls = ledger.calls();
        assert!(calls.len() < 400 && is_enough(calls));
        let last = calls.last().unwrap().step;
        let before = calls.iter().take_while(|call| call.step < last).count();
        assert!(!is_enough(&calls[..before]));
    }
    check(Until::ten_best(0.9));
    // The prior knows no stereochemistry.
    check(Until {
        score: 0.75,
        of: 40,
        flat: true,
    });
}

/// Standard error of the program in a folder, which ends with this code.
#[track_caller]
fn told(folder: &Path, arguments: &[&str], code: i32) -> String {
    let output = molgpt(folder)
        .arg("optimize")
        .args(arguments)
        .output()
        .unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(code), "{told}");
    assert!(!told.contains("panicked"), "{told}");
    told
}

const SMALL: [&str; 10] = [
    "--calls", "40", "--set", "batch=16", "--set", "rounds=1", "--set", "replay=8", "-o", "run",
];

#[test]
#[cfg(unix)]
fn a_goal_with_a_program_outside_is_one_command() {
    let folder = tempfile::tempdir().unwrap();
    let goal = r#"
        [[part]]
        command = "awk '{ print length($0) }'"
        name = "length"
        sigmoid = { low = 20, high = 40 }
        [[part]]
        contains = "c"
    "#;
    fs::write(folder.path().join("goal.toml"), goal).unwrap();
    told(
        folder.path(),
        &[&["--score", "goal.toml"][..], &SMALL].concat(),
        0,
    );
    let run = folder.path().join("run");
    let rows = fs::read_to_string(run.join("molecules.csv")).unwrap();
    let mut rows = rows.lines();
    assert_eq!(
        rows.next(),
        Some("smiles,score,call,step,scaffold,length,contains c")
    );
    let mut last = f64::INFINITY;
    for row in rows.by_ref() {
        let cells: Vec<&str> = row.split(',').collect();
        let score: f64 = cells[1].parse().unwrap();
        assert!(score <= last, "{row}");
        last = score;
        assert_eq!(cells[5], cells[0].len().to_string());
    }
    let page = fs::read_to_string(run.join("optimize.html")).unwrap();
    assert!(page.contains("40 molecules scored") && page.contains("<svg"));
    let sampled = molgpt(folder.path())
        .args(["sample", "-n", "3", "--model", "run"])
        .output();
    assert_eq!(
        String::from_utf8(sampled.unwrap().stdout)
            .unwrap()
            .lines()
            .count(),
        4
    );
    let again = told(
        folder.path(),
        &[&["--score", "goal.toml"][..], &SMALL].concat(),
        1,
    );
    assert!(again.contains("already holds a run"), "{again}");
    // What the program said is kept.
    let is_cache = |path: &PathBuf| path.to_string_lossy().contains("answers-");
    let mut files = fs::read_dir(&run)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let answers = fs::read_to_string(files.find(is_cache).unwrap()).unwrap();
    assert_eq!(answers.lines().count(), 41);
}

#[test]
fn what_cannot_be_optimized_is_told_in_one_sentence() {
    #[track_caller]
    fn check(folder: &Path, goal: &str, more: &[&str], expected: &str) {
        fs::write(folder.join("goal.toml"), goal).unwrap();
        let arguments = [&["--score", "goal.toml", "-o", "bad"][..], more].concat();
        let told = told(folder, &arguments, 1);
        assert!(told.contains(expected), "{told}");
        assert!(!folder.join("bad/calls.csv").exists());
    }
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let good = "[[part]]\nproperty = 'qed'";
    check(
        here,
        "[[part]]\nproperty = 'qid'",
        &[],
        "no property is called `qid`",
    );
    check(
        here,
        "[[part]]\nproperty = 'qed'\nweight = 0",
        &[],
        "no part has a weight above 0",
    );
    check(
        here,
        "[[part]]\nproperty = 'tpsa'\nsigmoid = { low = 20 }",
        &[],
        "--score `goal.toml`: part 1: `sigmoid`: missing field `high`",
    );
    check(
        here,
        "[[part]]\nlikelihood = 'nowhere'\nclip = { low = -3, high = 0 }",
        &[],
        "no model `nowhere`",
    );
    check(
        here,
        good,
        &["--set", "sigm=1"],
        "--set: unknown field `sigm`",
    );
    check(here, good, &["--resume"], "has no unfinished run");
    let unknown = told(here, &["--score", "zed"], 1);
    assert!(
        unknown.contains("--score `zed` is neither a file nor a goal"),
        "{unknown}"
    );
    let untrained = told(here, &["--score", "jnk3", "--oracles", "nowhere"], 1);
    assert!(
        untrained
            .contains("there is no `nowhere/jnk3.safetensors`: `python3 data/make_oracles.py`"),
        "{untrained}"
    );
    let missing = told(here, &["--score", "zed.toml"], 1);
    assert!(
        missing.contains("cannot read --score `zed.toml`"),
        "{missing}"
    );
    told(here, &["--score", "qed", "--calls", "0"], 2);
}

#[test]
#[cfg(unix)]
fn a_program_that_is_not_there_ends_the_run_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let goal = "[[part]]\ncommand = 'no-such-dock'\nclip = { low = 0, high = 1 }";
    fs::write(folder.path().join("goal.toml"), goal).unwrap();
    let told = told(
        folder.path(),
        &[&["--score", "goal.toml"][..], &SMALL].concat(),
        1,
    );
    assert!(
        told.contains("the command `no-such-dock` cannot be run"),
        "{told}"
    );
    assert!(folder.path().join("run/state.safetensors").exists());
}

#[test]
fn a_scaffold_is_kept_by_all_that_is_scored() {
    let folder = tempfile::tempdir().unwrap();
    let scaffold = "c1ccc([*:1])cc1[*:2]";
    let kept = [&["--score", "qed", "--scaffold", scaffold][..], &SMALL].concat();
    told(folder.path(), &kept, 0);
    let pattern = Fragment::parse(scaffold).unwrap().pattern(false).unwrap();
    let rows = fs::read_to_string(folder.path().join("run/molecules.csv")).unwrap();
    let molecules = rows.lines().skip(1).map(|row| {
        let smiles = row.split(',').next().unwrap();
        Molecule::parse(smiles).unwrap()
    });
    let molecules: Vec<Molecule> = molecules.collect();
    assert_eq!(molecules.len(), 40);
    for molecule in molecules {
        assert!(pattern.matches(&molecule), "{}", molecule.canonical());
    }
    // The scaffold belongs to the run.
    let other = [&["--score", "qed", "--resume"][..], &SMALL].concat();
    let refused = told(folder.path(), &other, 1);
    assert!(refused.contains("another model, score, seed"), "{refused}");
    let near = [&["--score", "qed", "--near", "CCO"][..], &SMALL].concat();
    let refused = told(folder.path(), &near, 1);
    assert!(refused.contains("--near"), "{refused}");
}

#[test]
fn the_page_tells_the_nearest_known_molecules() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(
        folder.path().join("known.csv"),
        "name,structure\nethanol,OCC\naspirin,CC(=O)Oc1ccccc1C(=O)O\n",
    )
    .unwrap();
    let arguments = [
        ["--score", "qed"],
        ["--calls", "24"],
        ["--set", "batch=16"],
        ["--set", "rounds=0"],
        ["--known", "known.csv:structure"],
        ["-o", "run"],
    ];
    told(folder.path(), &arguments.concat(), 0);
    let document = fs::read_to_string(folder.path().join("run/optimize.json")).unwrap();
    let document: serde_json::Value = serde_json::from_str(&document).unwrap();
    let known = &document["known"];
    assert_eq!(known["known_of_top_100"], 0);
    let nearest = known["nearest"].as_array().unwrap();
    assert_eq!(nearest.len(), 24);
    for one in nearest {
        let known = ["CCO", "CC(=O)Oc1ccccc1C(=O)O"];
        assert!(known.contains(&one["smiles"].as_str().unwrap()), "{one}");
        assert!(one["similarity"].as_f64().unwrap() < 1.0, "{one}");
    }
    let page = fs::read_to_string(folder.path().join("run/optimize.html")).unwrap();
    assert!(page.contains("similarity to the nearest known"));
    let arguments = ["--score", "qed", "--known", "none.csv", "-o", "other"];
    let sentence = told(folder.path(), &arguments, 1);
    assert!(
        sentence.contains("--known: ") && sentence.contains("none.csv"),
        "{sentence}"
    );
    assert!(!folder.path().join("other").exists());
}

#[test]
fn tasks_of_pmo_are_searched_once() {
    let folder = tempfile::tempdir().unwrap();
    let run = |tasks: &str, seeds: &str, code: i32| -> String {
        let mut command = molgpt(folder.path());
        command.args(["bench", "pmo", "--tasks", tasks, "--seeds", seeds]);
        command.args([
            "--model",
            "randomized",
            "--calls",
            "40",
            "--set",
            "batch=16",
        ]);
        let output = command.args(["-o", "pmo"]).output().unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{told}");
        told
    };
    let read = |file: &str| fs::read_to_string(folder.path().join("pmo").join(file)).unwrap();
    run("median1,qed", "0", 0);
    let calls = read("qed/seed-0/calls.csv");
    assert_eq!(calls.lines().count(), 41);
    run("median1,qed", "0,1", 0);
    assert_eq!(read("qed/seed-0/calls.csv"), calls);
    let found: serde_json::Value = serde_json::from_str(&read("pmo.json")).unwrap();
    let tasks = found["tasks"].as_array().unwrap();
    assert_eq!(tasks.len(), 2);
    let (mut sum, mut runs) = (0.0, 0);
    for task in tasks {
        let areas = task["runs"].as_array().unwrap().iter();
        let areas: Vec<f64> = areas.map(|run| run["area"].as_f64().unwrap()).collect();
        runs += areas.len();
        sum += areas.iter().sum::<f64>() / areas.len() as f64;
    }
    assert_eq!(runs, 4);
    approx::assert_abs_diff_eq!(sum, found["sum"].as_f64().unwrap(), epsilon = 1e-9);
    let page = read("pmo.html");
    for text in [
        "sum of 2",
        "Genetic GFN",
        "1.321",
        "The rule is 10,000 calls",
    ] {
        assert!(page.contains(text), "{text}");
    }
    let told = run("qed,celecoxib", "0", 1);
    assert!(
        told.contains("--tasks `celecoxib` is no task of PMO"),
        "{told}"
    );
}

#[test]
fn goals_of_guacamol_have_the_scores_of_the_suite() {
    let folder = tempfile::tempdir().unwrap();
    let run = |tasks: &str, code: i32| -> String {
        let mut command = molgpt(folder.path());
        command.args(["bench", "guacamol", "--tasks", tasks, "--calls", "40"]);
        command.args(["--model", "randomized", "-o", "goals"]);
        command.args(["--set", "batch=16", "--set", "rounds=0"]);
        let output = command.output().unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{told}");
        told
    };
    let read = |file: &str| fs::read_to_string(folder.path().join("goals").join(file)).unwrap();
    run("isomers_c11h24,albuterol_similarity", 0);
    let found: serde_json::Value = serde_json::from_str(&read("guacamol.json")).unwrap();
    let [isomers, similar] = &found["tasks"].as_array().unwrap()[..] else {
        panic!("{found}");
    };
    // Forty molecules, the best first: those that are missing count as 0.
    let top = |task: &str, count: usize| {
        let rows = read(&format!("{task}/seed-0/molecules.csv"));
        let scores = rows.lines().skip(1).take(count).map(|row| {
            let score = row.split(',').nth(1).unwrap();
            score.parse::<f64>().unwrap()
        });
        scores.sum::<f64>() / count as f64
    };
    let check = |row: &serde_json::Value, expected: f64| {
        let score = row["score"].as_f64().unwrap();
        approx::assert_abs_diff_eq!(score, expected, epsilon = 1e-9);
    };
    check(isomers, top("isomers_c11h24", 159));
    let tops = [1, 10, 100].map(|count| top("albuterol_similarity", count));
    check(similar, tops.iter().sum::<f64>() / 3.0);
    let page = read("guacamol.html");
    for text in [
        "sum of 2",
        "Graph MCTS",
        "1.993",
        "GuacaMol sets no number of calls",
    ] {
        assert!(page.contains(text), "{text}");
    }
    let told = run("qed", 1);
    assert!(
        told.contains("--tasks `qed` is no task of GuacaMol: name some of celecoxib_rediscovery"),
        "{told}"
    );
}
