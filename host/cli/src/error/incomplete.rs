//! The error of `--require-complete`: a search that ended without every user.

use std::fmt;
use std::path::{Path, PathBuf};
use stytch_credentials::shell_word;
use stytch_host::search::{Receipt, Stopped};

/// Where a search began.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Start {
    FirstPage,
    Cursor,
}

#[derive(Debug)]
pub(crate) struct Incomplete {
    receipt: Receipt,
    start: Start,
    /// Where its users are; `None` for standard output.
    file: Option<PathBuf>,
    /// The file of `--resume`.
    state: Option<PathBuf>,
}

impl Incomplete {
    pub(crate) fn new(receipt: Receipt, start: Start) -> Self {
        Self {
            receipt,
            start,
            file: None,
            state: None,
        }
    }

    pub(crate) fn kept_in(self, file: Option<PathBuf>, state: Option<&Path>) -> Self {
        Self {
            file,
            state: state.map(Path::to_owned),
            ..self
        }
    }

    fn stopped_at_max_users(&self) -> bool {
        self.receipt.stopped == Stopped::MaxUsers
    }

    pub(crate) fn hint(&self) -> String {
        let file = match &self.file {
            Some(file) => format!("the users found so far are in {}; ", file.display()),
            None => String::new(),
        };
        let advice = match (&self.receipt.next_cursor, &self.state) {
            _ if self.start == Start::Cursor => "for all users, start without --cursor".to_owned(),
            (_, Some(_)) if self.stopped_at_max_users() => {
                "to resume, repeat the command with a larger --max-users, or without it".to_owned()
            }
            (Some(cursor), None) => {
                format!(
                    "for the rest, resume with --cursor={}; for all users, omit --max-users",
                    shell_word(cursor)
                )
            }
            _ if self.stopped_at_max_users() => "for all users, omit --max-users".to_owned(),
            (_, Some(state)) => format!(
                "users may have been created or deleted during the search; to start over, remove {} and repeat the command",
                shell_word(&state.display().to_string())
            ),
            (_, None) => {
                "users may have been created or deleted during the search; search again".to_owned()
            }
        };
        format!("{file}{advice}")
    }
}

impl fmt::Display for Incomplete {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the search is not complete")?;
        if self.stopped_at_max_users() {
            formatter.write_str(" because of --max-users")?;
        }
        let total = self.receipt.total_at_end;
        let missing = total.map(|total| total.saturating_sub(self.receipt.unique_users));
        match (missing, total) {
            (Some(missing @ 1..), Some(total)) => {
                let are = if missing == 1 { "is" } else { "are" };
                write!(formatter, ": {missing} of {total} users {are} missing")
            }
            // The counts are equal, but the users may be different ones.
            _ if self.start == Start::Cursor => {
                formatter.write_str(": it started at a cursor, so users before it are missing")
            }
            _ => formatter.write_str(": the number of missing users is unknown"),
        }
    }
}

impl std::error::Error for Incomplete {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_message_counts_missing_users_and_the_hint_says_what_to_do() {
        let incomplete = |unique, total: Option<u64>, stopped, cursor: Option<&str>, start| {
            let receipt = serde_json::json!({
                "pages": 2, "users": unique, "unique_users": unique, "total_at_start": total,
                "total_at_end": total, "stopped": stopped, "complete": false,
                "next_cursor": cursor,
            });
            Incomplete::new(serde_json::from_value(receipt).unwrap(), start)
        };
        let state = Some(Path::new("a b"));
        for (incomplete, message, hint) in [
            (
                incomplete(4, Some(5), "end", None, Start::FirstPage),
                "the search is not complete: 1 of 5 users is missing",
                "users may have been created or deleted during the search; search again",
            ),
            (
                incomplete(4, Some(5), "end", None, Start::FirstPage)
                    .kept_in(Some("x.partial".into()), state),
                "the search is not complete: 1 of 5 users is missing",
                "the users found so far are in x.partial; users may have been created or deleted during the search; to start over, remove 'a b' and repeat the command",
            ),
            (
                incomplete(3, Some(5), "max_users", Some("-c d"), Start::FirstPage),
                "the search is not complete because of --max-users: 2 of 5 users are missing",
                "for the rest, resume with --cursor='-c d'; for all users, omit --max-users",
            ),
            (
                incomplete(3, None, "max_users", Some("c"), Start::FirstPage).kept_in(None, state),
                "the search is not complete because of --max-users: the number of missing users is unknown",
                "to resume, repeat the command with a larger --max-users, or without it",
            ),
            (
                incomplete(3, None, "end", None, Start::Cursor),
                "the search is not complete: it started at a cursor, so users before it are missing",
                "for all users, start without --cursor",
            ),
        ] {
            assert_eq!(
                (&*incomplete.to_string(), &*incomplete.hint()),
                (message, hint)
            );
        }
    }
}
