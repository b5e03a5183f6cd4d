//! What the program writes to standard error: text for people, or one JSON object a line for programs
//! (`--log-format json`).
//!
//! The only file that writes there; the bars, which only people get, are in `console.rs`. Does not know what
//! it is told.

use std::ffi::OsString;
use std::io::Write;
use std::sync::OnceLock;
use std::time::SystemTime;

use serde::Serialize;

/// The variable that stands for `--log-format`.
pub(super) const VARIABLE: &str = "MOLGPT_LOG_FORMAT";

/// The form of what is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub(super) enum LogFormat {
    /// Sentences, and bars on a terminal
    #[default]
    Text,
    /// One JSON object a line: `time` (RFC 3339, UTC), `level` (`info`, `warning`, `error`), `message`, and
    /// what else is known in fields; progress every few seconds
    Json,
}

/// How much it matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Level {
    /// What is done.
    Info,
    /// What a user should know, and what is no error.
    Warning,
    /// What failed.
    Error,
}

/// Nothing is known beside the message.
#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct NoFields {}

/// One line.
#[derive(Serialize)]
struct Line<'a, F> {
    time: String,
    level: Level,
    message: &'a str,
    #[serde(flatten)]
    fields: F,
}

static FORMAT: OnceLock<LogFormat> = OnceLock::new();

/// Takes the format, of which that of the first call stays. Of JSON, panics are told so, too.
pub(super) fn choose(format: LogFormat) {
    if FORMAT.set(format).is_ok() && format == LogFormat::Json {
        std::panic::set_hook(Box::new(|panic| {
            let words = panic.payload_as_str().unwrap_or("it does not say why");
            let place = panic.location().map(|place| format!(" at {place}"));
            let message = format!("panicked{}: {words}", place.unwrap_or_default());
            tell(Level::Error, &message, OfError::of("panic", None));
        }));
    }
}

/// Whether programs read what is told.
pub(super) fn are_json() -> bool {
    FORMAT.get() == Some(&LogFormat::Json)
}

/// The format that these words ask for, which may not be a usage that can be read further: the last
/// `--log-format`, else that of the environment.
pub(super) fn format_of(words: &[OsString]) -> LogFormat {
    let mut asked = std::env::var_os(VARIABLE);
    let mut words = words.iter().take_while(|word| *word != "--");
    while let Some(word) = words.next() {
        if word == "--log-format" {
            asked = words.next().cloned();
        } else if let Some(format) = word
            .to_str()
            .and_then(|it| it.strip_prefix("--log-format="))
        {
            asked = Some(format.into());
        }
    }
    if asked.is_some_and(|asked| asked == "json") {
        LogFormat::Json
    } else {
        LogFormat::Text
    }
}

/// The fields of an error.
#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct OfError<'a> {
    kind: &'a str,
    /// That of the program, if the error ends it.
    #[serde(skip_serializing_if = "Option::is_none")]
    exit_code: Option<u8>,
}

impl<'a> OfError<'a> {
    /// An error of this kind, and the exit code of the program if that ends by it.
    pub(super) fn of(kind: &'a str, exit_code: Option<u8>) -> Self {
        Self { kind, exit_code }
    }
}

/// Writes a message; its fields, which serialize to an object, only for programs.
///
/// Where standard error takes nothing, there is nobody to tell of that.
pub(super) fn tell(level: Level, message: &str, fields: impl Serialize) {
    let text = if are_json() {
        json(level, message, fields)
    } else {
        match level {
            Level::Info => format!("{message}\n"),
            Level::Warning => format!("note: {message}\n"),
            Level::Error => format!("error: {message}\n"),
        }
    };
    // One call, so that lines of several threads stay whole.
    let _ = std::io::stderr().lock().write_all(text.as_bytes());
}

fn json(level: Level, message: &str, fields: impl Serialize) -> String {
    let time = || humantime::format_rfc3339_millis(SystemTime::now()).to_string();
    let message = message.trim();
    let line = Line {
        time: time(),
        level,
        message,
        fields,
    };
    let text = serde_json::to_string(&line).or_else(|_| {
        // Fields that are no object are left out.
        serde_json::to_string(&Line {
            time: time(),
            level,
            message,
            fields: NoFields {},
        })
    });
    text.unwrap_or_default() + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_one_object_with_its_fields() {
        #[track_caller]
        fn check(message: &str, fields: impl Serialize, expected: &str) {
            let line = json(Level::Warning, message, fields);
            assert_eq!(line.matches('\n').count(), 1, "{line}");
            let mut found: serde_json::Value = serde_json::from_str(&line).unwrap();
            let time = found.as_object_mut().unwrap().remove("time").unwrap();
            let time = time.as_str().unwrap();
            assert!(humantime::parse_rfc3339(time).is_ok() && time.ends_with('Z'));
            let expected: serde_json::Value = serde_json::from_str(expected).unwrap();
            assert_eq!(found, expected);
        }
        check(
            "  two\nlines \u{1b}[0m",
            NoFields {},
            r#"{"level": "warning", "message": "two\nlines \u001b[0m"}"#,
        );
        check(
            "m",
            OfError::of("input", Some(1)),
            r#"{"level": "warning", "message": "m", "kind": "input", "exit_code": 1}"#,
        );
        check(
            "m",
            serde_json::json!({"loss": f64::NAN, "step": 3}),
            r#"{"level": "warning", "message": "m", "loss": null, "step": 3}"#,
        );
        check(
            "no object",
            3,
            r#"{"level": "warning", "message": "no object"}"#,
        );
    }

    #[test]
    fn the_format_is_found_in_wrong_usage_too() {
        #[track_caller]
        fn check(words: &[&str], expected: LogFormat) {
            let words: Vec<OsString> = words.iter().map(OsString::from).collect();
            assert_eq!(format_of(&words), expected, "{words:?}");
        }
        check(&["molgpt", "no"], LogFormat::Text);
        check(&["molgpt", "no", "--log-format", "json"], LogFormat::Json);
        check(&["molgpt", "--log-format=json", "no"], LogFormat::Json);
        check(&["molgpt", "--log-format=jsn"], LogFormat::Text);
        check(&["molgpt", "--log-format"], LogFormat::Text);
        check(
            &["molgpt", "no", "--", "--log-format=json"],
            LogFormat::Text,
        );
    }
}
