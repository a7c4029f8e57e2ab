//! Users as files: CSV, JSON, and JSON lines.

use csv::WriterBuilder;
use serde::Serialize;
use stytch_fields::csv::{COLUMNS, cells};
use stytch_host::search::Receipt;
use stytch_host::types::SearchPage;

/// The format of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Csv,
    Json,
    JsonLines,
}

impl Format {
    pub(crate) const ALL: [Self; 3] = [Self::Csv, Self::Json, Self::JsonLines];

    /// Its name in an address, and the ending of a file.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Json => "json",
            Self::JsonLines => "jsonl",
        }
    }

    pub(crate) const fn title(self) -> &'static str {
        match self {
            Self::Csv => "CSV",
            Self::Json => "JSON",
            Self::JsonLines => "JSON lines",
        }
    }

    pub(crate) const fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::Json => "application/json",
            Self::JsonLines => "application/x-ndjson",
        }
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.name() == name)
    }
}

/// Writes a file, a page at a time.
#[derive(Debug)]
pub(crate) struct Writer {
    format: Format,
    has_users: bool,
}

impl Writer {
    pub(crate) fn new(format: Format) -> Self {
        Self {
            format,
            has_users: false,
        }
    }

    /// Returns what comes before the first page.
    pub(crate) fn begin(&self) -> Vec<u8> {
        match self.format {
            Format::Csv => rows([COLUMNS.map(str::to_owned)]),
            Format::Json => b"{\"results\":[".to_vec(),
            Format::JsonLines => Vec::new(),
        }
    }

    /// Returns the users of a page.
    pub(crate) fn page(&mut self, page: &SearchPage) -> Vec<u8> {
        if self.format == Format::Csv {
            return rows(page.users.iter().map(cells));
        }
        let mut bytes = Vec::new();
        for user in &page.users {
            if self.format == Format::Json {
                bytes.extend_from_slice(if self.has_users { b",\n" } else { b"\n" });
            }
            push(&mut bytes, user);
            if self.format == Format::JsonLines {
                bytes.push(b'\n');
            }
            self.has_users = true;
        }
        bytes
    }

    /// Returns what comes after the last page.
    pub(crate) fn end(&self, receipt: Option<&Receipt>) -> Vec<u8> {
        match self.format {
            Format::Csv | Format::JsonLines => Vec::new(),
            Format::Json => {
                let mut bytes = b"\n],\"receipt\":".to_vec();
                push(&mut bytes, &receipt);
                bytes.extend_from_slice(b"}\n");
                bytes
            }
        }
    }
}

fn rows<const N: usize>(rows: impl IntoIterator<Item = [String; N]>) -> Vec<u8> {
    let mut writer = WriterBuilder::new().from_writer(Vec::new());
    for row in rows {
        // Writing to memory does not fail, and all rows have the same number of cells.
        let _ = writer.write_record(row);
    }
    writer.into_inner().unwrap_or_default()
}

/// Users and receipts are always serializable.
fn push(bytes: &mut Vec<u8>, value: &impl Serialize) {
    let _ = serde_json::to_writer(bytes, value);
}

/// The receipt of a search in words.
pub(crate) fn summary(receipt: &Receipt) -> String {
    let count = |number: u64, noun: &str| match number {
        1 => format!("1 {noun}"),
        number => format!("{} {noun}s", grouped(number)),
    };
    let users = count(receipt.users, "user");
    let pages = count(receipt.pages, "page");
    let different = if receipt.unique_users == receipt.users {
        String::new()
    } else {
        format!(", {} of them different", grouped(receipt.unique_users))
    };
    let end = if receipt.complete {
        "Complete"
    } else {
        "Not complete"
    };
    let total = match (receipt.total_at_start, receipt.total_at_end) {
        (Some(start), Some(end)) if start != end => format!(
            "Stytch counted {} at the start and {} at the end.",
            grouped(start),
            grouped(end)
        ),
        (_, Some(total)) => format!("Stytch counts {}.", grouped(total)),
        (_, None) => "Stytch says no total.".to_owned(),
    };
    format!("{users} in {pages}{different}. {end}: {total}")
}

/// `1234567` → `1,234,567`.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};
    use stytch_host::types::User;

    fn page(user_ids: &[&str]) -> SearchPage {
        SearchPage {
            request_id: None,
            users: user_ids
                .iter()
                .map(|id| crate::pages::tests::user(id))
                .collect(),
            total: None,
            next_cursor: None,
            results_metadata_extra: None,
            extra: None,
        }
    }

    fn file(format: Format, pages: &[SearchPage]) -> String {
        let mut writer = Writer::new(format);
        let mut bytes = writer.begin();
        for page in pages {
            bytes.extend(writer.page(page));
        }
        bytes.extend(writer.end(None));
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn every_format_has_every_user_once() {
        let pages = [page(&["a", "b"]), page(&[]), page(&["c"])];
        let csv = file(Format::Csv, &pages);
        let first = |line: &str| line.split(',').next().unwrap().to_owned();
        let ids: Vec<_> = csv.lines().map(first).collect();
        assert_eq!(ids, ["user_id", "a", "b", "c"]);

        let document: Value = serde_json::from_str(&file(Format::Json, &pages)).unwrap();
        let users = document["results"].as_array().unwrap();
        assert_eq!(users.len(), 3);
        assert_eq!(users[2]["user_id"], "c");

        let lines = file(Format::JsonLines, &pages);
        let users = lines
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap());
        assert!(
            users
                .map(|user| user["user_id"].clone())
                .eq(["a", "b", "c"])
        );
    }

    #[test]
    fn a_file_without_users_is_valid() {
        assert_eq!(file(Format::Csv, &[]).lines().count(), 1);
        let document: Value = serde_json::from_str(&file(Format::Json, &[])).unwrap();
        assert_eq!(document, json!({"results": [], "receipt": null}));
        assert_eq!(file(Format::JsonLines, &[]), "");
    }

    #[test]
    fn text_of_users_is_neither_a_formula_nor_another_row() {
        let hostile = User {
            external_id: Some("=HYPERLINK(\"http://evil.example\")\n,x".to_owned()),
            ..crate::pages::tests::user("a")
        };
        let mut page = page(&[]);
        page.users.push(hostile);
        let csv = file(Format::Csv, &[page]);
        assert!(
            csv.contains("a,\"'=HYPERLINK(\"\"http://evil.example\"\")\n,x\","),
            "{csv}"
        );
    }

    #[test]
    fn a_receipt_says_whether_all_users_were_read() {
        for (users, unique, end, complete, expected) in [
            (
                1,
                1,
                Some(1),
                true,
                "1 user in 2 pages. Complete: Stytch counts 1.",
            ),
            (
                1234,
                1234,
                None,
                true,
                "1,234 users in 2 pages. Complete: Stytch says no total.",
            ),
            (
                5,
                4,
                Some(6),
                false,
                "5 users in 2 pages, 4 of them different. Not complete: Stytch counted 1 at the start and 6 at the end.",
            ),
        ] {
            let receipt = json!({
                "pages": 2, "users": users, "unique_users": unique,
                "total_at_start": 1, "total_at_end": end, "stopped": "end",
                "complete": complete, "next_cursor": null,
            });
            let receipt = serde_json::from_value(receipt).unwrap();
            assert_eq!(summary(&receipt), expected);
        }
    }

    #[test]
    fn numbers_are_grouped() {
        for (number, expected) in [
            (0, "0"),
            (999, "999"),
            (1000, "1,000"),
            (1_234_567, "1,234,567"),
        ] {
            assert_eq!(grouped(number), expected);
        }
    }
}
