//! Users as CSV. Lines end with a line feed, which other programs in a pipeline expect
//! and every spreadsheet accepts. The note about a next page goes to standard error,
//! because it is not a row.

use super::Settings;
use super::escape::escape;
use csv::WriterBuilder;
use std::borrow::Cow;
use std::io::{self, Write};
use stytch_fields::Fields;
use stytch_host::types::User;

const COLUMNS: [&str; 18] = [
    "user_id",
    "external_id",
    "status",
    "is_locked",
    "lock_expires_at",
    "first_name",
    "last_name",
    "emails",
    "verified_emails",
    "phone_numbers",
    "verified_phone_numbers",
    "providers",
    "passkeys",
    "totps",
    "has_password",
    "crypto_wallets",
    "roles",
    "created_at",
];

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
                fields.paths().iter().map(|path| path.text().to_owned()),
            ),
        }
    }

    pub(super) fn add(&self, out: &mut impl Write, user: &User) -> io::Result<()> {
        match &self.fields {
            None => self.write(out, row(user)),
            Some(fields) => {
                let cells = fields.values(user)?.into_iter();
                self.write(out, cells.map(|values| list(values.iter())))
            }
        }
    }

    fn write(
        &self,
        out: &mut impl Write,
        cells: impl IntoIterator<Item = String>,
    ) -> io::Result<()> {
        let cells = cells.into_iter().map(|cell| {
            let cell = neutralize(&cell);
            if self.terminal {
                escape(&cell).into_owned()
            } else {
                cell.into_owned()
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

/// Prevents CSV injection: prefixes a cell with an apostrophe if a spreadsheet would take
/// it for a formula.
fn neutralize(cell: &str) -> Cow<'_, str> {
    let formula = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];
    if cell.starts_with(formula) {
        Cow::Owned(format!("'{cell}"))
    } else {
        Cow::Borrowed(cell)
    }
}

/// Several values in one cell. Each is neutralized, because some spreadsheets split cells
/// at semicolons.
fn list<'a>(values: impl Iterator<Item = &'a String>) -> String {
    let values: Vec<_> = values.map(|value| neutralize(value)).collect();
    values.join("; ")
}

fn row(user: &User) -> [String; COLUMNS.len()] {
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let flag = |value: Option<bool>| value.map(|value| value.to_string()).unwrap_or_default();
    let count = |count: Option<usize>| count.unwrap_or_default().to_string();
    let name = user.name.as_ref();
    let emails = user.emails.iter().flatten();
    let phones = user.phone_numbers.iter().flatten();
    let verified_emails = emails.clone().filter(|email| email.verified == Some(true));
    let verified_phones = phones.clone().filter(|phone| phone.verified == Some(true));
    let providers = user.providers.iter().flatten();
    [
        user.user_id.clone(),
        text(&user.external_id),
        text(&user.status),
        flag(user.is_locked),
        text(&user.lock_expires_at),
        name.map(|name| text(&name.first_name)).unwrap_or_default(),
        name.map(|name| text(&name.last_name)).unwrap_or_default(),
        list(emails.filter_map(|email| email.email.as_ref())),
        list(verified_emails.filter_map(|email| email.email.as_ref())),
        list(phones.filter_map(|phone| phone.phone_number.as_ref())),
        list(verified_phones.filter_map(|phone| phone.phone_number.as_ref())),
        list(providers.filter_map(|provider| provider.provider_type.as_ref())),
        count(user.webauthn_registrations.as_ref().map(Vec::len)),
        count(user.totps.as_ref().map(Vec::len)),
        user.password.is_some().to_string(),
        count(user.crypto_wallets.as_ref().map(Vec::len)),
        list(user.roles.iter().flatten()),
        text(&user.created_at),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_that_look_like_formulas_get_an_apostrophe() {
        for cell in [
            "=1+1",
            "+12025550101",
            "-1",
            "@SUM(A1)",
            "\t=1",
            "\r=1",
            "＝1",
        ] {
            assert_eq!(neutralize(cell), format!("'{cell}"));
        }
        for cell in ["", "a=1", " =1", "2020-01-06T08:30:00Z", "ada@example.com"] {
            assert_eq!(neutralize(cell), cell);
        }
        let values = ["+1".to_owned(), "b".to_owned(), "=c".to_owned()];
        assert_eq!(list(values.iter()), "'+1; b; '=c");
    }

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
