//! Kinds of pictures, by the ending of a name.

use std::path::Path;

use crate::error::{Result, bail};

/// What a picture is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Lines and letters, for any size.
    Svg,
    /// Pixels.
    Png,
    /// A page of its own, light and dark.
    Html,
}

impl Format {
    /// The kind that the ending of a name says.
    ///
    /// # Errors
    /// For any other ending.
    pub fn of(name: &Path) -> Result<Self> {
        let ending = name.extension().unwrap_or_default();
        match ending.to_ascii_lowercase().to_str() {
            Some("svg") => Ok(Self::Svg),
            Some("png") => Ok(Self::Png),
            Some("html" | "htm") => Ok(Self::Html),
            _ => bail!(
                Setting,
                "setting `output` `{}`: a picture is .svg, .png or .html, by the ending of its name",
                name.display()
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_kinds() {
        let check = |name: &str, kind| assert_eq!(Format::of(Path::new(name)).ok(), kind, "{name}");
        check("a.svg", Some(Format::Svg));
        check("a.b.PNG", Some(Format::Png));
        check("x/a.htm", Some(Format::Html));
        for other in ["a", "a.jpg", "a.svg.gz", "-", ".svg", "svg"] {
            check(other, None);
        }
    }
}
