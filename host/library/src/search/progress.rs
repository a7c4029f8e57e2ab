//! The progress of a search over its pages.

use super::distinct::{Digest, Distinct, digest};
use super::receipt::{Receipt, Stopped};
use std::collections::HashSet;
use std::io;

/// The progress that one page made: what another process needs to resume after it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Step {
    /// The cursor of the following page; `None` after the last page.
    pub next_cursor: Option<String>,
    /// How many users match the query, according to the page.
    pub total: Option<u64>,
    /// The digests of the page's user IDs.
    pub user_ids: Vec<Digest>,
}

impl Step {
    /// Creates a step for [`Pages::replay`](super::Pages::replay).
    pub fn new(next_cursor: Option<String>, total: Option<u64>, user_ids: Vec<Digest>) -> Self {
        Self {
            next_cursor,
            total,
            user_ids,
        }
    }
}

/// Counts what has been read.
#[derive(Debug)]
pub(super) struct Progress {
    /// Whether the search started at Stytch's first page.
    from_start: bool,
    pages: u64,
    users: u64,
    total_at_start: Option<u64>,
    total_at_end: Option<u64>,
    distinct: Distinct,
    cursors: HashSet<Digest>,
}

impl Progress {
    /// Starts a search at `cursor`.
    pub(super) fn new(cursor: Option<&str>) -> Self {
        Self {
            from_start: cursor.is_none(),
            pages: 0,
            users: 0,
            total_at_start: None,
            total_at_end: None,
            distinct: Distinct::default(),
            cursors: cursor.into_iter().map(digest).collect(),
        }
    }

    pub(super) fn pages(&self) -> u64 {
        self.pages
    }

    pub(super) fn users(&self) -> u64 {
        self.users
    }

    pub(super) fn total(&self) -> Option<u64> {
        self.total_at_end
    }

    /// Records a cursor and returns whether it is new.
    pub(super) fn is_new(&mut self, cursor: &str) -> bool {
        self.cursors.insert(digest(cursor))
    }

    /// Counts a page with this many users.
    pub(super) fn add_page(&mut self, users: usize) {
        self.pages += 1;
        self.users += users as u64;
    }

    /// Records the step of the page that was just counted.
    pub(super) fn add_step(&mut self, step: &Step) -> io::Result<()> {
        if self.pages == 1 {
            self.total_at_start = step.total;
        }
        self.total_at_end = step.total.or(self.total_at_end);
        self.distinct.add(&step.user_ids)
    }

    pub(super) fn receipt(
        &mut self,
        stopped: Stopped,
        next_cursor: Option<String>,
    ) -> io::Result<Receipt> {
        let unique_users = self.distinct.count()?;
        Ok(Receipt {
            pages: self.pages,
            users: self.users,
            unique_users,
            total_at_start: self.total_at_start,
            total_at_end: self.total_at_end,
            stopped,
            complete: self.from_start
                && stopped == Stopped::End
                && self.total_at_end.is_none_or(|total| unique_users >= total),
            next_cursor,
        })
    }
}
