//! Faults on purpose: the spec of `--chaos`, and what it means for one request.

use std::{fmt, str::FromStr, time::Duration};

use super::{
    Error,
    fault::{Fault, Kind, Place},
    seed::{Draw, Stream},
};

/// Faults to rehearse, none by default.
///
/// A spec is a list of faults, separated by commas. Spaces around a fault do not matter.
///
/// ```text
/// SPEC  = [ FAULT { "," FAULT } ]
/// FAULT = KIND [ "@" WHEN ]
/// WHEN  = N | N "-" M | P "%"
/// ```
///
/// | kind | what a client sees |
/// |---|---|
/// | `429`, `503`, … | that status, 400 to 599, and the operation is not carried out: Stytch's error object where Stytch documents one, else (`502`) a gateway's HTML page |
/// | `reset@accept` | a reset as soon as it connects |
/// | `reset@headers` | a reset in place of an answer |
/// | `reset@body` | a reset after half of the body |
/// | `stall@headers` | no answer, while the connection stays open |
/// | `stall@body` | half of the body and no more, while the connection stays open |
/// | `truncate` | an end of the connection after half of the body, although `Content-Length` announced all of it |
/// | `garbage` | bytes that are not HTTP |
/// | `slow=200ms`, `slow=2s` | the answer that much later |
/// | `cursor-loop` | searches whose `next_cursor` always leads back to the first page |
/// | `retry-after=2s` | a `Retry-After` header on every 429 and 503; Stytch does not document one |
///
/// WHEN is the number of a request, counted from 1 over all connections (`503@2`), a range of
/// numbers with both ends (`503@1-3`), or a share of all requests (`503@20%`), drawn from the
/// seed, so that the same seed strikes the same requests. Without one the fault strikes every
/// request. For `reset@accept` it counts connections instead.
///
/// Of the kinds that decide how an exchange ends (a status, `reset`, `stall`, `truncate`,
/// `garbage`) the first in the list that strikes wins. The others come on top. Except for a status
/// the operation has been carried out when the fault strikes, as with a network that fails at the
/// worst moment.
///
/// Examples: `429@2`, `503@1-3,retry-after=1s`, `reset@body@2`, `502@20%,slow=200ms`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Chaos(Vec<Fault>);

/// How an exchange ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// This status in place of the operation, delivered whole.
    Status(u16),
    Reset(Place),
    Stall(Place),
    Truncate,
    Garbage,
}

/// What the faults mean for one request.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Plan {
    /// How long to hold the answer back.
    pub(super) delay: Duration,
    /// How the exchange ends, if not well.
    pub(super) ending: Option<Ending>,
    /// Whether the cursor of a search leads back to the first page.
    pub(super) cursor_loop: bool,
    /// Seconds for the `Retry-After` header.
    pub(super) retry_after: Option<u32>,
}

impl Chaos {
    /// What happens to the request of this number, the first being 1.
    pub(super) fn plan(&self, seed: u64, number: u64) -> Plan {
        let mut plan = Plan::default();
        let mut draw = Draw::new(seed, Stream::Chaos(number));
        for fault in &self.0 {
            // Every fault draws, so that one does not change the luck of the next.
            if !fault.strikes(number, &mut draw) {
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
                Kind::Reset(Place::Accept) => continue,
                Kind::Status(status) => Ending::Status(status),
                Kind::Reset(place) => Ending::Reset(place),
                Kind::Stall(place) => Ending::Stall(place),
                Kind::Truncate => Ending::Truncate,
                Kind::Garbage => Ending::Garbage,
            };
            plan.ending = plan.ending.or(Some(ending));
        }
        plan
    }

    /// Whether the connection of this number, the first being 1, is reset at once.
    pub(super) fn refuses(&self, seed: u64, number: u64) -> bool {
        let mut draw = Draw::new(seed, Stream::Connection(number));
        self.0
            .iter()
            .filter(|fault| fault.kind == Kind::Reset(Place::Accept))
            .any(|fault| fault.strikes(number, &mut draw))
    }
}

impl FromStr for Chaos {
    type Err = Error;

    /// Reads a spec.
    ///
    /// # Errors
    ///
    /// [`Error::Chaos`] with the first fault that is wrong, and what would be legal.
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
    fn a_spec_is_read_and_written_back() {
        for (spec, written) in [
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
            assert_eq!(chaos.to_string(), written);
            assert_eq!(written.parse::<Chaos>().unwrap(), chaos);
        }
    }

    #[test]
    fn a_mistake_is_told_with_what_would_be_legal() {
        for (spec, fault, hint) in [
            ("boom", "boom", "legal are STATUS"),
            ("429,", "", "legal are STATUS"),
            ("200", "200", "400 to 599"),
            ("999@2", "999@2", "400 to 599"),
            ("reset", "reset", "@accept, @headers or @body"),
            ("reset@2", "reset@2", "@accept, @headers or @body"),
            ("stall@accept", "stall@accept", "@headers or @body"),
            ("429@0", "429@0", "@1-3"),
            ("429@x", "429@x", "@1-3"),
            ("429@3-1", "429@3-1", "wrong way round"),
            ("429@101%", "429@101%", "@20%"),
            ("truncate@2@3", "truncate@2@3", "more after"),
            ("500, slow", "slow", "slow=2s"),
            ("slow=fast", "slow=fast", "200ms or 2s"),
            (
                "retry-after=10ms",
                "retry-after=10ms",
                "whole number of seconds",
            ),
            ("loud=2s", "loud=2s", "legal are STATUS"),
        ] {
            let Err(Error::Chaos { fault: f, reason }) = spec.parse::<Chaos>() else {
                panic!("{spec} was read");
            };
            assert_eq!(f, fault);
            assert!(reason.contains(hint), "{spec}: {reason}");
        }
    }

    #[test]
    fn faults_strike_by_number_and_the_first_that_strikes_wins() {
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
    fn a_share_is_drawn_from_the_seed() {
        let struck = |endings: &[Option<Ending>]| endings.iter().flatten().count();
        let some = endings("503@20%", 1..=1000);
        assert_eq!(some, endings("503@20%", 1..=1000));
        assert!((150..=250).contains(&struck(&some)), "{}", struck(&some));
        assert_eq!(struck(&endings("503@0%", 1..=100)), 0);
        assert_eq!(struck(&endings("503@100%", 1..=100)), 100);
    }

    #[test]
    fn only_a_reset_at_accept_counts_connections() {
        let chaos: Chaos = "reset@accept@2,503@1".parse().unwrap();
        let refused: Vec<_> = (1..=3).map(|number| chaos.refuses(1, number)).collect();
        assert_eq!(refused, [false, true, false]);
        assert_eq!(chaos.plan(1, 2).ending, None);
    }
}
