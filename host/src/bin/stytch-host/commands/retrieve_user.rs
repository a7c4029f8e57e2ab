use super::plugin;
use crate::args::{Global, RetrieveUser};
use crate::credentials::access;
use crate::dry_run;
use crate::failure::{Failure, Style, Usage};
use crate::render::{Settings, Shape, Users};
use crate::streams;
use futures_util::stream::{self, BoxStream};
use futures_util::{StreamExt, TryStreamExt};
use std::process::ExitCode;
use stytch_host::Error;
use tokio_util::codec::{FramedRead, LinesCodec, LinesCodecError};

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
            Err(Error::DryRun(request)) => dry_run::print(&request, global)?,
            Err(error) if args.missing_ok && error.code() == "not_found" => {}
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
    if global.dry_run {
        return ended.map(|()| ExitCode::SUCCESS);
    }
    let out = users.finish(None)?;
    ended?;
    out.finish()?;
    Ok(first_failure.unwrap_or(ExitCode::SUCCESS))
}

/// Whether another ID would fail in the same way.
fn fails_for_all(error: &Error) -> bool {
    matches!(error.code(), "unauthorized" | "misconfigured")
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
    let codec = LinesCodec::new_with_max_length(LONGEST_LINE);
    FramedRead::new(tokio::io::stdin(), codec)
        .map_ok(|line| line.trim().to_owned())
        .try_filter(|line| std::future::ready(!line.is_empty()))
        .map_err(|error| match error {
            LinesCodecError::MaxLineLengthExceeded => Usage::new(format!(
                "a line of standard input is longer than {LONGEST_LINE} bytes: one user ID a line is expected"
            ))
            .into(),
            LinesCodecError::Io(error) => {
                Usage::new(format!("standard input cannot be read: {error}")).into()
            }
        })
        .boxed()
}
