//! Lines of cells: how wide they are on a terminal, and how they are cut.

use super::color::{Colorizer, Tone};
use super::escape;
use std::io::{self, Write};
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

pub(super) type Cell = Vec<Line>;

/// One line: text that others wrote, escaped, and this program's own mark behind
/// it, which is never cut off.
#[derive(Debug, Clone)]
pub(super) struct Line {
    text: String,
    tone: Tone,
    mark: (&'static str, Tone),
}

impl Line {
    pub(super) fn new(text: &str) -> Self {
        Self {
            text: escape(text).into_owned(),
            tone: Tone::Plain,
            mark: ("", Tone::Plain),
        }
    }

    pub(super) fn tone(self, tone: Tone) -> Self {
        Self { tone, ..self }
    }

    pub(super) fn mark(self, mark: &'static str, tone: Tone) -> Self {
        let mark = (mark, tone);
        Self { mark, ..self }
    }

    pub(super) fn width(&self) -> usize {
        self.text.width() + self.mark.0.width()
    }

    /// The line, cut to a width.
    pub(super) fn cut(mut self, width: usize) -> Self {
        if self.width() > width {
            let room = width.saturating_sub(self.mark.0.width() + 1);
            let (head, _) = split(&self.text, room);
            self.text = format!("{head}…");
        }
        self
    }

    /// The line, broken into lines of a width, at spaces where there are some.
    pub(super) fn wrap(self, width: usize) -> Cell {
        let line = |text: &str, mark| Self {
            text: text.to_owned(),
            mark,
            ..self
        };
        let none = ("", Tone::Plain);
        let mut lines = Vec::new();
        let mut rest = self.text.as_str();
        while rest.width() > width {
            let (head, tail) = split_words(rest, width);
            if head.is_empty() {
                break;
            }
            lines.push(line(head, none));
            rest = tail;
        }
        if lines.is_empty() || rest.width() + self.mark.0.width() <= width {
            lines.push(line(rest, self.mark));
        } else {
            lines.extend([line(rest, none), line("", self.mark)]);
        }
        lines
    }

    pub(super) fn write(&self, out: &mut impl Write, colorizer: Colorizer) -> io::Result<()> {
        let (mark, tone) = self.mark;
        colorizer.write(out, &self.text, self.tone)?;
        colorizer.write(out, mark, tone)
    }
}

/// As much of a text as fits into a width, and the rest. What is one letter to a
/// reader is not torn apart.
fn split(text: &str, room: usize) -> (&str, &str) {
    let mut width = 0;
    let mut end = 0;
    for cluster in text.graphemes(true) {
        width += cluster.width();
        if width > room {
            break;
        }
        end += cluster.len();
    }
    text.split_at(end)
}

/// The same, at the last space of a line that is not much shorter for it.
fn split_words(text: &str, room: usize) -> (&str, &str) {
    let (head, tail) = split(text, room);
    if tail.starts_with(' ') {
        return (head, tail.trim_start());
    }
    match head.rsplit_once(' ') {
        Some((words, word)) if word.width() < room / 2 => {
            let (_, tail) = text.split_at(words.len() + 1);
            (words, tail)
        }
        _ => (head, tail),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(line: &Line) -> String {
        format!("{}{}", line.text, line.mark.0)
    }

    #[test]
    fn a_line_is_cut_before_its_mark() {
        let line = Line::new("ada.lovelace@example.com").mark(" ✓", Tone::Good);
        assert_eq!(text(&line.clone().cut(26)), "ada.lovelace@example.com ✓");
        let cut = line.cut(12);
        assert_eq!((text(&cut).as_str(), cut.width()), ("ada.lovel… ✓", 12));
    }

    #[test]
    fn wide_and_joined_characters_are_not_torn() {
        for (name, width, expected) in [
            ("山田太郎", 6, "山田…"),
            ("山田太郎", 5, "山田…"),
            ("👨‍👩‍👧‍👦👨‍👩‍👧‍👦👨‍👩‍👧‍👦", 5, "👨‍👩‍👧‍👦👨‍👩‍👧‍👦…"),
            ("e\u{301}e\u{301}e\u{301}", 2, "e\u{301}…"),
            ("עדה לאבלייס", 5, "עדה …"),
        ] {
            let cut = Line::new(name).cut(width);
            assert_eq!(cut.text, expected);
            assert!(cut.width() <= width);
        }
    }

    #[test]
    fn wrapped_lines_hold_everything_and_the_mark_is_last() {
        for (value, width, expected) in [
            ("aabbc山", 5, &["aabbc", "山 ✓"][..]),
            ("aabbc山z", 4, &["aabb", "c山z", " ✓"]),
            ("since 2020 until", 12, &["since 2020", "until ✓"]),
            ("since 2020", 5, &["since", "2020", " ✓"]),
            // Too narrow for one character: it is printed all the same.
            ("山田", 1, &["山田 ✓"]),
        ] {
            let lines = Line::new(value).mark(" ✓", Tone::Good).wrap(width);
            let lines: Vec<_> = lines.iter().map(text).collect();
            assert_eq!(lines, expected);
        }
    }
}
