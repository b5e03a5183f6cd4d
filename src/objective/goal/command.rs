//! A score by a program outside: SMILES on its standard input, one a line, a number a line on its
//! standard output.
//!
//! Molecules are asked about in batches. Where a batch gives nothing to rely on (the program fails, hangs
//! or prints another number of lines), its molecules are asked about one by one, so that the one to blame is
//! known and the others are answered.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::answers::Answers;
use super::process::{Fault, lines};
use crate::chem::Molecule;
use crate::error::{Error, Result, bail};
use crate::progress::Watch;

/// What becomes of a molecule about which the program says nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OnError {
    /// The work ends, with the molecule in the message.
    #[default]
    Stop,
    /// The molecule has no figure, and the work goes on.
    Skip,
}

/// How a program is asked.
#[derive(Debug, Clone, PartialEq)]
pub struct CommandSettings {
    /// The command line, for a shell.
    pub line: String,
    /// Molecules that are asked about at once.
    pub batch: usize,
    /// Seconds that it may take for a batch.
    pub timeout: f64,
    /// Programs that run at a time.
    pub parallel: usize,
    /// What becomes of a molecule about which it says nothing.
    pub on_error: OnError,
}

/// A program that scores molecules, and its answers so far.
#[derive(Debug)]
pub struct Command {
    settings: CommandSettings,
    /// Those of all commands that keep them in one file.
    answers: Arc<Mutex<Answers>>,
}

/// Answers by the file that they are kept in.
pub(super) type Files = HashMap<PathBuf, Arc<Mutex<Answers>>>;

impl Command {
    /// The program; its answers are kept in a file, if one is named.
    ///
    /// # Errors
    /// A file that has the answers of another command, and what the file system refuses.
    pub fn new(settings: CommandSettings, cache: Option<&Path>) -> Result<Self> {
        let answers = match cache {
            Some(path) => Answers::open(path, &settings.line)?,
            None => Answers::default(),
        };
        Ok(Self {
            settings,
            answers: Arc::new(Mutex::new(answers)),
        })
    }

    /// Keeps the answers in this folder, unless they are kept in a file already; a file that another command of
    /// `files` has is shared with it.
    ///
    /// # Errors
    /// What the file system refuses.
    pub(super) fn keep_answers(&mut self, folder: &Path, files: &mut Files) -> Result<()> {
        let line = &self.settings.line;
        let own = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        let place = own
            .path()
            .map_or_else(|| folder.join(file_of(line)), Path::to_owned);
        let is_kept = own.path().is_some();
        drop(own);
        if let Some(shared) = files.get(&place) {
            self.answers = shared.clone();
            return Ok(());
        }
        if !is_kept {
            self.answers = Arc::new(Mutex::new(Answers::open(&place, line)?));
        }
        files.insert(place, self.answers.clone());
        Ok(())
    }

    /// The answers for some molecules, in order; not a number where there is none and that is
    /// [skipped](OnError::Skip).
    pub(super) fn figures(&self, molecules: &[Molecule], watch: &dyn Watch) -> Result<Vec<f64>> {
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        let texts: Vec<&str> = molecules.iter().map(Molecule::canonical).collect();
        let mut seen = HashSet::new();
        let mut new = texts.clone();
        new.retain(|text| answers.get(text).is_none() && seen.insert(*text));
        let batches: Vec<&[&str]> = new.chunks(self.settings.batch).collect();
        for some in batches.chunks(self.settings.parallel) {
            let found: Vec<Batch<'_>> = std::thread::scope(|scope| {
                let threads: Vec<_> = some
                    .iter()
                    .map(|batch| scope.spawn(|| self.batch(batch, watch)))
                    .collect();
                let joined = threads.into_iter().map(std::thread::ScopedJoinHandle::join);
                joined
                    .map(|batch| batch.unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
                    .collect()
            });
            for batch in &found {
                answers.add(&batch.answers)?;
            }
            for batch in found {
                self.settle(batch, watch)?;
            }
        }
        Ok(texts
            .iter()
            .map(|text| answers.get(text).unwrap_or(f64::NAN))
            .collect())
    }

    /// Ends the work, or tells the watcher of what is skipped.
    fn settle(&self, batch: Batch<'_>, watch: &dyn Watch) -> Result<()> {
        let line = &self.settings.line;
        match batch.end {
            Some(Fault::Stopped) => return Err(Error::cancelled()),
            Some(Fault::Missing(reason) | Fault::Failed(reason)) => {
                bail!(Input, "the command `{line}` cannot be run: {reason}")
            }
            None => {}
        }
        let Some((smiles, reason)) = batch.faults.first() else {
            return Ok(());
        };
        if self.settings.on_error == OnError::Stop {
            bail!(
                Input,
                "the command `{line}` has no number for `{smiles}`: {reason}; `on_error = \"skip\"` \
                 goes on without such molecules"
            );
        }
        if batch.answers.is_empty() && batch.faults.len() > 1 {
            bail!(
                Input,
                "the command `{line}` has no number for any of {} molecules, the first of them \
                 `{smiles}`: {reason}",
                batch.faults.len()
            );
        }
        for (smiles, reason) in &batch.faults {
            watch.note(&format!(
                "`{line}` has no number for `{smiles}`, which is left out: {reason}"
            ));
        }
        Ok(())
    }

    /// Asks about some molecules at once, and where that fails about each.
    fn batch<'a>(&self, smiles: &[&'a str], watch: &dyn Watch) -> Batch<'a> {
        let mut batch = Batch::default();
        match self.ask(smiles, watch) {
            Ok(numbers) => {
                for (smiles, number) in smiles.iter().zip(numbers) {
                    batch.take(smiles, number);
                }
            }
            Err(Fault::Failed(reason)) if smiles.len() == 1 => batch.take(smiles[0], Err(reason)),
            Err(Fault::Failed(_)) => {
                for one in smiles {
                    match self.ask(&[one], watch) {
                        Ok(numbers) => {
                            for number in numbers {
                                batch.take(one, number);
                            }
                        }
                        Err(Fault::Failed(reason)) => batch.take(one, Err(reason)),
                        Err(end) => batch.end = Some(end),
                    }
                    let fails = self.settings.on_error == OnError::Stop && !batch.faults.is_empty();
                    if batch.end.is_some() || fails {
                        break;
                    }
                }
            }
            Err(end) => batch.end = Some(end),
        }
        batch
    }

    /// The number for each molecule, or why it is none.
    fn ask(&self, smiles: &[&str], watch: &dyn Watch) -> Result<Vec<Result<f64, String>>, Fault> {
        let input = smiles.join("\n") + "\n";
        let limit = Duration::from_secs_f64(self.settings.timeout);
        let lines = lines(&self.settings.line, &input, limit, watch)?;
        if lines.len() != smiles.len() {
            let (lines, molecules) = (lines.len(), smiles.len());
            return Err(Fault::Failed(format!(
                "it printed {lines} lines for {molecules} molecules"
            )));
        }
        let number = |line: &String| match line.trim().parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(number),
            _ => Err(format!(
                "it printed `{}`, which is no finite number",
                line.trim()
            )),
        };
        Ok(lines.iter().map(number).collect())
    }
}

/// What a batch came to.
#[derive(Default)]
struct Batch<'a> {
    answers: Vec<(&'a str, f64)>,
    /// Molecules without a number, each with the reason.
    faults: Vec<(&'a str, String)>,
    /// What ended the batch before its end.
    end: Option<Fault>,
}

impl<'a> Batch<'a> {
    fn take(&mut self, smiles: &'a str, number: Result<f64, String>) {
        match number {
            Ok(number) => self.answers.push((smiles, number)),
            Err(reason) => self.faults.push((smiles, reason)),
        }
    }
}

/// The name of the file for the answers of a command.
fn file_of(line: &str) -> String {
    let hash = Sha256::digest(line);
    format!(
        "answers-{:02x}{:02x}{:02x}{:02x}.csv",
        hash[0], hash[1], hash[2], hash[3]
    )
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use super::*;
    use crate::progress::Unwatched;

    fn settings(line: &str) -> CommandSettings {
        CommandSettings {
            line: line.to_owned(),
            batch: 2,
            timeout: 2.0,
            parallel: 2,
            on_error: OnError::Stop,
        }
    }

    fn figures(settings: CommandSettings, cache: Option<&Path>) -> Result<Vec<f64>> {
        let molecules = ["CCO", "CC", "OCC", "CN"].map(|text| Molecule::parse(text).unwrap());
        Command::new(settings, cache)?.figures(&molecules, &Unwatched)
    }

    #[test]
    fn every_molecule_is_asked_about_once() {
        let folder = tempfile::tempdir().unwrap();
        let cache = folder.path().join("cache.csv");
        let asked = folder.path().join("asked");
        let line = format!(
            "tee -a '{}' | awk '{{ print length($0) }}'",
            asked.display()
        );
        for _ in 0..2 {
            let found = figures(settings(&line), Some(&cache)).unwrap();
            assert_eq!(found, [3.0, 2.0, 3.0, 2.0]);
        }
        let mut asked: Vec<String> = std::fs::read_to_string(&asked)
            .unwrap()
            .lines()
            .map(str::to_owned)
            .collect();
        asked.sort();
        assert_eq!(asked, ["CC", "CCO", "CN"]);
    }

    /// A program that does `what` about `CC` and says 1 of others.
    fn unless_ethane(what: &str) -> String {
        format!("while read s; do if [ $s = CC ]; then {what}; else echo 1; fi; done")
    }

    #[test]
    fn what_goes_wrong_is_said_of_its_molecule() {
        #[track_caller]
        fn check(what: &str, reason: &str) {
            let line = unless_ethane(what);
            let told = figures(settings(&line), None).unwrap_err().to_string();
            let expected = format!("has no number for `CC`: {reason}");
            assert!(told.contains(&expected), "{told}");
            let skipping = CommandSettings {
                on_error: OnError::Skip,
                ..settings(&line)
            };
            let found = figures(skipping, None).unwrap();
            assert!(found[1].is_nan(), "{found:?}");
            let others = [0, 2, 3].map(|place| found[place].to_string());
            assert_eq!(others, ["1"; 3]);
        }
        check("exit 1", "it ended with exit status: 1");
        check("sleep 60", "it did not end within 2 seconds");
        check("continue", "it printed 0 lines for 1 molecules");
        check("echo nan", "it printed `nan`, which is no finite number");
        check("echo high", "it printed `high`, which is no finite number");
        check("echo 1; echo 2", "it printed 2 lines for 1 molecules");
    }

    #[test]
    fn a_command_that_never_answers_is_not_skipped_for_ever() {
        #[track_caller]
        fn check(line: &str, expected: &str) {
            let skipping = CommandSettings {
                on_error: OnError::Skip,
                ..settings(line)
            };
            let told = figures(skipping, None).unwrap_err().to_string();
            assert!(told.contains(expected), "{told}");
        }
        check(
            "exit 2",
            "has no number for any of 2 molecules, the first of them `CCO`",
        );
        check(
            "no-such-program-here",
            "the command `no-such-program-here` cannot be run: ",
        );
    }
}
