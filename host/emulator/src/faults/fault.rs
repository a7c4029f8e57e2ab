//! One fault of a chaos spec, and the requests that it affects.

use std::{fmt, time::Duration};

use crate::{error::Error, random::Random};

/// The kind of a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Responds with this status without performing the operation.
    Status(u16),
    /// Resets the connection.
    Reset(Stage),
    /// Stops sending, and keeps the connection open.
    Stall(Stage),
    /// Closes the connection in the middle of the body.
    Truncate,
    /// Sends bytes that are not HTTP.
    Garbage,
    /// Delays the response.
    Slow(Duration),
    /// Returns search cursors that resume at the first page.
    CursorLoop,
    /// Adds a `Retry-After` header with this number of seconds to responses with status 429 or 503.
    RetryAfter(u32),
}

/// How far an exchange proceeds before the fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// The connection has been accepted.
    Accept,
    /// The operation has been performed, and nothing has been sent.
    Headers,
    /// The headers and half of the body have been sent.
    Body,
}

/// Which requests, or connections for `reset@accept`, a fault affects. They count from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum When {
    Always,
    /// An inclusive range.
    Between(u64, u64),
    /// This percentage.
    Percent(u8),
}

/// One fault, and the requests that it affects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) kind: Kind,
    when: When,
}

const VALID: &str = "valid faults are STATUS (400 to 599), reset@accept, reset@headers, \
     reset@body, stall@headers, stall@body, truncate, garbage, slow=TIME, cursor-loop and retry-after=TIME";

impl Fault {
    /// Parses `KIND`, `KIND@WHEN`, `KIND@STAGE` or `KIND@STAGE@WHEN`.
    ///
    /// # Errors
    ///
    /// [`Error::Chaos`] with the reason and the valid alternatives.
    pub(crate) fn parse(text: &str) -> Result<Self, Error> {
        let invalid = |reason: String| Error::Chaos {
            fault: text.to_owned(),
            reason,
        };
        let mut parts = text.split('@');
        let word = parts.next().unwrap_or_default();
        let kind = match word.split_once('=') {
            Some(("slow", time)) => Kind::Slow(duration(time).map_err(invalid)?),
            Some(("retry-after", time)) => Kind::RetryAfter(seconds(time).map_err(invalid)?),
            Some(_) => return Err(invalid(format!("there is no such fault; {VALID}"))),
            None => match word {
                "truncate" => Kind::Truncate,
                "garbage" => Kind::Garbage,
                "cursor-loop" => Kind::CursorLoop,
                "reset" => Kind::Reset(match parts.next() {
                    Some("accept") => Stage::Accept,
                    Some("headers") => Stage::Headers,
                    Some("body") => Stage::Body,
                    _ => return Err(invalid("reset needs @accept, @headers or @body".to_owned())),
                }),
                "stall" => Kind::Stall(match parts.next() {
                    Some("headers") => Stage::Headers,
                    Some("body") => Stage::Body,
                    _ => return Err(invalid("stall needs @headers or @body".to_owned())),
                }),
                "slow" | "retry-after" => {
                    return Err(invalid(format!("it needs a time, such as {word}=2s")));
                }
                status => match status.parse() {
                    Ok(status @ 400..=599) => Kind::Status(status),
                    Ok(_) => return Err(invalid("the status must be 400 to 599".to_owned())),
                    Err(_) => return Err(invalid(format!("there is no such fault; {VALID}"))),
                },
            },
        };
        let when = match parts.next() {
            None => When::Always,
            Some(when) => When::parse(when).map_err(invalid)?,
        };
        match parts.next() {
            None => Ok(Self { kind, when }),
            Some(_) => Err(invalid("unexpected text after WHEN".to_owned())),
        }
    }

    /// Returns whether the fault affects the request with this number. `random` must be in the same
    /// state for the same seed, number and fault.
    pub(crate) fn affects(self, number: u64, random: &mut Random) -> bool {
        match self.when {
            When::Always => true,
            When::Between(first, last) => (first..=last).contains(&number),
            When::Percent(percent) => random.percent(percent),
        }
    }
}

impl When {
    fn parse(text: &str) -> Result<Self, String> {
        const VALID: &str =
            "WHEN must be a number from 1 (@2), a range (@1-3) or a percentage (@20%)";
        let number = |text: &str| text.parse().ok().filter(|&number: &u64| number > 0);
        if let Some(percent) = text.strip_suffix('%') {
            let percent = percent.parse().ok().filter(|percent| *percent <= 100);
            return percent.map(Self::Percent).ok_or_else(|| VALID.to_owned());
        }
        let (first, last) = text.split_once('-').unwrap_or((text, text));
        match (number(first), number(last)) {
            (Some(first), Some(last)) if first <= last => Ok(Self::Between(first, last)),
            (Some(_), Some(_)) => {
                Err("the first number of the range is greater than the last".to_owned())
            }
            _ => Err(VALID.to_owned()),
        }
    }
}

/// Parses `200ms` or `2s`.
fn duration(text: &str) -> Result<Duration, String> {
    let millis = text.strip_suffix("ms").and_then(|n| n.parse().ok());
    let seconds = text.strip_suffix('s').and_then(|n| n.parse().ok());
    millis
        .map(Duration::from_millis)
        .or(seconds.map(Duration::from_secs))
        .ok_or_else(|| {
            "the time must be an integer number of ms or s, such as 200ms or 2s".to_owned()
        })
}

/// Parses `2s`. A `Retry-After` header has no fractions.
fn seconds(text: &str) -> Result<u32, String> {
    let seconds = text.strip_suffix('s').and_then(|n| n.parse().ok());
    seconds.ok_or_else(|| "the time must be an integer number of seconds, such as 2s".to_owned())
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            Kind::Status(status) => write!(f, "{status}")?,
            Kind::Reset(stage) => write!(f, "reset@{stage}")?,
            Kind::Stall(stage) => write!(f, "stall@{stage}")?,
            Kind::Truncate => f.write_str("truncate")?,
            Kind::Garbage => f.write_str("garbage")?,
            Kind::Slow(time) => write!(f, "slow={}ms", time.as_millis())?,
            Kind::CursorLoop => f.write_str("cursor-loop")?,
            Kind::RetryAfter(seconds) => write!(f, "retry-after={seconds}s")?,
        }
        match self.when {
            When::Always => Ok(()),
            When::Between(first, last) if first == last => write!(f, "@{first}"),
            When::Between(first, last) => write!(f, "@{first}-{last}"),
            When::Percent(percent) => write!(f, "@{percent}%"),
        }
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Accept => "accept",
            Self::Headers => "headers",
            Self::Body => "body",
        })
    }
}
