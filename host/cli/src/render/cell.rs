//! Lines of table cells: their width on a terminal, truncation and wrapping.

use super::color::{Colorizer, Tone};
use super::escape;
use std::io::{self, Write};
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

pub(super) type Cell = Vec<Line>;

/// One line: untrusted text, escaped, followed by this program's own mark, which is never
/// truncated.
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

    /// Truncates the line to a width.
    pub(super) fn cut(mut self, width: usize) -> Self {
        if self.width() > width {
            let room = width.saturating_sub(self.mark.0.width() + 1);
            let (head, _) = split(&self.text, room);
            self.text = format!("{head}…");
        }
        self
    }

    /// Wraps the line to a width, at spaces if possible.
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

/// Splits a text at a width, without splitting grapheme clusters.
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

/// The same, but at the last space unless that would make the line much shorter.
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
    fn a_line_is_truncated_before_its_mark() {
        let line = Line::new("ada.lovelace@example.com").mark(" ✓", Tone::Good);
        assert_eq!(text(&line.clone().cut(26)), "ada.lovelace@example.com ✓");
        let truncated = line.cut(12);
        assert_eq!(
            (text(&truncated).as_str(), truncated.width()),
            ("ada.lovel… ✓", 12)
        );
    }

    #[test]
    fn wide_and_joined_characters_are_not_split() {
        for (name, width, expected) in [
            ("山田太郎", 6, "山田…"),
            ("山田太郎", 5, "山田…"),
            ("👨‍👩‍👧‍👦👨‍👩‍👧‍👦👨‍👩‍👧‍👦", 5, "👨‍👩‍👧‍👦👨‍👩‍👧‍👦…"),
            ("e\u{301}e\u{301}e\u{301}", 2, "e\u{301}…"),
            ("עדה לאבלייס", 5, "עדה …"),
        ] {
            let truncated = Line::new(name).cut(width);
            assert_eq!(truncated.text, expected);
            assert!(truncated.width() <= width);
        }
    }

    #[test]
    fn wrapped_lines_keep_all_text_and_end_with_the_mark() {
        for (value, width, expected) in [
            ("aabbc山", 5, &["aabbc", "山 ✓"][..]),
            ("aabbc山z", 4, &["aabb", "c山z", " ✓"]),
            ("since 2020 until", 12, &["since 2020", "until ✓"]),
            ("since 2020", 5, &["since", "2020", " ✓"]),
            // Too narrow for one character, which is printed anyway.
            ("山田", 1, &["山田 ✓"]),
        ] {
            let lines = Line::new(value).mark(" ✓", Tone::Good).wrap(width);
            let lines: Vec<_> = lines.iter().map(text).collect();
            assert_eq!(lines, expected);
        }
    }
}
