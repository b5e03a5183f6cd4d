//! A drawing as PNG, by the shapes that the SVG has.

use tiny_skia::{
    Color, FillRule, LineCap, Paint, PathBuilder, Pixmap, Stroke, StrokeDash, Transform,
};

use super::super::point::Point;
use super::glyphs::{self, Segment};
use super::style::{Ink, SHADE_OPACITY, Style, Theme};
use super::{Picture, Shape};

/// The most pixels of a picture.
const MOST: f64 = 100e6;

/// A PNG that cannot be made.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum PngError {
    /// The size is none, or too large.
    #[error("a picture of {width:.0} x {height:.0} pixels cannot be made: up to 100 million can")]
    Size {
        /// In pixels.
        width: f64,
        /// In pixels.
        height: f64,
    },
    /// The file cannot be written.
    #[error("the picture cannot be encoded: {0}")]
    Encoding(String),
}

/// The file of a picture; the ground is white, or dark for the dark theme.
pub(super) fn write(picture: &Picture, scale: f64, style: &Style) -> Result<Vec<u8>, PngError> {
    let [width, height] = picture.size.map(|length| (length * scale).ceil());
    let bad = || PngError::Size { width, height };
    if !(width >= 1.0 && height >= 1.0 && width * height <= MOST) {
        return Err(bad());
    }
    let mut pixels = Pixmap::new(width as u32, height as u32).ok_or_else(bad)?;
    let [red, green, blue] = if style.theme == Theme::Dark {
        [18, 21, 23]
    } else {
        [255; 3]
    };
    pixels.fill(Color::from_rgba8(red, green, blue, 255));
    let transform = Transform::from_scale(scale as f32, scale as f32);
    for shape in &picture.shapes {
        draw(shape, style.theme, transform, &mut pixels);
    }
    pixels
        .encode_png()
        .map_err(|error| PngError::Encoding(error.to_string()))
}

fn draw(shape: &Shape, theme: Theme, transform: Transform, pixels: &mut Pixmap) {
    match shape {
        Shape::Lines {
            lines,
            width,
            ink,
            dashed,
        } => {
            let mut path = PathBuilder::new();
            for [from, to] in lines {
                path.move_to(from.x as f32, from.y as f32);
                path.line_to(to.x as f32, to.y as f32);
            }
            let step = (2.4 * width) as f32;
            let stroke = Stroke {
                width: *width as f32,
                line_cap: LineCap::Round,
                dash: dashed
                    .then(|| StrokeDash::new(vec![step, step], 0.0))
                    .flatten(),
                ..Stroke::default()
            };
            if let Some(path) = path.finish() {
                pixels.stroke_path(&path, &paint(*ink, theme), &stroke, transform, None);
            }
        }
        Shape::Filled { outline, ink } => fill(outline, *ink, theme, transform, pixels),
        Shape::Discs {
            centres,
            radius,
            ink,
        } => {
            let mut path = PathBuilder::new();
            for centre in centres {
                path.push_circle(centre.x as f32, centre.y as f32, *radius as f32);
            }
            if let Some(path) = path.finish() {
                let paint = paint(*ink, theme);
                pixels.fill_path(&path, &paint, FillRule::Winding, transform, None);
            }
        }
        Shape::Text {
            text,
            at,
            size,
            ink,
        } => {
            let mut outline = Vec::new();
            let start = Point::new(at.x - glyphs::width(text) * size / 2.0, at.y);
            glyphs::outline(text, start, *size, &mut outline);
            fill(&outline, *ink, theme, transform, pixels);
        }
    }
}

fn fill(outline: &[Segment], ink: Ink, theme: Theme, transform: Transform, pixels: &mut Pixmap) {
    let mut path = PathBuilder::new();
    for segment in outline {
        match *segment {
            Segment::Move(to) => path.move_to(to.x as f32, to.y as f32),
            Segment::Line(to) => path.line_to(to.x as f32, to.y as f32),
            Segment::Curve(control, to) => {
                path.quad_to(control.x as f32, control.y as f32, to.x as f32, to.y as f32);
            }
            Segment::Close => path.close(),
        }
    }
    if let Some(path) = path.finish() {
        pixels.fill_path(
            &path,
            &paint(ink, theme),
            FillRule::Winding,
            transform,
            None,
        );
    }
}

fn paint(ink: Ink, theme: Theme) -> Paint<'static> {
    let [red, green, blue] = ink.rgb(theme);
    let opacity = if matches!(ink, Ink::Shade(_)) {
        SHADE_OPACITY * 255.0
    } else {
        255.0
    };
    let mut paint = Paint {
        anti_alias: true,
        ..Paint::default()
    };
    paint.set_color_rgba8(red, green, blue, opacity as u8);
    paint
}
