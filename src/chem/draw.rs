//! Drawings of molecules as SVG.

use chematic::depict::{RenderOptions, depict_svg_opts};

use super::Molecule;

impl Molecule {
    /// A drawing as an inline `<svg>` element of `width` x `height` CSS pixels: transparent
    /// background, Kekulé form, bonds and carbons in the text colour of the surrounding page.
    pub fn draw(&self, width: u32, height: u32) -> String {
        let options = RenderOptions {
            width: Some(width),
            height: Some(height),
            background: "transparent".to_owned(),
            kekulize: true,
            ..RenderOptions::default()
        };
        let svg = depict_svg_opts(&self.graph, &options);
        svg.replace("\"#000000\"", "\"currentColor\"")
            .replace("\"#000\"", "\"currentColor\"")
            .replace("\"black\"", "\"currentColor\"")
    }
}
