//! A search that ended well, and not with every user, where that is asked for.

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
    /// Where its users are; none is standard output.
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

    fn stopped_as_asked(&self) -> bool {
        self.receipt.stopped == Stopped::MaxUsers
    }

    pub(crate) fn hint(&self) -> String {
        let file = match &self.file {
            Some(file) => format!("what was found is in {}; ", file.display()),
            None => String::new(),
        };
        let advice = match (&self.receipt.next_cursor, &self.state) {
            _ if self.start == Start::Cursor => "for all users, begin without --cursor".to_owned(),
            (_, Some(_)) if self.stopped_as_asked() => {
                "the same command with a larger --max-users, or without it, goes on from there"
                    .to_owned()
            }
            (Some(cursor), None) => {
                format!(
                    "for the rest, resume with --cursor={}; for all users, leave --max-users out",
                    shell_word(cursor)
                )
            }
            _ if self.stopped_as_asked() => "for all users, leave --max-users out".to_owned(),
            (_, Some(state)) => format!(
                "users that are created or deleted meanwhile can be the cause; to search anew, remove {} and repeat the command",
                shell_word(&state.display().to_string())
            ),
            (_, None) => {
                "users that are created or deleted meanwhile can be the cause; search again"
                    .to_owned()
            }
        };
        format!("{file}{advice}")
    }
}

impl fmt::Display for Incomplete {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the search is not complete")?;
        if self.stopped_as_asked() {
            formatter.write_str(", as --max-users asked for")?;
        }
        let total = self.receipt.total_at_end;
        let missing = total.map(|total| total.saturating_sub(self.receipt.unique_users));
        match (missing, total) {
            (Some(missing @ 1..), Some(total)) => {
                let are = if missing == 1 { "is" } else { "are" };
                write!(formatter, ": {missing} of {total} users {are} missing")
            }
            // As many came as Stytch counts, but they need not be the same.
            _ if self.start == Start::Cursor => {
                formatter.write_str(": it began at a cursor, and users before it are missing")
            }
            _ => formatter.write_str(": how many users are missing is not known"),
        }
    }
}

impl std::error::Error for Incomplete {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_says_how_many_users_are_missing_and_what_to_do() {
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
                "users that are created or deleted meanwhile can be the cause; search again",
            ),
            (
                incomplete(4, Some(5), "end", None, Start::FirstPage)
                    .kept_in(Some("x.partial".into()), state),
                "the search is not complete: 1 of 5 users is missing",
                "what was found is in x.partial; users that are created or deleted meanwhile can be the cause; to search anew, remove 'a b' and repeat the command",
            ),
            (
                incomplete(3, Some(5), "max_users", Some("-c d"), Start::FirstPage),
                "the search is not complete, as --max-users asked for: 2 of 5 users are missing",
                "for the rest, resume with --cursor='-c d'; for all users, leave --max-users out",
            ),
            (
                incomplete(3, None, "max_users", Some("c"), Start::FirstPage).kept_in(None, state),
                "the search is not complete, as --max-users asked for: how many users are missing is not known",
                "the same command with a larger --max-users, or without it, goes on from there",
            ),
            (
                incomplete(3, None, "end", None, Start::Cursor),
                "the search is not complete: it began at a cursor, and users before it are missing",
                "for all users, begin without --cursor",
            ),
        ] {
            assert_eq!(
                (&*incomplete.to_string(), &*incomplete.hint()),
                (message, hint)
            );
        }
    }
}
