//! Users as CSV. Lines end with a line feed, which other programs in a pipeline expect
//! and every spreadsheet accepts. The note about a next page goes to standard error,
//! because it is not a row.

use super::Settings;
use super::escape::escape;
use csv::WriterBuilder;
use std::io::{self, Write};
use stytch_fields::Fields;
use stytch_fields::csv::{COLUMNS, cells, list, neutralize};
use stytch_host::types::User;

pub(super) struct Csv {
    fields: Option<Fields>,
    /// Whether the output is a terminal: then cells are escaped, as in a table.
    terminal: bool,
}

impl Csv {
    pub(super) fn new(settings: &Settings) -> Self {
        Self {
            fields: settings.fields.clone(),
            terminal: settings.terminal,
        }
    }

    /// Prints the header row, even if no users follow.
    pub(super) fn begin(&self, out: &mut impl Write) -> io::Result<()> {
        match &self.fields {
            None => self.write(out, COLUMNS.map(str::to_owned)),
            Some(fields) => self.write(
                out,
                (fields.paths().iter()).map(|path| neutralize(path.text()).into_owned()),
            ),
        }
    }

    pub(super) fn add(&self, out: &mut impl Write, user: &User) -> io::Result<()> {
        match &self.fields {
            None => self.write(out, cells(user)),
            Some(fields) => {
                let cells = fields.values(user)?.into_iter();
                self.write(out, cells.map(|values| list(values.iter())))
            }
        }
    }

    /// Writes cells of which none is a formula.
    fn write(
        &self,
        out: &mut impl Write,
        cells: impl IntoIterator<Item = String>,
    ) -> io::Result<()> {
        let cells = cells.into_iter().map(|cell| {
            if self.terminal {
                escape(&cell).into_owned()
            } else {
                cell
            }
        });
        // Written to memory first, so that I/O errors are not wrapped in CSV errors.
        let mut row = Vec::new();
        let mut writer = WriterBuilder::new()
            .buffer_capacity(1 << 10)
            .from_writer(&mut row);
        writer.write_record(cells)?;
        writer.flush()?;
        drop(writer);
        out.write_all(&row)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_where_necessary() {
        let cells = ["a,b", "say \"x\"", "two\nlines", "cr\rx", "plain", ""];
        for (terminal, expected) in [
            (
                false,
                "\"a,b\",\"say \"\"x\"\"\",\"two\nlines\",\"cr\rx\",plain,\n",
            ),
            (
                true,
                "\"a,b\",\"say \"\"x\"\"\",two\\u{a}lines,cr\\u{d}x,plain,\n",
            ),
        ] {
            let csv = Csv {
                fields: None,
                terminal,
            };
            let mut out = Vec::new();
            csv.write(&mut out, cells.map(str::to_owned)).unwrap();
            assert_eq!(String::from_utf8(out).unwrap(), expected);
        }
    }
}
