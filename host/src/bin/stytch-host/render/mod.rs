//! Users on standard output: as JSON, as lines of JSON, or as a table.

mod table;

use crate::args::Output;
use serde::Serialize;
use std::borrow::Cow;
use std::io::{self, BufWriter, IsTerminal, Write};
use stytch_host::json::ResultsMetadata;
use stytch_host::types::User;
use table::Table;

impl Output {
    /// A table for people, JSON for programs.
    pub(crate) fn or_default(output: Option<Self>) -> Self {
        output.unwrap_or(if io::stdout().is_terminal() {
            Self::Table
        } else {
            Self::Json
        })
    }
}

/// What the users belong to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// One user: a JSON object.
    One,
    /// Several users: a JSON array.
    List,
    /// Results of a search: a JSON object with `results`.
    Page,
}

/// Prints users as they come; only a table must know all of them before.
pub(crate) struct Users<W: Write> {
    out: BufWriter<W>,
    shape: Shape,
    format: Format,
    count: u64,
}

enum Format {
    Json,
    Lines,
    Table(Box<Table>),
}

impl<W: Write> Users<W> {
    pub(crate) fn new(out: W, output: Option<Output>, shape: Shape) -> Self {
        let format = match Output::or_default(output) {
            Output::Json => Format::Json,
            Output::Jsonl => Format::Lines,
            Output::Table => Format::Table(Box::new(Table::new(shape))),
        };
        Self {
            out: BufWriter::with_capacity(1 << 16, out),
            shape,
            format,
            count: 0,
        }
    }

    pub(crate) fn user(&mut self, user: &User) -> io::Result<()> {
        self.count += 1;
        match &mut self.format {
            Format::Lines => {
                serde_json::to_writer(&mut self.out, user)?;
                writeln!(self.out)
            }
            Format::Json if self.shape == Shape::One => print_json(&mut self.out, user),
            Format::Json => {
                let before = match (self.count, self.shape) {
                    (1, Shape::Page) => "{\"results\":[\n",
                    (1, Shape::One | Shape::List) => "[\n",
                    _ => ",\n",
                };
                write!(self.out, "{before}")?;
                Ok(serde_json::to_writer(&mut self.out, user)?)
            }
            Format::Table(table) => {
                table.add(user);
                Ok(())
            }
        }
    }

    /// Hands on what was printed so far.
    pub(crate) fn page_end(&mut self) -> io::Result<()> {
        self.out.flush()
    }

    /// Ends the output; `metadata` is that of the last page of a search.
    pub(crate) fn finish(mut self, metadata: Option<&ResultsMetadata>) -> io::Result<()> {
        match self.format {
            Format::Lines => {}
            Format::Json => match (self.shape, self.count) {
                (Shape::One, _) => {}
                (Shape::List, 0) => writeln!(self.out, "[]")?,
                (Shape::List, _) => writeln!(self.out, "\n]")?,
                (Shape::Page, count) => {
                    let results = if count == 0 { "{\"results\":[" } else { "\n" };
                    let metadata = serde_json::to_string(&metadata)?;
                    writeln!(self.out, "{results}],\"results_metadata\":{metadata}}}")?;
                }
            },
            Format::Table(table) => table.print(&mut self.out, metadata)?,
        }
        self.out.flush()
    }
}

/// Prints one JSON document for people and programs alike.
pub(crate) fn print_json(out: &mut impl Write, value: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, value)?;
    writeln!(out)
}

/// Makes control characters visible: what Stytch's users wrote must not steer
/// a terminal. Marks of direction count, since they make text lie, and so do the
/// line breaks of Unicode.
pub(crate) fn escape(text: &str) -> Cow<'_, str> {
    let steers = |c: char| {
        let bidirectional = matches!(
            c,
            '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
        );
        c.is_control() || bidirectional || matches!(c, '\u{2028}' | '\u{2029}')
    };
    if !text.contains(steers) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if steers(c) {
            escaped.extend(c.escape_unicode());
        } else {
            escaped.push(c);
        }
    }
    Cow::Owned(escaped)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_shown_and_letters_are_not_touched() {
        assert_eq!(escape("Zoë O'Brien 山田 🦀"), "Zoë O'Brien 山田 🦀");
        assert_eq!(
            escape("a\u{1b}[2Jb\n\u{202e}"),
            "a\\u{1b}[2Jb\\u{a}\\u{202e}"
        );
    }
}
