//! The run folder: the files of one training or search, locked while a process writes them.
//!
//! Knows what lies in the folder; not how training goes.

use std::fs;
use std::path::{Path, PathBuf};

use super::finetune;
use crate::checkpoint::State;
use crate::config::RunConfig;
use crate::error::{Context, Result, bail, ensure};
use crate::model::Model;
use crate::report::write_text;
use crate::store;
use crate::tokenizer::{Condition, Tokenizer};

/// The merges of the tokenizer, one a line, where it has any.
const MERGES: &str = "merges.txt";
const CONDITIONS: &str = "conditions.json";

/// Bytes of a vocabulary at most.
const LONGEST_VOCABULARY: u64 = 16 << 20;

/// Prefix of the temporary files of a save.
const UNFINISHED: &str = ".molgpt-";

/// Name of the best model so far.
pub(super) const MODEL: &str = "model.safetensors";

/// Name of the state that a resumed run goes on from.
pub(super) const STATE: &str = "state.safetensors";

/// The folder of one run, which no other run has meanwhile.
#[derive(Debug)]
pub struct RunFolder {
    path: PathBuf,
    resumes: bool,
    latest: Option<PathBuf>,
    /// Locked as long as it is open: the system unlocks it however the process ends.
    _lock: fs::File,
}

impl RunFolder {
    /// This folder for a new run, made if it is missing; one that holds a run only to `overwrite`
    /// that.
    ///
    /// # Errors
    /// A folder that holds a run, that another run uses, or that cannot be written to.
    pub fn create(path: &Path, overwrite: bool) -> Result<Self> {
        let folder = Self::lock(path, false)?.with_context(|| in_use(path))?;
        ensure!(
            overwrite || !holds_run(&folder.path),
            Setting,
            "`{}` already holds a run: setting `resume` goes on with it, setting `overwrite` replaces it, setting `output` names another folder",
            path.display()
        );
        Ok(folder)
    }

    /// The folder of an unfinished run, to go on with it.
    ///
    /// # Errors
    /// A folder without an unfinished run, or one that another run uses.
    pub fn resume(path: &Path) -> Result<Self> {
        ensure!(
            Self::is_begun(path),
            Setting,
            "`{}` has no unfinished run: name its folder with setting `output`, or leave out setting `resume`",
            path.display()
        );
        Self::lock(path, true)?.with_context(|| in_use(path))
    }

    /// `parent/NAME`, or `parent/NAME-2` and so on, whichever holds no run and is not in use.
    ///
    /// # Errors
    /// A parent that cannot be written to.
    pub fn numbered(parent: &Path, name: &str) -> Result<Self> {
        let numbered = (2..=u32::MAX).map(|number| format!("{name}-{number}"));
        for name in std::iter::once(name.to_owned()).chain(numbered) {
            let path = parent.join(name);
            if holds_run(&path) {
                continue;
            }
            if let Some(folder) = Self::lock(&path, false)?
                && !holds_run(&folder.path)
            {
                return Ok(folder);
            }
        }
        bail!(
            Setting,
            "`{}` is full: name a folder with setting `output`",
            parent.display()
        )
    }

    /// The same; from its first saved model on, the link `latest` beside it points to it, where the
    /// system has links.
    #[must_use]
    pub fn linked_as(mut self, latest: &Path) -> Self {
        self.latest = Some(latest.to_owned());
        self
    }

    /// The folder, made if it is missing; none if another run has it.
    fn lock(path: &Path, resumes: bool) -> Result<Option<Self>> {
        fs::create_dir_all(path)
            .with_context(|| format!("cannot make the run folder `{}`", path.display()))?;
        let lock = path.join(".lock");
        let cannot = || format!("cannot write into the run folder `{}`", path.display());
        let file = fs::OpenOptions::new()
            .create(true)
            .write(true)
            .truncate(false)
            .open(&lock)
            .with_context(cannot)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(fs::TryLockError::WouldBlock) => return Ok(None),
            Err(fs::TryLockError::Error(error)) => return Err(error).with_context(cannot),
        }
        // Left by a save that was killed.
        for entry in fs::read_dir(path).with_context(cannot)?.flatten() {
            if entry.file_name().to_string_lossy().starts_with(UNFINISHED) {
                fs::remove_file(entry.path()).with_context(cannot)?;
            }
        }
        Ok(Some(Self {
            path: path.to_owned(),
            resumes,
            latest: None,
            _lock: file,
        }))
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The path of its model.
    pub fn model_path(&self) -> PathBuf {
        self.path.join(MODEL)
    }

    /// The path of the state that a resumed run goes on from.
    pub fn state_path(&self) -> PathBuf {
        self.path.join(STATE)
    }

    /// The resolved configuration.
    pub(super) fn config(&self) -> PathBuf {
        self.path.join("config.toml")
    }

    /// The state of the unfinished run, of a network of `length` parameters.
    pub(super) fn state(&self, length: usize) -> Result<State> {
        Ok(State::load(&self.path.join(STATE), length)?)
    }

    /// The tokenizer that the run began with. It and the configuration must be those of the run's
    /// model, whose file has a checksum, or the fault would be looked for in the state.
    pub(super) fn tokenizer(&self, config: &RunConfig) -> Result<Tokenizer> {
        let path = self.path.join("vocabulary.txt");
        let context = || format!("cannot read `{}`", path.display());
        let text = store::read_text(&path, LONGEST_VOCABULARY).with_context(context)?;
        let tokens = text.lines().map(str::to_owned).collect();
        let merges = self.merges()?;
        let tokenizer = Tokenizer::from_texts(tokens, &merges).with_context(context)?;
        let tokenizer = tokenizer.with_conditions(self.conditions()?)?;
        let model = self.path.join(MODEL);
        if model.exists() {
            let saved = Model::load(&model)?;
            let other = |path: &Path| {
                let (path, model) = (path.display(), model.display());
                format!(
                    "`{path}` is not that of the run, whose model is `{model}`: put back a copy, or train anew"
                )
            };
            ensure!(
                *saved.config() == config.model,
                Input,
                "{}",
                other(&self.config())
            );
            ensure!(*saved.tokenizer() == tokenizer, Input, "{}", other(&path));
        }
        Ok(tokenizer)
    }

    /// The texts of the merges that the run began with; none where tokens are single atoms.
    fn merges(&self) -> Result<Vec<String>> {
        let path = self.path.join(MERGES);
        if !path.exists() {
            return Ok(Vec::new());
        }
        let text = store::read_text(&path, LONGEST_VOCABULARY)
            .with_context(|| format!("cannot read `{}`", path.display()))?;
        Ok(text.lines().map(str::to_owned).collect())
    }

    /// The conditions that the run began with.
    fn conditions(&self) -> Result<Vec<Condition>> {
        let path = self.path.join(CONDITIONS);
        if !path.exists() {
            return Ok(Vec::new());
        }
        let context = || format!("cannot read `{}`", path.display());
        let text = store::read_text(&path, LONGEST_VOCABULARY).with_context(context)?;
        serde_json::from_str(&text).with_context(context)
    }

    /// Writes what is known before the first step.
    pub(super) fn begin(&self, config: &RunConfig, tokenizer: &Tokenizer) -> Result<()> {
        if !self.resumes {
            self.forget(&[])?;
        }
        write_text(&self.config(), &toml::to_string(config)?)?;
        let tokens = tokenizer.vocabulary().tokens().join("\n") + "\n";
        write_text(&self.path.join("vocabulary.txt"), &tokens)?;
        let merges = tokenizer.merge_texts();
        let merges = (!merges.is_empty()).then(|| merges.join("\n") + "\n");
        self.write_or_remove(MERGES, merges)?;
        let conditions = tokenizer.conditions().all();
        let conditions = (!conditions.is_empty()).then(|| serde_json::to_string_pretty(conditions));
        self.write_or_remove(CONDITIONS, conditions.transpose()?)
    }

    /// Takes away the state of a run that another one replaces, what it fine-tunes, and these files: they would be taken
    /// for its own.
    ///
    /// # Errors
    /// Those of the file system.
    pub(crate) fn forget(&self, more: &[&str]) -> Result<()> {
        let own = [STATE, finetune::REPORT, finetune::OLD_FILE];
        let mut names = own.iter().chain(more);
        names.try_for_each(|name| self.write_or_remove(name, None))
    }

    /// Writes a file of this name; without a text it is not there afterwards.
    fn write_or_remove(&self, name: &str, text: Option<String>) -> Result<()> {
        let path = self.path.join(name);
        match text {
            Some(text) => Ok(write_text(&path, &text)?),
            None if path.exists() => fs::remove_file(&path)
                .with_context(|| format!("cannot replace `{}`", path.display())),
            None => Ok(()),
        }
    }

    /// Whether there is a run at this path to go on with.
    pub fn is_begun(path: &Path) -> bool {
        path.join(STATE).exists()
    }

    /// Whether it holds an unfinished run to go on with.
    pub fn resumes(&self) -> bool {
        self.resumes
    }

    /// Makes the link to the latest run point here.
    pub(super) fn become_latest(&self) {
        let Some(latest) = &self.latest else {
            return;
        };
        let Some(parent) = latest.parent() else {
            return;
        };
        let Ok(name) = self.path.strip_prefix(parent) else {
            return;
        };
        if self.path == *latest || latest.read_link().is_ok_and(|old| old == name) {
            return;
        }
        // Only ever a link is replaced: a folder of that name holds somebody's run.
        if latest.is_symlink() {
            let _ = fs::remove_file(latest);
        }
        #[cfg(unix)]
        let _ = std::os::unix::fs::symlink(name, latest);
        #[cfg(windows)]
        let _ = std::os::windows::fs::symlink_dir(name, latest);
    }
}

/// Whether there is a run at this path, finished or not.
fn holds_run(path: &Path) -> bool {
    [MODEL, STATE].iter().any(|name| path.join(name).exists())
}

fn in_use(path: &Path) -> String {
    format!(
        "another run uses `{}`: wait for its end, or name another folder with setting `output`",
        path.display()
    )
}
