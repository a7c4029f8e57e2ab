//! How data is printed, as the flags and the surroundings say.

use super::cell::{Cell, Line};
use super::color::Colorizer;
use super::columns::{Column, ColumnLayout};
use super::destination::Destination;
use super::escape::escape_json;
use super::fields::Fields;
use super::jq::Jq;
use crate::args::{Color, Global, Output};
use crate::error::Usage;
use crate::streams;
use anstream::{AutoStream, ColorChoice};
use serde::Serialize;
use std::env;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};

pub(crate) struct Settings {
    pub(super) format: Output,
    pub(super) fields: Option<Fields>,
    pub(super) jq: Option<Jq>,
    pub(super) colorizer: Colorizer,
    /// Columns of the terminal; none where lines may be as long as they are.
    pub(super) width: Option<usize>,
    /// Whether a terminal is written to, which others' text must not steer.
    pub(super) terminal: bool,
    file: Option<PathBuf>,
    /// Whether a file begins with a byte-order mark.
    bom: bool,
}

/// U+FEFF in UTF-8.
const BOM: &str = "\u{feff}";

impl Settings {
    /// For commands that print users.
    pub(crate) fn of(global: &Global) -> anyhow::Result<Self> {
        let printing = &global.printing;
        let file = printing.output_file.clone();
        let file = file.filter(|file| file.as_os_str() != "-");
        let terminal = if let Some(file) = &file {
            is_terminal(file)
        } else {
            // Before anything is sent for nothing.
            streams::check_output()?;
            io::stdout().is_terminal()
        };
        let compile = |expression| Jq::compile(expression, terminal, global.quiet, global.timeout);
        let jq = printing.jq.as_deref().map(compile).transpose()?;
        let format = match global.output {
            Some(Output::Table | Output::Csv) if jq.is_some() => {
                return Err(
                    Usage::new("--jq prints JSON, so not with --output table or csv")
                        .hint("leave --output out, or take --fields, which chooses columns")
                        .into(),
                );
            }
            Some(format) => format,
            None => match &file {
                Some(file) => of_name(file),
                None if terminal && jq.is_none() => Output::Table,
                None => Output::Json,
            },
        };
        if printing.csv_bom && format != Output::Csv {
            return Err(Usage::new("--csv-bom is for CSV")
                .hint("add --output csv, or --output-file with a name that ends in .csv")
                .into());
        }
        let colors = match printing.color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => {
                file.is_none() && AutoStream::choice(&io::stdout()) != ColorChoice::Never
            }
        };
        Ok(Self {
            format,
            fields: printing.fields.clone(),
            jq,
            colorizer: Colorizer { colors },
            width: width(terminal),
            terminal,
            file,
            // A terminal takes it for a character.
            bom: printing.csv_bom && !terminal,
        })
    }

    /// For commands that print something else.
    pub(crate) fn of_document(global: &Global) -> anyhow::Result<Self> {
        let settings = Self::of(global)?;
        let users_only = match (&settings.fields, settings.format) {
            (Some(_), _) => "--fields chooses members of users",
            (None, Output::Csv) => "--output csv prints users",
            _ => return Ok(settings),
        };
        Err(
            Usage::new(format!("{users_only}, and this command prints none"))
                .hint("retrieve-user and search-users do")
                .into(),
        )
    }

    /// Refuses what would hold every user of a search in memory.
    pub(crate) fn for_all_pages(self) -> Result<Self, Usage> {
        if self.jq.is_some() && self.format == Output::Json {
            return Err(Usage::new(
                "with --all, --jq would need all users in memory for one JSON document",
            )
            .hint("add --output jsonl: the expression then gets one user at a time"));
        }
        Ok(self)
    }

    /// Prints lines, which can be gone on from after an interruption; refuses what
    /// has no lines.
    pub(crate) fn for_resuming(self, asked: Option<Output>) -> Result<Self, Usage> {
        let format = match (asked, self.format) {
            (_, format @ (Output::Jsonl | Output::Csv)) => format,
            (None, _) => Output::Jsonl,
            (Some(_), Output::Json | Output::Table) => {
                return Err(Usage::new(
                    "--resume prints lines, which can be gone on from; use it with --output jsonl or csv",
                ));
            }
        };
        Ok(Self { format, ..self })
    }

    pub(crate) fn format(&self) -> Output {
        self.format
    }

    /// Where to print, if it is not standard output.
    pub(crate) fn file(&self) -> Option<&Path> {
        self.file.as_deref()
    }

    /// Whether a person sees the users as they come.
    pub(crate) fn prints_on_terminal(&self) -> bool {
        self.terminal
    }

    /// Opens what is printed into. A file appears once that is finished.
    pub(crate) fn destination(&self) -> anyhow::Result<Destination> {
        let mut out = Destination::open(self.file.as_deref())?;
        out.write_all(self.file_start())?;
        Ok(out)
    }

    /// What a file begins with, before the data.
    pub(crate) fn file_start(&self) -> &'static [u8] {
        if self.bom { BOM.as_bytes() } else { &[] }
    }

    /// Prints a document that is not of users: as JSON, or as this text.
    pub(crate) fn print(
        &self,
        value: &impl Serialize,
        text: impl FnOnce(&mut Destination) -> io::Result<()>,
    ) -> anyhow::Result<()> {
        let mut out = self.destination()?;
        match self.format {
            Output::Table if self.jq.is_none() => text(&mut out)?,
            format => self.print_json(&mut out, value, format == Output::Json)?,
        }
        out.finish()
    }

    /// The same for a list, whose lines of JSON are its items.
    pub(crate) fn print_list<T: Serialize>(
        &self,
        items: &[T],
        text: impl FnOnce(&mut Destination) -> io::Result<()>,
    ) -> anyhow::Result<()> {
        if self.format != Output::Jsonl {
            return self.print(&items, text);
        }
        let mut out = self.destination()?;
        for item in items {
            self.print_json(&mut out, item, false)?;
        }
        out.finish()
    }

    /// Writes columns under titles.
    pub(crate) fn write_rows<const COLUMNS: usize>(
        &self,
        out: &mut impl Write,
        titles: &[&str; COLUMNS],
        rows: impl Iterator<Item = [String; COLUMNS]>,
    ) -> io::Result<()> {
        let cells = rows.map(|row| row.iter().map(|text| vec![Line::new(text)]).collect());
        let cells: Vec<Vec<Cell>> = cells.collect();
        let layout = ColumnLayout::natural(Column::each(titles), &cells);
        layout.write_titles(out, self.colorizer)?;
        for row in &cells {
            layout.write_row(out, self.colorizer, row)?;
        }
        Ok(())
    }

    /// Prints a document that has no text for people.
    pub(crate) fn print_document(&self, value: &impl Serialize) -> anyhow::Result<()> {
        let mut out = self.destination()?;
        self.print_json(&mut out, value, self.format != Output::Jsonl)?;
        out.finish()
    }

    /// Prints a document on one line, for programs.
    pub(crate) fn print_line(&self, value: &impl Serialize) -> anyhow::Result<()> {
        let mut out = self.destination()?;
        self.print_json(&mut out, value, false)?;
        out.finish()
    }

    /// Prints what the expression makes of a value, or else the value.
    pub(super) fn print_json(
        &self,
        out: &mut impl Write,
        value: &impl Serialize,
        pretty: bool,
    ) -> anyhow::Result<()> {
        if let Some(jq) = &self.jq {
            return jq.run(&serde_json::to_vec(value)?, out);
        }
        self.write_json(out, value, pretty)?;
        Ok(writeln!(out)?)
    }

    pub(super) fn write_json(
        &self,
        out: &mut impl Write,
        value: &impl Serialize,
        pretty: bool,
    ) -> io::Result<()> {
        match (self.terminal, pretty) {
            (true, true) => write!(
                out,
                "{}",
                escape_json(&serde_json::to_string_pretty(value)?)
            ),
            (true, false) => write!(out, "{}", escape_json(&serde_json::to_string(value)?)),
            (false, true) => Ok(serde_json::to_writer_pretty(out, value)?),
            (false, false) => Ok(serde_json::to_writer(out, value)?),
        }
    }
}

/// Whether it is the device of a terminal.
#[cfg(unix)]
fn is_terminal(file: &Path) -> bool {
    use std::fs;
    use std::os::unix::fs::FileTypeExt;

    // To open what is none may wait for somebody.
    let found = fs::metadata(file);
    found.is_ok_and(|found| found.file_type().is_char_device())
        && fs::OpenOptions::new()
            .write(true)
            .open(file)
            .is_ok_and(|device| device.is_terminal())
}

/// Elsewhere they are no files.
#[cfg(not(unix))]
fn is_terminal(_: &Path) -> bool {
    false
}

fn of_name(file: &Path) -> Output {
    let extension = file.extension().and_then(|extension| extension.to_str());
    match extension.map(str::to_ascii_lowercase).as_deref() {
        Some("jsonl" | "ndjson") => Output::Jsonl,
        Some("csv") => Output::Csv,
        _ => Output::Json,
    }
}

/// COLUMNS is what somebody chose, so it comes before what the terminal says.
fn width(terminal: bool) -> Option<usize> {
    let chosen = env::var("COLUMNS")
        .ok()
        .and_then(|width| width.parse().ok());
    chosen.filter(|width| *width > 0).or_else(|| {
        let size = terminal.then(terminal_size::terminal_size)?;
        size.map(|(width, _)| usize::from(width.0))
            .filter(|width| *width > 0)
    })
}
