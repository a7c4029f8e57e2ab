//! Prompts for the project ID and the secret on the terminal; if standard input is not
//! a terminal, reads the secret from it.

use crate::error::Usage;
use std::io::{self, BufRead, IsTerminal, Read, Write};
use std::time::Duration;
use stytch_credentials::{HOW_TO_GIVE_SECRET, Label, validate};
use stytch_host::{Secret, text};
use zeroize::Zeroizing;

/// How long to wait for standard input: a password manager at the other end may prompt
/// its user first.
const WAIT: Duration = Duration::from_mins(1);

/// Longer than any secret, in bytes.
const MAX_LENGTH: usize = 4096;

/// Prompts for the project ID. If standard input is not a terminal, it is reserved for
/// the secret.
pub(crate) async fn project_id() -> anyhow::Result<String> {
    if !io::stdin().is_terminal() {
        return Err(
            Usage::new("--project-id is missing, and there is no terminal to prompt on")
                .hint("pass the project ID with --project-id; it is not secret")
                .into(),
        );
    }
    let prompt = || {
        write!(io::stderr(), "Project ID (Stytch dashboard, API keys): ")?;
        let mut line = String::new();
        io::stdin().read_line(&mut line)?;
        Ok::<_, io::Error>(line)
    };
    Ok(tokio::task::spawn_blocking(prompt).await??)
}

/// Prompts for the secret without echo, or reads it from standard input.
pub(crate) async fn secret(label: &Label) -> anyhow::Result<Secret> {
    if !io::stdin().is_terminal() {
        let line = tokio::task::spawn_blocking(first_line);
        return match tokio::time::timeout(WAIT, line).await {
            Ok(line) => line?,
            Err(_) => Err(Usage::new(format!(
                "no secret arrived on standard input within {} seconds",
                WAIT.as_secs()
            ))
            .hint(HOW_TO_GIVE_SECRET)
            .into()),
        };
    }
    let _echo_off = EchoOff::new();
    let prompt = format!("Secret of {label}, not shown as you type: ");
    tokio::task::spawn_blocking(move || read_secret(&prompt)).await?
}

/// Reads a line from the terminal. This does not change the terminal's mode, unlike
/// [`EchoOff`]: the blocked thread outlives an interrupt, and would change the mode
/// after [`EchoOff`] has restored it.
#[cfg(unix)]
fn read_secret(prompt: &str) -> anyhow::Result<Secret> {
    write!(io::stderr(), "{prompt}")?;
    first_line()
}

#[cfg(not(unix))]
fn read_secret(prompt: &str) -> anyhow::Result<Secret> {
    let typed = Zeroizing::new(rpassword::prompt_password(prompt)?);
    Ok(Secret::new(
        validate::trimmed("the secret", &typed)?.to_owned(),
    ))
}

/// Turns off the terminal's echo before the prompt appears, and restores it on drop,
/// also when an interrupt ends the prompt.
#[cfg(unix)]
struct EchoOff(Option<rustix::termios::Termios>);

#[cfg(unix)]
impl EchoOff {
    fn new() -> Self {
        use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};

        let before = tcgetattr(io::stdin()).ok();
        if let Some(before) = &before {
            let mut silent = before.clone();
            silent.local_modes.remove(LocalModes::ECHO);
            // Still echo the newline.
            silent.local_modes.insert(LocalModes::ECHONL);
            let _ = tcsetattr(io::stdin(), OptionalActions::Now, &silent);
        }
        Self(before)
    }
}

#[cfg(unix)]
impl Drop for EchoOff {
    fn drop(&mut self) {
        use rustix::termios::{OptionalActions, tcsetattr};

        if let Some(before) = &self.0 {
            let _ = tcsetattr(io::stdin(), OptionalActions::Now, before);
        }
    }
}

/// Elsewhere `rpassword` does this.
#[cfg(not(unix))]
struct EchoOff;

#[cfg(not(unix))]
impl EchoOff {
    fn new() -> Self {
        Self
    }
}

/// The first line of standard input, trimmed.
fn first_line() -> anyhow::Result<Secret> {
    // Allocated at full size: a buffer that grows leaves copies of the secret behind.
    let mut line = Zeroizing::new(Vec::with_capacity(MAX_LENGTH + 1));
    let limit = u64::try_from(MAX_LENGTH)? + 1;
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
    if line.len() > MAX_LENGTH {
        return Err(
            Usage::new("the first line of standard input is too long to be a secret").into(),
        );
    }
    let text =
        text::decode(&line).map_err(|error| Usage::new(format!("standard input is {error}")))?;
    let secret = validate::trimmed("the secret on standard input", text)?;
    Ok(Secret::new(secret.to_owned()))
}
