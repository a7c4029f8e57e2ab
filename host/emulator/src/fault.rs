//! One fault of a chaos spec, and when it strikes.

use std::{fmt, time::Duration};

use super::{Error, seed::Draw};

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// The operation is not carried out; this status is the answer.
    Status(u16),
    /// The connection is reset.
    Reset(Place),
    /// The answer stops coming, and the connection stays open.
    Stall(Place),
    /// The connection is closed in the middle of the body.
    Truncate,
    /// What is sent is not HTTP.
    Garbage,
    /// The answer is held back for a while.
    Slow(Duration),
    /// A search's cursor always leads back to its first page.
    CursorLoop,
    /// Seconds for a `Retry-After` header on answers of status 429 and 503.
    RetryAfter(u32),
}

/// How far an exchange gets before the fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// The connection is accepted, and nothing more.
    Accept,
    /// The request has been carried out, and nothing has been sent.
    Headers,
    /// The headers and half of the body have been sent.
    Body,
}

/// Which requests a fault strikes. Requests are numbered from 1; for `reset@accept`, connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum When {
    Always,
    /// From the first number to the last, both included.
    Between(u64, u64),
    /// This share of them, in percent.
    Share(u8),
}

/// One fault and when it strikes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) kind: Kind,
    when: When,
}

const LEGAL: &str = "legal are STATUS (400 to 599), reset@accept, reset@headers, reset@body, \
     stall@headers, stall@body, truncate, garbage, slow=TIME, cursor-loop and retry-after=TIME";

impl Fault {
    /// Reads `KIND`, `KIND@WHEN`, `KIND@PLACE` or `KIND@PLACE@WHEN`.
    ///
    /// # Errors
    ///
    /// [`Error::Chaos`] with what is wrong and what would be legal.
    pub(super) fn parse(text: &str) -> Result<Self, Error> {
        let fail = |reason: String| Error::Chaos {
            fault: text.to_owned(),
            reason,
        };
        let mut parts = text.split('@');
        let word = parts.next().unwrap_or_default();
        let kind = match word.split_once('=') {
            Some(("slow", time)) => Kind::Slow(duration(time).map_err(fail)?),
            Some(("retry-after", time)) => Kind::RetryAfter(seconds(time).map_err(fail)?),
            Some(_) => return Err(fail(format!("there is no such fault; {LEGAL}"))),
            None => match word {
                "truncate" => Kind::Truncate,
                "garbage" => Kind::Garbage,
                "cursor-loop" => Kind::CursorLoop,
                "reset" => Kind::Reset(match parts.next() {
                    Some("accept") => Place::Accept,
                    Some("headers") => Place::Headers,
                    Some("body") => Place::Body,
                    _ => return Err(fail("a reset is @accept, @headers or @body".to_owned())),
                }),
                "stall" => Kind::Stall(match parts.next() {
                    Some("headers") => Place::Headers,
                    Some("body") => Place::Body,
                    _ => return Err(fail("a stall is @headers or @body".to_owned())),
                }),
                "slow" | "retry-after" => {
                    return Err(fail(format!("a time is missing, as in {word}=2s")));
                }
                status => match status.parse() {
                    Ok(status @ 400..=599) => Kind::Status(status),
                    Ok(_) => return Err(fail("a status is 400 to 599".to_owned())),
                    Err(_) => return Err(fail(format!("there is no such fault; {LEGAL}"))),
                },
            },
        };
        let when = match parts.next() {
            None => When::Always,
            Some(when) => When::parse(when).map_err(fail)?,
        };
        match parts.next() {
            None => Ok(Self { kind, when }),
            Some(_) => Err(fail("there is more after the WHEN".to_owned())),
        }
    }

    /// Whether the fault strikes the request of this number. `draw` must be the same for the same
    /// seed, number and fault.
    pub(super) fn strikes(self, number: u64, draw: &mut Draw) -> bool {
        match self.when {
            When::Always => true,
            When::Between(first, last) => (first..=last).contains(&number),
            When::Share(percent) => draw.percent(percent),
        }
    }
}

impl When {
    fn parse(text: &str) -> Result<Self, String> {
        const LEGAL: &str = "a WHEN is a number from 1 (@2), a range (@1-3) or a share (@20%)";
        let number = |text: &str| text.parse().ok().filter(|&number: &u64| number > 0);
        if let Some(percent) = text.strip_suffix('%') {
            let percent = percent.parse().ok().filter(|percent| *percent <= 100);
            return percent.map(Self::Share).ok_or_else(|| LEGAL.to_owned());
        }
        let (first, last) = text.split_once('-').unwrap_or((text, text));
        match (number(first), number(last)) {
            (Some(first), Some(last)) if first <= last => Ok(Self::Between(first, last)),
            (Some(_), Some(_)) => Err("the range is the wrong way round".to_owned()),
            _ => Err(LEGAL.to_owned()),
        }
    }
}

/// Reads `200ms` or `2s`.
fn duration(text: &str) -> Result<Duration, String> {
    let millis = text.strip_suffix("ms").and_then(|n| n.parse().ok());
    let seconds = text.strip_suffix('s').and_then(|n| n.parse().ok());
    millis
        .map(Duration::from_millis)
        .or(seconds.map(Duration::from_secs))
        .ok_or_else(|| "a time is a whole number of ms or s, as in 200ms or 2s".to_owned())
}

/// Reads `2s`; the header has no fractions.
fn seconds(text: &str) -> Result<u32, String> {
    let seconds = text.strip_suffix('s').and_then(|n| n.parse().ok());
    seconds.ok_or_else(|| "the time is a whole number of seconds, as in 2s".to_owned())
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            Kind::Status(status) => write!(f, "{status}")?,
            Kind::Reset(place) => write!(f, "reset@{place}")?,
            Kind::Stall(place) => write!(f, "stall@{place}")?,
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
            When::Share(percent) => write!(f, "@{percent}%"),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Accept => "accept",
            Self::Headers => "headers",
            Self::Body => "body",
        })
    }
}
