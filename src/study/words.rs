//! Names of the figures of reports as people read them, and which values are better.

/// A figure in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Words {
    /// Its name.
    pub(super) name: String,
    /// Whether larger values are better; none where neither is.
    pub(super) larger_is_better: Option<bool>,
}

impl Words {
    /// The name with an arrow in the direction of better values.
    pub(super) fn with_arrow(&self) -> String {
        match self.larger_is_better {
            Some(true) => format!("{} ↑", self.name),
            Some(false) => format!("{} ↓", self.name),
            None => self.name.clone(),
        }
    }
}

/// Last keys, their names, and whether larger values are better.
const KEYS: [(&str, &str, Option<bool>); 23] = [
    ("validity", "Valid", Some(true)),
    ("uniqueness", "Unique", Some(true)),
    ("uniqueness_at_1000", "Unique@1k", Some(true)),
    ("uniqueness_at_10000", "Unique@10k", Some(true)),
    ("novelty", "Novel", Some(true)),
    (
        "novelty_without_stereo",
        "Novel without stereochemistry",
        Some(true),
    ),
    ("radicals", "Radicals", Some(false)),
    (
        "idle_stereo_marks",
        "Stereo marks on no stereocentre",
        Some(false),
    ),
    ("cut", "Cut at the context", Some(false)),
    ("filters", "Passes MOSES' filters", Some(true)),
    ("int_div", "Internal diversity, IntDiv", Some(true)),
    ("int_div2", "Internal diversity, IntDiv2", Some(true)),
    ("fcd", "FCD", Some(false)),
    ("fcd_floor", "Floor of FCD", None),
    ("fcd_excess", "FCD above its floor", Some(false)),
    ("fcd_score", "FCD score", Some(true)),
    ("frag", "Fragments, Frag", Some(true)),
    ("scaf", "Scaffolds, Scaf", Some(true)),
    ("snn", "Nearest neighbour, SNN", Some(true)),
    ("kl", "KL score", Some(true)),
    ("divergence", "KL divergence", Some(false)),
    ("wasserstein", "distance", Some(false)),
    ("new_per_string", "New per string", Some(true)),
];

/// The figure of these keys; one that is not known is called by its keys.
pub(super) fn words(path: &[String]) -> Words {
    let last = path.last().map(String::as_str).unwrap_or_default();
    let Some((_, name, larger_is_better)) = KEYS.iter().find(|(key, ..)| *key == last) else {
        return Words {
            name: path.join(" / ").replace('_', " "),
            larger_is_better: None,
        };
    };
    let outer: Vec<&str> = path.iter().rev().skip(1).map(String::as_str).collect();
    let of = || outer[0].replace('_', " ");
    let name = match (last, outer.as_slice()) {
        (_, ["test", "moses"]) => format!("{name} (test set)"),
        (_, ["test_scaffolds", "moses"]) => format!("{name} (test scaffolds)"),
        ("divergence", [_, ..]) => format!("{name}, {}", of()),
        ("wasserstein", [property, ..]) => format!("{} {name}", property_name(property)),
        (_, ["guacamol"]) => format!("{name} (GuacaMol)"),
        _ => (*name).to_owned(),
    };
    Words {
        name,
        larger_is_better: *larger_is_better,
    }
}

/// A property as chemists write it.
fn property_name(key: &str) -> String {
    match key {
        "log_p" => "logP".to_owned(),
        "qed" | "sa" | "tpsa" => key.to_uppercase(),
        _ => key.replace('_', " "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_have_names_and_directions() {
        #[track_caller]
        fn check(path: &str, expected: &str) {
            let path: Vec<String> = path.split('/').map(str::to_owned).collect();
            assert_eq!(words(&path).with_arrow(), expected);
        }
        check("validity", "Valid ↑");
        check("moses/test/fcd", "FCD (test set) ↓");
        check(
            "moses/test_scaffolds/scaf",
            "Scaffolds, Scaf (test scaffolds) ↑",
        );
        check("moses/test/fcd_floor", "Floor of FCD (test set)");
        check("moses/int_div", "Internal diversity, IntDiv ↑");
        check("guacamol/novelty", "Novel (GuacaMol) ↑");
        check(
            "guacamol/kl_parts/MolWt/divergence",
            "KL divergence, MolWt ↓",
        );
        check("distributions/log_p/wasserstein", "logP distance ↓");
        check("distributions/qed/wasserstein", "QED distance ↓");
        check("something/new_and_odd", "something / new and odd");
    }
}
