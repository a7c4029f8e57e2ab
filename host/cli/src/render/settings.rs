//! How data is printed, from the flags and the environment.

use super::cell::{Cell, Line};
use super::color::Colorizer;
use super::columns::{Column, ColumnLayout};
use super::destination::Destination;
use super::escape::escape_json;
use super::jq::Jq;
use crate::args::{Color, Global, Output};
use crate::error::Usage;
use crate::streams;
use anstream::{AutoStream, ColorChoice};
use serde::Serialize;
use std::env;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use stytch_fields::Fields;

pub(crate) struct Settings {
    pub(super) format: Output,
    pub(super) fields: Option<Fields>,
    pub(super) jq: Option<Jq>,
    pub(super) colorizer: Colorizer,
    /// Columns of the terminal; `None` if lines may have any length.
    pub(super) width: Option<usize>,
    /// Whether the output is a terminal, which untrusted text must not control.
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
            // Before any request is sent in vain.
            streams::check_output()?;
            io::stdout().is_terminal()
        };
        let compile = |expression| Jq::compile(expression, terminal, global.quiet, global.timeout);
        let jq = printing.jq.as_deref().map(compile).transpose()?;
        let format = match global.output {
            Some(Output::Table | Output::Csv) if jq.is_some() => {
                return Err(Usage::new(
                    "--jq prints JSON, so it cannot be combined with --output table or csv",
                )
                .hint("omit --output, or use --fields to choose columns")
                .into());
            }
            Some(format) => format,
            None => match &file {
                Some(file) => format_of(file),
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
            // A terminal would print it as a character.
            bom: printing.csv_bom && !terminal,
        })
    }

    /// For commands that do not print users.
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

    /// Rejects settings that would hold every user of a search in memory.
    pub(crate) fn for_all_pages(self) -> Result<Self, Usage> {
        if self.jq.is_some() && self.format == Output::Json {
            return Err(Usage::new(
                "with --all, --jq would need to hold all users in memory as one JSON document",
            )
            .hint("add --output jsonl: the expression then gets one user at a time"));
        }
        Ok(self)
    }

    /// Selects a line-based format, since only those can be resumed; rejects others.
    pub(crate) fn for_resuming(self, requested: Option<Output>) -> Result<Self, Usage> {
        let format = match (requested, self.format) {
            (_, format @ (Output::Jsonl | Output::Csv)) => format,
            (None, _) => Output::Jsonl,
            (Some(_), Output::Json | Output::Table) => {
                return Err(Usage::new(
                    "--resume needs output in lines; use it with --output jsonl or csv",
                ));
            }
        };
        Ok(Self { format, ..self })
    }

    pub(crate) fn format(&self) -> Output {
        self.format
    }

    /// The output file, unless it is standard output.
    pub(crate) fn file(&self) -> Option<&Path> {
        self.file.as_deref()
    }

    /// Whether the users appear on a terminal.
    pub(crate) fn prints_on_terminal(&self) -> bool {
        self.terminal
    }

    /// Opens the destination. A file appears only once it is finished.
    pub(crate) fn destination(&self) -> anyhow::Result<Destination> {
        let mut out = Destination::open(self.file.as_deref())?;
        out.write_all(self.file_start())?;
        Ok(out)
    }

    /// The bytes before the data.
    pub(crate) fn file_start(&self) -> &'static [u8] {
        if self.bom { BOM.as_bytes() } else { &[] }
    }

    /// Prints a document other than users: as JSON, or as `text`.
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

    /// The same for a list; JSON Lines have one item per line.
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

    /// Writes a table with a header row.
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

    /// Prints a document that has no text form.
    pub(crate) fn print_document(&self, value: &impl Serialize) -> anyhow::Result<()> {
        let mut out = self.destination()?;
        self.print_json(&mut out, value, self.format != Output::Jsonl)?;
        out.finish()
    }

    /// Prints a document on one line.
    pub(crate) fn print_line(&self, value: &impl Serialize) -> anyhow::Result<()> {
        let mut out = self.destination()?;
        self.print_json(&mut out, value, false)?;
        out.finish()
    }

    /// Prints a value, or the results of the jq expression for it.
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

/// Whether the file is a terminal device.
#[cfg(unix)]
fn is_terminal(file: &Path) -> bool {
    use std::fs;
    use std::os::unix::fs::FileTypeExt;

    // Checked first, because opening a named pipe would block.
    let found = fs::metadata(file);
    found.is_ok_and(|found| found.file_type().is_char_device())
        && fs::OpenOptions::new()
            .write(true)
            .open(file)
            .is_ok_and(|device| device.is_terminal())
}

/// Elsewhere terminals are not files.
#[cfg(not(unix))]
fn is_terminal(_: &Path) -> bool {
    false
}

fn format_of(file: &Path) -> Output {
    let extension = file.extension().and_then(|extension| extension.to_str());
    match extension.map(str::to_ascii_lowercase).as_deref() {
        Some("jsonl" | "ndjson") => Output::Jsonl,
        Some("csv") => Output::Csv,
        _ => Output::Json,
    }
}

/// `COLUMNS` is an explicit choice, so it takes precedence over the terminal.
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
