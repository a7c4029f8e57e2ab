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

/// The longest accepted line of standard input, in bytes. Stytch IDs have 46 characters,
/// and external IDs at most 128.
const LONGEST_LINE: usize = 4096;

/// Prints users in the order in which their IDs were given. A failure does not stop the
/// rest, unless every other ID would fail as well; the first failure decides the exit
/// code.
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
            let result = plugin.retrieve_user(credential, &user_id).await;
            anyhow::Ok((user_id, result))
        }
    };
    let mut results = user_ids(args.user_ids)
        .map(call)
        .buffered(args.concurrency.into());
    let ended = loop {
        let (user_id, result) = match results.try_next().await {
            Ok(Some(result)) => result,
            Ok(None) => break Ok(()),
            Err(error) => break Err(error),
        };
        match result {
            Ok(retrieved) => {
                users.user(&retrieved.user)?;
                users.flush()?;
            }
            Err(error) if args.missing_ok && error.is_not_found() => {}
            Err(error) if shape == Shape::One => return Err(access.explain(error)),
            Err(error) => {
                let is_final = would_fail_for_all(&error);
                let style = Style::of_output(global);
                let code = Failure::of(&access.explain(error))
                    .about(&user_id)
                    .print(style);
                first_failure.get_or_insert(code);
                if is_final {
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

/// Whether every other ID would fail in the same way.
fn would_fail_for_all(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::Unauthorized | ErrorKind::Misconfigured
    )
}

/// The IDs in order, with `-` replaced by those from standard input.
fn user_ids(arguments: Vec<String>) -> BoxStream<'static, anyhow::Result<String>> {
    stream::iter(arguments)
        .flat_map(|argument| match argument.as_str() {
            "-" => lines_of_standard_input(),
            _ => stream::once(async { Ok(argument) }).boxed(),
        })
        .boxed()
}

/// Trimmed, non-empty lines.
fn lines_of_standard_input() -> BoxStream<'static, anyhow::Result<String>> {
    FramedRead::new(tokio::io::stdin(), Lines::default())
        .map_ok(|line| line.trim().to_owned())
        .try_filter(|line| std::future::ready(!line.is_empty()))
        .map_err(|error| match error.downcast::<io::Error>() {
            Ok(error) => input_error(&format!("cannot be read: {error}")),
            Err(error) => error,
        })
        .boxed()
}

/// Decodes lines of text, without a leading byte-order mark.
struct Lines {
    lines: LinesCodec,
    /// Whether the start of the text has not been seen yet.
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
    /// Skips the mark; returns false if more bytes are needed to detect it.
    fn skip_byte_order_mark(&mut self, bytes: &mut BytesMut) -> anyhow::Result<bool> {
        if !self.at_start {
            return Ok(true);
        }
        match text::start(bytes).map_err(|error| input_error(&format!("is {error}")))? {
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
        if !self.skip_byte_order_mark(bytes)? {
            return Ok(None);
        }
        self.lines.decode(bytes).map_err(line_error)
    }

    fn decode_eof(&mut self, bytes: &mut BytesMut) -> anyhow::Result<Option<String>> {
        // Input too short to detect a mark has none.
        self.skip_byte_order_mark(bytes)?;
        self.lines.decode_eof(bytes).map_err(line_error)
    }
}

fn line_error(error: LinesCodecError) -> anyhow::Error {
    match error {
        LinesCodecError::MaxLineLengthExceeded => input_error(&format!(
            "has a line longer than {LONGEST_LINE} bytes: one user ID per line is expected"
        )),
        LinesCodecError::Io(error) if error.kind() == io::ErrorKind::InvalidData => {
            input_error("is not UTF-8 text")
        }
        LinesCodecError::Io(error) => input_error(&format!("cannot be read: {error}")),
    }
}

fn input_error(why: &str) -> anyhow::Error {
    Usage::new(format!("standard input {why}")).into()
}
