//! The chaos spec, and what it means for a request.

use std::{fmt, str::FromStr, time::Duration};

use super::fault::{Fault, Kind, Stage};
use crate::{
    error::Error,
    random::{Random, Stream},
};

/// Faults to inject, none by default.
///
/// A spec is a comma-separated list of faults. Spaces around a fault are ignored.
///
/// ```text
/// SPEC  = [ FAULT { "," FAULT } ]
/// FAULT = KIND [ "@" WHEN ]
/// WHEN  = N | N "-" M | P "%"
/// ```
///
/// | kind | what the client sees |
/// |---|---|
/// | `429`, `503`, … | that status, 400 to 599, without performing the operation: Stytch's error object if Stytch documents one for the status, else (as for `502`) the HTML page of a gateway |
/// | `reset@accept` | a reset immediately after connecting |
/// | `reset@headers` | a reset instead of a response |
/// | `reset@body` | a reset after half of the body |
/// | `stall@headers` | no response, while the connection stays open |
/// | `stall@body` | half of the body, then nothing, while the connection stays open |
/// | `truncate` | an orderly close after half of the `Content-Length` |
/// | `garbage` | bytes that are not HTTP |
/// | `slow=200ms`, `slow=2s` | the response after this delay |
/// | `cursor-loop` | searches whose `next_cursor` always resumes at the first page |
/// | `retry-after=2s` | a `Retry-After` header on every 429 and 503; Stytch does not document one |
///
/// WHEN is the number of a request, counted from 1 over all connections (`503@2`), an inclusive
/// range (`503@1-3`), or a percentage (`503@20%`) of requests that the seed selects, so that the
/// same seed selects the same requests. Without WHEN the fault affects every request. For
/// `reset@accept`, WHEN counts connections instead.
///
/// If several faults that decide how an exchange ends (a status, `reset`, `stall`, `truncate`,
/// `garbage`) affect the same request, the first in the list applies. The other kinds apply in
/// addition. All faults but a status occur after the operation has been performed, as when a
/// network fails at the worst moment.
///
/// Examples: `429@2`, `503@1-3,retry-after=1s`, `reset@body@2`, `502@20%,slow=200ms`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Chaos(Vec<Fault>);

/// How an exchange ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// A complete response with this status, without performing the operation.
    Status(u16),
    Reset(Stage),
    Stall(Stage),
    Truncate,
    Garbage,
}

/// The faults of one request.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Plan {
    /// How long to delay the response.
    pub(crate) delay: Duration,
    /// How the exchange ends; `None` for a normal response.
    pub(crate) ending: Option<Ending>,
    /// Whether the cursor of a search resumes at the first page.
    pub(crate) cursor_loop: bool,
    /// The value of the `Retry-After` header, in seconds.
    pub(crate) retry_after: Option<u32>,
}

impl Chaos {
    /// Returns the faults of the request with this number, counted from 1.
    pub(crate) fn plan(&self, seed: u64, number: u64) -> Plan {
        let mut plan = Plan::default();
        let mut random = Random::new(seed, Stream::Chaos(number));
        for fault in &self.0 {
            // Evaluate every fault, because each percentage consumes a random value.
            if !fault.affects(number, &mut random) {
                continue;
            }
            let ending = match fault.kind {
                Kind::Slow(time) => {
                    plan.delay = plan.delay.saturating_add(time);
                    continue;
                }
                Kind::CursorLoop => {
                    plan.cursor_loop = true;
                    continue;
                }
                Kind::RetryAfter(seconds) => {
                    plan.retry_after = Some(seconds);
                    continue;
                }
                // Connections are not requests.
                Kind::Reset(Stage::Accept) => continue,
                Kind::Status(status) => Ending::Status(status),
                Kind::Reset(stage) => Ending::Reset(stage),
                Kind::Stall(stage) => Ending::Stall(stage),
                Kind::Truncate => Ending::Truncate,
                Kind::Garbage => Ending::Garbage,
            };
            plan.ending = plan.ending.or(Some(ending));
        }
        plan
    }

    /// Returns whether to reset the connection with this number, counted from 1, immediately.
    pub(crate) fn resets_connection(&self, seed: u64, number: u64) -> bool {
        let mut random = Random::new(seed, Stream::Connection(number));
        self.0
            .iter()
            .filter(|fault| fault.kind == Kind::Reset(Stage::Accept))
            .any(|fault| fault.affects(number, &mut random))
    }
}

impl FromStr for Chaos {
    type Err = Error;

    /// Parses a spec.
    ///
    /// # Errors
    ///
    /// [`Error::Chaos`] with the first invalid fault, and the valid alternatives.
    fn from_str(spec: &str) -> Result<Self, Error> {
        if spec.trim().is_empty() {
            return Ok(Self::default());
        }
        let faults = spec.split(',').map(|fault| Fault::parse(fault.trim()));
        faults.collect::<Result<_, _>>().map(Self)
    }
}

impl fmt::Display for Chaos {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, fault) in self.0.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            write!(f, "{comma}{fault}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endings(spec: &str, numbers: std::ops::RangeInclusive<u64>) -> Vec<Option<Ending>> {
        let chaos: Chaos = spec.parse().unwrap();
        numbers.map(|number| chaos.plan(1, number).ending).collect()
    }

    #[test]
    fn parses_and_displays_a_spec() {
        for (spec, displayed) in [
            ("", ""),
            (" ", ""),
            ("429@2", "429@2"),
            ("503@1-3", "503@1-3"),
            ("503@4-4", "503@4"),
            ("502@20%", "502@20%"),
            ("reset@accept", "reset@accept"),
            ("reset@body@2", "reset@body@2"),
            ("reset@headers@100%", "reset@headers@100%"),
            ("stall@headers, stall@body@1", "stall@headers,stall@body@1"),
            ("truncate,garbage@3", "truncate,garbage@3"),
            ("slow=2s", "slow=2000ms"),
            (
                "slow=200ms@5%,cursor-loop,retry-after=1s",
                "slow=200ms@5%,cursor-loop,retry-after=1s",
            ),
        ] {
            let chaos: Chaos = spec.parse().unwrap();
            assert_eq!(chaos.to_string(), displayed);
            assert_eq!(displayed.parse::<Chaos>().unwrap(), chaos);
        }
    }

    #[test]
    fn an_invalid_spec_is_reported_with_the_alternatives() {
        for (spec, fault, hint) in [
            ("boom", "boom", "valid faults are STATUS"),
            ("429,", "", "valid faults are STATUS"),
            ("200", "200", "400 to 599"),
            ("999@2", "999@2", "400 to 599"),
            ("reset", "reset", "@accept, @headers or @body"),
            ("reset@2", "reset@2", "@accept, @headers or @body"),
            ("stall@accept", "stall@accept", "@headers or @body"),
            ("429@0", "429@0", "@1-3"),
            ("429@x", "429@x", "@1-3"),
            ("429@3-1", "429@3-1", "first number of the range"),
            ("429@101%", "429@101%", "@20%"),
            ("truncate@2@3", "truncate@2@3", "after WHEN"),
            ("500, slow", "slow", "slow=2s"),
            ("slow=fast", "slow=fast", "200ms or 2s"),
            (
                "retry-after=10ms",
                "retry-after=10ms",
                "an integer number of seconds",
            ),
            ("loud=2s", "loud=2s", "valid faults are STATUS"),
        ] {
            let Err(Error::Chaos { fault: f, reason }) = spec.parse::<Chaos>() else {
                panic!("{spec} was accepted");
            };
            assert_eq!(f, fault);
            assert!(reason.contains(hint), "{spec}: {reason}");
        }
    }

    #[test]
    fn faults_affect_requests_by_number_and_the_first_applies() {
        let status = |status| Some(Ending::Status(status));
        assert_eq!(
            endings("429@2,503@1-3,truncate@5", 1..=5),
            [
                status(503),
                status(429),
                status(503),
                None,
                Some(Ending::Truncate)
            ]
        );
        let chaos: Chaos = "500,slow=1s,slow=200ms,cursor-loop,retry-after=2s"
            .parse()
            .unwrap();
        let plan = Plan {
            delay: Duration::from_millis(1200),
            ending: status(500),
            cursor_loop: true,
            retry_after: Some(2),
        };
        assert_eq!(chaos.plan(1, 9), plan);
        assert_eq!(Chaos::default().plan(1, 1), Plan::default());
    }

    #[test]
    fn a_percentage_selects_requests_by_seed() {
        let count = |endings: &[Option<Ending>]| endings.iter().flatten().count();
        let some = endings("503@20%", 1..=1000);
        assert_eq!(some, endings("503@20%", 1..=1000));
        assert!((150..=250).contains(&count(&some)), "{}", count(&some));
        assert_eq!(count(&endings("503@0%", 1..=100)), 0);
        assert_eq!(count(&endings("503@100%", 1..=100)), 100);
    }

    #[test]
    fn only_a_reset_at_accept_counts_connections() {
        let chaos: Chaos = "reset@accept@2,503@1".parse().unwrap();
        let reset: Vec<_> = (1..=3)
            .map(|number| chaos.resets_connection(1, number))
            .collect();
        assert_eq!(reset, [false, true, false]);
        assert_eq!(chaos.plan(1, 2).ending, None);
    }
}
