//! Prints data as JSON, JSON Lines, CSV or a table, to standard output or a file.

mod cell;
mod color;
mod columns;
mod csv;
mod destination;
mod escape;
mod jq;
mod settings;
mod surrogates;
mod table;
mod user;

pub(crate) use destination::{Destination, beside, discard};
pub(crate) use escape::{escape, visible};
pub(crate) use jq::{evaluate, is_evaluator};
pub(crate) use settings::Settings;

use self::csv::Csv;
use crate::args::Output;
use escape::escape_json;
use jq::Documents;
use serde_json::value::RawValue;
use std::io::{self, Write};
use stytch_credentials::shell_word;
use stytch_host::json::PageEnd;
use stytch_host::types::User;
use table::Table;

/// The document that contains the users.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// One user: a JSON object.
    One,
    /// Several users: a JSON array.
    List,
    /// Results of a search: a JSON object with `results`.
    Page,
}

/// Prints users as they arrive, in bounded memory; only a jq expression over one JSON
/// document has to hold them all.
pub(crate) struct Users<'a, W> {
    out: W,
    settings: &'a Settings,
    shape: Shape,
    format: Format,
    count: u64,
    /// A buffer for one user, since JSON is written in many small pieces.
    line: Vec<u8>,
}

enum Format {
    Json,
    Lines,
    /// The results of a jq expression, and the users that it has yet to process.
    Results(Documents),
    Csv(Csv),
    Table(Box<Table>),
    /// A document that is passed to a jq expression once it is complete.
    Whole(Vec<u8>),
}

impl<'a, W: Write> Users<'a, W> {
    pub(crate) fn new(out: W, settings: &'a Settings, shape: Shape) -> io::Result<Self> {
        Self::after(false, out, settings, shape)
    }

    /// `is_begun` is true if `out` already has the first part of this output.
    pub(crate) fn after(
        is_begun: bool,
        mut out: W,
        settings: &'a Settings,
        shape: Shape,
    ) -> io::Result<Self> {
        let format = match settings.format {
            Output::Json if settings.jq.is_some() && shape != Shape::One => {
                Format::Whole(Vec::new())
            }
            Output::Json => Format::Json,
            Output::Jsonl if settings.jq.is_some() => Format::Results(Documents::default()),
            Output::Jsonl => Format::Lines,
            Output::Csv => {
                let csv = Csv::new(settings);
                if !is_begun {
                    csv.begin(&mut out)?;
                }
                Format::Csv(csv)
            }
            Output::Table => Format::Table(Box::new(Table::new(settings, shape))),
        };
        Ok(Self {
            out,
            settings,
            shape,
            format,
            count: 0,
            line: Vec::new(),
        })
    }

    pub(crate) fn user(&mut self, user: &User) -> anyhow::Result<()> {
        self.count += 1;
        let out = &mut self.out;
        match &mut self.format {
            Format::Lines => {
                self.line.clear();
                self.settings.print_user(&mut self.line, user, false)?;
                out.write_all(&self.line)?;
            }
            Format::Results(documents) => {
                if let Some(jq) = &self.settings.jq {
                    jq.add(documents, user)?;
                }
                if documents.are_full() {
                    self.evaluate()?;
                }
            }
            Format::Json if self.shape == Shape::One => {
                self.settings.print_user(out, user, true)?;
            }
            Format::Json => {
                self.line.clear();
                write!(self.line, "{}", json_before(self.shape, self.count))?;
                self.settings.write_user(&mut self.line, user, false)?;
                out.write_all(&self.line)?;
            }
            Format::Whole(document) => {
                write!(document, "{}", json_before(self.shape, self.count))?;
                serde_json::to_writer(document, user)?;
            }
            Format::Csv(csv) => csv.add(out, user)?,
            Format::Table(table) => table.add(out, user)?,
        }
        Ok(())
    }

    /// Flushes everything that was printed so far.
    pub(crate) fn flush(&mut self) -> anyhow::Result<()> {
        self.evaluate()?;
        Ok(self.out.flush()?)
    }

    /// The same after a page, whose users a table may have buffered.
    pub(crate) fn page_end(&mut self) -> anyhow::Result<()> {
        if let Format::Table(table) = &mut self.format {
            table.page_end(&mut self.out)?;
        }
        self.flush()
    }

    /// Runs the jq expression on the users that it has yet to process.
    fn evaluate(&mut self) -> anyhow::Result<()> {
        match (&mut self.format, &self.settings.jq) {
            (Format::Results(documents), Some(jq)) => jq.run_each(documents, &mut self.out),
            _ => Ok(()),
        }
    }

    /// Ends the output, and returns its writer; `end` is that of the last page of a
    /// search.
    pub(crate) fn finish(mut self, end: Option<&PageEnd>) -> anyhow::Result<W> {
        self.evaluate()?;
        match self.format {
            Format::Lines | Format::Results(_) => {}
            Format::Json => {
                let rest = json_after(self.shape, self.count, end)?;
                let rest = if self.settings.terminal {
                    escape_json(&rest)
                } else {
                    rest.into()
                };
                write!(self.out, "{rest}")?;
            }
            Format::Whole(mut document) => {
                write!(document, "{}", json_after(self.shape, self.count, end)?)?;
                if let Some(jq) = &self.settings.jq {
                    jq.run(&document, &mut self.out)?;
                }
            }
            Format::Csv(_) => {
                let next = end.and_then(|end| end.next_cursor.as_deref());
                if let Some(cursor) = next {
                    // Not a row. There is nowhere to report that standard error is closed.
                    let _ = writeln!(io::stderr(), "next page: --cursor={}", shell_word(cursor));
                }
            }
            Format::Table(table) => table.finish(&mut self.out, end)?,
        }
        self.out.flush()?;
        Ok(self.out)
    }
}

impl Settings {
    fn print_user(&self, out: &mut impl Write, user: &User, pretty: bool) -> anyhow::Result<()> {
        if self.jq.is_some() {
            return self.print_json(out, user, pretty);
        }
        self.write_user(out, user, pretty)?;
        Ok(writeln!(out)?)
    }

    /// Writes the user, with only the selected members if there is a selection.
    fn write_user(&self, out: &mut impl Write, user: &User, pretty: bool) -> io::Result<()> {
        let Some(fields) = &self.fields else {
            return self.write_json(out, user, pretty);
        };
        let json = serde_json::to_string(user)?;
        let user: &RawValue = serde_json::from_str(&json)?;
        self.write_json(out, &fields.select(user), pretty)
    }
}

/// The JSON before the user with this number in a document of several.
fn json_before(shape: Shape, number: u64) -> &'static str {
    match (number, shape) {
        (1, Shape::Page) => "{\"results\":[\n",
        (1, Shape::One | Shape::List) => "[\n",
        _ => ",\n",
    }
}

/// The JSON after the last user.
fn json_after(shape: Shape, count: u64, end: Option<&PageEnd>) -> serde_json::Result<String> {
    Ok(match (shape, count) {
        (Shape::One, _) => String::new(),
        (Shape::List, 0) => "[]\n".to_owned(),
        (Shape::List, _) => "\n]\n".to_owned(),
        (Shape::Page, count) => {
            let results = if count == 0 { "{\"results\":[" } else { "\n" };
            // They are members of the same object as the results.
            let end = serde_json::to_string(&end.cloned().unwrap_or_default())?;
            format!("{results}],{}\n", end.trim_start_matches('{'))
        }
    })
}
