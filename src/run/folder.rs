//! The run folder: what a training run leaves behind, kept up to date while it is observed.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::error::{Context, Error, Result, bail, ensure};
use indicatif::ProgressBar;

use crate::checkpoint::{Position, State};
use crate::config::{RunConfig, TrainingConfig};
use crate::model::Model;
use crate::report;
use crate::store;
use crate::tokenizer::{TokenId, Vocabulary};
use crate::train::history::{self, Row};
use crate::train::{Learner, Progress, Verdict, padded_perplexity};

/// The folder that `runs/latest` stands for.
const RUNS: &str = "runs";

/// Bytes of a vocabulary at most.
const LONGEST_VOCABULARY: u64 = 16 << 20;

/// How the files begin that a save writes before they take their place.
const UNFINISHED: &str = ".molgpt-";

/// A folder with the files of one run, which no other training has meanwhile.
#[derive(Debug)]
pub(crate) struct RunFolder {
    path: PathBuf,
    resumes: bool,
    /// Locked as long as it is open: the system unlocks it however the process ends.
    _lock: fs::File,
}

impl RunFolder {
    /// The folder for a run on `data`: the one asked for, else one that no run has.
    pub(crate) fn choose(
        asked: Option<&Path>,
        data: &Path,
        resume: bool,
        overwrite: bool,
    ) -> Result<Self> {
        if resume {
            let path = asked.unwrap_or(Path::new("runs/latest")).to_owned();
            ensure!(
                path.join("state.safetensors").exists(),
                Setting,
                "`{}` has no unfinished run: name its folder with --output, or train without --resume",
                path.display()
            );
            return Self::lock(&path, true)?.with_context(|| in_use(&path));
        }
        let Some(path) = asked else {
            return Self::free(data);
        };
        let folder = Self::lock(path, false)?.with_context(|| in_use(path))?;
        ensure!(
            overwrite || !folder.path.join("model.safetensors").exists(),
            Setting,
            "`{}` already holds a run: --resume goes on with it, --overwrite replaces it, --output names another folder",
            path.display()
        );
        Ok(folder)
    }

    /// `runs/NAME`, or `runs/NAME-2` and so on, whichever holds no model and is not in use.
    fn free(data: &Path) -> Result<Self> {
        let name = data.file_name().unwrap_or_default().to_string_lossy();
        let name = name.split('.').next().unwrap_or_default();
        let name = if name.is_empty() || name == "-" {
            "run"
        } else {
            name
        };
        let numbered = (2..=u32::MAX).map(|number| format!("{name}-{number}"));
        for name in std::iter::once(name.to_owned()).chain(numbered) {
            let path = Path::new(RUNS).join(name);
            if path.join("model.safetensors").exists() {
                continue;
            }
            if let Some(folder) = Self::lock(&path, false)?
                && !folder.path.join("model.safetensors").exists()
            {
                return Ok(folder);
            }
        }
        bail!(Setting, "`{RUNS}` is full: name a folder with --output")
    }

    /// The folder, made if it is missing; none if another training has it.
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
        // What a save leaves that was killed.
        for entry in fs::read_dir(path).with_context(cannot)?.flatten() {
            if entry.file_name().to_string_lossy().starts_with(UNFINISHED) {
                fs::remove_file(entry.path()).with_context(cannot)?;
            }
        }
        Ok(Some(Self {
            path: path.to_owned(),
            resumes,
            _lock: file,
        }))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The resolved configuration.
    pub(crate) fn config(&self) -> PathBuf {
        self.path.join("config.toml")
    }

    /// The state of the unfinished run, of a network of `length` parameters.
    pub(crate) fn state(&self, length: usize) -> Result<State> {
        Ok(State::load(&self.path.join("state.safetensors"), length)?)
    }

    /// The vocabulary that the run began with. It and the configuration must be those of the run's
    /// model, whose file has a checksum, or the fault would be looked for in the state.
    pub(crate) fn vocabulary(&self, config: &RunConfig) -> Result<Vocabulary> {
        let path = self.path.join("vocabulary.txt");
        let context = || format!("cannot read `{}`", path.display());
        let text = store::read_text(&path, LONGEST_VOCABULARY).with_context(context)?;
        let tokens = text.lines().map(str::to_owned).collect();
        let vocabulary = Vocabulary::from_tokens(tokens).with_context(context)?;
        let model = self.path.join("model.safetensors");
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
            ensure!(
                saved.tokenizer().vocabulary == vocabulary,
                Input,
                "{}",
                other(&path)
            );
        }
        Ok(vocabulary)
    }

    /// Writes what is known before the first step.
    pub(crate) fn begin(&self, config: &RunConfig, vocabulary: &Vocabulary) -> Result<()> {
        let state = self.path.join("state.safetensors");
        // The state of the run that this one replaces would be taken for its own.
        if !self.resumes && state.exists() {
            fs::remove_file(&state)
                .with_context(|| format!("cannot replace `{}`", state.display()))?;
        }
        report::write_text(&self.config(), &toml::to_string(config)?)?;
        let tokens = vocabulary.tokens().join("\n") + "\n";
        report::write_text(&self.path.join("vocabulary.txt"), &tokens)?;
        Ok(())
    }

    /// Makes `runs/latest` point here, if this is a folder in `runs` and the system has links.
    fn become_latest(&self) {
        let Ok(name) = self.path.strip_prefix(RUNS) else {
            return;
        };
        let latest = Path::new(RUNS).join("latest");
        if name == Path::new("latest") || latest.read_link().is_ok_and(|old| old == name) {
            return;
        }
        // Only ever a link is replaced: a folder of that name holds somebody's run.
        if latest.is_symlink() {
            let _ = fs::remove_file(&latest);
        }
        #[cfg(unix)]
        let _ = std::os::unix::fs::symlink(name, &latest);
        #[cfg(windows)]
        let _ = std::os::windows::fs::symlink_dir(name, &latest);
    }
}

fn in_use(path: &Path) -> String {
    format!(
        "another training uses `{}`: wait for its end, or name another folder with --output",
        path.display()
    )
}

/// Time used for training, that before a resume included.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Clock {
    began: Instant,
    before: Duration,
    limit: Option<Duration>,
}

impl Clock {
    fn elapsed(self) -> Duration {
        self.before + self.began.elapsed()
    }

    /// Share of the time limit that is used; 0 without one.
    pub(crate) fn share_used(self) -> f64 {
        self.limit.map_or(0.0, |limit| {
            self.elapsed().as_secs_f64() / limit.as_secs_f64()
        })
    }
}

/// Keeps the folder up to date, step by step.
pub(crate) struct Observer<'a> {
    folder: RunFolder,
    /// Becomes the best model so far.
    model: Model,
    position: Position,
    settings: &'a TrainingConfig,
    clock: Clock,
    stop: Arc<AtomicBool>,
    bar: ProgressBar,
    history: Vec<Row>,
    /// The latest training loss.
    loss: f64,
    tokens: usize,
    first_step: u64,
    fault: Option<Error>,
    interrupted: bool,
}

impl<'a> Observer<'a> {
    pub(crate) fn new(
        folder: RunFolder,
        model: Model,
        position: Position,
        settings: &'a TrainingConfig,
        max_minutes: Option<f64>,
        stop: Arc<AtomicBool>,
        bar: ProgressBar,
    ) -> Result<Self> {
        let mut rows = Vec::new();
        if position.step > 0 {
            let path = folder.path.join("history.csv");
            let context = || format!("cannot read `{}`", path.display());
            rows = history::read(fs::File::open(&path).with_context(context)?)
                .with_context(context)?;
            rows.retain(|row| row.step <= position.step);
            // It is written before the state.
            let last = rows.last().map_or(0, |row| row.step);
            ensure!(
                last == position.step,
                Setting,
                "`{}` ends at step {last}, before the state at step {}: put back a copy, or train anew",
                path.display(),
                position.step
            );
        }
        Ok(Self {
            clock: Clock {
                began: Instant::now(),
                before: Duration::from_secs_f64(position.seconds.max(0.0)),
                limit: max_minutes.map(|minutes| Duration::from_secs_f64(minutes.min(1e7) * 60.0)),
            },
            first_step: position.step,
            folder,
            model,
            position,
            settings,
            stop,
            bar,
            loss: rows.last().map_or(f64::NAN, |row| row.loss),
            history: rows,
            tokens: 0,
            fault: None,
            interrupted: false,
        })
    }

    pub(crate) fn clock(&self) -> Clock {
        self.clock
    }

    pub(crate) fn seed(&self) -> u64 {
        self.position.seed
    }

    pub(crate) fn first_step(&self) -> u64 {
        self.first_step
    }

    /// Hears of a step; a failed write ends the run.
    pub(crate) fn observe(&mut self, progress: &Progress, learner: &mut dyn Learner) -> Verdict {
        self.step(progress, learner).unwrap_or_else(|error| {
            self.fault = Some(error);
            Verdict::Stop
        })
    }

    fn step(&mut self, progress: &Progress, learner: &mut dyn Learner) -> Result<Verdict> {
        let seconds = self.clock.elapsed().as_secs_f64();
        self.position.step = progress.step;
        self.position.seconds = seconds;
        if let Some(loss) = progress.loss {
            self.loss = loss;
            self.history.push(Row {
                step: progress.step,
                seconds,
                rate: progress.rate,
                loss,
                validation_loss: progress.validation,
            });
        }
        self.show(progress);
        if let Some(loss) = progress.validation {
            if self.position.best.is_none_or(|best| loss < best) {
                self.position.best = Some(loss);
                self.position.waited = 0;
                self.save_model(learner)?;
            } else {
                self.position.waited += 1;
            }
            self.save_state(learner)?;
        }
        self.interrupted = self.stop.load(Ordering::Relaxed);
        if self.interrupted {
            if self.position.best.is_none() {
                self.save_model(learner)?;
            }
            self.save_state(learner)?;
        }
        let patience = self.settings.patience;
        let waited_enough = patience > 0 && self.position.waited >= patience;
        Ok(if self.interrupted || waited_enough {
            Verdict::Stop
        } else {
            Verdict::Continue
        })
    }

    fn show(&mut self, progress: &Progress) {
        self.tokens += progress.tokens;
        let done = progress.step as f64 / progress.steps as f64;
        let done = done.max(self.clock.share_used()).min(1.0);
        self.bar.set_position((done * 1_000.0) as u64);
        let speed = self.tokens as f64 / self.clock.began.elapsed().as_secs_f64();
        let (step, steps, loss) = (progress.step, progress.steps, self.loss);
        let best = self.position.best.map_or(String::new(), |best| {
            format!(" (best validation {best:.4})")
        });
        self.bar.set_message(format!(
            "step {step}/{steps}, loss {loss:.4}{best}, {speed:.0} tokens/s"
        ));
    }

    fn save_model(&mut self, learner: &mut dyn Learner) -> Result<()> {
        self.model.set_parameters(learner.parameters())?;
        self.model
            .save(&self.folder.path.join("model.safetensors"))?;
        self.folder.become_latest();
        Ok(())
    }

    fn save_state(&self, learner: &mut dyn Learner) -> Result<()> {
        let mut csv = Vec::new();
        history::write(&self.history, &mut csv)?;
        let csv = String::from_utf8(csv)?;
        report::write_text(&self.folder.path.join("history.csv"), &csv)?;
        let state = State {
            position: self.position.clone(),
            parameters: learner.parameters(),
            moments: learner.moments(),
        };
        state.save(&self.folder.path.join("state.safetensors"))?;
        Ok(())
    }

    /// Plots the losses and says where the model is and how well it predicts the `held` molecules.
    #[expect(clippy::print_stderr, reason = "messages to the user")]
    pub(crate) fn finish(self, held: &[Vec<TokenId>]) -> Result<()> {
        self.bar.finish_and_clear();
        if let Some(fault) = self.fault {
            return Err(fault);
        }
        let curve = |value: fn(&Row) -> Option<f64>| -> Vec<(f64, f64)> {
            let points = self.history.iter().map(|row| (row.step as f64, value(row)));
            points.filter_map(|(x, y)| Some((x, y?))).collect()
        };
        report::plots::line_plot(
            &self.folder.path.join("loss"),
            "Loss",
            "step",
            "nats per token",
            &[
                ("training", curve(|row| Some(row.loss))),
                ("validation", curve(|row| row.validation_loss)),
            ],
        )?;
        let folder = self.folder.path.display();
        if self.interrupted {
            eprintln!(
                "stopped after step {}; go on with: molgpt train DATA --resume -o {folder}",
                self.position.step
            );
        }
        if let Some(best) = self.position.best {
            eprintln!(
                "best validation loss {best:.4} per token (perplexity {:.4}; {:.4} with padding counted); model: {folder}/model.safetensors",
                best.exp(),
                padded_perplexity(best, held)
            );
        }
        Ok(())
    }
}
