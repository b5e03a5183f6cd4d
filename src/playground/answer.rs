//! A model that answers requests.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::drawn::{drawing, properties};
use super::request::Request;
use super::sampled::sampled;
use super::walk::walk;
use crate::chem::{Invalid, Molecule};
use crate::error::Result;
use crate::explain::{Continuations, Explanation, atoms_of, explain, token_map};
use crate::likelihood::Unscorable;
use crate::model::Model;
use crate::tokenizer::{PromptError, TokenizeError, Tokenizer};

/// Pairs of neighbours learned on data/molecules.csv, to show what pairs are where a model has none.
const PAIRS: &str = include_str!("pairs.txt");

/// A model with what it remembers between requests.
#[derive(Debug)]
pub struct Session<'a> {
    model: &'a Model,
    continuations: Continuations<'a>,
    pairs: Option<Tokenizer>,
    /// The text that was explained last.
    explained: Option<(String, Explanation)>,
}

impl<'a> Session<'a> {
    /// A session with this model.
    pub fn new(model: &'a Model) -> Self {
        Self {
            model,
            continuations: Continuations::new(model),
            pairs: pairs(model.tokenizer()),
            explained: None,
        }
    }

    /// The answer to a request, both JSON. What cannot be answered is an object with the reason as `error`.
    pub fn answer(&mut self, request: &str) -> String {
        let answer = match serde_json::from_str(request) {
            Ok(request) => self.reply(request),
            Err(error) => Err(error.into()),
        };
        let answer = answer.unwrap_or_else(|error| fault(&error.to_string()));
        answer.to_string()
    }

    fn reply(&mut self, request: Request) -> Result<Value> {
        Ok(match request {
            Request::About {} => self.about(),
            Request::Read { text } => self.read(&text),
            Request::Properties { text } => {
                let molecule = Molecule::parse(&text).ok();
                json!({ "properties": molecule.and_then(|molecule| properties(&molecule, &text)) })
            }
            Request::Next { text, settings } => {
                let state = self.continuations.grammar().after(&text);
                json!({
                    "tokens": self.continuations.next(&text, &settings.params())?,
                    "begins": state.is_some(),
                    "rings": state.as_ref().map(crate::grammar::State::open_rings),
                    "branches": state.map(|state| state.open_branches()),
                })
            }
            Request::Explain { text, top } => {
                let explanation = self.explanation(&text, top)?;
                json!({
                    "tokens": explanation.tokens,
                    "nll": explanation.nll(),
                    "atoms": atoms_of_tokens(explanation),
                    "attention": rounded(explanation),
                })
            }
            Request::Lens { text } => {
                let model = self.model;
                let explanation = self.explanation(&text, 1)?;
                let blocks = 0..=model.config().layers;
                let lens = blocks.map(|block| explanation.lens(model, block, 3));
                json!({ "blocks": lens.collect::<Vec<_>>() })
            }
            Request::Walk {
                text,
                token,
                block,
                head,
            } => {
                let model = self.model;
                walk(model, self.explanation(&text, 1)?, [token, block, head])?
            }
            Request::Tree { text, size, width } => {
                json!({ "branches": self.continuations.tree(&text, size, width)? })
            }
            Request::Map {} => serde_json::to_value(token_map(self.model, 5))?,
            Request::Sample {
                settings,
                first,
                count,
                wishes,
                draw,
            } => sampled(
                self.continuations.generator(),
                &settings.params(),
                first..first + count,
                &wishes.texts().read(None)?,
                draw,
            )?,
            Request::Sdf { smiles } => json!({ "sdf": sd_file(&smiles)? }),
        })
    }

    fn about(&self) -> Value {
        let config = self.model.config();
        let tokenizer = self.model.tokenizer();
        json!({
            "layers": config.layers,
            "heads": config.heads,
            "width": config.width,
            "context": config.context,
            "position": config.position,
            "parameters": self.model.parameters().len(),
            "vocabulary": tokenizer.vocabulary().tokens(),
            "merges": tokenizer.merges().rules().len(),
            "pairs": self.pairs.as_ref().map_or(0, |pairs| pairs.merges().rules().len()),
            "tied_head": config.tied_head,
            "version": env!("CARGO_PKG_VERSION"),
        })
    }

    /// The tokens of a text, the atoms of each, and the molecule if it is one.
    fn read(&self, text: &str) -> Value {
        let tokenizer = self.model.tokenizer();
        let pieces = match tokenizer.pieces(text) {
            Ok(pieces) => pieces,
            Err(error) => {
                let TokenizeError { position, .. } = error;
                return json!({ "fault": place(text, Some(position), &error.sentence()) });
            }
        };
        let known = tokenizer.encode_prompt(text).err();
        let tokens: Vec<Value> = pieces
            .iter()
            .zip(atoms_of(&pieces).unwrap_or_default())
            .map(|(piece, atoms)| {
                json!({ "text": piece, "id": tokenizer.id_of_piece(piece).map(|id| id.0), "atoms": atoms })
            })
            .collect();
        let most = self.model.config().context - 2;
        let unread = known
            .map(|error| match error {
                PromptError::UnknownToken {
                    token, position, ..
                } => {
                    let unknown = Unscorable::UnknownToken { token, position };
                    place(text, Some(position), &unknown.sentence())
                }
                other => place(text, None, &other.to_string()),
            })
            .or_else(|| {
                let tokens = pieces.len();
                let long = Unscorable::TooLong { tokens, most };
                (tokens > most).then(|| place(text, None, &long.sentence()))
            });
        let mut answer = json!({
            "tokens": tokens,
            "pairs": self.pairs.as_ref().and_then(|pairs| pairs.pieces(text).ok()),
            "unread": unread,
            "drawing": drawing(text, [460.0, 300.0]),
        });
        match Molecule::parse(text) {
            Ok(molecule) => {
                answer["molecule"] = json!({ "canonical": molecule.canonical() });
            }
            Err(Invalid {
                position, message, ..
            }) => answer["fault"] = place(text, position, &message),
        }
        answer
    }

    /// The explanation of a text, which is remembered.
    fn explanation(&mut self, text: &str, top: usize) -> Result<&Explanation> {
        let known = self.explained.take();
        let known = known.filter(|(known, explanation)| {
            let listed = explanation.tokens.first();
            known == text && listed.is_some_and(|token| token.likeliest.len() >= top)
        });
        let explanation = match known {
            Some((_, explanation)) => explanation,
            None => explain(self.model, text, top)?,
        };
        Ok(&self.explained.insert((text.to_owned(), explanation)).1)
    }
}

/// The sign that a request cannot be answered.
fn fault(message: &str) -> Value {
    json!({ "error": message.lines().next() })
}

/// A fault of a text at a byte of it.
fn place(text: &str, byte: Option<usize>, message: &str) -> Value {
    let characters = byte.map(|byte| text.get(..byte).map_or(0, |before| before.chars().count()));
    // Messages of several lines show the place below, which the page does itself.
    json!({ "message": message.lines().next(), "position": characters })
}

/// The atoms that each token writes, the end being none.
fn atoms_of_tokens(explanation: &Explanation) -> Vec<Vec<usize>> {
    let tokens = &explanation.tokens[..explanation.tokens.len() - 1];
    let pieces: Vec<&str> = tokens.iter().map(|token| token.token.as_str()).collect();
    let mut atoms = atoms_of(&pieces).unwrap_or_default();
    atoms.push(Vec::new());
    atoms
}

/// Attention weights in thousandths: `[layers]` of `[heads, time, time]`.
fn rounded(explanation: &Explanation) -> Vec<Vec<u16>> {
    let thousandths = |weights: &Vec<f32>| {
        let round = |weight: &f32| (1000.0 * weight).round() as u16;
        weights.iter().map(round).collect()
    };
    explanation
        .trace
        .attention
        .iter()
        .map(thousandths)
        .collect()
}

/// The tokenizer with pairs over a vocabulary that has none.
fn pairs(tokenizer: &Tokenizer) -> Option<Tokenizer> {
    if !tokenizer.merges().is_empty() || !tokenizer.conditions().is_empty() {
        return None;
    }
    let mut tokens = tokenizer.vocabulary().tokens().to_vec();
    let mut merges = Vec::new();
    for merge in PAIRS.lines() {
        let merged = merge.replace(' ', "");
        let both = merge
            .split(' ')
            .all(|side| tokens.iter().any(|token| token == side));
        if both && !tokens.contains(&merged) {
            tokens.push(merged);
            merges.push(merge.to_owned());
        }
    }
    Tokenizer::from_texts(tokens, &merges).ok()
}

/// Molecules as the text of an SD file.
fn sd_file(smiles: &[String]) -> Result<String> {
    let mut file = String::new();
    for (place, text) in smiles.iter().enumerate() {
        let Ok(molecule) = Molecule::parse(text) else {
            continue;
        };
        let block = molecule
            .mol_block(&format!("molecule {}", place + 1))
            .map_err(|large| {
                crate::error::Error::new(crate::error::Kind::Input, large.to_string())
            })?;
        file += &block;
        file += "> <smiles>\n";
        file += text;
        file += "\n\n";
        if let Some(Value::Object(values)) = properties(&molecule, text) {
            for (name, value) in values {
                let value = value
                    .as_str()
                    .map_or_else(|| value.to_string(), str::to_owned);
                let _ = write!(file, "> <{name}>\n{value}\n\n");
            }
        }
        file += "$$$$\n";
    }
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(session: &mut Session<'_>, request: &Value) -> Value {
        serde_json::from_str(&session.answer(&request.to_string())).unwrap()
    }

    fn with_session(check: impl FnOnce(&mut Session<'_>)) {
        let model = Model::pretrained().unwrap();
        check(&mut Session::new(&model));
    }

    #[test]
    fn a_text_is_read_with_its_atoms_and_its_faults() {
        with_session(|session| {
            let read = ask(session, &json!({ "do": "read", "text": "CC(=O)N" }));
            assert_eq!(read["tokens"][2]["text"], "(");
            assert_eq!(read["tokens"][4]["atoms"], json!([2]));
            assert_eq!(read["molecule"]["canonical"], "CC(N)=O");
            let told = ask(session, &json!({ "do": "properties", "text": "CC(=O)N" }));
            assert_eq!(told["properties"]["formula"], "C2H5NO");
            assert_eq!(read["drawing"]["places"].as_array().unwrap().len(), 4);
            assert_eq!(read["drawing"]["bonds"].as_array().unwrap().len(), 3);
            assert!(read["pairs"].as_array().unwrap().len() < 7);
            let read = ask(session, &json!({ "do": "read", "text": "C!C" }));
            assert_eq!(read["fault"]["position"], 1);
            let read = ask(session, &json!({ "do": "read", "text": "C1CC" }));
            assert!(read["fault"]["message"].is_string() && read["molecule"].is_null());
            assert_eq!(read["drawing"]["unfinished"], true);
            let read = ask(session, &json!({ "do": "read", "text": "C[Xe]" }));
            assert_eq!(read["unread"]["position"], 1);
            assert!(read["tokens"][1]["id"].is_null());
            let long = ask(session, &json!({ "do": "read", "text": "C".repeat(4_000) }));
            assert!(
                long["unread"]["message"]
                    .as_str()
                    .unwrap()
                    .contains("4000 tokens")
            );
            assert!(long["drawing"]["large"].is_number());
        });
    }

    #[test]
    fn every_view_has_its_answer() {
        with_session(|session| {
            let text = "CC(=O)Nc1ccc(O)cc1";
            let explained = ask(session, &json!({ "do": "explain", "text": text, "top": 3 }));
            let tokens = explained["tokens"].as_array().unwrap().len();
            assert_eq!(tokens, 19);
            assert_eq!(explained["atoms"].as_array().unwrap().len(), tokens);
            let about = ask(session, &json!({ "do": "about" }));
            let layers = about["layers"].as_u64().unwrap() as usize;
            let heads = about["heads"].as_u64().unwrap() as usize;
            let attention = explained["attention"].as_array().unwrap();
            assert_eq!(attention.len(), layers);
            assert_eq!(
                attention[0].as_array().unwrap().len(),
                heads * tokens * tokens
            );
            let lens = ask(session, &json!({ "do": "lens", "text": text }));
            assert_eq!(lens["blocks"].as_array().unwrap().len(), layers + 1);
            let last = &lens["blocks"][layers];
            assert_eq!(last[3]["nll"], explained["tokens"][3]["nll"]);
            let settings = json!({ "temperature": 1.0, "top_k": 0, "top_p": 1.0, "grammar": true });
            let next = ask(
                session,
                &json!({ "do": "next", "text": "c1cc", "settings": settings }),
            );
            assert_eq!(next["rings"], json!([1]));
            assert_eq!(next["begins"], true);
            let tree = ask(
                session,
                &json!({ "do": "tree", "text": "C", "size": 20, "width": 3 }),
            );
            assert_eq!(tree["branches"].as_array().unwrap().len(), 3);
            let map = ask(session, &json!({ "do": "map" }));
            assert!(map["tokens"].as_array().unwrap().len() > 10);
            let sdf = ask(
                session,
                &json!({ "do": "sdf", "smiles": ["CCO", "bad", "C"] }),
            );
            assert_eq!(sdf["sdf"].as_str().unwrap().matches("$$$$").count(), 2);
        });
    }

    #[test]
    fn molecules_are_those_of_the_program() {
        with_session(|session| {
            let request = json!({
                "do": "sample", "first": 2, "count": 6,
                "settings": { "temperature": 1.0, "top_k": 0, "top_p": 1.0, "seed": 1 },
                "wishes": { "properties": "log_p=..3", "contains": "", "without": "" },
                "draw": true,
            });
            let sampled = ask(session, &request);
            let model = Model::pretrained().unwrap();
            let params = crate::generate::SamplingParams {
                seed: 1,
                ..crate::generate::SamplingParams::default()
            };
            let drawn = crate::generate::Generator::take(
                &crate::generate::CpuGenerator::new(&model),
                8,
                &params,
            );
            for (own, drawn) in sampled["molecules"]
                .as_array()
                .unwrap()
                .iter()
                .zip(&drawn.unwrap()[2..])
            {
                assert_eq!(own["smiles"], *drawn.smiles);
                if let Some(log_p) = own["properties"]["log_p"].as_f64() {
                    assert_eq!(own["as_wished"], log_p <= 3.0);
                }
            }
        });
    }

    #[test]
    fn what_cannot_be_answered_is_a_sentence() {
        with_session(|session| {
            for (request, expected) in [
                (json!({ "do": "dance" }), "unknown variant"),
                (json!({ "do": "explain", "text": "C!", "top": 3 }), "!"),
                (
                    json!({ "do": "walk", "text": "CC", "token": 9, "block": 0, "head": 0 }),
                    "token 9",
                ),
            ] {
                let answer = ask(session, &request);
                let message = answer["error"].as_str().unwrap();
                assert!(message.contains(expected), "{message}");
            }
        });
    }
}
