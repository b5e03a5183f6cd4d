//! How a drawing looks: sizes and colours.

/// The colours of a drawing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Theme {
    /// For a page that the drawing is part of: bonds have the text colour of the page, and letters
    /// the colours of [`Style::page_css`] if the page has it.
    #[default]
    Page,
    /// A file of its own, for a light or a dark page: it follows the reader's preference.
    Auto,
    /// For white paper.
    Light,
    /// For a dark ground.
    Dark,
    /// Black only.
    Print,
}

/// Sizes and colours of a drawing. Lengths are CSS pixels, a 96th of an inch.
#[derive(Debug, Clone, PartialEq)]
pub struct Style {
    /// The length of a bond; shorter where the drawing would not fit.
    pub bond: f64,
    /// The width of lines; by the length of bonds where it is `None`.
    pub line: Option<f64>,
    /// The size of letters; by the length of bonds where it is `None`.
    pub font: Option<f64>,
    /// Space around a drawing.
    pub margin: f64,
    /// The colours.
    pub theme: Theme,
}

impl Default for Style {
    fn default() -> Self {
        Self {
            bond: 30.0,
            line: None,
            font: None,
            margin: 6.0,
            theme: Theme::default(),
        }
    }
}

/// The smallest letters, where bonds are not much shorter.
const LEAST_FONT: f64 = 9.5;

impl Style {
    /// For print in two columns: bonds of 14.4 points, lines of 0.6 and letters of 10, as the
    /// American Chemical Society asks for.
    pub fn print() -> Self {
        let point = 96.0 / 72.0;
        Self {
            bond: 14.4 * point,
            line: Some(0.6 * point),
            font: Some(10.0 * point),
            theme: Theme::Print,
            ..Self::default()
        }
    }

    /// The width of lines where bonds have this length.
    pub(super) fn line_at(&self, bond: f64) -> f64 {
        let width = self.line.unwrap_or((0.05 * bond).clamp(1.0, 2.2));
        width
            * (bond / self.bond)
                .min(1.0)
                .powf(if self.line.is_some() { 0.5 } else { 0.0 })
    }

    /// The size of letters where bonds have this length.
    pub(super) fn font_at(&self, bond: f64) -> f64 {
        match self.font {
            Some(font) => font * (bond / self.bond).min(1.0),
            None => (0.5 * bond).max(LEAST_FONT.min(0.85 * bond)),
        }
    }

    /// Rules for the style sheet of a page with drawings of [`Theme::Page`]: the colours of letters
    /// for light and dark pages.
    pub fn page_css() -> String {
        let rules = |dark: bool| -> String {
            let rule = |(number, colours): &(u8, [&str; 2])| {
                format!(".a{number}{{fill:{}}}", colours[usize::from(dark)])
            };
            COLOURS.iter().map(rule).collect()
        };
        format!(
            "{}\n@media (prefers-color-scheme:dark){{{}}}\n",
            rules(false),
            rules(true)
        )
    }
}

/// Colours of elements by atomic number, on light and on dark ground: each has a contrast of 4.5
/// to its ground. Other elements have the colour of bonds.
const COLOURS: [(u8, [&str; 2]); 10] = [
    (5, ["#8a5a2b", "#e8b48a"]),
    (7, ["#2452c7", "#8fb1ff"]),
    (8, ["#c01f2b", "#ff8a80"]),
    (9, ["#23763a", "#7ddb91"]),
    (15, ["#a8510a", "#ffae66"]),
    (16, ["#7d6200", "#e6c84f"]),
    (17, ["#23763a", "#7ddb91"]),
    (34, ["#7d6200", "#e6c84f"]),
    (35, ["#8f3a1c", "#f0a184"]),
    (53, ["#6b2fa8", "#cfa3ff"]),
];

/// What something is drawn with.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Ink {
    /// Of bonds and carbon.
    Line,
    /// Of notes and numbers.
    Muted,
    /// Of the letters of an element.
    Element(u8),
    /// Of a highlight.
    Shade(Shade),
}

/// A colour of a highlight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shade {
    /// Red, green and blue.
    pub rgb: [u8; 3],
}

impl Shade {
    /// The colour of highlights that say nothing but where they are.
    pub const PLAIN: Self = Self {
        rgb: [255, 196, 61],
    };

    /// The colour as `#rrggbb`.
    pub fn hex(self) -> String {
        let [red, green, blue] = self.rgb;
        format!("#{red:02x}{green:02x}{blue:02x}")
    }
}

/// How much of a highlight covers what is under it.
pub(super) const SHADE_OPACITY: f64 = 0.55;

impl Ink {
    /// The colour on light or dark ground; `None` for that of the page.
    pub(super) fn colour(self, theme: Theme) -> Option<String> {
        let dark = theme == Theme::Dark;
        let known = |number: u8| COLOURS.iter().find(|(other, _)| *other == number);
        let line = match theme {
            Theme::Page => None,
            Theme::Print => Some("#000"),
            Theme::Dark => Some("#e6e9ec"),
            Theme::Auto | Theme::Light => Some("#1c2024"),
        };
        match self {
            Self::Shade(shade) => Some(shade.hex()),
            Self::Line => line.map(str::to_owned),
            Self::Muted if theme == Theme::Page => None,
            Self::Muted => Some(if dark { "#98a2ab" } else { "#626b74" }.to_owned()),
            Self::Element(number) => match known(number) {
                Some((_, colours)) if theme != Theme::Print => {
                    Some(colours[usize::from(dark)].to_owned())
                }
                _ => line.map(str::to_owned),
            },
        }
    }

    /// The class by which a style sheet knows it.
    pub(super) fn class(self) -> Option<String> {
        match self {
            Self::Element(number) => {
                let known = COLOURS.iter().any(|(other, _)| *other == number);
                known.then(|| format!("a{number}"))
            }
            _ => None,
        }
    }

    /// The red, green and blue of the colour on paper, for pictures of pixels.
    pub(super) fn rgb(self, theme: Theme) -> [u8; 3] {
        let colour = self.colour(theme).unwrap_or_else(|| "#1c2024".to_owned());
        let digits: Vec<u8> = colour
            .bytes()
            .skip(1)
            .filter_map(|byte| char::from(byte).to_digit(16))
            .map(|digit| digit as u8)
            .collect();
        match digits.as_slice() {
            [a, b, c, d, e, f] => [a * 16 + b, c * 16 + d, e * 16 + f],
            [a, b, c] => [a * 17, b * 17, c * 17],
            _ => [0; 3],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Relative luminance (WCAG 2.2).
    fn luminance(hex: &str) -> f64 {
        let channel = |at: usize| {
            let value = u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
            let value = f64::from(value) / 255.0;
            if value <= 0.04045 {
                value / 12.92
            } else {
                ((value + 0.055) / 1.055).powf(2.4)
            }
        };
        0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5)
    }

    #[test]
    fn colours_can_be_read_on_their_ground() {
        let contrast =
            |first: f64, second: f64| (first.max(second) + 0.05) / (first.min(second) + 0.05);
        for (number, [light, dark]) in COLOURS {
            let found = contrast(luminance(light), luminance("#ffffff"));
            assert!(found >= 4.5, "element {number} on white: {found:.2}");
            let found = contrast(luminance(dark), luminance("#121517"));
            assert!(found >= 4.5, "element {number} on dark: {found:.2}");
        }
    }

    #[test]
    fn print_is_black() {
        assert_eq!(
            Ink::Element(7).colour(Theme::Print).as_deref(),
            Some("#000")
        );
        assert_eq!(Ink::Element(7).rgb(Theme::Print), [0; 3]);
        assert_eq!(Ink::Line.colour(Theme::Page), None);
        assert_eq!(Ink::Element(7).rgb(Theme::Page), [0x24, 0x52, 0xc7]);
        assert_eq!(Ink::Element(6).class(), None);
    }
}
