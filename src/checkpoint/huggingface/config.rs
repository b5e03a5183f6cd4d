//! Which network of `transformers` a model is, and its settings there.
//!
//! Networks with learned positions are GPT-2, those with rotary positions GPT-NeoX whose two branches follow each other:
//! pre-norm blocks, GELU by tanh, queries, keys and values in one layer. Sinusoidal positions have neither.

use serde_json::{Value, json};

use crate::model::{GptConfig, Model, Position};

/// The epsilon of every layer norm.
const EPSILON: f64 = 1e-5;
/// The base of rotary angles.
const ROTARY_BASE: f64 = 10_000.0;

/// A network of `transformers`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Architecture {
    /// `GPT2LMHeadModel`: learned positions.
    Gpt2,
    /// `GPTNeoXForCausalLM`: rotary positions.
    GptNeoX,
}

impl Architecture {
    /// That of a network; `None` where there is none.
    pub fn of(network: &GptConfig) -> Option<Self> {
        match network.position {
            Position::Learned => Some(Self::Gpt2),
            Position::Rotary => Some(Self::GptNeoX),
            Position::Sinusoidal => None,
        }
    }

    /// Its class in `transformers`.
    pub fn class(self) -> &'static str {
        match self {
            Self::Gpt2 => "GPT2LMHeadModel",
            Self::GptNeoX => "GPTNeoXForCausalLM",
        }
    }

    /// `config.json` of a model.
    pub(super) fn json(self, model: &Model) -> Value {
        let GptConfig {
            layers,
            heads,
            width,
            context,
            dropout,
            tied_head,
            ..
        } = model.config();
        let mut settings = match self {
            Self::Gpt2 => json!({
                "model_type": "gpt2",
                "activation_function": "gelu_new",
                "n_positions": context,
                "n_embd": width,
                "n_layer": layers,
                "n_head": heads,
                "n_inner": 4 * width,
                "layer_norm_epsilon": EPSILON,
                "embd_pdrop": dropout,
                "resid_pdrop": dropout,
                "attn_pdrop": 0.0,
                "scale_attn_weights": true,
                "scale_attn_by_inverse_layer_idx": false,
            }),
            // Rotary settings under the names of transformers 4 and 5.
            Self::GptNeoX => json!({
                "model_type": "gpt_neox",
                "hidden_act": "gelu_new",
                "max_position_embeddings": context,
                "hidden_size": width,
                "num_hidden_layers": layers,
                "num_attention_heads": heads,
                "intermediate_size": 4 * width,
                "layer_norm_eps": EPSILON,
                "hidden_dropout": dropout,
                "attention_dropout": 0.0,
                "attention_bias": true,
                "use_parallel_residual": false,
                "rotary_pct": 1.0,
                "rotary_emb_base": ROTARY_BASE,
                "rope_parameters": {
                    "rope_type": "default", "rope_theta": ROTARY_BASE, "partial_rotary_factor": 1.0,
                },
            }),
        };
        let common = json!({
            "architectures": [self.class()],
            "vocab_size": model.shape().vocabulary,
            "initializer_range": 0.02,
            "tie_word_embeddings": tied_head,
            "pad_token_id": 0,
            "bos_token_id": 1,
            "eos_token_id": 2,
            "dtype": "float32",
        });
        if let (Value::Object(settings), Value::Object(common)) = (&mut settings, common) {
            settings.extend(common);
        }
        settings
    }
}

/// `generation_config.json`: settings of `generate`.
pub(super) fn generation(model: &Model) -> Value {
    json!({
        "do_sample": true,
        "max_length": model.config().context,
        "pad_token_id": 0,
        "bos_token_id": 1,
        "eos_token_id": 2,
        "suppress_tokens": [0, 1, 3],
    })
}

/// The network of a `config.json`, its shape, and the rows of its embedding.
pub(super) fn read(config: &Value) -> Result<(Architecture, GptConfig, usize), String> {
    let settings = Settings(config);
    let architecture = match settings.text("model_type") {
        "gpt2" => Architecture::Gpt2,
        "gpt_neox" => Architecture::GptNeoX,
        other => {
            return Err(format!(
                "`model_type` is `{other}`: only gpt2 and gpt_neox can be read"
            ));
        }
    };
    let mut shape = match architecture {
        Architecture::Gpt2 => gpt2(&settings)?,
        Architecture::GptNeoX => gpt_neox(&settings)?,
    };
    let tied = settings.bool("tie_word_embeddings");
    shape.tied_head = tied.unwrap_or(architecture == Architecture::Gpt2);
    shape.validate().map_err(|error| error.to_string())?;
    Ok((architecture, shape, settings.size("vocab_size")?))
}

fn gpt2(settings: &Settings<'_>) -> Result<GptConfig, String> {
    settings.ensure_gelu("activation_function", true)?;
    let width = settings.size("n_embd")?;
    let inner = settings.number("n_inner");
    ensure(
        inner.is_none_or(|inner| inner as usize == 4 * width),
        "n_inner",
        "4 `n_embd`",
    )?;
    settings.ensure_number("layer_norm_epsilon", EPSILON)?;
    settings.ensure_bool("scale_attn_weights", true)?;
    settings.ensure_bool("scale_attn_by_inverse_layer_idx", false)?;
    settings.ensure_bool("add_cross_attention", false)?;
    Ok(GptConfig {
        layers: settings.size("n_layer")?,
        heads: settings.size("n_head")?,
        width,
        context: settings.size("n_positions")?,
        position: Position::Learned,
        dropout: settings.number("resid_pdrop").unwrap_or(0.0),
        tied_head: true,
    })
}

fn gpt_neox(settings: &Settings<'_>) -> Result<GptConfig, String> {
    settings.ensure_gelu("hidden_act", false)?;
    let width = settings.size("hidden_size")?;
    let inner = settings.size("intermediate_size")?;
    ensure(inner == 4 * width, "intermediate_size", "4 `hidden_size`")?;
    settings.ensure_number("layer_norm_eps", EPSILON)?;
    ensure(
        settings.bool("use_parallel_residual") == Some(false),
        "use_parallel_residual",
        "false",
    )?;
    settings.ensure_bool("attention_bias", true)?;
    let rotary = settings.0.get("rope_parameters").unwrap_or(&Value::Null);
    let rotary = Settings(rotary);
    let (share, base) = (
        rotary
            .number("partial_rotary_factor")
            .or(settings.number("rotary_pct")),
        rotary
            .number("rope_theta")
            .or(settings.number("rotary_emb_base")),
    );
    // A quarter of a head is turned where nothing is said.
    ensure(share == Some(1.0), "rotary_pct", "1")?;
    ensure(
        base.unwrap_or(ROTARY_BASE) == ROTARY_BASE,
        "rotary_emb_base",
        "10000",
    )?;
    ensure(
        ["", "default"].contains(&rotary.text("rope_type")),
        "rope_type",
        "default",
    )?;
    Ok(GptConfig {
        layers: settings.size("num_hidden_layers")?,
        heads: settings.size("num_attention_heads")?,
        width,
        context: settings.size("max_position_embeddings")?,
        position: Position::Rotary,
        dropout: settings.number("hidden_dropout").unwrap_or(0.0),
        tied_head: false,
    })
}

fn ensure(holds: bool, key: &str, needed: &str) -> Result<(), String> {
    if holds {
        return Ok(());
    }
    Err(format!("`{key}` must be {needed}"))
}

/// The keys of a `config.json`.
struct Settings<'a>(&'a Value);

impl<'a> Settings<'a> {
    fn text(&self, key: &str) -> &'a str {
        let value = self.0.get(key).and_then(Value::as_str);
        value.unwrap_or_default()
    }

    fn number(&self, key: &str) -> Option<f64> {
        self.0.get(key).and_then(Value::as_f64)
    }

    fn bool(&self, key: &str) -> Option<bool> {
        self.0.get(key).and_then(Value::as_bool)
    }

    fn size(&self, key: &str) -> Result<usize, String> {
        let value = self.0.get(key).and_then(Value::as_u64);
        let value = value.map(|value| value as usize);
        value.ok_or_else(|| format!("`{key}` is missing"))
    }

    fn ensure_number(&self, key: &str, needed: f64) -> Result<(), String> {
        let found = self.number(key);
        let holds = found.is_none_or(|found| (found - needed).abs() <= 1e-9);
        ensure(holds, key, &needed.to_string())
    }

    fn ensure_bool(&self, key: &str, needed: bool) -> Result<(), String> {
        let found = self.bool(key);
        ensure(
            found.is_none_or(|found| found == needed),
            key,
            &needed.to_string(),
        )
    }

    /// GELU by tanh; `usual`: whether it is so where nothing is said.
    fn ensure_gelu(&self, key: &str, usual: bool) -> Result<(), String> {
        let found = self.text(key);
        if ["gelu_new", "gelu_pytorch_tanh"].contains(&found) || (found.is_empty() && usual) {
            return Ok(());
        }
        Err(format!(
            "`{key}` is `{found}`: only gelu_new can be computed"
        ))
    }
}
