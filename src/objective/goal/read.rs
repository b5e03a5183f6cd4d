//! Goals from text: a TOML document with a table `[[part]]` for each part, or a word.

use std::path::PathBuf;

use serde::Deserialize;

use super::text::{Given, Text, command, given, nearest};
use super::{Command, Goal, Join, Measure, Part, Transform, learned, tasks};
use crate::chem::Property;
use crate::error::{Context, Result};
use crate::model::Model;
use crate::progress::{Unwatched, Watch};

/// Where a goal finds what it names.
pub struct Surroundings<'a> {
    /// Who hears what is found in files.
    pub watch: &'a dyn Watch,
    /// The model of a name or path.
    pub model: &'a dyn Fn(&str) -> Result<Model>,
    /// The folder with the trained models of the tasks that need one.
    pub oracles: Option<PathBuf>,
}

/// A goal that cannot be read.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum GoalError {
    /// No TOML, or a key that there is not.
    #[error("not a goal: {0}")]
    Syntax(Box<toml::de::Error>),
    /// A table where a list of tables is asked for.
    #[error("parts are written `[[part]]`, and stages `[[stage]]`, with two brackets each")]
    OneBracket,
    /// A fault of one part.
    #[error("part {number}: {reason}")]
    Part {
        /// The number of the part, from 1.
        number: usize,
        /// The reason.
        reason: String,
    },
    /// Nothing that counts.
    #[error("no part has a weight above 0: add a table `[[part]]`, as in docs/optimize.md")]
    NoParts,
    /// A fault of one stage.
    #[error("stage {number}: {reason}")]
    Stage {
        /// The number of the stage, from 1.
        number: usize,
        /// The reason.
        reason: String,
    },
    /// A list of stages without any.
    #[error("`stage` is empty: add a table `[[stage]]`, as in docs/optimize.md")]
    NoStages,
    /// Stages, and parts beside them.
    #[error(
        "a goal has stages or parts: put the parts into a stage, each as a table `[[stage.part]]`"
    )]
    StagesAndParts,
    /// A property that is no score by itself.
    #[error(
        "setting `score` `{0}` is a property that is not 0 to 1: write a goal file with `property = \"{0}\"` and a \
         `range`, as in docs/optimize.md"
    )]
    NoShare(String),
    /// A word that is no goal.
    #[error(
        "setting `score` `{word}` is neither a file nor a goal: there are {tasks}, of trained models \
         {learned}, and the properties qed, fsp3, lipinski, veber, mcf and pains"
    )]
    UnknownWord {
        /// The word.
        word: String,
        /// The names of goals.
        tasks: String,
        /// Those of trained models.
        learned: String,
    },
}

crate::error::becomes!(Setting: GoalError);

impl From<toml::de::Error> for GoalError {
    fn from(error: toml::de::Error) -> Self {
        if error.message() == "invalid type: map, expected a sequence" {
            return Self::OneBracket;
        }
        Self::Syntax(Box::new(error))
    }
}

impl GoalError {
    /// A fault of a stage.
    pub(super) fn stage(number: usize, reason: impl Into<String>) -> Self {
        let reason = reason.into();
        Self::Stage { number, reason }
    }
}

/// The document.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    #[serde(default)]
    join: Join,
    #[serde(default)]
    part: Vec<toml::Table>,
}

/// Keys of transforms.
const TRANSFORMS: [&str; 7] = [
    "clip",
    "sigmoid",
    "reverse_sigmoid",
    "double_sigmoid",
    "step",
    "range",
    "gaussian",
];

impl Goal {
    /// Reads a TOML document.
    ///
    /// # Errors
    /// [`GoalError`] with the number of the part; files of answers and models that cannot be used.
    pub fn parse(text: &str, surroundings: &Surroundings<'_>) -> Result<Self> {
        let document: Document = toml::from_str(text).map_err(GoalError::from)?;
        let mut parts: Vec<Part> = Vec::new();
        for (place, table) in document.part.into_iter().enumerate() {
            let number = place + 1;
            let mut part = part(table, number, surroundings)?;
            let taken = parts.iter().any(|other| other.name == part.name);
            if taken
                || ["smiles", "score", "call", "step", "scaffold", "stage"].contains(&&*part.name)
            {
                part.name = format!("{} {number}", part.name);
            }
            parts.push(part);
        }
        if !parts.iter().any(|part| part.weight > 0.0) {
            return Err(GoalError::NoParts.into());
        }
        Ok(Self {
            parts,
            join: document.join,
        })
    }

    /// The goal of a word that needs no file: a [task](Goal::words), or a property that is 0 to 1.
    ///
    /// # Errors
    /// [`GoalError`] for another word.
    pub fn named(word: &str) -> Result<Self> {
        let no_model =
            |name: &str| Model::pretrained().with_context(|| format!("no model `{name}`"));
        let surroundings = Surroundings {
            watch: &Unwatched,
            model: &no_model,
            oracles: None,
        };
        Self::named_among(word, &surroundings)
    }

    /// The same, or a task whose [trained model](Goal::learned_words) is a file of these surroundings.
    ///
    /// # Errors
    /// [`GoalError`] for another word; how to get the file where there is none.
    pub fn named_among(word: &str, surroundings: &Surroundings<'_>) -> Result<Self> {
        if let Some(text) = tasks::text(word) {
            return Self::parse(&text, surroundings);
        }
        let property = Property::named(word).ok().map(Measure::Property);
        let measure = if learned::NAMES.contains(&word) {
            let classifier = learned::named(word, surroundings.oracles.as_deref())?;
            Measure::Classifier(Box::new(classifier))
        } else if let Some(measure) = property {
            if !measure.is_share() {
                return Err(GoalError::NoShare(word.to_owned()).into());
            }
            measure
        } else {
            return Err(GoalError::UnknownWord {
                word: word.to_owned(),
                tasks: Self::words().collect::<Vec<_>>().join(", "),
                learned: learned::NAMES.join(", "),
            }
            .into());
        };
        Ok(Self {
            parts: vec![Part {
                name: word.trim().to_lowercase(),
                measure,
                transform: Transform::AsIs,
                weight: 1.0,
                targets: Vec::new(),
            }],
            join: Join::default(),
        })
    }

    /// The words of [`Goal::named`] that are tasks of the benchmarks PMO (Gao et al. 2022) and GuacaMol (Brown et al. 2019).
    pub fn words() -> impl Iterator<Item = &'static str> {
        tasks::names()
    }

    /// The further words of [`Goal::named_among`]: tasks of PMO that are trained models.
    pub fn learned_words() -> impl Iterator<Item = &'static str> {
        learned::NAMES.into_iter()
    }
}

/// The part of a table, the `number`th.
fn part(mut table: toml::Table, number: usize, surroundings: &Surroundings<'_>) -> Result<Part> {
    let fault = |reason: String| GoalError::Part { number, reason };
    let transform = transform(&mut table).map_err(fault)?;
    let text: Text = toml::Value::Table(table)
        .try_into()
        .map_err(|error: toml::de::Error| fault(error.message().to_owned()))?;
    let weight = text.weight.unwrap_or(1.0);
    if !(weight.is_finite() && weight >= 0.0) {
        let reason = format!("`weight` is {weight}: it must be 0 or more");
        return Err(fault(reason).into());
    }
    let (name, measure) = match given(&text).map_err(fault)? {
        Given::Nearest(targets) => {
            let measure = nearest(targets, &text, surroundings.watch);
            let measure = measure.context(fault("`similarity`".to_owned()).to_string())?;
            ("similarity".to_owned(), measure)
        }
        Given::Likelihood(name) => {
            let model =
                (surroundings.model)(name).context(fault("`likelihood`".to_owned()).to_string())?;
            (
                "likelihood".to_owned(),
                Measure::Likelihood(Box::new(model)),
            )
        }
        Given::Classifier(path) => {
            let classifier =
                learned::read(path).context(fault("`classifier`".to_owned()).to_string())?;
            let stem = path.file_stem().unwrap_or_default();
            (
                stem.to_string_lossy().into_owned(),
                Measure::Classifier(Box::new(classifier)),
            )
        }
        Given::Command(line) => {
            let settings = command(line, &text).map_err(fault)?;
            let command = Command::new(settings, text.cache.as_deref())?;
            ("command".to_owned(), Measure::Command(command))
        }
        Given::Chemistry(name, measure) => (name, measure),
    };
    if transform == Transform::AsIs && weight > 0.0 && !measure.is_share() {
        let reason = format!(
            "`{name}` is not a number from 0 to 1: say which are good, as in \
             `range = {{ low = 2, high = 3 }}` or `sigmoid = {{ low = 1, high = 4 }}`"
        );
        return Err(fault(reason).into());
    }
    Ok(Part {
        targets: text.targets(),
        name: text.name.unwrap_or(name),
        measure,
        transform,
        weight,
    })
}

/// Takes the transform out of a part.
fn transform(table: &mut toml::Table) -> Result<Transform, String> {
    let given = TRANSFORMS
        .iter()
        .filter_map(|name| Some((*name, table.remove(*name)?)));
    let given: Vec<(&str, toml::Value)> = given.collect();
    let name = match given.as_slice() {
        [] => return Ok(Transform::AsIs),
        [(name, _)] => *name,
        [(one, _), (other, _), ..] => {
            return Err(format!(
                "it has `{one}` and `{other}`: a part has one transform"
            ));
        }
    };
    let wrong = |reason: String| format!("`{name}`: {reason}");
    let table: toml::Table = given
        .iter()
        .map(|(name, value)| ((*name).to_owned(), value.clone()))
        .collect();
    let transform: Transform = toml::Value::Table(table)
        .try_into()
        .map_err(|error: toml::de::Error| wrong(error.message().to_owned()))?;
    transform.check().map_err(wrong)?;
    Ok(transform)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chem::Molecule;
    use crate::objective::Score;

    fn read(text: &str) -> Result<Goal> {
        let surroundings = Surroundings {
            watch: &Unwatched,
            model: &|_| Ok(Model::pretrained()?),
            oracles: None,
        };
        Goal::parse(text, &surroundings)
    }

    const GOAL: &str = r#"
        join = "arithmetic"
        [[part]]
        property = "logp"
        range = { low = 0, high = 1 }
        weight = 2
        [[part]]
        similarity = ["CCO", "c1ccccc1O"]
        fingerprint = "ecfp6"
        [[part]]
        contains = "[OH]"
        name = "alcohol"
        [[part]]
        without = "[OH]"
        weight = 0
        [[part]]
        formula = "C6H6O"
        [[part]]
        scaffold = "Nc1ccccc1"
        [[part]]
        likelihood = "pretrained"
        sigmoid = { low = -3, high = 0 }
        [[part]]
        similarity = "CCO"
        fingerprint = "ecfp4_bits"
    "#;

    #[test]
    fn goals_are_read_and_judge() {
        let goal = read(GOAL).unwrap();
        let names = [
            "log_p",
            "similarity",
            "alcohol",
            "without [OH]",
            "formula C6H6O",
            "scaffold c1ccccc1",
            "likelihood",
            "similarity 8",
        ];
        assert_eq!(goal.parts(), names);
        let molecules = ["Oc1ccccc1", "CCO"].map(|text| Molecule::parse(text).unwrap());
        let judged = goal.judge(&molecules, &crate::progress::Unwatched).unwrap();
        let [phenol, ethanol] = &judged[..] else {
            panic!("{judged:?}")
        };
        approx::assert_abs_diff_eq!(phenol.parts[0], 1.3922, epsilon = 1e-4);
        assert_eq!(phenol.parts[1..6], [1.0, 1.0, 0.0, 1.0, 1.0]);
        assert_eq!(ethanol.parts[1..4], [1.0, 1.0, 0.0]);
        assert!((-5.0..0.0).contains(&phenol.parts[6]) && phenol.parts[7] < 0.5);
        assert_eq!(ethanol.parts[5..8], [0.0, ethanol.parts[6], 1.0]);
        // 2 of log P, and of six others.
        let log_p = (-0.5 * (0.3922_f64 / 0.5).powi(2)).exp();
        let likelihood = 1.0 / (1.0 + 10_f64.powf(-5.0 * (phenol.parts[6] + 1.5) / 3.0));
        let expected = (2.0 * log_p + 4.0 + likelihood + phenol.parts[7]) / 8.0;
        approx::assert_abs_diff_eq!(phenol.score, expected, epsilon = 1e-4);
        assert_eq!(
            goal.score(&molecules).unwrap(),
            [phenol.score, ethanol.score]
        );
    }

    #[test]
    fn words_are_goals() {
        let ethane = [Molecule::parse("CC").unwrap()];
        let found = Goal::named("qed").unwrap().score(&ethane).unwrap();
        approx::assert_abs_diff_eq!(found[0], ethane[0].descriptors().qed);
        for word in Goal::words() {
            let score = Goal::named(word).unwrap().score(&ethane).unwrap()[0];
            assert!((0.0..=1.0).contains(&score), "{word}");
        }
    }

    #[test]
    fn classifiers_are_parts_and_words() {
        let golden =
            std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/classifiers");
        let text = format!(
            "[[part]]\nclassifier = '{}'",
            golden.join("svc.safetensors").display()
        );
        let goal = read(&text).unwrap();
        assert_eq!(goal.parts(), ["svc"]);
        let benzene = [Molecule::parse("c1ccccc1").unwrap()];
        let score = goal.score(&benzene).unwrap();
        assert!((0.0..=1.0).contains(&score[0]), "{score:?}");
        // In a folder of oracles it is one of them.
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("gsk3b.safetensors");
        std::fs::copy(golden.join("svc.safetensors"), file).unwrap();
        let surroundings = Surroundings {
            watch: &Unwatched,
            model: &|_| Ok(Model::pretrained()?),
            oracles: Some(folder.path().to_owned()),
        };
        let goal = Goal::named_among("gsk3b", &surroundings).unwrap();
        assert_eq!(goal.parts(), ["gsk3b"]);
        assert_eq!(goal.score(&benzene).unwrap(), score);
        assert!(Goal::named_among("jnk3", &surroundings).is_err());
        assert!(Goal::named("gsk3b").is_err());
    }

    #[test]
    fn similarity_is_to_the_nearest_molecule_of_a_file() {
        #[track_caller]
        fn check(fingerprint: &str) {
            let folder = tempfile::tempdir().unwrap();
            let file = folder.path().join("actives.csv");
            let targets = ["CCO", "Oc1ccccc1", "CC(=O)Nc1ccc(O)cc1"];
            let text = targets.map(|smiles| format!("x,{smiles}\n")).concat();
            std::fs::write(&file, format!("name,structure\n{text}bad,C(\n")).unwrap();
            let of = |targets: &str| {
                let transform = "reverse_sigmoid = { low = 0.2, high = 0.6 }";
                let fingerprint = format!("fingerprint = '{fingerprint}'");
                read(&format!(
                    "[[part]]\nsimilarity = {targets}\n{fingerprint}\n{transform}"
                ))
            };
            let path = file.display();
            let near = of(&format!("{{ file = '{path}', column = 'structure' }}")).unwrap();
            let listed = of(&format!("{targets:?}")).unwrap();
            assert_eq!(near.parts(), ["similarity"]);
            let molecules =
                ["Oc1ccc(NC(C)=O)cc1", "Nc1ccccc1"].map(|text| Molecule::parse(text).unwrap());
            let [near, listed] =
                [near, listed].map(|goal| goal.judge(&molecules, &Unwatched).unwrap());
            assert_eq!(near, listed);
            assert_eq!(near[0].parts, [1.0]);
            assert!(near[0].score < near[1].score);
        }
        for fingerprint in ["ecfp4", "fcfp6", "pharmacophores", "ecfp4_bits"] {
            check(fingerprint);
        }
        let told = read("[[part]]\nsimilarity = { file = 'none.csv' }").unwrap_err();
        let told = told.chain();
        assert!(told.starts_with("part 1: `similarity`: "), "{told}");
        let told = read("[[part]]\nsimilarity = { fil = 'none.csv' }").unwrap_err();
        assert!(
            told.to_string()
                .starts_with("part 1: `similarity` is a SMILES, a list of such, or"),
            "{told}"
        );
    }

    #[test]
    fn faults_are_told_in_one_sentence() {
        #[track_caller]
        fn check(part: &str, expected: &str) {
            let told = read(&format!("[[part]]\n{part}")).unwrap_err();
            assert_eq!(told.to_string(), expected, "{part}");
        }
        check(
            "property = 'lopg'",
            "part 1: no property is called `lopg`: did you mean `log_p`?",
        );
        check(
            "property = 'logp'",
            "part 1: `log_p` is not a number from 0 to 1: say which are good, as in \
             `range = { low = 2, high = 3 }` or `sigmoid = { low = 1, high = 4 }`",
        );
        check(
            "property = 'logp'\nsigmoid = { low = 1 }",
            "part 1: `sigmoid`: missing field `high`",
        );
        check(
            "property = 'qed'\nstep = { low = 0.5 }\nclip = { low = 0, high = 1 }",
            "part 1: it has `clip` and `step`: a part has one transform",
        );
        check(
            "property = 'formula'",
            "part 1: `formula` is a text, not a number",
        );
        check(
            "property = 'qed'\nweight = -1",
            "part 1: `weight` is -1: it must be 0 or more",
        );
        check(
            "property = 'qed'\nweight = 0",
            "no part has a weight above 0: add a table `[[part]]`, as in docs/optimize.md",
        );
        check(
            "weight = 1",
            "part 1: it measures nothing: name one of property, similarity, contains, without, atoms, \
             formula, scaffold, likelihood, classifier, command",
        );
        check(
            "property = 'qed'\ncontains = 'C'",
            "part 1: it measures 2 things: make a part of each",
        );
        check("atoms = 'Xx'", "part 1: `Xx` is no element");
        check(
            "scaffold = 'CCO'",
            "part 1: `CCO` has no ring, so no scaffold",
        );
        check(
            "contains = 'C(='",
            "part 1: `C(=`: this parenthesis is never closed\n  C(=\n   ^",
        );
        check("similarity = []", "part 1: `similarity` names no molecule");
        check(
            "property = 'qed'\nbatch = 3",
            "part 1: `batch`, `timeout`, `parallel`, `on_error` and `cache` go with `command`",
        );
        check(
            "command = 'x'\ntimeout = 0\nclip = { low = 0, high = 1 }",
            "part 1: `timeout` is 0 seconds: it must be above 0",
        );
        let told = read("[[part]]\nproperti = 'qed'").unwrap_err().to_string();
        assert!(
            told.starts_with("part 1: unknown field `properti`, expected one of "),
            "{told}"
        );
        let told = read("joint = 1").unwrap_err().to_string();
        assert!(told.contains("unknown field `joint`"), "{told}");
        let told = read("[[part]]\nclassifier = 'nowhere/drd2.safetensors'").unwrap_err();
        let expected =
            "part 1: `classifier`: there is no `nowhere/drd2.safetensors`: `python3 data/";
        assert!(told.chain().starts_with(expected), "{}", told.chain());
        let told = Goal::named("zed").unwrap_err().to_string();
        assert!(told.starts_with("setting `score` `zed` is neither a file nor a goal: there are "));
    }
}
