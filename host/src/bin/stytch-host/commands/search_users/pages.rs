//! A search with all of its pages.

use super::journal::Journal;
use super::progress::Progress;
use super::receipt;
use super::target::Target;
use crate::args::Output;
use crate::failure::{Style, Unfinished};
use crate::render::{Shape, Users};
use std::io::{self, IsTerminal, Write};
use std::path::Path;
use stytch_host::json::ResultsMetadata;
use stytch_host::search::{Search, SearchError};

/// What a search needs that can be gone on from after an interruption.
pub(super) struct Resumption {
    journal: Journal,
    target: Target,
}

impl Resumption {
    /// Brings `search` and its output to where they were. `identity` tells one
    /// search from another.
    pub(super) fn open(
        path: &Path,
        identity: &str,
        output_file: Option<&Path>,
        search: &mut Search,
    ) -> anyhow::Result<Self> {
        let mut journal = Journal::open(path)?;
        let before = journal.replay(identity, search)?;
        let target = Target::open(output_file, before)?;
        if before.is_none() {
            let start = target.len()?;
            journal.begin(identity, start)?;
        }
        Ok(Self { journal, target })
    }
}

/// Prints the users of every page, and then a receipt.
pub(super) async fn print(
    output: Option<Output>,
    mut search: Search,
    mut resumption: Option<Resumption>,
) -> anyhow::Result<()> {
    let out: Box<dyn Write> = match &resumption {
        Some(resumption) => Box::new(resumption.target.writer()?),
        None => Box::new(io::stdout().lock()),
    };
    let mut users = Users::new(out, output, Shape::Page);
    let shows_users = resumption.is_none()
        && Output::or_default(output) != Output::Table
        && io::stdout().is_terminal();
    let progress = Progress::start(!shows_users, search.users());
    let ended = loop {
        match search.next_page().await {
            Ok(Some(page)) => {
                for user in &page.users {
                    users.user(user)?;
                }
                users.page_end()?;
                if let Some(Resumption { journal, target }) = &mut resumption {
                    journal.add(search.last_step(), target.sync()?)?;
                }
                progress.set(search.users(), search.total());
            }
            Ok(None) => break Ok(()),
            Err(error) => break Err(error),
        }
    };
    drop(progress);

    let receipt = search.receipt()?;
    let cursor = receipt.next_cursor.clone();
    if receipt.pages > 0 || ended.is_ok() {
        users.finish(Some(&ResultsMetadata {
            total: receipt.total_at_end,
            next_cursor: cursor.clone(),
        }))?;
        receipt::print(&receipt, Style::for_users(output))?;
    }
    match ended {
        Ok(()) => resumption.map_or(Ok(()), |resumption| resumption.target.finish()),
        Err(SearchError::Page(error)) => Err(match (resumption, cursor) {
            (Some(_), _) => anyhow::Error::new(error).context(Unfinished::Resumable),
            (None, Some(cursor)) if receipt.pages > 0 => {
                anyhow::Error::new(error).context(Unfinished::At(cursor))
            }
            (None, _) => error.into(),
        }),
        Err(error) => Err(error.into()),
    }
}
