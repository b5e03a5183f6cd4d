//! Model files of all kinds that the program ever wrote load, or a message says what to do.

#![expect(clippy::unwrap_used, reason = "a panic is a test's verdict")]

mod common;

use std::path::Path;

use molgpt::likelihood::Scorer;
use molgpt::model::{Model, TrainedOn};

/// The file of `tests/golden/make_models.py` of this name.
fn load(name: &str) -> Result<Model, String> {
    let path = common::shipped(&format!("tests/golden/models/{name}.safetensors"));
    Model::load(Path::new(&path)).map_err(|error| error.to_string())
}

/// Negative log-likelihood of ethanol in nats.
fn ethanol(model: &Model) -> f64 {
    let scores = Scorer::new(model).score(&["CCO"]);
    scores[0].as_ref().unwrap().nll()
}

#[test]
fn files_of_all_kinds_load_and_are_written_anew() {
    #[track_caller]
    fn check(name: &str, tokens: usize, nll: f64, trained_on: TrainedOn, step: Option<u64>) {
        let model = load(name).unwrap();
        let vocabulary = model.tokenizer().vocabulary();
        assert_eq!(vocabulary.len(), tokens, "{name}");
        assert_eq!(model.trained_on(), trained_on, "{name}");
        assert_eq!(model.origin().map(|origin| origin.step), step, "{name}");
        let found = ethanol(&model);
        assert!((found - nll).abs() < 1e-4, "{name}: {found} is not {nll}");
        let again = Model::from_bytes(&model.to_bytes().unwrap()).unwrap();
        assert_eq!(again, model, "{name}");
    }
    let plain = TrainedOn::default();
    let radicals = TrainedOn {
        radicals: true,
        ..plain
    };
    check("checksum", 12, 12.405_171, plain, None);
    check("trained_on", 12, 12.405_171, radicals, None);
    check("origin", 12, 12.405_171, plain, Some(90));
    check("merges", 14, 7.293_873, plain, Some(90));
    check("conditions", 15, 12.649_259, plain, Some(90));
    let merged = load("merges").unwrap();
    assert_eq!(merged.tokenizer().merge_texts(), ["C C", "CC O"]);
    let conditions = load("conditions").unwrap();
    let conditions = conditions.tokenizer().conditions().all();
    assert_eq!((&*conditions[0].name, conditions[0].bins()), ("log_p", 3));
}

#[test]
fn others_say_what_to_do() {
    #[track_caller]
    fn check(name: &str, told: &str) {
        let error = load(name).unwrap_err();
        assert!(error.ends_with(told), "{error}");
    }
    check(
        "plain",
        "plain.safetensors` is not a usable molgpt model: it has no checksum, so that damage could not be told; \
         train again or copy it anew",
    );
    check(
        "later_field",
        "later_field.safetensors` was written by a later molgpt: unknown field `adapters`; update molgpt",
    );
    check(
        "later_format",
        "later_format.safetensors` was written by a later molgpt: its format is 2, this program reads 1; update molgpt",
    );
}
