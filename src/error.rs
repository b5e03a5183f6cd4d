//! The error of every flow: a kind to decide by, sentences to read, the cause behind them.
//!
//! Rooms that do one thing have small error types of their own; each becomes one of these where a
//! flow puts rooms together, and is found again with [`Error::cause`].
//!
//! A message names settings as [`setting`] writes them; a face that calls them otherwise (flags of
//! a command line, arguments of a function) renames them with [`rename_settings`].

use std::error::Error as StdError;
use std::fmt;

/// Declares that errors of these types become an [`Error`] of this kind.
macro_rules! becomes {
    ($kind:ident: $($room:ty),+ $(,)?) => {$(
        impl From<$room> for $crate::error::Error {
            fn from(error: $room) -> Self {
                Self::from_room($crate::error::Kind::$kind, error)
            }
        }
    )+};
}
pub(crate) use becomes;

/// Returns an [`Error`] of this kind with this message, unless the condition holds.
macro_rules! ensure {
    ($condition:expr, $kind:ident, $($message:tt)+) => {
        if !$condition {
            return Err($crate::error::Error::new(
                $crate::error::Kind::$kind,
                format!($($message)+),
            ));
        }
    };
}
pub(crate) use ensure;

/// Returns an [`Error`] of this kind with this message.
macro_rules! bail {
    ($kind:ident, $($message:tt)+) => {
        return Err($crate::error::Error::new(
            $crate::error::Kind::$kind,
            format!($($message)+),
        ))
    };
}
pub(crate) use bail;

/// The kind of an error, by which a caller chooses an exit code or an exception.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A setting makes no sense, or does not fit the others.
    Setting,
    /// A file or text that was given is not what it should be.
    Input,
    /// The file system refused.
    File,
    /// A device cannot do the work.
    Device,
    /// [`Watch::stop`](crate::progress::Watch::stop) ended the work before there was anything to
    /// give.
    Cancelled,
}

impl Kind {
    /// Its name, one word in lower case: `setting`, `input`, `file`, `device`, `cancelled`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Setting => "setting",
            Self::Input => "input",
            Self::File => "file",
            Self::Device => "device",
            Self::Cancelled => "cancelled",
        }
    }
}

/// The error of a flow.
#[derive(Debug)]
pub struct Error {
    kind: Kind,
    message: String,
    cause: Option<Box<dyn StdError + Send + Sync>>,
}

/// The result of a flow.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// An error without a deeper cause.
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            cause: None,
        }
    }

    /// The end that a watcher asked for, before there was anything to give.
    pub(crate) fn cancelled() -> Self {
        Self::new(Kind::Cancelled, "the work was cancelled")
    }

    /// The error of a room, whose words stand for it.
    pub(crate) fn from_room(kind: Kind, error: impl StdError + Send + Sync + 'static) -> Self {
        Self {
            kind,
            message: String::new(),
            cause: Some(Box::new(error)),
        }
    }

    /// Its kind.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The cause of type `T`, wherever it lies in the chain.
    pub fn cause<T: StdError + 'static>(&self) -> Option<&T> {
        let mut next: Option<&(dyn StdError + 'static)> = Some(self);
        while let Some(error) = next {
            if let Some(found) = error.downcast_ref::<T>() {
                return Some(found);
            }
            next = match error.downcast_ref::<Self>() {
                Some(own) => own.cause.as_deref().map(|cause| cause as _),
                None => error.source(),
            };
        }
        None
    }

    /// All messages from the outermost to the innermost, between colons.
    pub fn chain(&self) -> String {
        let mut text = self.to_string();
        let mut next = self.source();
        while let Some(error) = next {
            text.push_str(": ");
            text += &error.to_string();
            next = error.source();
        }
        text
    }

    /// The same error with a sentence before it.
    #[must_use]
    pub(crate) fn within(self, message: impl Into<String>) -> Self {
        Self {
            kind: self.kind,
            message: message.into(),
            cause: Some(Box::new(self)),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.cause {
            Some(cause) if self.message.is_empty() => cause.fmt(f),
            _ => f.write_str(&self.message),
        }
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match &self.cause {
            // An error without words of its own stands for its cause.
            Some(cause) if self.message.is_empty() => cause.source(),
            Some(cause) => Some(cause.as_ref()),
            None => None,
        }
    }
}

impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Self {
        Self::from_room(Kind::File, error)
    }
}

becomes!(Input: serde_json::Error, csv::Error, std::string::FromUtf8Error);
becomes!(Setting: toml::ser::Error, rayon::ThreadPoolBuildError);

/// Puts a sentence before an error; makes one of [`Kind::Setting`] where an [`Option`] is empty.
pub(crate) trait Context<T> {
    /// The error with this sentence before it.
    fn context(self, message: impl Into<String>) -> Result<T>;

    /// The same; the sentence is made only where there is an error.
    fn with_context<S: Into<String>>(self, message: impl FnOnce() -> S) -> Result<T>;
}

impl<T, E: Into<Error>> Context<T> for Result<T, E> {
    fn context(self, message: impl Into<String>) -> Result<T> {
        self.map_err(|error| error.into().within(message))
    }

    fn with_context<S: Into<String>>(self, message: impl FnOnce() -> S) -> Result<T> {
        self.map_err(|error| error.into().within(message()))
    }
}

impl<T> Context<T> for Option<T> {
    fn context(self, message: impl Into<String>) -> Result<T> {
        self.ok_or_else(|| Error::new(Kind::Setting, message))
    }

    fn with_context<S: Into<String>>(self, message: impl FnOnce() -> S) -> Result<T> {
        self.ok_or_else(|| Error::new(Kind::Setting, message()))
    }
}

/// The form in which messages name a setting: the field of a settings struct.
///
/// A literal in a message may write the same by hand: ``setting `overwrite` ``.
pub fn setting(name: &str) -> String {
    format!("setting `{name}`")
}

/// A message with every setting, written as by [`setting`], under the name that `name` gives it.
pub fn rename_settings(message: &str, name: impl Fn(&str) -> String) -> String {
    let mut renamed = String::with_capacity(message.len());
    let mut rest = message;
    while let Some((before, after)) = rest.split_once("setting `") {
        renamed += before;
        match after.split_once('`') {
            Some((field, after)) if is_field(field) => {
                renamed += &name(field);
                rest = after;
            }
            _ => {
                renamed += "setting `";
                rest = after;
            }
        }
    }
    renamed + rest
}

fn is_field(text: &str) -> bool {
    let letters = |byte: u8| byte.is_ascii_lowercase() || byte == b'_';
    !text.is_empty() && text.bytes().all(letters)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_renamed_and_other_text_is_not() {
        #[track_caller]
        fn check(message: &str, expected: &str) {
            let flag = |field: &str| format!("--{}", field.replace('_', "-"));
            assert_eq!(rename_settings(message, flag), expected);
        }
        check("raise setting `max_draws` now", "raise --max-draws now");
        check("setting `a` or setting `b_c`", "--a or --b-c");
        check(
            "a setting `Not a field` stays",
            "a setting `Not a field` stays",
        );
        check("setting `open", "setting `open");
        assert_eq!(setting("seed"), "setting `seed`");
    }

    #[test]
    fn causes_are_found_and_told_once() {
        let broken = || std::io::Error::other("disk on fire");
        let error = Error::from(broken()).within("cannot write `x`");
        assert_eq!(error.chain(), "cannot write `x`: disk on fire");
        assert_eq!(Error::from(broken()).chain(), "disk on fire");
        assert_eq!(error.kind(), Kind::File);
        assert!(error.cause::<std::io::Error>().is_some());
        assert!(error.cause::<fmt::Error>().is_none());
    }
}
