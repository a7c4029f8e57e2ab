use super::plugin;
use crate::access::access;
use crate::args::{Global, RetrieveUser};
use crate::dry_run;
use crate::error::Usage;
use crate::failure::{Failure, Style};
use crate::render::{Settings, Shape, Users};
use crate::streams;
use futures_util::stream::{self, BoxStream};
use futures_util::{StreamExt, TryStreamExt};
use std::io;
use std::process::ExitCode;
use stytch_credentials::validate;
use stytch_host::text::{self, Start};
use stytch_host::{Call, Error, ErrorKind};
use tokio_util::bytes::{Buf, BytesMut};
use tokio_util::codec::{Decoder, FramedRead, LinesCodec, LinesCodecError};

/// The longest line of standard input, in bytes. Stytch's own IDs have 46, and
/// external ones at most 128 characters.
const LONGEST_LINE: usize = 4096;

/// Prints users in the order of their IDs. One that fails does not stop the rest,
/// unless no other could do better; the first failure decides the exit code.
pub(super) async fn run(global: &Global, args: RetrieveUser) -> anyhow::Result<ExitCode> {
    let settings = Settings::of(global)?;
    let access = access(global).await?;
    let plugin = plugin(global)?;
    let reads_input = args.user_ids.iter().any(|id| id == "-");
    if reads_input {
        streams::check_input()?;
    }
    if global.dry_run {
        let mut user_ids = user_ids(args.user_ids);
        while let Some(user_id) = user_ids.try_next().await? {
            validate::check_user_id(&user_id)?;
            dry_run::run(global, &plugin, &access, Call::RetrieveUser(&user_id)).await?;
        }
        return Ok(ExitCode::SUCCESS);
    }
    let shape = match args.user_ids.as_slice() {
        [_] if !reads_input => Shape::One,
        _ => Shape::List,
    };
    let mut users = Users::new(settings.destination()?, &settings, shape)?;
    let mut first_failure = None;
    let call = |user_id: anyhow::Result<String>| {
        let (plugin, credential) = (plugin.clone(), &access.credential);
        async move {
            let user_id = user_id?;
            validate::check_user_id(&user_id)?;
            let answer = plugin.retrieve_user(credential, &user_id).await;
            anyhow::Ok((user_id, answer))
        }
    };
    let mut answers = user_ids(args.user_ids)
        .map(call)
        .buffered(args.concurrency.into());
    let ended = loop {
        let (user_id, answer) = match answers.try_next().await {
            Ok(Some(answer)) => answer,
            Ok(None) => break Ok(()),
            Err(error) => break Err(error),
        };
        match answer {
            Ok(retrieved) => {
                users.user(&retrieved.user)?;
                users.flush()?;
            }
            Err(error) if args.missing_ok && error.is_not_found() => {}
            Err(error) if shape == Shape::One => return Err(access.explain(error)),
            Err(error) => {
                let is_last = fails_for_all(&error);
                let style = Style::of_output(global);
                let code = Failure::of(&access.explain(error))
                    .about(&user_id)
                    .print(style);
                first_failure.get_or_insert(code);
                if is_last {
                    break Ok(());
                }
            }
        }
    };
    let out = users.finish(None)?;
    ended?;
    out.finish()?;
    Ok(first_failure.unwrap_or(ExitCode::SUCCESS))
}

/// Whether another ID would fail in the same way.
fn fails_for_all(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::Unauthorized | ErrorKind::Misconfigured
    )
}

/// The IDs in their order, with those of standard input in the place of `-`.
fn user_ids(arguments: Vec<String>) -> BoxStream<'static, anyhow::Result<String>> {
    stream::iter(arguments)
        .flat_map(|argument| match argument.as_str() {
            "-" => lines_of_standard_input(),
            _ => stream::once(async { Ok(argument) }).boxed(),
        })
        .boxed()
}

/// Lines without the space around them; empty ones are left out.
fn lines_of_standard_input() -> BoxStream<'static, anyhow::Result<String>> {
    FramedRead::new(tokio::io::stdin(), Lines::default())
        .map_ok(|line| line.trim().to_owned())
        .try_filter(|line| std::future::ready(!line.is_empty()))
        .map_err(|error| match error.downcast::<io::Error>() {
            Ok(error) => refused(&format!("cannot be read: {error}")),
            Err(error) => error,
        })
        .boxed()
}

/// The lines of a text that may have a byte-order mark.
struct Lines {
    lines: LinesCodec,
    /// Whether the start of the text is still to come.
    at_start: bool,
}

impl Default for Lines {
    fn default() -> Self {
        Self {
            lines: LinesCodec::new_with_max_length(LONGEST_LINE),
            at_start: true,
        }
    }
}

impl Lines {
    /// Skips the mark; whether there are enough bytes to tell.
    fn skip_mark(&mut self, bytes: &mut BytesMut) -> anyhow::Result<bool> {
        if !self.at_start {
            return Ok(true);
        }
        match text::start(bytes).map_err(|error| refused(&format!("is {error}")))? {
            Start::Unknown => Ok(false),
            Start::Text(start) => {
                bytes.advance(start);
                self.at_start = false;
                Ok(true)
            }
        }
    }
}

impl Decoder for Lines {
    type Item = String;
    type Error = anyhow::Error;

    fn decode(&mut self, bytes: &mut BytesMut) -> anyhow::Result<Option<String>> {
        if !self.skip_mark(bytes)? {
            return Ok(None);
        }
        self.lines.decode(bytes).map_err(wrong_line)
    }

    fn decode_eof(&mut self, bytes: &mut BytesMut) -> anyhow::Result<Option<String>> {
        // What is too short to tell is a text, too.
        self.skip_mark(bytes)?;
        self.lines.decode_eof(bytes).map_err(wrong_line)
    }
}

fn wrong_line(error: LinesCodecError) -> anyhow::Error {
    match error {
        LinesCodecError::MaxLineLengthExceeded => refused(&format!(
            "has a line that is longer than {LONGEST_LINE} bytes: one user ID a line is expected"
        )),
        LinesCodecError::Io(error) if error.kind() == io::ErrorKind::InvalidData => {
            refused("is not UTF-8 text")
        }
        LinesCodecError::Io(error) => refused(&format!("cannot be read: {error}")),
    }
}

fn refused(why: &str) -> anyhow::Error {
    Usage::new(format!("standard input {why}")).into()
}
