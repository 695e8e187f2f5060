//! The inclusions of one role as a small drawing: those that include it above, those that it includes below.

use crate::domain::role::Role;
use std::fmt::Write;

/// Roles that are drawn in a row, at most; of more the last place tells how many.
const IN_ROW: usize = 4;
/// Sizes in the units of the drawing, which is scaled to the room that there is.
const BOX: (usize, usize) = (164, 34);
const GAP: (usize, usize) = (16, 40);
const WIDTH: usize = IN_ROW * BOX.0 + (IN_ROW - 1) * GAP.0;
/// Characters of a name that fit into a box.
const FIT: usize = 17;

pub struct Drawing {
    role: String,
    above: Vec<String>,
    below: Vec<String>,
}

impl Drawing {
    pub fn new(role: &Role, seniors: &[&Role], juniors: &[&Role]) -> Self {
        Self { role: role.name.clone(), above: row(seniors), below: row(juniors) }
    }

    /// As markup that needs no escaping any more.
    pub fn svg(&self) -> String {
        let step = BOX.1 + GAP.1;
        let middle = if self.above.is_empty() { 0 } else { step };
        let height = middle + BOX.1 + if self.below.is_empty() { 0 } else { step };
        let mut svg = format!(
            "<svg class=\"inclusions\" viewBox=\"-1 -1 {} {}\" role=\"img\" aria-label=\"{}\">",
            WIDTH + 2,
            height + 2,
            escape(&self.label())
        );
        let centre = WIDTH / 2;
        let lines = places(&self.above).map(|x| (x, BOX.1, centre, middle));
        let lines = lines.chain(places(&self.below).map(|x| (centre, middle + BOX.1, x, middle + step)));
        for (x1, y1, x2, y2) in lines {
            let _ = write!(svg, "<line x1=\"{x1}\" y1=\"{y1}\" x2=\"{x2}\" y2=\"{y2}\"/>");
        }
        for (names, y, class) in [
            (&self.above, 0, ""),
            (&vec![self.role.clone()], middle, " class=\"own\""),
            (&self.below, middle + step, ""),
        ] {
            for (x, name) in places(names).zip(names) {
                let (left, base) = (x - BOX.0 / 2, y + 22);
                let _ = write!(
                    svg,
                    "<g{class}><rect x=\"{left}\" y=\"{y}\" width=\"{}\" height=\"{}\" rx=\"6\"/><text x=\"{x}\" y=\"{base}\">{}</text></g>",
                    BOX.0,
                    BOX.1,
                    escape(&short(name))
                );
            }
        }
        svg + "</svg>"
    }

    /// The same for whoever does not see it.
    fn label(&self) -> String {
        let mut text = self.role.clone();
        if !self.above.is_empty() {
            text += &format!(" is included by {}", self.above.join(", "));
        }
        if !self.below.is_empty() {
            let and = if self.above.is_empty() { "" } else { ", and" };
            text += &format!("{and} includes {}", self.below.join(", "));
        }
        text + "."
    }
}

/// The names of a row.
fn row(roles: &[&Role]) -> Vec<String> {
    let most = if roles.len() > IN_ROW { IN_ROW - 1 } else { IN_ROW };
    let mut names: Vec<String> = roles.iter().take(most).map(|role| role.name.clone()).collect();
    if roles.len() > most {
        names.push(format!("{} more", roles.len() - most));
    }
    names
}

/// Where the middle of each box of a row is.
fn places(names: &[String]) -> impl Iterator<Item = usize> + use<> {
    let step = BOX.0 + GAP.0;
    let first = (WIDTH + GAP.0 - names.len() * step) / 2 + BOX.0 / 2;
    (0..names.len()).map(move |n| first + n * step)
}

fn short(name: &str) -> String {
    if name.chars().count() <= FIT { name.to_owned() } else { name.chars().take(FIT - 1).chain(['…']).collect() }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
