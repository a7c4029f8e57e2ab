//! A search of all pages.

use super::journal::Journal;
use super::output::ResumableOutput;
use super::progress::Progress;
use super::receipt;
use crate::access::Access;
use crate::error::{Incomplete, Start, Unfinished, Usage};
use crate::failure::Style;
use crate::render::{Settings, Shape, Users, beside};
use std::path::{Path, PathBuf};
use stytch_host::json::PageEnd;
use stytch_host::search::{Pages, SearchError};

/// The state of a resumable search.
pub(super) struct Resumption {
    journal: Journal,
    output: ResumableOutput,
    /// Whether an earlier run printed users.
    is_begun: bool,
    /// The path of the journal.
    path: PathBuf,
}

impl Resumption {
    /// Restores the progress of `search` and its output. `identity` identifies the
    /// search.
    pub(super) fn open(
        path: &Path,
        identity: &str,
        settings: &Settings,
        search: &mut Pages,
    ) -> anyhow::Result<Self> {
        if settings
            .file()
            .is_some_and(|file| file == path || beside(file, ".partial") == path)
        {
            return Err(Usage::new(format!(
                "--resume {} is also the output file",
                path.display()
            ))
            .hint("name another file for --resume")
            .into());
        }
        let mut journal = Journal::open(path)?;
        let before = journal.replay(identity, search)?;
        let output =
            ResumableOutput::open(settings.file(), before.as_ref(), settings.file_start())?;
        if before.is_none() {
            let start = output.len()?;
            journal.begin(identity, start)?;
        }
        let is_begun = before.is_some_and(|printed| !printed.users.is_empty());
        Ok(Self {
            journal,
            output,
            is_begun,
            path: path.to_owned(),
        })
    }
}

/// Prints the users of every page. With a `style`, also shows progress, and a receipt at
/// the end. `required` is where the search began if it must be complete: then a search
/// that ends without every user fails, and its output stays in the partial file.
pub(super) async fn print(
    settings: &Settings,
    access: &Access,
    style: Option<Style>,
    required: Option<Start>,
    mut search: Pages,
    mut resumption: Option<Resumption>,
) -> anyhow::Result<()> {
    let out = match &resumption {
        Some(resumption) => resumption.output.writer()?,
        None => settings.destination()?,
    };
    let is_begun = resumption.as_ref().is_some_and(|before| before.is_begun);
    let mut users = Users::after(is_begun, out, settings, Shape::Page)?;
    let progress = Progress::start(
        style.is_some() && !settings.prints_on_terminal(),
        search.users(),
    );
    // The cursor and unknown members are taken from the last page.
    let mut end = PageEnd::default();
    let ended = loop {
        match search.next_page().await {
            Ok(Some(page)) => {
                for user in &page.users {
                    users.user(user)?;
                }
                users.page_end()?;
                if let Some(Resumption {
                    journal, output, ..
                }) = &mut resumption
                {
                    journal.add(search.last_step(), output.sync()?)?;
                }
                progress.set(search.users(), search.total());
                end = PageEnd::of(&page);
            }
            Ok(None) => break Ok(()),
            Err(error) => break Err(error),
        }
    };
    drop(progress);

    let receipt = search.receipt()?;
    let failed = |error| match error {
        SearchError::Page(error) => access.explain(error),
        error => error.into(),
    };
    if receipt.pages == 0
        && let Err(error) = ended
    {
        return Err(failed(error));
    }
    end.total = receipt.total_at_end;
    end.next_cursor.clone_from(&receipt.next_cursor);
    let out = users.finish(Some(&end))?;
    let missing = required.filter(|_| ended.is_ok() && !receipt.complete);
    let file = match (&ended, &resumption) {
        (Err(_), None) => out.keep_partial()?,
        (Ok(()), None) if missing.is_some() => out.keep_partial()?,
        _ => out.finish().map(|()| None)?,
    };
    if let Some(style) = style {
        receipt::print(&receipt, style)?;
    }
    if let Some(start) = missing {
        let incomplete = Incomplete::new(receipt, start);
        let incomplete = match resumption {
            None => incomplete.kept_in(file, None),
            Some(Resumption { output, path, .. }) => {
                incomplete.kept_in(output.keep_partial(), Some(&path))
            }
        };
        return Err(incomplete.into());
    }
    let unfinished = match (ended, resumption) {
        (Ok(()), None) => return Ok(()),
        (Ok(()), Some(resumption)) => return Ok(resumption.output.finish()?),
        (Err(error @ SearchError::Page(_)), Some(_)) => {
            return Err(failed(error).context(Unfinished::Resumable));
        }
        (Err(error @ SearchError::Circle { .. }), _) => {
            return Err(failed(error).context(Unfinished::Circle { file }));
        }
        (Err(error), _) => failed(error),
    };
    Err(match receipt.next_cursor {
        Some(cursor) => unfinished.context(Unfinished::At { cursor, file }),
        None => unfinished,
    })
}
