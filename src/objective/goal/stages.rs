//! Stages: goals one after another, each with an end of its own, from one TOML document.

use std::collections::HashMap;
use std::path::Path;

use serde::Deserialize;

use super::{Goal, GoalError, Surroundings};
use crate::error::{Context, Result};

/// Goals one after another.
#[derive(Debug)]
pub struct Stages {
    /// At least one, in order.
    pub stages: Vec<Stage>,
    /// All that decides them but the content of tables and models that they name: the document, and the goal files
    /// that it names.
    pub text: String,
}

/// A goal, and when the next one takes its place.
#[derive(Debug)]
pub struct Stage {
    /// The goal.
    pub goal: Goal,
    /// Molecules to score by it at most; none for all that are left.
    pub calls: Option<usize>,
    /// The mean score of the ten best with which the stage ends, if it comes to it before.
    pub until: Option<f64>,
}

/// The document.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    stage: Vec<toml::Table>,
}

/// A stage, without its goal.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Text {
    score: Option<String>,
    calls: Option<usize>,
    until: Option<f64>,
}

/// Keys of a goal.
const OF_GOALS: [&str; 2] = ["join", "part"];

impl Stages {
    /// Reads a TOML document: a goal, which is one stage, or a table `[[stage]]` for each stage.
    ///
    /// # Errors
    /// [`GoalError`] with the number of the stage, and those of [`Goal::parse`].
    pub fn parse(text: &str, surroundings: &Surroundings<'_>) -> Result<Self> {
        let document: toml::Table = toml::from_str(text).map_err(GoalError::from)?;
        if !document.contains_key("stage") {
            return Ok(Self::only(Goal::parse(text, surroundings)?, text));
        }
        if OF_GOALS.iter().any(|key| document.contains_key(*key)) {
            return Err(GoalError::StagesAndParts.into());
        }
        let document: Document = toml::from_str(text).map_err(GoalError::from)?;
        let count = document.stage.len();
        let mut all = Self {
            stages: Vec::new(),
            text: text.to_owned(),
        };
        for (place, table) in document.stage.into_iter().enumerate() {
            let number = place + 1;
            let (stage, file) = stage(table, number, surroundings)?;
            if stage.calls.is_none() && stage.until.is_none() && number < count {
                let reason = "it has no end, and is not the last: give it `calls` or `until`";
                return Err(GoalError::stage(number, reason).into());
            }
            all.stages.push(stage);
            all.text.extend(file);
        }
        if all.stages.is_empty() {
            return Err(GoalError::NoStages.into());
        }
        Ok(all)
    }

    /// Keeps the answers of commands that name no file of their own in a folder, so that nothing is asked twice, in
    /// whichever stage.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn keep_answers(&mut self, folder: &Path) -> Result<()> {
        let mut files = HashMap::new();
        let mut stages = self.stages.iter_mut();
        stages.try_for_each(|stage| stage.goal.keep_answers(folder, &mut files))
    }

    /// A goal alone, which this text describes.
    pub fn only(goal: Goal, text: &str) -> Self {
        let stage = Stage {
            goal,
            calls: None,
            until: None,
        };
        Self {
            stages: vec![stage],
            text: text.to_owned(),
        }
    }
}

/// The stage of a table, the `number`th, and the text of the goal file that it names.
fn stage(
    mut table: toml::Table,
    number: usize,
    surroundings: &Surroundings<'_>,
) -> Result<(Stage, Option<String>)> {
    let fault = |reason: String| GoalError::stage(number, reason);
    let mut own = toml::Table::new();
    for key in OF_GOALS {
        own.extend(table.remove_entry(key));
    }
    let text: Text = toml::Value::Table(table)
        .try_into()
        .map_err(|error: toml::de::Error| fault(error.message().to_owned()))?;
    if text.calls == Some(0) {
        return Err(fault("`calls` is 0: it must be at least 1".to_owned()).into());
    }
    if let Some(until) = text.until.filter(|until| !until.is_finite()) {
        return Err(fault(format!("`until` is {until}: it must be a number")).into());
    }
    let within = || format!("stage {number}");
    let (goal, file) = match &text.score {
        Some(_) if !own.is_empty() => {
            let reason = "it has `score` and parts of its own: it has one goal";
            return Err(fault(reason.to_owned()).into());
        }
        Some(score) if is_file(score) => {
            let file = std::fs::read_to_string(score)
                .with_context(|| format!("stage {number}: cannot read `{score}`"))?;
            let goal = Goal::parse(&file, surroundings)
                .with_context(|| format!("stage {number}: `{score}`"))?;
            (goal, Some(file))
        }
        Some(word) => {
            let goal = Goal::named_among(word, surroundings).with_context(within)?;
            (goal, None)
        }
        None => {
            let own = toml::to_string(&own)?;
            (Goal::parse(&own, surroundings).with_context(within)?, None)
        }
    };
    let stage = Stage {
        goal,
        calls: text.calls,
        until: text.until,
    };
    Ok((stage, file))
}

/// Whether a score is the path of a goal file, no word.
fn is_file(score: &str) -> bool {
    Path::new(score)
        .extension()
        .is_some_and(|ending| ending == "toml")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Model;
    use crate::objective::Score;
    use crate::progress::Unwatched;

    fn read(text: &str) -> Result<Stages> {
        let surroundings = Surroundings {
            watch: &Unwatched,
            model: &|_| Ok(Model::pretrained()?),
            oracles: None,
        };
        Stages::parse(text, &surroundings)
    }

    #[test]
    fn stages_have_goals_of_their_own_words_and_files() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("goal.toml");
        std::fs::write(&file, "[[part]]\ncontains = 'N'").unwrap();
        let text = format!(
            "[[stage]]\nscore = 'qed'\ncalls = 20\nuntil = 0.9\n\
             [[stage]]\nscore = '{}'\nuntil = 1\n\
             [[stage]]\njoin = 'product'\n[[stage.part]]\nproperty = 'qed'\n[[stage.part]]\ncontains = 'F'",
            file.display()
        );
        let read = read(&text).unwrap();
        let told = read.stages.iter();
        let told: Vec<_> = told
            .map(|stage| (stage.goal.parts().join(", "), stage.calls, stage.until))
            .collect();
        let expected = [
            ("qed".to_owned(), Some(20), Some(0.9)),
            ("contains N".to_owned(), None, Some(1.0)),
            ("qed, contains F".to_owned(), None, None),
        ];
        assert_eq!(told, expected);
        // Another file of this name would be another score.
        assert_eq!(read.text, text + "[[part]]\ncontains = 'N'");
    }

    #[test]
    fn a_goal_is_one_stage() {
        let text = "[[part]]\nproperty = 'qed'";
        let read = read(text).unwrap();
        assert_eq!((read.stages.len(), &*read.text), (1, text));
    }

    #[test]
    fn faults_are_told_in_one_sentence() {
        #[track_caller]
        fn check(text: &str, expected: &str) {
            let told = read(text).unwrap_err().chain();
            assert_eq!(told, expected, "{text}");
        }
        check(
            "stage = []",
            "`stage` is empty: add a table `[[stage]]`, as in docs/optimize.md",
        );
        check(
            "[[stage]]\nscore = 'qed'\n[[stage]]\nscore = 'fsp3'",
            "stage 1: it has no end, and is not the last: give it `calls` or `until`",
        );
        check(
            "[[part]]\nproperty = 'qed'\n[[stage]]\nscore = 'qed'",
            "a goal has stages or parts: put the parts into a stage, each as a table `[[stage.part]]`",
        );
        check(
            "[[stage]]\nscore = 'qed'\n[[stage.part]]\nproperty = 'qed'",
            "stage 1: it has `score` and parts of its own: it has one goal",
        );
        check(
            "[[stage]]\nscore = 'qed'\ncalls = 0",
            "stage 1: `calls` is 0: it must be at least 1",
        );
        check(
            "[[stage]]\ncalls = 5",
            "stage 1: no part has a weight above 0: add a table `[[part]]`, as in docs/optimize.md",
        );
        check(
            "[[stage]]\n[[stage.part]]\nproperty = 'logp'",
            "stage 1: part 1: `log_p` is not a number from 0 to 1: say which are good, as in \
             `range = { low = 2, high = 3 }` or `sigmoid = { low = 1, high = 4 }`",
        );
        check(
            "[[stage]]\nscor = 'qed'",
            "stage 1: unknown field `scor`, expected one of `score`, `calls`, `until`",
        );
        let told = read("[[stage]]\nscore = 'none.toml'").unwrap_err().chain();
        assert!(
            told.starts_with("stage 1: cannot read `none.toml`: "),
            "{told}"
        );
        let told = read("[[stage]]\nscore = 'zed'").unwrap_err().chain();
        assert!(
            told.starts_with("stage 1: setting `score` `zed` is"),
            "{told}"
        );
    }
}
