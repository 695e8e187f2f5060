//! Sign-ins per day as bars. Drawn on the server, with attributes only: the policy allows no inline style. Across, everything
//! is in percent, so that bars grow with the page and letters do not.

use super::list::thousands;
use crate::app::overview::Day;

/// Height of the bars' field, room above it for the topmost number, and below it for the days; in CSS pixels.
const FIELD: i64 = 150;
const ABOVE: i64 = 12;
const BELOW: i64 = 24;
/// Pixels between the two parts of a bar, so that they are told apart without colour.
const GAP: i64 = 1;
/// Every so many days one is written below.
const WRITTEN: usize = 7;

pub struct Chart {
    pub bars: Vec<Bar>,
    pub lines: Vec<Line>,
    pub days: Vec<Day>,
    pub signed_in: i64,
    pub refused: i64,
}

/// One day: failures stand on sign-ins.
pub struct Bar {
    /// Across, in percent.
    pub x: String,
    pub width: String,
    /// Top and height, in pixels; a height of 0 is not drawn.
    pub ok: (i64, i64),
    pub bad: (i64, i64),
    /// `25 Nov 2026: 12 sign-ins, 1 failed`.
    pub title: String,
    /// The day, where it is written below: the text, its place and its anchor.
    pub label: Option<(String, String, &'static str)>,
}

/// A line across, with its number.
pub struct Line {
    pub y: i64,
    pub value: String,
}

impl Chart {
    pub const HEIGHT: i64 = ABOVE + FIELD + BELOW;
    pub const LABELS: i64 = ABOVE + FIELD + 17;

    pub fn new(days: Vec<Day>) -> Self {
        let top = nice(days.iter().map(|day| day.signed_in + day.refused).max().unwrap_or(0));
        let step = 100.0 / (days.len().max(1) as f64);
        let bars = days.iter().enumerate().map(|(i, day)| {
            let x = step * (i as f64);
            let (ok, bad) = (pixels(day.signed_in, top), pixels(day.refused, top));
            let floor = ABOVE + FIELD;
            let gap = if ok > 0 && bad > 0 { GAP } else { 0 };
            let date = day.at.format("%-d %b");
            Bar {
                x: percent(x + step * 0.12),
                width: percent(step * 0.76),
                ok: (floor - ok, ok),
                bad: (floor - ok - gap - bad, bad),
                title: format!(
                    "{date} {}: {}, {} failed",
                    day.at.format("%Y"),
                    several(day.signed_in, "sign-in"),
                    thousands(day.refused)
                ),
                label: match days.len() - 1 - i {
                    // Within the field.
                    0 => Some((date.to_string(), "100%".to_owned(), "end")),
                    left if left.is_multiple_of(WRITTEN) => Some((date.to_string(), percent(x + step * 0.5), "middle")),
                    _ => None,
                },
            }
        });
        Self {
            bars: bars.collect(),
            lines: [0, top / 2, top]
                .map(|value| Line { y: ABOVE + FIELD - pixels(value, top), value: thousands(value) })
                .into(),
            signed_in: days.iter().map(|day| day.signed_in).sum(),
            refused: days.iter().map(|day| day.refused).sum(),
            days,
        }
    }

    /// What the drawing shows, in one sentence.
    pub fn sum(&self) -> String {
        format!(
            "{} and {} in the last {} days.",
            several(self.signed_in, "sign-in"),
            several(self.refused, "failure"),
            self.days.len()
        )
    }

    pub fn is_empty(&self) -> bool {
        self.signed_in + self.refused == 0
    }
}

/// `1 failure`, `1,240 failures`.
fn several(n: i64, one: &str) -> String {
    format!("{} {one}{}", thousands(n), if n == 1 { "" } else { "s" })
}

/// What is there is seen: at least two pixels.
fn pixels(value: i64, top: i64) -> i64 {
    if value == 0 { 0 } else { (value * FIELD / top.max(1)).max(2) }
}

fn percent(part: f64) -> String {
    format!("{part:.2}%")
}

/// The smallest of 2, 4, 10, 20, 40, 100 … that is not below `most`: half of it is whole.
fn nice(most: i64) -> i64 {
    let mut decade = 1_i64;
    loop {
        for step in [2, 4, 10] {
            if step * decade >= most {
                return step * decade;
            }
        }
        decade = decade.saturating_mul(10);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Time;

    fn day(date: &str, signed_in: i64, refused: i64) -> Day {
        Day { at: Time::parse(date).unwrap(), signed_in, refused }
    }

    #[test]
    fn bars_stand_on_the_floor_and_failures_on_sign_ins() {
        let chart = Chart::new(vec![day("2026-03-01", 0, 0), day("2026-03-02", 75, 20), day("2026-03-03", 0, 1)]);
        let [none, both, one] = &chart.bars[..] else { panic!() };
        assert_eq!((none.ok.1, none.bad.1), (0, 0));
        assert_eq!((both.ok, both.bad), ((50, 112), (19, 30)), "of 100");
        assert_eq!(one.bad, (160, 2), "what is there is seen");
        assert_eq!(both.title, "2 Mar 2026: 75 sign-ins, 20 failed");
        assert_eq!(chart.sum(), "75 sign-ins and 21 failures in the last 3 days.");
        assert_eq!(chart.lines.iter().map(|line| line.value.as_str()).collect::<Vec<_>>(), ["0", "50", "100"]);
    }

    #[test]
    fn the_scale_ends_at_a_number_whose_half_is_whole() {
        let tops = [0, 1, 2, 3, 4, 5, 11, 39, 41, 1_000, 1_001];
        assert_eq!(tops.map(nice), [2, 2, 2, 4, 4, 10, 20, 40, 100, 1_000, 2_000]);
    }
}
