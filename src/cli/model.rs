//! The model that a command uses.

use std::path::Path;
use std::time::Duration;

use super::messages::{self, Level};
use crate::checkpoint::{PRETRAINED, RANDOMIZED};
use crate::error::Result;
use crate::evaluation::MadeBy;
use crate::model::Model;
use crate::run::RunRecord;

/// A model is barely trained that has taken less than one of so many steps of its run.
const BARELY: u64 = 10;

/// The path asked for, else that of the latest run, else [`PRETRAINED`].
pub(super) fn path(asked: Option<&Path>) -> &Path {
    let latest = Path::new("runs/latest/model.safetensors");
    asked.unwrap_or(if latest.exists() {
        latest
    } else {
        Path::new(PRETRAINED)
    })
}

/// The model of [`choose`]; with structures to keep the one asked for, else [`RANDOMIZED`].
pub(super) fn choose_for(structures: bool, asked: Option<&Path>, quiet: bool) -> Result<Model> {
    let path = if structures && asked.is_none() {
        Path::new(RANDOMIZED)
    } else {
        path(asked)
    };
    let model = Model::named(path)?;
    if !quiet && asked.is_none() {
        let told = format!("using --model {}{}", path.display(), about(path, &model));
        let fields = serde_json::json!({ "model": path });
        messages::tell(Level::Info, &told, fields);
    }
    Ok(model)
}

/// The model of [`path`], which is told unless it was asked for.
pub(super) fn choose(asked: Option<&Path>, quiet: bool) -> Result<Model> {
    choose_for(false, asked, quiet)
}

/// The run that a model comes from, its age and its loss, as far as they are known.
fn about(path: &Path, model: &Model) -> String {
    let mut known = Vec::new();
    let folder = path.parent().and_then(|folder| folder.canonicalize().ok());
    if let Some(name) = folder.as_deref().and_then(Path::file_name)
        && path.exists()
    {
        known.push(format!("run `{}`", name.to_string_lossy()));
    }
    let saved = path.metadata().and_then(|data| data.modified()).ok();
    if let Some(age) = saved.and_then(|saved| saved.elapsed().ok()) {
        known.push(format!("saved {} ago", in_short(age)));
    }
    if let Some(origin) = model.origin() {
        let loss = origin.validation_loss.map_or_else(
            || "never validated".to_owned(),
            |loss| format!("validation loss {loss:.4} per token"),
        );
        known.push(format!("{loss} at step {}", origin.step));
        let record = folder.map(|folder| RunRecord::load(&folder));
        if let Some(Ok(Some(record))) = record {
            let valid = record.best.filter(|best| best.step == origin.step);
            if let Some(valid) = valid.and_then(|best| best.valid) {
                known.push(format!("{:.1} % of 200 sampled valid", 100.0 * valid));
            }
            if origin.step * BARELY < record.steps {
                known.push(format!("barely trained: its run has {}", record.steps));
            }
        }
    }
    if known.is_empty() {
        String::new()
    } else {
        format!(" ({})", known.join(", "))
    }
}

/// A time in its largest unit.
fn in_short(time: Duration) -> String {
    let seconds = time.as_secs();
    let (count, unit) = match seconds {
        0..60 => (seconds, "second"),
        60..3_600 => (seconds / 60, "minute"),
        3_600..86_400 => (seconds / 3_600, "hour"),
        _ => (seconds / 86_400, "day"),
    };
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {unit}{plural}")
}

/// What is known of a model that made some molecules. A link to a run, such as `runs/latest`, is
/// followed: later it points elsewhere.
pub(super) fn made_by(path: &Path) -> Result<MadeBy> {
    let model = Model::named(path)?;
    let followed = |folder: &Path| match (folder.read_link(), folder.parent()) {
        (Ok(target), Some(parent)) => parent.join(target),
        _ => folder.to_owned(),
    };
    let (place, folder) = if path.is_dir() {
        let folder = followed(path);
        (folder.clone(), Some(folder))
    } else {
        let folder = path.parent().map(followed);
        let name = path.file_name().unwrap_or_default();
        let place = folder.as_ref().map(|folder| folder.join(name));
        (place.unwrap_or_else(|| path.to_owned()), folder)
    };
    let run = folder.filter(|folder| folder.join("history.csv").is_file());
    let origin = model.origin();
    Ok(MadeBy {
        model: place.display().to_string(),
        run: run.map(|run| run.display().to_string()),
        data: origin.map(|origin| origin.data.clone()),
        rows: origin.map(|origin| origin.rows),
        parent: origin.and_then(|origin| origin.parent.clone()),
        step: origin.map(|origin| origin.step),
        validation_loss: origin.and_then(|origin| origin.validation_loss),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_in_their_largest_unit() {
        #[track_caller]
        fn check(seconds: u64, expected: &str) {
            assert_eq!(in_short(Duration::from_secs(seconds)), expected);
        }
        check(0, "0 seconds");
        check(1, "1 second");
        check(119, "1 minute");
        check(7_200, "2 hours");
        check(200_000, "2 days");
    }
}
