//! Sampling into a file: molecules drawn until enough are accepted, written as rows, kept window by
//! window, so that an interrupted run goes on to the file that an unbroken one writes.

use rayon::prelude::*;
use sha2::{Digest, Sha256};

use crate::chem::{Molecule, Property};
use crate::error::{Result, ensure};
use crate::generate::{
    Acceptance, DrawSettings, DrawState, Drawn, Generator, Sample, SamplingParams, Shard, check,
    draw,
};
use crate::model::Model;
use crate::progress::{Outcome, Watch};
use crate::table::{
    CUT, Cell, Column, Kind, Output, Value, Writer, property_cell, property_column, property_values,
};

/// Columns of the rows, those of properties left out.
const COLUMNS: [Column; 3] = [
    Column::new("smiles", Kind::Text),
    Column::new("nll", Kind::Number),
    Column::new(CUT, Kind::Count),
];

/// A file of samples.
#[derive(Debug, Clone, Default)]
pub struct SampleFile {
    /// The file or stream, and its format.
    pub output: Output,
    /// Molecules in all.
    pub n: u64,
    /// The part of them that this job writes.
    pub shard: Shard,
    /// The conditions on which drawn molecules are kept.
    pub acceptance: Acceptance,
    /// Properties that are columns, too.
    pub columns: Vec<Property>,
    /// The conditions of each wish: each name is a column `asked_NAME`.
    pub asked: Vec<Vec<(String, f64)>>,
    /// Most molecules to draw where conditions reject some [default: that of
    /// [`DrawSettings::max_draws`]].
    pub max_draws: Option<u64>,
    /// Whether to go on with the interrupted run of the same request.
    pub resume: bool,
    /// Further settings that decide the molecules (the device, the file of known molecules), as
    /// text: a run resumes only if they are the same.
    pub request: String,
}

/// The result of sampling into a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sampled {
    /// Molecules that this job was to write.
    pub asked: u64,
    /// Counts of drawn and kept molecules.
    pub drawn: Drawn,
    /// Whether an interrupted run left a part that `resume` goes on with.
    pub can_resume: bool,
}

/// Draws molecules until `n` are accepted and writes them, one a row with its negative
/// log-likelihood, in the column `cut` a 1 where the context cut the string, else a 0, and the
/// properties that are asked for, which only molecules have.
///
/// # Errors
/// A parameter outside its range, a prompt that the model cannot continue, an output that cannot be
/// written or resumed, a device that fails. Rows of earlier windows are kept.
pub fn sample_to_file(
    generator: &dyn Generator,
    model: &Model,
    params: &SamplingParams,
    file: &SampleFile,
    watch: &dyn Watch,
) -> Result<Outcome<Sampled>> {
    for wish in file.asked.iter().map(Some).chain([None]) {
        let params = SamplingParams {
            conditions: wish.cloned().unwrap_or_default(),
            ..params.clone()
        };
        check(model.tokenizer(), model.config().context, &params)?;
    }
    let mine = file.shard.range(file.n);
    let asked = mine.end - mine.start;
    ensure!(
        (file.columns.is_empty() && file.asked.is_empty()) || !file.output.is_list()?,
        Setting,
        "setting `output` `{}`: a list of SMILES has no place for setting `columns` and setting `asked`: choose .csv, .xlsx, \
         .sdf, .jsonl or .parquet",
        file.output.target.name().display()
    );
    let names = asked_names(&file.asked);
    let columns = columns(&names, &file.columns);
    let (mut output, note, texts) = Writer::create_in_parts(
        &file.output,
        &columns,
        &fingerprint(model, params, file),
        file.resume,
        file.shard.is_first(),
    )?;
    let before: Option<DrawState> = note.map(serde_json::from_value).transpose()?;
    if before.is_none() {
        // A process that is killed in its first window can be gone on with, too.
        output.keep(&serde_json::to_value(DrawState::at(mine.start))?)?;
    }
    let kept = before.as_ref().map_or(0, |state| state.counts.kept);
    ensure!(
        kept <= asked,
        Setting,
        "`{}` has {kept} molecules already: ask for at least as many",
        file.output.target.name().display()
    );
    let settings = DrawSettings {
        n: asked,
        first: mine.start,
        acceptance: file.acceptance.clone(),
        max_draws: file.max_draws,
        finish_windows: true,
    };
    let mut take = |samples: &[Sample], state: &DrawState| -> Result<()> {
        let values: Vec<Vec<Value>> = samples
            .par_iter()
            .map(|sample| values(&sample.smiles, &file.columns))
            .collect();
        for (sample, values) in samples.iter().zip(&values) {
            let mut cells = vec![
                Cell::Text(&sample.smiles),
                Cell::Number(sample.nll),
                Cell::Count(sample.cut.into()),
            ];
            let asked = file.asked.get(sample.wish);
            cells.extend(names.iter().map(|name| asked_cell(asked, name)));
            cells.extend(values.iter().map(property_cell));
            output.row(&cells)?;
        }
        output.keep(&serde_json::to_value(state)?)
    };
    let before = before.map(|state| (state, &*texts));
    let outcome = draw(generator, params, &settings, before, &mut take, watch)?;
    let can_resume = outcome.is_cancelled() && output.can_go_on();
    if !can_resume {
        output.finish()?;
    }
    Ok(outcome.map(|drawn| Sampled {
        asked,
        drawn,
        can_resume,
    }))
}

/// A short text of all that decides the molecules of a run; how many are asked for does not.
fn fingerprint(model: &Model, params: &SamplingParams, file: &SampleFile) -> String {
    let mut hasher = Sha256::new();
    model.digest_into(&mut hasher);
    let vocabulary = model.tokenizer().vocabulary().tokens();
    let wishes = file.acceptance.wishes.all();
    let steered = if wishes.is_empty() && file.columns.is_empty() && file.asked.is_empty() {
        String::new()
    } else {
        let wishes: Vec<String> = wishes.iter().map(ToString::to_string).collect();
        format!("/{wishes:?}{:?}{:?}", file.columns, file.asked)
    };
    let (valid, unique) = (file.acceptance.valid, file.acceptance.unique);
    let without = [
        file.acceptance.no_radicals,
        file.acceptance.no_idle_stereo_marks,
    ];
    let settings = format!(
        "{:?}{COLUMNS:?}{vocabulary:?}{:?}{params:?}/{valid}/{unique}/{without:?}/{}/{:?}{steered}",
        model.config(),
        file.output.format,
        file.request,
        file.shard
    );
    hasher.update(settings.as_bytes());
    format!("{:x}", hasher.finalize())
}

/// The columns of the rows with what is asked for and these properties.
fn columns(asked: &[&str], properties: &[Property]) -> Vec<Column> {
    let mut columns = COLUMNS.to_vec();
    columns.extend(asked.iter().map(|name| Column {
        name: format!("asked_{name}").into(),
        kind: Kind::Number,
    }));
    columns.extend(properties.iter().map(|property| property_column(*property)));
    columns
}

/// The names that any wish has, in the order in which they come.
fn asked_names(wishes: &[Vec<(String, f64)>]) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    for (name, _) in wishes.iter().flatten() {
        if !names.contains(&&**name) {
            names.push(name);
        }
    }
    names
}

/// The value that a wish asks for.
fn asked_cell<'a>(wish: Option<&Vec<(String, f64)>>, name: &str) -> Cell<'a> {
    let found = wish.and_then(|wish| wish.iter().find(|(asked, _)| asked == name));
    found.map_or(Cell::Nothing, |(_, value)| Cell::Number(*value))
}

/// The values of these properties; nothing for a text that is no molecule.
fn values(smiles: &str, properties: &[Property]) -> Vec<Value> {
    if properties.is_empty() {
        return Vec::new();
    }
    match Molecule::parse(smiles) {
        Ok(molecule) => property_values(&molecule, smiles, properties),
        Err(_) => vec![Value::Nothing; properties.len()],
    }
}
