//! The picture as SVG: each shape is measured first, then drawn into its place. Widths are estimated from the
//! number of characters, so the same journey gives the same bytes on every machine.

use super::{Kind, Label, Shape, ends};
use std::fmt::Write;

const CHAR_WIDTH: f64 = 7.0;
const NODE_HEIGHT: f64 = 34.0;
const PADDING: f64 = 14.0;
const GAP_X: f64 = 24.0;
const GAP_Y: f64 = 40.0;
const LABEL_HEIGHT: f64 = 16.0;
const MARGIN: f64 = 20.0;

/// Space a shape takes; its line comes in at the top and leaves at the bottom, both at `axis` from the left.
#[derive(Clone, Copy, Debug)]
struct Size {
    width: f64,
    height: f64,
    axis: f64,
}

/// A whole document.
pub fn document(title: &str, shape: &Shape) -> String {
    let size = measure(shape);
    let (width, height) = (size.width + 2.0 * MARGIN, size.height + 2.0 * MARGIN);
    let mut pen = Pen { out: String::new() };
    pen.draw(shape, MARGIN, MARGIN);
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" \
         width=\"{width:.0}\" height=\"{height:.0}\" font-family=\"Helvetica, Arial, sans-serif\" font-size=\"12\">\n\
         <title>{}</title>\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n{}</svg>\n",
        escaped(title),
        pen.out
    )
}

fn node_width(label: &str) -> f64 {
    let chars = u32::try_from(label.chars().count()).unwrap_or(u32::MAX);
    f64::from(chars) * CHAR_WIDTH + 2.0 * PADDING
}

fn node_size(label: &str) -> Size {
    let width = node_width(label);
    Size {
        width,
        height: NODE_HEIGHT,
        axis: width / 2.0,
    }
}

/// Shapes below each other, on one axis.
fn stack(sizes: impl Iterator<Item = Size>) -> Size {
    let (mut left, mut right, mut height) = (0.0_f64, 0.0_f64, 0.0_f64);
    for (i, s) in sizes.enumerate() {
        left = left.max(s.axis);
        right = right.max(s.width - s.axis);
        height += s.height + if i == 0 { 0.0 } else { GAP_Y };
    }
    Size {
        width: left + right,
        height,
        axis: left,
    }
}

/// The branches of a fork: beside each other, each at least as wide as its label.
fn arm_size(label: &str, arm: &Shape) -> Size {
    let inner = measure(arm);
    let wanted = node_width(label);
    let extra = (wanted - inner.width).max(0.0) / 2.0;
    Size {
        width: inner.width + 2.0 * extra,
        height: inner.height + LABEL_HEIGHT + GAP_Y,
        axis: inner.axis + extra,
    }
}

fn measure(shape: &Shape) -> Size {
    match shape {
        Shape::Node { label, .. } | Shape::Stop { label } => node_size(&label.text),
        Shape::Seq(shapes) => stack(shapes.iter().map(measure)),
        Shape::Fork { label, arms, .. } => {
            let sizes: Vec<Size> = arms.iter().map(|(l, a)| arm_size(l, a)).collect();
            let gaps = GAP_X * f64::from(u32::try_from(arms.len().max(1) - 1).unwrap_or(0));
            let below: f64 = sizes.iter().map(|s| s.width).sum::<f64>() + gaps;
            let deepest = sizes.iter().fold(0.0_f64, |h, s| h.max(s.height));
            let head = node_width(&label.text);
            let width = below.max(head);
            Size {
                width,
                height: NODE_HEIGHT + deepest + GAP_Y,
                axis: width / 2.0,
            }
        }
        Shape::Loop { label, body } => {
            let body = arm_size("each", body);
            let both = stack([node_size(&label.text), body].into_iter());
            Size {
                width: both.width + 2.0 * GAP_X,
                height: both.height + GAP_Y / 2.0,
                axis: both.axis + GAP_X,
            }
        }
    }
}

struct Pen {
    out: String,
}

impl Pen {
    fn line(&mut self, points: &[(f64, f64)]) {
        let points: Vec<String> = points
            .iter()
            .map(|(x, y)| format!("{x:.1},{y:.1}"))
            .collect();
        let _ = writeln!(
            self.out,
            "<polyline points=\"{}\" fill=\"none\" stroke=\"#64748b\"/>",
            points.join(" ")
        );
    }

    fn words(&mut self, x: f64, y: f64, text: &str, colour: &str) {
        let _ = writeln!(
            self.out,
            "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"middle\" fill=\"{colour}\">{}</text>",
            escaped(text)
        );
    }

    fn node(&mut self, kind: Kind, label: &Label, x: f64, y: f64) {
        let (fill, round) = match kind {
            Kind::Enter => ("#dcfce7", 17.0),
            Kind::End => ("#f1f5f9", 17.0),
            Kind::Wait => ("#fef9c3", 4.0),
            Kind::Send => ("#dbeafe", 4.0),
            Kind::Choice | Kind::Split => ("#fae8ff", 4.0),
            Kind::Act | Kind::Loop => ("#ffffff", 4.0),
        };
        let (label, line) = (&label.text, label.line);
        let width = node_width(label);
        let _ = writeln!(
            self.out,
            "<rect data-line=\"{line}\" \
             x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{NODE_HEIGHT:.1}\" rx=\"{round}\" \
             fill=\"{fill}\" stroke=\"#334155\"/>"
        );
        self.words(
            x + width / 2.0,
            y + NODE_HEIGHT / 2.0 + 4.0,
            label,
            "#0f172a",
        );
    }

    /// Draws a shape with its upper left corner at a place.
    fn draw(&mut self, shape: &Shape, x: f64, y: f64) {
        match shape {
            Shape::Node { kind, label } => self.node(*kind, label, x, y),
            Shape::Stop { label } => self.node(Kind::End, label, x, y),
            Shape::Seq(shapes) => self.seq(shapes, x, y),
            Shape::Fork { kind, label, arms } => {
                self.fork(*kind, label, arms, (x, y), measure(shape))
            }
            Shape::Loop { label, body } => self.cycle(label, body, (x, y), measure(shape)),
        }
    }

    fn seq(&mut self, shapes: &[Shape], x: f64, mut y: f64) {
        let whole = stack(shapes.iter().map(measure));
        let axis = x + whole.axis;
        for (i, shape) in shapes.iter().enumerate() {
            let size = measure(shape);
            self.draw(shape, axis - size.axis, y);
            y += size.height;
            if i + 1 < shapes.len() {
                if !ends(std::slice::from_ref(shape)) {
                    self.line(&[(axis, y), (axis, y + GAP_Y)]);
                }
                y += GAP_Y;
            }
        }
    }

    fn fork(
        &mut self,
        kind: Kind,
        label: &Label,
        arms: &[(String, Shape)],
        at: (f64, f64),
        size: Size,
    ) {
        let (x, y) = at;
        let axis = x + size.axis;
        self.node(kind, label, axis - node_width(&label.text) / 2.0, y);
        let top = y + NODE_HEIGHT;
        let bottom = y + size.height;
        let mut left = x;
        for (label, arm) in arms {
            let place = arm_size(label, arm);
            let inner = measure(arm);
            let arm_axis = left + place.axis;
            let start = top + GAP_Y + LABEL_HEIGHT;
            self.line(&[
                (axis, top),
                (axis, top + GAP_Y / 2.0),
                (arm_axis, top + GAP_Y / 2.0),
                (arm_axis, start),
            ]);
            self.draw(arm, arm_axis - inner.axis, start);
            self.words(
                arm_axis,
                top + GAP_Y + LABEL_HEIGHT / 2.0 - 4.0,
                label,
                "#475569",
            );
            if !ends(std::slice::from_ref(arm)) {
                let end = start + inner.height;
                self.line(&[
                    (arm_axis, end),
                    (arm_axis, bottom - GAP_Y / 2.0),
                    (axis, bottom - GAP_Y / 2.0),
                    (axis, bottom),
                ]);
            }
            left += place.width + GAP_X;
        }
    }

    fn cycle(&mut self, label: &Label, body: &Shape, at: (f64, f64), size: Size) {
        let (x, y) = at;
        let axis = x + size.axis;
        self.node(Kind::Loop, label, axis - node_width(&label.text) / 2.0, y);
        let inner = measure(body);
        let start = y + NODE_HEIGHT + GAP_Y + LABEL_HEIGHT;
        self.line(&[(axis, y + NODE_HEIGHT), (axis, start)]);
        self.draw(body, axis - inner.axis, start);
        let end = start + inner.height;
        let middle = y + NODE_HEIGHT / 2.0;
        if !ends(std::slice::from_ref(body)) {
            let head = axis - node_width(&label.text) / 2.0;
            self.line(&[
                (axis, end),
                (axis, end + GAP_Y / 4.0),
                (x, end + GAP_Y / 4.0),
                (x, middle),
                (head, middle),
            ]);
        }
        let (right, tail) = (x + size.width, axis + node_width(&label.text) / 2.0);
        let bottom = y + size.height;
        self.line(&[
            (tail, middle),
            (right, middle),
            (right, bottom),
            (axis, bottom),
        ]);
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
