//! Asking for what a credential is made of: on the terminal, or on standard input
//! where that is none.

use crate::error::Usage;
use std::io::{self, BufRead, IsTerminal, Read, Write};
use std::time::Duration;
use stytch_credentials::{HOW_TO_GIVE_SECRET, Label, validate};
use stytch_host::{Secret, text};
use zeroize::Zeroizing;

/// How long a program on the other end of standard input may take: it may ask a
/// person first.
const WAIT: Duration = Duration::from_mins(1);

/// No secret is as long.
const LONGEST: usize = 4096;

/// Asks for the project ID. Standard input that is no terminal is for the secret.
pub(crate) async fn project_id() -> anyhow::Result<String> {
    if !io::stdin().is_terminal() {
        return Err(
            Usage::new("--project-id is missing, and there is no terminal to ask on")
                .hint("give the project ID with --project-id; it is no secret")
                .into(),
        );
    }
    let ask = || {
        write!(io::stderr(), "Project ID (Stytch dashboard, API keys): ")?;
        let mut line = String::new();
        io::stdin().read_line(&mut line)?;
        Ok::<_, io::Error>(line)
    };
    Ok(tokio::task::spawn_blocking(ask).await??)
}

/// Asks for the secret of `whose`, without echo; or reads it from standard input.
pub(crate) async fn secret(whose: &Label) -> anyhow::Result<Secret> {
    if !io::stdin().is_terminal() {
        let line = tokio::task::spawn_blocking(first_line);
        return match tokio::time::timeout(WAIT, line).await {
            Ok(line) => line?,
            Err(_) => Err(Usage::new(format!(
                "no secret came on standard input within {} seconds",
                WAIT.as_secs()
            ))
            .hint(HOW_TO_GIVE_SECRET)
            .into()),
        };
    }
    let _terminal = Silent::from_now_on();
    let prompt = format!("Secret of {whose}, not shown as you type: ");
    tokio::task::spawn_blocking(move || typed(&prompt)).await?
}

/// The terminal's next line, which [`Silent`] keeps from being shown. Nothing here
/// changes the terminal's mode: the thread that waits for the line outlives an
/// interrupt, and would change it after [`Silent`] has put it back.
#[cfg(unix)]
fn typed(prompt: &str) -> anyhow::Result<Secret> {
    write!(io::stderr(), "{prompt}")?;
    first_line()
}

#[cfg(not(unix))]
fn typed(prompt: &str) -> anyhow::Result<Secret> {
    let typed = Zeroizing::new(rpassword::prompt_password(prompt)?);
    Ok(Secret::new(
        validate::trimmed("the secret", &typed)?.to_owned(),
    ))
}

/// Turns the terminal's echo off, before anybody can answer a question, and puts it
/// back as it was when this is dropped: an interrupt from elsewhere ends the question
/// without an answer.
#[cfg(unix)]
struct Silent(Option<rustix::termios::Termios>);

#[cfg(unix)]
impl Silent {
    fn from_now_on() -> Self {
        use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};

        let before = tcgetattr(io::stdin()).ok();
        if let Some(before) = &before {
            let mut silent = before.clone();
            silent.local_modes.remove(LocalModes::ECHO);
            // The end of the line is still shown.
            silent.local_modes.insert(LocalModes::ECHONL);
            let _ = tcsetattr(io::stdin(), OptionalActions::Now, &silent);
        }
        Self(before)
    }
}

#[cfg(unix)]
impl Drop for Silent {
    fn drop(&mut self) {
        use rustix::termios::{OptionalActions, tcsetattr};

        if let Some(before) = &self.0 {
            let _ = tcsetattr(io::stdin(), OptionalActions::Now, before);
        }
    }
}

/// Elsewhere the system does that.
#[cfg(not(unix))]
struct Silent;

#[cfg(not(unix))]
impl Silent {
    fn from_now_on() -> Self {
        Self
    }
}

/// The first line of standard input, without its end.
fn first_line() -> anyhow::Result<Secret> {
    // With room for all of it: a buffer that grows leaves its old bytes behind.
    let mut line = Zeroizing::new(Vec::with_capacity(LONGEST + 1));
    let limit = u64::try_from(LONGEST)? + 1;
    io::stdin()
        .lock()
        .take(limit)
        .read_until(b'\n', &mut line)
        .map_err(|error| Usage::new(format!("standard input cannot be read: {error}")))?;
    if line.is_empty() {
        return Err(Usage::new("there is no secret on standard input")
            .hint(HOW_TO_GIVE_SECRET)
            .into());
    }
    if line.len() > LONGEST {
        return Err(
            Usage::new("the first line of standard input is too long to be a secret").into(),
        );
    }
    let text =
        text::decode(&line).map_err(|error| Usage::new(format!("standard input is {error}")))?;
    let secret = validate::trimmed("the secret on standard input", text)?;
    Ok(Secret::new(secret.to_owned()))
}
