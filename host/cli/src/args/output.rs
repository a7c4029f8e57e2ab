//! Output flags: what to print, in which format, and where.

use crate::error::Usage;
use clap::{Args as ClapArgs, ValueEnum};
use std::path::PathBuf;
use stytch_fields::Fields;

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Output {
    /// For people, fitted to the terminal (or to COLUMNS)
    Table,
    /// One JSON document, as Stytch sends it
    Json,
    /// One JSON object per line
    Jsonl,
    /// For spreadsheets: one row per user; a ' is added before what could be a formula
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
    /// Print only these members of users
    ///
    /// In a table and in CSV they are the columns. A path through a list selects
    /// from every item. Escape a dot or a comma in a name with a backslash:
    /// trusted_metadata.plan\.id. To select a member that this program does not
    /// know, begin with a dot: .new_member
    ///
    /// Example: --fields user_id,name.last_name,emails.email
    #[arg(
        long,
        global = true,
        value_name = "PATHS",
        value_parser = Fields::parse
    )]
    pub(crate) fields: Option<Fields>,

    /// Filter the JSON with this jq expression; strings are printed without quotes
    ///
    /// The input is the whole document, or with --output jsonl one user at a time.
    /// Each result is one line. The expression cannot read files or the environment.
    /// It is limited to 1 GiB of memory, and to --timeout per input. These parts of
    /// jq's language are not available: input, inputs, debug, stderr, halt, env, import,
    /// include, tostream, fromstream, truncate_stream, @base32, @base32d, builtins,
    /// ascii, dateadd, datesub, $__loc__ and ?//.
    ///
    /// Example: --jq '.results[].emails[].email'
    #[arg(long, global = true, value_name = "EXPR", conflicts_with = "fields")]
    pub(crate) jq: Option<String>,

    /// Write to this file, atomically; - is standard output
    ///
    /// Only you can read a new file; a file that is replaced keeps its permission
    /// bits. The extension sets the format: .json, .jsonl, .ndjson or .csv; else JSON.
    ///
    /// Example: --output-file users.csv
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) output_file: Option<PathBuf>,

    /// Begin CSV with a byte-order mark, so that Excel reads it as UTF-8
    ///
    /// Without it, Excel garbles é and 日本語. Other programs may read it as part of
    /// the first column's title.
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
    /// Rejects flags that the command would ignore.
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
