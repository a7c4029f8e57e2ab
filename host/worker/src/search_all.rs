//! Writes all users of a search to a file, and resumes where another worker stopped.
//!
//! Users go to `FILE.partial`, which becomes `FILE` when the search is complete. The
//! heartbeat says how many bytes of it belong to which cursor: the next attempt cuts off
//! what came after, so that no user is missing or there twice.

use crate::failure::{Failure, Refusal};
use crate::heartbeat::Heartbeat;
use serde::{Deserialize, Serialize};
use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;
use stytch_host::search::{Digest, Pages, Receipt, Step, digest};
use stytch_host::types::{SearchPage, SearchRequest};
use tokio::task::spawn_blocking;
use tokio::time::{MissedTickBehavior, interval, sleep};

/// The page size unless the request has one: Stytch's largest.
const PAGE_SIZE: u32 = 1000;

/// How often an attempt looks whether the search before it has ended.
const LOCK_PAUSE: Duration = Duration::from_millis(500);

/// What the name of a file ends with until the search is complete.
const PARTIAL: &str = ".partial";

/// The file that the running search of a credential has locked.
const LOCK: &str = ".lock";

/// Where searches write their users.
#[derive(Debug, Clone)]
pub(crate) struct Destination {
    pub(crate) folder: PathBuf,
    /// The time between the pages of a search.
    pub(crate) interval: Duration,
}

/// The file of one search.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    folder: PathBuf,
    file: PathBuf,
    partial: PathBuf,
}

/// What has been written. The heartbeat carries it to the next attempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Progress {
    /// The cursor of the next page.
    cursor: String,
    /// The size of the complete pages in the file.
    bytes: u64,
    pages: u64,
    total_at_start: Option<u64>,
}

/// The result of `stytch.search_all`.
#[derive(Debug, Serialize)]
pub(crate) struct Written {
    /// The URL of the file.
    url: String,
    bytes: u64,
    receipt: Receipt,
}

pub(crate) fn with_limit(mut request: SearchRequest) -> SearchRequest {
    request.limit.get_or_insert(PAGE_SIZE);
    request
}

impl Destination {
    /// Makes sure that files can be written.
    pub(crate) fn check(&self) -> io::Result<()> {
        create_folder(&self.folder)?;
        tempfile::tempfile_in(&self.folder).map(drop)
    }

    /// Returns the file with the name that the input asks for.
    pub(crate) fn target(&self, credential: &str, name: Option<&str>) -> Result<Target, Failure> {
        let invalid = Failure::invalid_input::<&str>;
        let name = name.ok_or_else(|| invalid("there is no member `file`, the name of a file"))?;
        if !is_file_name(name) {
            return Err(invalid(
                "`file` is not a name of up to 100 of the characters A-Z a-z 0-9 . _ -, \
                 the first of which is a letter or a digit",
            ));
        }
        let folder = self.folder.join(credential);
        Ok(Target {
            file: folder.join(name),
            partial: folder.join(format!("{name}{PARTIAL}")),
            folder,
        })
    }

    /// Reads all pages, and returns what was written.
    pub(crate) async fn write(
        &self,
        target: Target,
        mut pages: Pages,
        heartbeat: &Heartbeat<'_>,
    ) -> Result<Written, Failure> {
        // Released when it is dropped, or when its process ends.
        let _lock = lock(&target).await?;
        let before = heartbeat.progress();
        let (mut file, user_ids) = {
            let (target, before) = (target.clone(), before.clone());
            blocking(move || target.open(before.as_ref())).await?
        };
        let (mut bytes, mut number, mut total_at_start) = (0, 0, None);
        match (before, user_ids) {
            (Some(before), Some(user_ids)) => {
                (bytes, number) = (before.bytes, before.pages);
                total_at_start = before.total_at_start;
                // As one page; the receipt gets the true number.
                pages.replay(Step::new(Some(before.cursor), total_at_start, user_ids))?;
            }
            // What the attempt before has written is not there.
            (Some(_), None) => heartbeat.record(None).await,
            (None, _) => {}
        }
        let mut ticks = interval(self.interval);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            // The first page has no cursor, and after the last one nothing is requested.
            if number == 0 || pages.cursor().is_some() {
                ticks.tick().await;
            }
            let Some(page) = pages.next_page().await? else {
                break;
            };
            number += 1;
            if number == 1 {
                total_at_start = page.total;
            }
            let written;
            (file, written) = blocking(move || append(file, &page)).await?;
            bytes += written;
            let cursor = pages.cursor().map(str::to_owned);
            let progress = cursor.map(|cursor| Progress {
                cursor,
                bytes,
                pages: number,
                total_at_start,
            });
            // After the last page there is nothing to resume from.
            if progress.is_some() {
                heartbeat.record(progress).await;
            }
        }
        let mut receipt = pages.receipt()?;
        receipt.pages = number;
        let url = format!("file://{}", target.file.display());
        blocking(move || target.finish()).await?;
        Ok(Written {
            url,
            bytes,
            receipt,
        })
    }
}

impl Target {
    /// Opens the partial file: with the users of the attempt before, whose IDs are
    /// returned, or empty.
    fn open(&self, before: Option<&Progress>) -> io::Result<(File, Option<Vec<Digest>>)> {
        let mut options = File::options();
        options.read(true).write(true).create(true);
        let mut file = private(&mut options).open(&self.partial)?;
        let user_ids = match before {
            Some(before) if file.metadata()?.len() >= before.bytes => {
                user_ids(&mut file, before.bytes)?
            }
            Some(_) | None => None,
        };
        let length = match (before, &user_ids) {
            (Some(before), Some(_)) => before.bytes,
            _ => 0,
        };
        file.set_len(length)?;
        file.seek(SeekFrom::End(0))?;
        Ok((file, user_ids))
    }

    /// Gives the file its name, which survives a crash of the machine.
    fn finish(&self) -> io::Result<()> {
        std::fs::rename(&self.partial, &self.file)?;
        File::open(&self.folder)?.sync_all()
    }
}

/// Waits until no other search of the credential runs. Together they would exceed their
/// part of the rate limit; and an attempt that the server has given up may still run.
async fn lock(target: &Target) -> Result<File, Failure> {
    let folder = target.folder.clone();
    let lock = blocking(move || {
        create_folder(&folder)?;
        let mut options = File::options();
        options.write(true).create(true);
        private(&mut options).open(folder.join(LOCK))
    })
    .await?;
    loop {
        match lock.try_lock() {
            Ok(()) => return Ok(lock),
            Err(TryLockError::WouldBlock) => sleep(LOCK_PAUSE).await,
            Err(TryLockError::Error(error)) => return Err(failed(&error)),
        }
    }
}

/// Writes the users of a page, and returns how many bytes they have.
fn append(mut file: File, page: &SearchPage) -> io::Result<(File, u64)> {
    let mut lines = Vec::new();
    for user in &page.users {
        serde_json::to_writer(&mut lines, user)?;
        lines.push(b'\n');
    }
    file.write_all(&lines)?;
    // Before a heartbeat tells of it.
    file.sync_data()?;
    Ok((file, lines.len() as u64))
}

/// Reads the IDs of the users in the first `bytes` of the file; none if it is not what an
/// attempt before wrote.
fn user_ids(file: &mut File, bytes: u64) -> io::Result<Option<Vec<Digest>>> {
    #[derive(Deserialize)]
    struct Line {
        user_id: String,
    }
    let mut user_ids = Vec::new();
    for line in BufReader::new(file.take(bytes)).split(b'\n') {
        let Ok(Line { user_id }) = serde_json::from_slice(&line?) else {
            return Ok(None);
        };
        user_ids.push(digest(&user_id));
    }
    Ok(Some(user_ids))
}

/// Users are personal data: nobody else on this machine may read them.
fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options
}

fn create_folder(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

async fn blocking<T: Send + 'static>(
    task: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T, Failure> {
    match spawn_blocking(task).await {
        Ok(result) => result.map_err(|error| failed(&error)),
        // The runtime is shutting down.
        Err(error) => Err(failed(&io::Error::other(error))),
    }
}

fn failed(error: &io::Error) -> Failure {
    let text = format!("the destination failed: {error}");
    Failure::refused(Refusal::Destination, text)
}

/// Whether a text is the name of a file in the folder, which is visible, and not one of
/// this module's own.
fn is_file_name(text: &str) -> bool {
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    text.len() <= 100
        && text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text.chars().all(is_allowed)
        && !text.ends_with(PARTIAL)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_have_plain_names() {
        for (name, expected) in [
            ("users.jsonl", true),
            ("2026-11-27_users", true),
            ("", false),
            (".lock", false),
            ("..", false),
            ("-rf", false),
            ("a/b", false),
            ("a\\b", false),
            ("users.jsonl.partial", false),
            ("üsers", false),
            (&"x".repeat(101), false),
        ] {
            assert_eq!(is_file_name(name), expected, "{name}");
        }
    }

    #[test]
    fn what_the_last_heartbeat_did_not_tell_of_is_cut_off() {
        let folder = tempfile::tempdir().unwrap();
        let destination = Destination {
            folder: folder.path().to_owned(),
            interval: Duration::ZERO,
        };
        let target = destination.target("acme", Some("users")).unwrap();
        create_folder(&target.folder).unwrap();
        let progress = |bytes| Progress {
            cursor: "c".to_owned(),
            bytes,
            pages: 1,
            total_at_start: None,
        };
        let users = "{\"user_id\":\"a\"}\n{\"user_id\":\"b\",\"n\":1}\n";
        let size = users.len() as u64;
        for (text, before, expected, left) in [
            (
                format!("{users}{{\"user_id\":\"c"),
                Some(size),
                Some(2),
                size,
            ),
            (users.to_owned(), Some(size), Some(2), size),
            // The file is another one, or was lost with its machine.
            (users.to_owned(), Some(size + 1), None, 0),
            (users.to_owned(), Some(size - 3), None, 0),
            ("no users".to_owned(), Some(8), None, 0),
            (users.to_owned(), None, None, 0),
        ] {
            std::fs::write(&target.partial, &text).unwrap();
            let before = before.map(progress);
            let (file, user_ids) = target.open(before.as_ref()).unwrap();
            assert_eq!(user_ids.map(|ids| ids.len()), expected, "{text}");
            assert_eq!(file.metadata().unwrap().len(), left, "{text}");
        }
    }
}
