//! The tasks of PMO that are trained models, which lie in files outside the program.

use std::io::ErrorKind;
use std::path::Path;

use crate::error::{Result, bail};
use crate::objective::{Classifier, ClassifierError};

/// Their names, in the order of the alphabet: affinity to a receptor of dopamine (Olivecrona et al. 2017), and to two
/// kinases (Li et al. 2018).
pub(super) const NAMES: [&str; 3] = ["drd2", "gsk3b", "jnk3"];

/// The classifier of a task, from a folder of such.
///
/// # Errors
/// How to get the file, where there is no folder or no file in it; a file that cannot be used.
pub(super) fn named(name: &str, folder: Option<&Path>) -> Result<Classifier> {
    let file = format!("{name}.safetensors");
    let Some(folder) = folder else {
        bail!(
            Setting,
            "`{name}` is a trained model: setting `oracles` must name the folder that has `{file}`"
        );
    };
    read(&folder.join(file))
}

/// The classifier of a file.
///
/// # Errors
/// A file that cannot be used; of those that belong to tasks, how to get it.
pub(super) fn read(path: &Path) -> Result<Classifier> {
    match Classifier::read(path) {
        Err(ClassifierError::Io { source, .. })
            if source.kind() == ErrorKind::NotFound && is_of_a_task(path) =>
        {
            bail!(
                Input,
                "there is no `{}`: `python3 data/make_oracles.py` makes it of the model in the Python package \
                 molscore 1.9.5 (MIT licence)",
                path.display()
            )
        }
        found => Ok(found?),
    }
}

fn is_of_a_task(path: &Path) -> bool {
    let stem = path.file_stem().and_then(|stem| stem.to_str());
    stem.is_some_and(|stem| NAMES.contains(&stem))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_files_are_told_with_the_remedy_where_there_is_one() {
        #[track_caller]
        fn check(found: Result<Classifier>, expected: &str) {
            let told = found.unwrap_err().chain();
            assert!(told.starts_with(expected), "{told}");
        }
        check(
            named("jnk3", None),
            "`jnk3` is a trained model: setting `oracles` must name the folder that has `jnk3.safetensors`",
        );
        let nowhere = Path::new("no-such-folder");
        check(
            named("drd2", Some(nowhere)),
            "there is no `no-such-folder/drd2.safetensors`: `python3 data/make_oracles.py` makes it",
        );
        check(
            read(&nowhere.join("mine.safetensors")),
            "cannot read `no-such-folder/mine.safetensors`: ",
        );
    }
}
