//! The page: the program for browsers, a model and the views in one file that asks nothing of any network.

use std::io::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::{Compression, write::GzEncoder};
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::chem::Style;
use crate::error::{Error, Kind, Result, ensure};
use crate::likelihood::Scorer;
use crate::model::Model;
use crate::report::{escape, thousands};

/// The program, compiled from `web/program/` by web/build.sh.
const PROGRAM: &[u8] = include_bytes!("../../web/molgpt.wasm.gz");
const FRAME: &str = include_str!("../../web/page/index.html");
const STYLE: &str = include_str!("../../web/page/style.css");
/// Runs the program beside the page.
const WORKER: &str = include_str!("../../web/page/worker.js");
/// The page's script in reading order.
const SCRIPT: [&str; 11] = [
    include_str!("../../web/page/parts.js"),
    include_str!("../../web/page/model.js"),
    include_str!("../../web/page/state.js"),
    include_str!("../../web/page/tokens.js"),
    include_str!("../../web/page/next.js"),
    include_str!("../../web/page/attention.js"),
    include_str!("../../web/page/surprise.js"),
    include_str!("../../web/page/inside.js"),
    include_str!("../../web/page/tree.js"),
    include_str!("../../web/page/map.js"),
    include_str!("../../web/page/sample.js"),
];
const START: &str = include_str!("../../web/page/start.js");

/// The most parameters of a model that a page can hold: with more it opens too slowly, if at all.
const MOST_PARAMETERS: usize = 30_000_000;

/// Percentiles of the likelihoods of some molecules under a model.
#[derive(Debug, Clone, PartialEq)]
pub struct Percentiles {
    /// Negative log-likelihoods in nats: the least, each percentile, the largest; 101 in all.
    pub nll: Vec<f64>,
    /// What they are of, as it is said on the page: `10,000 molecules of test.csv`.
    pub of: String,
}

impl Percentiles {
    /// Those of the test set under the model inside the program.
    pub fn of_pretrained() -> Self {
        let mut lines = PRETRAINED.lines();
        Self {
            of: lines.next().unwrap_or_default().to_owned(),
            nll: lines.filter_map(|line| line.parse().ok()).collect(),
        }
    }

    /// Those of the texts that the model can read; `None` where there is none. `name` is said after their number.
    pub fn of(model: &Model, texts: &[&str], name: &str) -> Option<Self> {
        let scores = Scorer::new(model).score(texts);
        let mut nll: Vec<f64> = scores
            .iter()
            .flatten()
            .map(crate::likelihood::Score::nll)
            .collect();
        nll.sort_by(f64::total_cmp);
        let last = nll.len().checked_sub(1)?;
        let at = |percent: usize| nll[(percent * last + 50) / 100];
        Some(Self {
            nll: (0..=100).map(at).collect(),
            of: format!("{} {name}", thousands(nll.len())),
        })
    }
}

/// Those of the model inside the program, of its test set, data/test.csv; reports/remake.sh makes them.
const PRETRAINED: &str = include_str!("pretrained.txt");

/// Refuses a model that is too large for a page; `name` is what it is called.
///
/// # Errors
/// It is too large.
pub fn ensure_fits(model: &Model, name: &str) -> Result<()> {
    let parameters = model.parameters().len();
    ensure!(
        parameters <= MOST_PARAMETERS,
        Input,
        "the model `{name}` has {} parameters, and a page holds at most {}: it would be {} MB",
        thousands(parameters),
        thousands(MOST_PARAMETERS),
        parameters * 16 / 3 / 1_000_000
    );
    Ok(())
}

/// The page of a model: HTML, whole.
///
/// # Errors
/// A model that is too large for a page.
pub fn page(model: &Model, name: &str, percentiles: Option<&Percentiles>) -> Result<String> {
    ensure_fits(model, name)?;
    let inside =
        |error: std::io::Error| Error::new(Kind::Input, format!("the model `{name}`: {error}"));
    let mut packed = GzEncoder::new(Vec::new(), Compression::best());
    packed
        .write_all(&model.to_bytes().map_err(inside)?)
        .map_err(inside)?;
    let packed = packed.finish().map_err(inside)?;
    let facts = json!({
        "name": name,
        "percentiles": percentiles.map(|percentiles| {
            json!({ "nll": percentiles.nll, "of": percentiles.of })
        }),
    });
    let script = format!(
        "\"use strict\";\n(() => {{\n{}\n{START}}})();\n",
        SCRIPT.concat()
    );
    let style = format!("{STYLE}{}", Style::page_css());
    let hash = |text: &str| format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text)));
    let policy = format!(
        "default-src 'none'; script-src {} 'wasm-unsafe-eval'; worker-src blob:; style-src {}; img-src data: blob:; \
         base-uri 'none'; form-action 'none'",
        hash(&script),
        hash(&style)
    );
    let mut page = FRAME.to_owned();
    // The texts of others come last, so that nothing in them is taken for a place.
    for (place, text) in [
        ("{{policy}}", policy),
        ("{{style}}", style),
        ("{{script}}", script),
        ("{{worker}}", WORKER.to_owned()),
        ("{{program}}", STANDARD.encode(PROGRAM)),
        ("{{model}}", STANDARD.encode(packed)),
        ("{{facts}}", facts.to_string().replace('<', "\\u003c")),
        ("{{name}}", escape(name)),
    ] {
        page = page.replacen(place, &text, 1);
    }
    Ok(page)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_holds_everything_and_names_nothing_outside() {
        let model = Model::pretrained().unwrap();
        let percentiles = Percentiles::of(&model, &["CCO", "c1ccccc1", "C!"], "molecules").unwrap();
        assert_eq!(
            (percentiles.nll.len(), percentiles.of.as_str()),
            (101, "2 molecules")
        );
        assert!(percentiles.nll.is_sorted());
        let name = "evil</script><img src=x onerror=alert(1)>{{facts}}";
        let page = page(&model, name, Some(&percentiles)).unwrap();
        assert!(page.len() < 12_000_000, "{} bytes", page.len());
        assert!(!page.contains("{{policy}}") && !page.contains("<img src=x"));
        assert!(page.contains("&lt;img src=x"));
        for outside in ["http://", "https://", "fetch(", "import("] {
            let known = page.matches("http://www.w3.org/").count();
            let found = page.matches(outside).count();
            assert_eq!(
                found,
                if outside == "http://" { known } else { 0 },
                "{outside}"
            );
        }
    }

    #[test]
    fn percentiles_of_the_model_inside_are_those_of_its_test_set() {
        let model = Model::pretrained().unwrap();
        let all: Vec<&str> = include_str!("../../data/test.csv")
            .lines()
            .skip(1)
            .collect();
        let found = Percentiles::of(&model, &all, "molecules of the test set").unwrap();
        let kept = Percentiles::of_pretrained();
        assert_eq!(kept.of, found.of);
        assert_eq!(kept.nll.len(), 101);
        for (kept, found) in kept.nll.iter().zip(&found.nll) {
            approx::assert_abs_diff_eq!(kept, found, epsilon = 2e-3);
        }
    }

    #[test]
    fn a_model_that_is_too_large_is_refused_with_its_size() {
        let tokenizer = Model::pretrained().unwrap().tokenizer().clone();
        let text = include_str!("../../configs/tiny.toml");
        let mut config = crate::config::RunConfig::parse(text).unwrap().model;
        (config.layers, config.width) = (3, 1_024);
        let shape = config.with_vocabulary(tokenizer.vocabulary().len());
        let length = crate::model::Layout::new(&shape).len();
        let model = Model::new(config, tokenizer, vec![0.0; length]).unwrap();
        let refused = page(&model, "large", None).unwrap_err().to_string();
        assert!(
            refused.contains("`large`") && refused.contains("202 MB"),
            "{refused}"
        );
    }

    #[test]
    fn percentiles_of_nothing_are_none() {
        let model = Model::pretrained().unwrap();
        assert_eq!(Percentiles::of(&model, &["C!"], "molecules"), None);
    }
}
