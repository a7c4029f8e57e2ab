//! The summary of a search, on standard error.

use crate::failure::Style;
use serde::Serialize;
use std::io::{self, Write};
use stytch_credentials::shell_word;
use stytch_host::search::{Receipt, Stopped};

/// Prints a receipt; in JSON style as one line.
pub(super) fn print(receipt: &Receipt, style: Style) -> serde_json::Result<()> {
    #[derive(Serialize)]
    struct Envelope<'a> {
        receipt: &'a Receipt,
    }
    let line = match style {
        Style::Json => serde_json::to_string(&Envelope { receipt })?,
        Style::Text | Style::Line => text(receipt),
    };
    // There is nowhere to report that standard error is closed.
    let _ = writeln!(io::stderr().lock(), "{line}");
    Ok(())
}

fn text(receipt: &Receipt) -> String {
    let count = |number: u64, noun: &str| match number {
        1 => format!("1 {noun}"),
        _ => format!("{number} {noun}s"),
    };
    let counts = format!(
        "{} in {}",
        count(receipt.users, "user"),
        count(receipt.pages, "page")
    );
    let different = match receipt.unique_users {
        unique if unique == receipt.users => String::new(),
        unique => format!(", {unique} unique"),
    };
    let verdict = match (receipt.stopped, receipt.complete) {
        (Stopped::End, true) => "complete",
        (Stopped::End, false) => "reached the end, but not complete",
        (Stopped::MaxUsers, _) => "stopped at --max-users",
        (Stopped::Circle, _) => "stopped because the cursors repeat",
        (Stopped::Early, _) => "not complete",
    };
    let totals = match (receipt.total_at_start, receipt.total_at_end) {
        (Some(start), Some(end)) if start != end => {
            format!("; Stytch counted {start} at the start and {end} at the end")
        }
        (_, Some(total)) => format!("; Stytch counts {total}"),
        (_, None) => String::new(),
    };
    let rest = match (receipt.stopped, &receipt.next_cursor) {
        (Stopped::MaxUsers, Some(cursor)) => {
            format!("\nresume with --cursor={}", shell_word(cursor))
        }
        _ => String::new(),
    };
    format!("{counts}{different}: {verdict}{totals}{rest}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_states_whether_the_search_is_complete() {
        let text_of = |users, unique, (start, end), stopped, complete| {
            let json = serde_json::json!({
                "pages": 2, "users": users, "unique_users": unique, "total_at_start": start,
                "total_at_end": end, "stopped": stopped, "complete": complete,
                "next_cursor": "c\u{1b}",
            });
            text(&serde_json::from_value(json).unwrap())
        };
        let (none, five) = ((None::<u64>, None::<u64>), (Some(5), Some(5)));
        for (text, expected) in [
            (
                text_of(5, 5, five, "end", true),
                "5 users in 2 pages: complete; Stytch counts 5",
            ),
            (
                text_of(1, 1, none, "end", true),
                "1 user in 2 pages: complete",
            ),
            (
                text_of(5, 4, (Some(4), Some(5)), "end", false),
                "5 users in 2 pages, 4 unique: reached the end, but not complete; Stytch counted 4 at the start and 5 at the end",
            ),
            (
                text_of(3, 3, five, "max_users", false),
                "3 users in 2 pages: stopped at --max-users; Stytch counts 5\nresume with --cursor=$'c\\033'",
            ),
            (
                text_of(3, 2, five, "circle", false),
                "3 users in 2 pages, 2 unique: stopped because the cursors repeat; Stytch counts 5",
            ),
            (
                text_of(3, 3, five, "early", false),
                "3 users in 2 pages: not complete; Stytch counts 5",
            ),
        ] {
            assert_eq!(text, expected);
        }
    }
}
