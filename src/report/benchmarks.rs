//! The figures of MOSES and GuacaMol as rows, with the published ones beside them.
//!
//! A published figure is shown only where it was measured against the same reference set, which is
//! recognized by its molecules.

use super::published::{
    GUACAMOL, GUACAMOL_TRAINING, MOSES, MOSES_TEST, MOSES_TEST_SCAFFOLDS, MOSES_TRAIN,
};
use crate::evaluation::{Evaluation, Figure, Property, Proportion, Provenance};

/// One figure of a benchmark.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// The benchmark's name for it.
    pub name: String,
    /// Its meaning, in a few words.
    pub meaning: &'static str,
    /// True where larger values are better, false where smaller ones are; `None` where neither is.
    pub larger_is_better: Option<bool>,
    /// The value.
    pub value: Option<f64>,
    /// Its 95 % interval.
    pub interval: Option<[f64; 2]>,
    /// Its denominator, in molecules or strings.
    pub of: usize,
    /// The reason why there is no value.
    pub reason: Option<String>,
    /// The reason why the value says little.
    pub warning: Option<String>,
    /// The published values, in the order of [`Table::published`].
    pub published: Vec<Option<f64>>,
}

/// A benchmark's figures.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// The benchmark.
    pub name: &'static str,
    /// Its figures.
    pub rows: Vec<Row>,
    /// Generators with published figures that can be compared; may be empty.
    pub published: Vec<&'static str>,
    /// The source of the published figures, or the reason why there are none.
    pub note: String,
}

/// The reference set that a published figure was measured against.
#[derive(Clone, Copy, PartialEq)]
enum Against {
    Nothing,
    Train,
    Test,
    Scaffolds,
}

/// The table of MOSES.
pub fn moses(evaluation: &Evaluation, provenance: &Provenance) -> Table {
    let is = |source: &Option<super::Source>, digest: &str| {
        source
            .as_ref()
            .is_some_and(|source| source.digest == digest)
    };
    let same_test = is(&provenance.test, MOSES_TEST);
    let same = |against: Against| match against {
        Against::Nothing => true,
        Against::Train => is(&provenance.train, MOSES_TRAIN),
        Against::Test => same_test,
        Against::Scaffolds => is(&provenance.test_scaffolds, MOSES_TEST_SCAFFOLDS),
    };
    let published = |place: usize, against: Against| -> Vec<Option<f64>> {
        if !same_test {
            return Vec::new();
        }
        let of = |(_, values): &(&str, [Option<f64>; 15])| {
            values
                .get(place)
                .copied()
                .flatten()
                .filter(|_| same(against))
        };
        MOSES.iter().map(of).collect()
    };
    let mut rows = moses_rows(evaluation);
    for (place, (against, row)) in rows.iter_mut().enumerate() {
        row.published = published(place, *against);
    }
    let mut rows: Vec<Row> = rows.into_iter().map(|(_, row)| row).collect();
    let (test, scaffolds) = (&evaluation.moses.test, &evaluation.moses.test_scaffolds);
    for (set, found) in [("Test", test), ("TestSF", scaffolds)] {
        let names = ["Floor", "Excess"].map(|name| format!("{name}/{set}"));
        let above = format!("FCD/{set}");
        add_floor(
            &mut rows,
            &above,
            names,
            &found.fcd_floor,
            &found.fcd_excess,
        );
    }
    let note = if same_test {
        "Published columns: MOSES (Polykovskiy et al. 2020), models trained on its training set; \
         MolGPT (Bagal et al. 2021) as re-run independently with three seeds. A dash was not published, or \
         the reference set given here is not the one of the publication."
    } else {
        "No published figures are shown: they hold for the whole test set of MOSES (176,074 \
         molecules), and the test set given here is another."
    };
    Table {
        name: "MOSES",
        note: format!("{note}{}", about_floor(&rows)),
        rows,
        published: if same_test {
            MOSES.map(|row| row.0).to_vec()
        } else {
            Vec::new()
        },
    }
}

/// Adds the floor of a distance and the excess over it after its row, if the distance is computed.
fn add_floor(
    rows: &mut Vec<Row>,
    above: &str,
    [floor_name, excess_name]: [String; 2],
    floor: &Figure,
    excess: &Figure,
) {
    let place = rows.iter().position(|row| row.name == above);
    let Some(place) = place.filter(|&place| rows[place].value.is_some()) else {
        return;
    };
    let published = vec![None; rows[place].published.len()];
    let row = |name: &str, meaning, better, figure| Row {
        published: published.clone(),
        ..Row::figure(name, meaning, better, figure)
    };
    let mut added = vec![row(
        &floor_name,
        "FCD of as many training molecules",
        None,
        floor,
    )];
    // Without a floor, its reason stands once.
    if excess.value.is_some() {
        added.push(row(
            &excess_name,
            "FCD above the floor",
            Some(false),
            excess,
        ));
    }
    for (offset, row) in added.into_iter().enumerate() {
        rows.insert(place + 1 + offset, row);
    }
}

/// A sentence about the floor, where there is one.
fn about_floor(rows: &[Row]) -> &'static str {
    let has_floor = |row: &Row| row.meaning.starts_with("FCD above") && row.value.is_some();
    if rows.iter().any(has_floor) {
        " The floor is the FCD of as many molecules of the training set, drawn with a fixed seed: a sample of this \
         size has some distance even if it is drawn from the data."
    } else {
        ""
    }
}

/// The figures of MOSES in the order of its published table, then the distances.
#[expect(clippy::too_many_lines, reason = "a table")]
fn moses_rows(evaluation: &Evaluation) -> Vec<(Against, Row)> {
    use Against::{Nothing, Scaffolds, Test, Train};
    let (share, figure) = (Row::share, Row::figure);
    let Evaluation {
        validity,
        uniqueness_at_1000,
        uniqueness_at_10000,
        novelty,
        moses,
        ..
    } = evaluation;
    let shares = [
        (Nothing, "Valid", "strings that are molecules", validity),
        (
            Nothing,
            "Unique@1k",
            "different of the first 1,000 valid",
            uniqueness_at_1000,
        ),
        (
            Nothing,
            "Unique@10k",
            "different of the first 10,000 valid",
            uniqueness_at_10000,
        ),
        (
            Train,
            "Novelty",
            "different and not in the training set",
            novelty,
        ),
    ];
    let mut rows: Vec<(Against, Row)> = shares
        .into_iter()
        .map(|(against, name, meaning, proportion)| (against, share(name, meaning, proportion)))
        .collect();
    let more = Some(true);
    rows.push((
        Nothing,
        figure("IntDiv", "internal diversity", more, &moses.int_div),
    ));
    rows.push((
        Nothing,
        figure("IntDiv2", "the same, of squares", more, &moses.int_div2),
    ));
    rows.push((
        Nothing,
        share(
            "Filters",
            "pass MCF, PAINS and the element rules",
            &moses.filters,
        ),
    ));
    let (test, scaffolds) = (&moses.test, &moses.test_scaffolds);
    for (name, meaning, better, of_test, of_scaffolds) in [
        (
            "FCD",
            "Fréchet ChemNet distance",
            Some(false),
            &test.fcd,
            &scaffolds.fcd,
        ),
        (
            "SNN",
            "similarity to the nearest",
            more,
            &test.snn,
            &scaffolds.snn,
        ),
        (
            "Frag",
            "likeness of BRICS fragments",
            more,
            &test.frag,
            &scaffolds.frag,
        ),
        (
            "Scaf",
            "likeness of ring scaffolds",
            more,
            &test.scaf,
            &scaffolds.scaf,
        ),
    ] {
        let to_scaffolds = "to the scaffold test set";
        rows.push((
            Test,
            figure(&format!("{name}/Test"), meaning, better, of_test),
        ));
        let name = format!("{name}/TestSF");
        rows.push((Scaffolds, figure(&name, to_scaffolds, better, of_scaffolds)));
    }
    for (name, property) in [
        ("logP distance", Property::LogP),
        ("SA distance", Property::Sa),
        ("QED distance", Property::Qed),
        ("weight distance", Property::Weight),
    ] {
        let found = evaluation
            .distributions
            .iter()
            .find(|row| row.property == property);
        let distance = found.map_or_else(
            || Figure::not_computed("not measured"),
            |row| match (row.wasserstein, &row.reason) {
                (Some(value), _) => Figure::new(value, evaluation.valid, row.interval),
                (None, reason) => Figure::not_computed(reason.clone().unwrap_or_default()),
            },
        );
        let meaning = "Wasserstein-1 distance to the test set";
        rows.push((Test, figure(name, meaning, Some(false), &distance)));
    }
    rows
}

/// Difference between a divergence and that of the package, on the golden set of `tests/sets.rs`.
const RINGS: &str = " Of 10,000 molecules compared with RDKit one has an aliphatic ring fewer here, which changed the \
                     divergence of NumAliphaticRings by 2.4e-5 nats; all other parts agreed within 0.1 %.";

/// The table of GuacaMol: five scores, the distance, and the ten divergences.
pub fn guacamol(evaluation: &Evaluation, provenance: &Provenance) -> Table {
    let guacamol = &evaluation.guacamol;
    let train = provenance.train.as_ref();
    let same = train.is_some_and(|source| source.records == GUACAMOL_TRAINING);
    let more = Some(true);
    let mut rows = vec![
        Row::share(
            "Validity",
            "of the first 10,000 strings",
            &guacamol.validity,
        ),
        Row::share(
            "Uniqueness",
            "of the first 10,000 valid",
            &guacamol.uniqueness,
        ),
        Row::share(
            "Novelty",
            "of the first 10,000 different",
            &guacamol.novelty,
        ),
        Row::figure("KL score", "mean of exp(-divergence)", more, &guacamol.kl),
        Row::figure(
            "FCD",
            "distance to the training set",
            Some(false),
            &guacamol.fcd,
        ),
        Row::figure("FCD score", "exp(-0.2 distance)", more, &guacamol.fcd_score),
    ];
    if same {
        for (row, value) in rows.iter_mut().zip(GUACAMOL.1) {
            row.published = vec![value];
        }
    }
    let names = ["FCD floor", "FCD excess"].map(str::to_owned);
    add_floor(
        &mut rows,
        "FCD",
        names,
        &guacamol.fcd_floor,
        &guacamol.fcd_excess,
    );
    let about_floor = about_floor(&rows);
    for part in &guacamol.kl_parts {
        let name = format!("KL {}", part.name);
        let mut row = Row::figure(&name, "divergence in nats", Some(false), &part.divergence);
        row.published = if same { vec![None] } else { Vec::new() };
        rows.push(row);
    }
    let note = if same {
        "The published GPT was trained on a set of as many molecules as this training set."
    } else {
        "No published figures are shown: they hold for GuacaMol's training set (1,273,104 molecules \
         of ChEMBL), and the training set given here is another."
    };
    let drawn = match guacamol.training_sample {
        0 => String::new(),
        count => format!(" Divergences are from a draw of {count} training molecules."),
    };
    Table {
        name: "GuacaMol",
        rows,
        published: if same { vec![GUACAMOL.0] } else { Vec::new() },
        note: format!("Stereochemistry is left out. {note}{drawn}{RINGS}{about_floor}"),
    }
}

/// Figures that the benchmarks do not have.
pub fn beside(evaluation: &Evaluation) -> Table {
    let smaller = |row: Row| Row {
        larger_is_better: Some(false),
        ..row
    };
    let rows = vec![
        Row::share(
            "Novelty without stereochemistry",
            "different and not in the training set, stereochemistry left out of both",
            &evaluation.novelty_without_stereo,
        ),
        smaller(Row::share(
            "Radicals",
            "valid molecules with unpaired electrons",
            &evaluation.radicals,
        )),
        smaller(Row::share(
            "Idle stereo marks",
            "valid strings with @, / or \\ on no stereocentre or stereo bond",
            &evaluation.idle_stereo_marks,
        )),
    ];
    Table {
        name: "Beside the benchmarks",
        rows,
        published: Vec::new(),
        note: "A radical counts as a valid molecule, and so does a string whose stereo marks mean \
               nothing: the canonical form has lost them."
            .to_owned(),
    }
}

impl Row {
    fn share(name: &str, meaning: &'static str, proportion: &Proportion) -> Self {
        Self {
            name: name.to_owned(),
            meaning,
            larger_is_better: Some(true),
            value: proportion.value,
            interval: proportion.interval,
            of: proportion.of,
            reason: proportion.reason.clone(),
            warning: None,
            published: Vec::new(),
        }
    }

    fn figure(
        name: &str,
        meaning: &'static str,
        larger_is_better: Option<bool>,
        figure: &Figure,
    ) -> Self {
        Self {
            name: name.to_owned(),
            meaning,
            larger_is_better,
            value: figure.value,
            interval: figure.interval,
            of: figure.of,
            reason: figure.reason.clone(),
            warning: figure.warning.clone(),
            published: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Source;
    use super::*;
    use crate::evaluation::{References, evaluate};

    #[track_caller]
    fn check(test: &str, published: usize, novelty: Option<f64>, snn: Option<f64>) {
        let evaluation = evaluate(&["CCO".to_owned()], &References::default());
        let source = |digest: &str| {
            Some(Source {
                digest: digest.to_owned(),
                ..Source::default()
            })
        };
        let provenance = Provenance {
            test: source(test),
            ..Provenance::default()
        };
        let table = moses(&evaluation, &provenance);
        assert_eq!(table.published.len(), published);
        let find = |name: &str| {
            let row = table
                .rows
                .iter()
                .find(|row| row.name == name)
                .expect("a row");
            assert_eq!(row.published.len(), published, "{name}");
            row.published.get(1).copied().flatten()
        };
        assert_eq!((find("Novelty"), find("SNN/Test")), (novelty, snn));
        assert_eq!(find("SNN/TestSF"), None, "that set was not given");
        assert_eq!(table.rows.len(), 19);
    }

    #[test]
    fn published_figures_need_the_same_reference_set() {
        check("another", 0, None, None);
        check(MOSES_TEST, 6, None, Some(0.6015));
    }
}
