//! Settings laid over others: texts that leave keys out, and single keys.
//!
//! Knows the tables and keys of a configuration by their names alone; what values make sense is known
//! to the types.

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;
use toml::{Table, Value};

use super::{ConfigError, RunConfig};

/// One key of a configuration and its value, parsed from a text such as
/// `training.learning_rate=1e-2`; the table may be left out (`learning_rate=1e-2`).
#[derive(Debug, Clone, PartialEq)]
pub struct Setting {
    table: Option<String>,
    key: String,
    value: Value,
    text: String,
}

impl Setting {
    /// The name of the key, without its table.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The value as it was written.
    pub fn value(&self) -> &str {
        self.text.split_once('=').map_or("", |(_, value)| value)
    }
}

impl fmt::Display for Setting {
    /// As it was parsed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl FromStr for Setting {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split_once('=');
        let (name, value) = parts
            .map(|(name, value)| (name.trim(), value.trim()))
            .filter(|(name, value)| !name.is_empty() && !value.is_empty())
            .ok_or("write KEY=VALUE, as in training.learning_rate=1e-2")?;
        // A bare word is a text: `optimizer=muon`.
        let parsed: Option<Table> = toml::from_str(&format!("value = {value}")).ok();
        let parsed = parsed.and_then(|mut table| table.remove("value"));
        let (table, key) = match name.split_once('.') {
            Some((table, key)) => (Some(table.to_owned()), key),
            None => (None, name),
        };
        Ok(Self {
            table,
            key: key.to_owned(),
            value: parsed.unwrap_or_else(|| Value::String(value.to_owned())),
            text: format!("{name}={value}"),
        })
    }
}

impl RunConfig {
    /// This configuration with the keys of a TOML text, which may leave any out.
    ///
    /// # Errors
    /// [`ConfigError`] for bad TOML, unknown keys and values that make no sense.
    pub fn with_text(&self, text: &str) -> Result<Self, ConfigError> {
        let mut tables = self.tables();
        for (name, over) in toml::from_str::<Table>(text)? {
            match (tables.get_mut(&name), over) {
                (Some(Value::Table(under)), Value::Table(over)) => under.extend(over),
                (_, over) => {
                    tables.insert(name, over);
                }
            }
        }
        let config = Self::deserialize(tables).map_err(|error| {
            // The text alone gives the place of a fault, unless what it lacks comes first.
            match toml::from_str::<Self>(text) {
                Err(placed) if !placed.message().starts_with("missing field") => placed,
                _ => error,
            }
        })?;
        config.validate()?;
        Ok(config)
    }

    /// This configuration with the values of these keys.
    ///
    /// # Errors
    /// [`ConfigError::Setting`] for a key that is unknown and a value of another type;
    /// [`ConfigError::Value`] for one that makes no sense.
    pub fn with(&self, settings: &[Setting]) -> Result<Self, ConfigError> {
        let mut config = self.clone();
        for setting in settings {
            config = config
                .with_one(setting)
                .map_err(|reason| ConfigError::Setting {
                    setting: setting.to_string(),
                    reason,
                })?;
        }
        config.validate()?;
        Ok(config)
    }

    fn with_one(&self, setting: &Setting) -> Result<Self, String> {
        let mut tables = self.tables();
        let holds = |name: &str| {
            let table = tables.get(name).and_then(Value::as_table);
            table.is_some_and(|table| table.contains_key(&setting.key))
        };
        let known = || {
            let tables = tables
                .iter()
                .filter_map(|(name, table)| Some((name, table.as_table()?)));
            let keys = tables
                .flat_map(|(name, table)| table.keys().map(move |key| format!("{name}.{key}")));
            keys.collect::<Vec<_>>().join(", ")
        };
        let of_key = || tables.keys().find(|name| holds(name)).cloned();
        let table = match &setting.table {
            Some(name) => Some(name.clone()).filter(|name| holds(name)),
            None => of_key(),
        };
        let table =
            table.ok_or_else(|| format!("there is no such key; the keys are {}", known()))?;
        if let Some(Value::Table(table)) = tables.get_mut(&table) {
            table.insert(setting.key.clone(), setting.value.clone());
        }
        Self::deserialize(tables).map_err(|error| error.message().to_owned())
    }

    /// The keys and values by table.
    fn tables(&self) -> Table {
        Table::try_from(self).expect("a configuration is TOML")
    }

    /// The configuration as a TOML text, each key with its unit and reason as in the shipped files.
    pub fn commented(&self) -> String {
        let tables = self.tables();
        let mut table = None;
        let line = |line: &str| {
            if let Some(name) = line
                .strip_prefix('[')
                .and_then(|rest| rest.strip_suffix(']'))
            {
                table = tables.get(name).and_then(Value::as_table);
            }
            let changed = || {
                let (key, rest) = line.split_once(" = ")?;
                let (value, comment) = rest.split_once('#')?;
                let found = table?.get(key)?.to_string();
                Some(format!(
                    "{key} = {found:width$} # {}",
                    comment.trim(),
                    width = value.trim_end().len()
                ))
            };
            changed().unwrap_or_else(|| line.to_owned())
        };
        let text: Vec<String> = KEYS.lines().map(line).collect();
        text.join("\n") + "\n"
    }
}

/// Every key with its comment.
const KEYS: &str = include_str!("../../configs/small.toml");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_may_leave_keys_out() {
        let small = RunConfig::small();
        assert_eq!(small.with_text("").unwrap(), small);
        let found = small
            .with_text("[training]\nepochs = 7\n[model]\nwidth = 64\n")
            .unwrap();
        assert_eq!((found.training.epochs, found.model.width), (7, 64));
        assert_eq!(found.training.batch_size, small.training.batch_size);
        for (text, message) in [
            ("[training]\nepocs = 7", "unknown field `epocs`"),
            ("[training]\nepochs = \"x\"", "invalid type"),
            ("[trainer]\nepochs = 7", "unknown field `trainer`"),
            ("epochs = 7", "unknown field `epochs`"),
            ("training = 7", "invalid type"),
            ("[training]\nbatch_size = 0", "`batch_size` is 0"),
            ("[training", "TOML"),
        ] {
            let error = small.with_text(text).unwrap_err().to_string();
            assert!(error.contains(message), "{text}: {error}");
        }
    }

    #[test]
    fn single_keys_are_set() {
        let small = RunConfig::small();
        let with = |texts: &[&str]| {
            let settings = texts.iter().map(|text| text.parse().unwrap());
            small.with(&settings.collect::<Vec<Setting>>())
        };
        let found = with(&[
            "training.learning_rate=1e-2",
            "optimizer = muon",
            "betas=[0.8, 0.9]",
            "tied_head=false",
            "tokenizer.merges=128",
            "kind=pairs",
        ])
        .unwrap();
        approx::assert_relative_eq!(found.training.learning_rate, 1e-2);
        assert!(!found.model.tied_head);
        assert_eq!(found.tokenizer.merges, 128);
        approx::assert_relative_eq!(found.training.betas[0], 0.8);
        for (text, message) in [
            (
                "training.width=3",
                "no such key; the keys are conditions.bins",
            ),
            ("lr=3", "training.learning_rate"),
            ("epochs=1.5", "epochs=1.5"),
            ("epochs=many", "epochs=many"),
            ("optimizer=sgd", "muon"),
            ("epochs=0", "`epochs` is 0"),
        ] {
            let error = with(&[text]).unwrap_err().to_string();
            assert!(error.contains(message), "{text}: {error}");
        }
        for text in ["", "epochs", "=3", "epochs="] {
            assert!(text.parse::<Setting>().is_err(), "{text}");
        }
    }

    #[test]
    fn the_commented_text_is_the_configuration_with_every_key() {
        for text in [
            include_str!("../../configs/tiny.toml"),
            include_str!("../../configs/finetune.toml"),
            include_str!("../../configs/moses.toml"),
        ] {
            let config = RunConfig::small().with_text(text).unwrap();
            let commented = config.commented();
            assert_eq!(RunConfig::parse_whole(&commented).unwrap(), config);
            assert!(RunConfig::parse_whole(text).is_ok() == text.contains("[model]"));
            let mut keys = config.tables();
            let text: Table = toml::from_str(&commented).unwrap();
            for (name, table) in text {
                let table = table.as_table().unwrap().clone();
                let whole = keys.remove(&name).unwrap();
                assert_eq!(table.len(), whole.as_table().unwrap().len(), "{name}");
            }
            assert!(keys.is_empty(), "{keys}");
        }
    }
}
