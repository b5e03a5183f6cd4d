//! Models: sampling, likelihoods, what comes next, tokens.

use std::path::PathBuf;
use std::sync::Arc;

use molgpt::checkpoint::huggingface;
use molgpt::chem::KnownSet;
use molgpt::cli::cache_folder;
use molgpt::device::Device;
use molgpt::error::{Error, Kind, Result};
use molgpt::evaluation::{Cache, MoleculeFile, ReferenceSets};
use molgpt::explain::explain;
use molgpt::fragments::FragmentGenerator;
use molgpt::generate::{
    Acceptance, CpuGenerator, DrawSettings, Generator, Sample, SamplingParams, draw, generator,
};
use molgpt::likelihood::{Score, Scorer, Unscorable};
use molgpt::model::Model as Inner;
use molgpt::progress::Watch;
use molgpt::tokenizer::TokenId;
use molgpt::wish::{Wish, WishTexts, Wishes};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use rayon::prelude::*;

use crate::array::Array;
use crate::data::Data;
use crate::errors::exception;
use crate::keep::Structure;
use crate::work::{Ears, work};

/// Texts whose likelihoods are computed between two looks at whether to go on.
const TEXTS: usize = 256;

/// A model. Calls from several threads may use it at once.
#[pyclass(frozen, module = "molgpt._molgpt")]
pub(crate) struct Model {
    pub(crate) inner: Arc<Inner>,
}

/// How molecules are drawn, and which are wanted.
#[expect(clippy::struct_excessive_bools, reason = "one for each argument")]
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
struct Wanted {
    temperature: f64,
    top_k: usize,
    top_p: f64,
    prompt: String,
    grammar: bool,
    conditions: Vec<(String, f64)>,
    guidance: f64,
    seed: u64,
    valid: bool,
    unique: bool,
    novel: Option<Data>,
    allow_radicals: bool,
    r#where: Vec<String>,
    contains: Vec<String>,
    without: Vec<String>,
    like: Vec<String>,
    filters: bool,
    structure: Structure,
    max_draws: Option<u64>,
}

impl Wanted {
    fn params(&self) -> SamplingParams {
        SamplingParams {
            temperature: self.temperature,
            top_k: self.top_k,
            top_p: self.top_p,
            prompt: self.prompt.clone(),
            conditions: self.conditions.clone(),
            guidance: self.guidance,
            seed: self.seed,
            grammar: self.grammar,
            written: None,
        }
    }

    fn wishes(&self, kept: Option<Wish>) -> Result<Wishes> {
        let texts = WishTexts {
            properties: self.r#where.clone(),
            contains: self.contains.clone(),
            without: self.without.clone(),
            like: self.like.clone(),
            filters: self.filters,
        };
        Ok(texts.read(kept)?)
    }

    fn known(novel: Option<Data>, watch: &dyn Watch) -> Result<Option<KnownSet>> {
        let Some(novel) = novel else {
            return Ok(None);
        };
        let sets = ReferenceSets {
            cache: cache_folder().map(Cache::at),
        };
        let file = MoleculeFile {
            source: novel.source(),
            column: None,
        };
        Ok(Some(sets.known(&file, watch)?.set))
    }

    /// Draws `n` molecules; also gives the number of draws, and the counts in words where some were rejected.
    fn draw(
        mut self,
        model: &Inner,
        n: u64,
        device: &Device,
        watch: &dyn Watch,
    ) -> Result<(Vec<Sample>, u64, Option<String>)> {
        let (keep, kept) = self
            .structure
            .keep()?
            .map_or((None, None), |(keep, wish)| (Some(keep), wish));
        let wishes = self.wishes(kept)?;
        let valid = self.valid || !wishes.is_empty();
        let strict = valid && !self.allow_radicals;
        let trained_on = model.trained_on();
        let params = self.params();
        params.validate()?;
        let known = Self::known(self.novel.take(), watch)?;
        let settings = DrawSettings {
            n,
            first: 0,
            acceptance: Acceptance {
                valid,
                unique: self.unique,
                known,
                no_radicals: strict && !trained_on.radicals,
                no_idle_stereo_marks: strict && !trained_on.idle_stereo_marks,
                wishes,
            },
            max_draws: self.max_draws,
            finish_windows: false,
        };
        let plain = generator(model, device, None)?;
        let keeping = keep.map(|keep| FragmentGenerator::new(&*plain, model, keep));
        let keeping = keeping.transpose()?;
        let generator: &dyn Generator = match &keeping {
            Some(keeping) => keeping,
            None => &*plain,
        };
        let mut samples = Vec::new();
        let mut take = |new: &[Sample], _: &_| {
            samples.extend_from_slice(new);
            Ok(())
        };
        let drawn = draw(generator, &params, &settings, None, &mut take, watch)?.done();
        let counts = (!settings.acceptance.takes_all()).then(|| drawn.counts.to_string());
        Ok((samples, drawn.draws, counts))
    }
}

#[pymethods]
impl Model {
    /// The model of a file or a run folder, or `pretrained` or `randomized`.
    #[staticmethod]
    fn named(py: Python<'_>, path: PathBuf) -> PyResult<Self> {
        let model = py.detach(|| Inner::named(&path));
        let inner = model.map_err(|error| exception(py, &error))?;
        Ok(Self {
            inner: inner.into(),
        })
    }

    /// The model in the bytes of a model file.
    #[staticmethod]
    fn from_bytes(py: Python<'_>, bytes: &[u8]) -> PyResult<Self> {
        let model = Inner::from_bytes(bytes);
        let inner = model.map_err(|error| exception(py, &error.into()))?;
        Ok(Self {
            inner: inner.into(),
        })
    }

    fn save(&self, py: Python<'_>, path: PathBuf) -> PyResult<()> {
        let saved = py.detach(|| self.inner.save(&path));
        saved.map_err(|error| exception(py, &error.into()))
    }

    /// Writes a folder for Hugging Face `transformers`.
    fn export(&self, py: Python<'_>, folder: PathBuf) -> PyResult<()> {
        let exported = py.detach(|| huggingface::export(&self.inner, &folder));
        let exported = exported.map(drop);
        exported.map_err(|error| exception(py, &error.into()))
    }

    /// Its shape, tokens and origin, as JSON.
    fn info(&self) -> String {
        let tokenizer = self.inner.tokenizer();
        let conditions: Vec<&str> = tokenizer
            .conditions()
            .all()
            .iter()
            .map(|one| &*one.name)
            .collect();
        serde_json::json!({
            "parameters": self.inner.parameters().len(),
            "config": self.inner.config(),
            "vocabulary": tokenizer.vocabulary().tokens(),
            "merges": tokenizer.merge_texts().len(),
            "conditions": conditions,
            "origin": self.inner.origin(),
        })
        .to_string()
    }

    /// Draws molecules. Returns their texts, likelihoods, whether the context cut them, the draws that it took
    /// and, where some were rejected, the counts in words.
    #[pyo3(signature = (n, wanted, device, threads, progress))]
    fn sample<'py>(
        &self,
        py: Python<'py>,
        n: u64,
        wanted: Wanted,
        device: &str,
        threads: usize,
        progress: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyDict>> {
        let device: Device = device.parse().map_err(|reason: String| {
            exception(
                py,
                &Error::new(Kind::Setting, format!("argument `device`: {reason}")),
            )
        })?;
        let model = &self.inner;
        let (samples, draws, counts) = work(py, threads, &Ears::of(progress), |watch| {
            wanted.draw(model, n, &device, watch)
        })?;
        let nll = samples.iter().map(|sample| sample.nll).collect();
        let cut: Vec<bool> = samples.iter().map(|sample| sample.cut).collect();
        let smiles: Vec<String> = samples.into_iter().map(|sample| sample.smiles).collect();
        let found = PyDict::new(py);
        found.set_item("smiles", smiles)?;
        found.set_item("nll", Array::double(nll))?;
        found.set_item("cut", cut)?;
        found.set_item("draws", draws)?;
        found.set_item("counts", counts)?;
        Ok(found)
    }

    /// Negative log-likelihoods of each text's tokens in nats, the end last; or the reason for none.
    #[expect(clippy::type_complexity, reason = "a pair of columns")]
    fn token_nll(
        &self,
        py: Python<'_>,
        texts: Vec<Option<String>>,
        threads: usize,
    ) -> PyResult<(Vec<Option<Vec<f32>>>, Vec<Option<String>>)> {
        let model = &self.inner;
        let scores = work(py, threads, &Ears::of(None), |watch| {
            let mut scores: Vec<Result<Score, Unscorable>> = Vec::with_capacity(texts.len());
            let mut scorer = Scorer::new(model);
            for texts in texts.chunks(TEXTS) {
                if watch.stop() {
                    return Err(Error::new(Kind::Cancelled, "interrupted"));
                }
                let texts: Vec<&str> = texts
                    .iter()
                    .map(|text| text.as_deref().unwrap_or_default())
                    .collect();
                scores.extend(scorer.score(&texts));
            }
            Ok(scores)
        })?;
        let scores = scores.into_iter().zip(&texts);
        let both = scores.map(|(score, text)| match (score, text) {
            (_, None) => (None, Some("it is missing".to_owned())),
            (Ok(score), _) => (Some(score.tokens), None),
            (Err(reason), _) => (None, Some(reason.sentence())),
        });
        Ok(both.unzip())
    }

    /// The pieces of a text and their numbers.
    fn tokens(&self, py: Python<'_>, text: &str) -> PyResult<(Vec<String>, Vec<u16>)> {
        let tokenizer = self.inner.tokenizer();
        let fault = |error: Error| exception(py, &error);
        let pieces = tokenizer
            .pieces(text)
            .map_err(|error| fault(error.into()))?;
        let ids = tokenizer
            .encode(text)
            .map_err(|error| fault(error.into()))?;
        let ids = ids[1..ids.len() - 1].iter().map(|id| id.0).collect();
        Ok((pieces.into_iter().map(str::to_owned).collect(), ids))
    }

    /// Logits `[1 + tokens, vocabulary]`: of the first token, and of the token after each one of the text.
    fn logits(&self, py: Python<'_>, text: &str) -> PyResult<Array> {
        let ids = self.inner.tokenizer().encode_prompt(text);
        let ids: Vec<TokenId> = ids.map_err(|error| exception(py, &error.into()))?;
        let room = self.inner.config().context - 1;
        if ids.len() > room {
            let (tokens, room) = (ids.len() - 1, room - 1);
            let message = format!("argument `text` has {tokens} tokens: the model reads {room}");
            return Err(exception(py, &Error::new(Kind::Setting, message)));
        }
        let logits = py.detach(|| CpuGenerator::new(&self.inner).logits(&ids));
        let vocabulary = self.inner.tokenizer().vocabulary().len();
        Ok(Array::single(logits, vec![ids.len(), vocabulary]))
    }

    /// What the model computes on a text: its tokens with BOS before them, the residual stream before the first
    /// block and after each `[blocks + 1, tokens, width]`, attention weights `[blocks, heads, tokens, tokens]`.
    fn trace(&self, py: Python<'_>, text: &str) -> PyResult<(Vec<String>, Array, Array)> {
        let explained = py.detach(|| explain(&self.inner, text, 0));
        let explained = explained.map_err(|error| exception(py, &error))?;
        let config = self.inner.config();
        let trace = explained.trace;
        let written = explained.tokens.into_iter().map(|token| token.token);
        let mut tokens: Vec<String> = std::iter::once("[BOS]".to_owned()).chain(written).collect();
        tokens.pop();
        let hidden = vec![trace.hidden.len(), trace.time, config.width];
        let attention = vec![config.layers, config.heads, trace.time, trace.time];
        Ok((
            tokens,
            Array::single(trace.hidden.concat(), hidden),
            Array::single(trace.attention.concat(), attention),
        ))
    }

    /// Embeddings of texts `[texts, width]`: means of the residual stream after so many blocks; NaN for what the
    /// model cannot read.
    fn embed(
        &self,
        py: Python<'_>,
        texts: Vec<Option<String>>,
        blocks: usize,
        threads: usize,
    ) -> PyResult<Array> {
        let config = self.inner.config();
        let (width, layers) = (config.width, config.layers);
        if blocks > layers {
            let message = format!("argument `blocks` is {blocks}: the model has {layers}");
            return Err(exception(py, &Error::new(Kind::Setting, message)));
        }
        let model = &self.inner;
        let values = work(py, threads, &Ears::of(None), |watch| {
            let mut values = Vec::with_capacity(texts.len() * width);
            for texts in texts.chunks(256) {
                if watch.stop() {
                    return Err(Error::new(Kind::Cancelled, "interrupted"));
                }
                let one = |text: &Option<String>| {
                    let text = text.as_deref().unwrap_or("?");
                    let pooled = explain(model, text, 0).map(|explained| explained.pooled(blocks));
                    pooled.unwrap_or_else(|_| vec![f32::NAN; width])
                };
                let rows: Vec<Vec<f32>> = texts.par_iter().map(one).collect();
                values.extend(rows.into_iter().flatten());
            }
            Ok(values)
        })?;
        Ok(Array::single(values, vec![texts.len(), width]))
    }

    /// Weights by name, in the order of the file.
    fn weights(&self) -> Vec<(String, Array)> {
        let layout = self.inner.layout();
        let entries = layout.entries.into_iter();
        let array = |entry: molgpt::model::Entry| {
            let values = self.inner.parameters()[entry.range].to_vec();
            (entry.name, Array::single(values, entry.shape))
        };
        entries.map(array).collect()
    }
}
