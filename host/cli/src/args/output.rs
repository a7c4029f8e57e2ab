//! What is printed, how, and where to.

use crate::failure::Usage;
use crate::render::Fields;
use clap::{Args as ClapArgs, ValueEnum};
use std::path::PathBuf;

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Output {
    /// For people, fitted to the terminal (or to COLUMNS)
    Table,
    /// One JSON document, as Stytch sends it
    Json,
    /// One JSON object a line
    Jsonl,
    /// For spreadsheets: a row a user; what a formula begins with gets a ' before it
    Csv,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    Auto,
    Always,
    Never,
}

/// Flags of the commands that print data.
#[derive(Debug, ClapArgs)]
#[command(next_help_heading = "Global options")]
pub(crate) struct Printing {
    /// Print these members of users only
    ///
    /// In a table and in CSV they are the columns. A list is gone through. Before
    /// a dot or a comma that belongs to a name goes a backslash:
    /// trusted_metadata.plan\.id. A member newer than this program is reached
    /// with a dot before it: .new_member
    ///
    /// Example: --fields user_id,name.last_name,emails.email
    #[arg(
        long,
        global = true,
        value_name = "PATHS",
        value_parser = Fields::parse
    )]
    pub(crate) fields: Option<Fields>,

    /// Print what this jq expression makes of the JSON; strings without quotes
    ///
    /// It gets the whole document, and with --output jsonl one user at a time; each
    /// result is a line. Of this machine it sees nothing: no files, no environment.
    /// It may take 1 GiB of memory, and --timeout for what it gets at a time. Of
    /// jq's language it lacks input, inputs, debug, stderr, halt, env, import,
    /// include, tostream, fromstream, truncate_stream, @base32, @base32d, builtins,
    /// ascii, dateadd, datesub, $__loc__ and ?//.
    ///
    /// Example: --jq '.results[].emails[].email'
    #[arg(long, global = true, value_name = "EXPR", conflicts_with = "fields")]
    pub(crate) jq: Option<String>,

    /// Print into this file, which appears whole or not at all; - is standard output
    ///
    /// A new file is readable for you only; one that is replaced keeps its mode.
    /// The format is that of the name: .json, .jsonl, .ndjson or .csv; else JSON.
    ///
    /// Example: --output-file users.csv
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) output_file: Option<PathBuf>,

    /// Begin CSV with a byte-order mark, by which Excel knows that it is UTF-8
    ///
    /// Without it, Excel shows é and 日本語 garbled. Other programs may take it for
    /// a part of the first title.
    ///
    /// Example: --csv-bom --output-file users.csv
    #[arg(long, global = true)]
    pub(crate) csv_bom: bool,

    /// Colour tables: always, never, or auto, on a terminal without NO_COLOR
    ///
    /// Example: --color always
    #[arg(
        long,
        global = true,
        value_enum,
        value_name = "WHEN",
        default_value = "auto",
        hide_possible_values = true
    )]
    pub(crate) color: Color,
}

impl Printing {
    /// Says no to flags that a command would do nothing about.
    pub(crate) fn refuse(&self) -> Result<(), Usage> {
        for (flag, given) in [
            ("--fields", self.fields.is_some()),
            ("--jq", self.jq.is_some()),
            ("--output-file", self.output_file.is_some()),
            ("--csv-bom", self.csv_bom),
        ] {
            if given {
                return Err(Usage::new(format!(
                    "{flag} is for commands that print data"
                )));
            }
        }
        Ok(())
    }
}
