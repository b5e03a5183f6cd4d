//! Classifiers from files: safetensors with a description in the header, which `data/make_oracles.py` writes and
//! explains. Nothing is computed before the checksum and all places agree.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use safetensors::{Dtype, SafeTensors};
use sha2::{Digest, Sha256};

use super::features::Features;
use super::forest::{Forest, Nodes};
use super::svc::{Formula, Rows, Svc};
use super::{Classifier, Kind};

/// The reason for which a classifier cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ClassifierError {
    /// An error of the file system.
    #[error("cannot read `{}`", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The error of the operating system.
        source: std::io::Error,
    },
    /// Another file, or one that was cut short or changed.
    #[error("`{}` is not a usable classifier: {reason}; `data/make_oracles.py` makes such files", path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// The fault.
        reason: String,
    },
}

crate::error::becomes!(Input: ClassifierError);

impl Classifier {
    /// Reads a classifier.
    ///
    /// # Errors
    /// [`ClassifierError`], with the file.
    pub fn read(path: &Path) -> Result<Self, ClassifierError> {
        let bytes = std::fs::read(path).map_err(|source| ClassifierError::Io {
            path: path.to_owned(),
            source,
        })?;
        of_bytes(&bytes).map_err(|reason| ClassifierError::Content {
            path: path.to_owned(),
            reason,
        })
    }
}

/// The classifier of a file's bytes, or what is wrong with them.
fn of_bytes(bytes: &[u8]) -> Result<Classifier, String> {
    let (header, metadata) =
        SafeTensors::read_metadata(bytes).map_err(|_| "it is no safetensors file, or cut short")?;
    let tensors = SafeTensors::deserialize(bytes).map_err(|error| error.to_string())?;
    let description = metadata.metadata().as_ref();
    let description = description.ok_or("it has no description")?;
    let length: u16 = word(description, "length")?
        .parse()
        .ok()
        .filter(|length| *length > 0)
        .ok_or("its `length` is no number from 1 to 65535")?;
    let fingerprint = word(description, "fingerprint")?;
    let features = Features::named(fingerprint, length).ok_or_else(|| {
        format!(
            "it reads the fingerprint `{fingerprint}`, which is none of ecfp4, ecfp6, fcfp4 and fcfp6, each \
             with or without `_bits`"
        )
    })?;
    let kind = word(description, "kind")?;
    let read = match kind {
        "svc" => svc,
        "forest" => forest,
        _ => {
            return Err(format!(
                "it is of the kind `{kind}`, which is neither `svc` nor `forest`"
            ));
        }
    };
    let sum = format!("{:x}", Sha256::digest(&bytes[8 + header..]));
    if sum != word(description, "sha256")? {
        return Err("its checksum is not that of its content".to_owned());
    }
    let kind = read(&tensors, length)?;
    Ok(Classifier { features, kind })
}

fn svc(tensors: &SafeTensors<'_>, length: u16) -> Result<Kind, String> {
    let rows = Rows {
        starts: of_four(tensors, "starts")?,
        columns: of_two(tensors, "columns")?,
        counts: of_one(tensors, "counts")?,
    };
    let formula = Formula {
        coefficients: of_eight(tensors, "coefficients")?,
        gamma: few::<1>(tensors, "gamma")?[0],
        intercept: few::<1>(tensors, "intercept")?[0],
        platt: few(tensors, "platt")?,
    };
    Svc::new(&rows, formula, length).map(Kind::Svc)
}

fn forest(tensors: &SafeTensors<'_>, length: u16) -> Result<Kind, String> {
    let nodes = Nodes {
        feature: of_two(tensors, "feature")?,
        at_most: of_one(tensors, "at_most")?,
        next: of_four(tensors, "next")?,
    };
    let roots = of_four(tensors, "roots")?;
    let probabilities = of_eight(tensors, "probabilities")?;
    Forest::new(&nodes, roots, probabilities, length).map(Kind::Forest)
}

/// A word of the description.
fn word<'a>(description: &'a HashMap<String, String>, name: &str) -> Result<&'a str, String> {
    let word = description.get(name).map(String::as_str);
    word.ok_or_else(|| format!("its description has no `{name}`"))
}

/// `N` numbers of double precision.
fn few<const N: usize>(tensors: &SafeTensors<'_>, name: &str) -> Result<[f64; N], String> {
    let found = of_eight(tensors, name)?;
    let count = found.len();
    let few = found.try_into();
    few.map_err(|_| format!("`{name}` has {count} numbers, not {N}"))
}

fn of_eight(tensors: &SafeTensors<'_>, name: &str) -> Result<Vec<f64>, String> {
    numbers(tensors, name, Dtype::F64, f64::from_le_bytes)
}

fn of_four(tensors: &SafeTensors<'_>, name: &str) -> Result<Vec<u32>, String> {
    numbers(tensors, name, Dtype::U32, u32::from_le_bytes)
}

fn of_two(tensors: &SafeTensors<'_>, name: &str) -> Result<Vec<u16>, String> {
    numbers(tensors, name, Dtype::U16, u16::from_le_bytes)
}

fn of_one(tensors: &SafeTensors<'_>, name: &str) -> Result<Vec<u8>, String> {
    numbers(tensors, name, Dtype::U8, u8::from_le_bytes)
}

/// The numbers of a tensor, each of `N` bytes.
fn numbers<const N: usize, T>(
    tensors: &SafeTensors<'_>,
    name: &str,
    dtype: Dtype,
    number: impl Fn([u8; N]) -> T,
) -> Result<Vec<T>, String> {
    let view = tensors.tensor(name);
    let view = view.map_err(|_| format!("its numbers `{name}` are missing"))?;
    if view.dtype() != dtype {
        return Err(format!("`{name}` is {:?}, not {dtype:?}", view.dtype()));
    }
    let (chunks, _) = view.data().as_chunks::<N>();
    Ok(chunks.iter().map(|bytes| number(*bytes)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chem::Molecule;

    fn path(name: &str) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/golden/classifiers")
            .join(name)
    }

    // Classifiers of a few molecules, and their probabilities, by tests/golden/make_oracles.py.
    #[test]
    fn probabilities_are_those_of_scikit_learn() {
        let text = std::fs::read_to_string(path("probabilities.tsv")).unwrap();
        let mut rows = text.lines().skip(1).map(|row| row.split('\t'));
        let names: Vec<&str> = rows.next().unwrap().skip(1).collect();
        assert_eq!(names, ["forest", "forest_of_counts", "svc"]);
        let read = |name: &&str| Classifier::read(&path(&format!("{name}.safetensors"))).unwrap();
        let classifiers: Vec<Classifier> = names.iter().map(read).collect();
        let mut seen = 0;
        for mut row in rows {
            let smiles = row.next().unwrap();
            let molecule = Molecule::parse(smiles).unwrap();
            for ((name, classifier), expected) in names.iter().zip(&classifiers).zip(row) {
                let expected: f64 = expected.parse().unwrap();
                let difference = classifier.probability(&molecule).unwrap() - expected;
                assert!(difference.abs() < 1e-9, "{name} {smiles}: {difference}");
                seen += 1;
            }
        }
        assert_eq!(seen, 3 * 40);
    }

    #[test]
    fn damage_is_told() {
        #[track_caller]
        fn check(change: impl Fn(&mut Vec<u8>), expected: &str) {
            let mut bytes = std::fs::read(path("svc.safetensors")).unwrap();
            change(&mut bytes);
            assert_eq!(of_bytes(&bytes).unwrap_err(), expected);
        }
        // A word of the header for another of its length.
        let word = |old: &'static str, new: &'static str| {
            move |bytes: &mut Vec<u8>| {
                let is_here = |window: &[u8]| window == old.as_bytes();
                let place = bytes.windows(old.len()).position(is_here).unwrap();
                bytes[place..place + old.len()].copy_from_slice(new.as_bytes());
            }
        };
        let none = "it is no safetensors file, or cut short";
        check(Vec::clear, none);
        check(|bytes| bytes.truncate(bytes.len() - 1), none);
        check(
            |bytes| {
                bytes.pop();
                bytes.push(77);
            },
            "its checksum is not that of its content",
        );
        check(
            word("\"svc\"", "\"SVC\""),
            "it is of the kind `SVC`, which is neither `svc` nor `forest`",
        );
        check(
            word("\"fcfp6\"", "\"maccs\""),
            "it reads the fingerprint `maccs`, which is none of ecfp4, ecfp6, fcfp4 and fcfp6, each with or \
             without `_bits`",
        );
        check(
            word("\"2048\"", "\"0000\""),
            "its `length` is no number from 1 to 65535",
        );
        // All places of the support vectors must be in the fingerprint.
        check(
            word("\"2048\"", "\"0001\""),
            "its support vectors do not fit together",
        );
        check(
            word("\"kind\"", "\"mind\""),
            "its description has no `kind`",
        );
        check(
            word("\"platt\"", "\"plato\""),
            "its numbers `platt` are missing",
        );
    }
}
