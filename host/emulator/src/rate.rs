//! The rate limit: so many requests for each endpoint in each minute of the clock.
//!
//! Follows <https://stytch.com/docs/resources/platform/rate-limits>: windows are fixed and aligned
//! to the clock, not rolling, and every endpoint is counted for itself.

use super::route::Endpoint;

/// Counts the requests of the current minute.
#[derive(Debug)]
pub(super) struct RateLimit {
    per_minute: u32,
    /// Minutes since the Unix epoch.
    minute: i64,
    counts: Vec<(Endpoint, u32)>,
}

impl RateLimit {
    pub(super) fn new(per_minute: u32) -> Self {
        Self {
            per_minute,
            minute: 0,
            counts: Vec::new(),
        }
    }

    /// Counts a request at a second of the Unix clock; whether it is allowed.
    pub(super) fn admit(&mut self, endpoint: Endpoint, unix_second: i64) -> bool {
        let minute = unix_second.div_euclid(60);
        if minute != self.minute {
            *self = Self::new(self.per_minute);
            self.minute = minute;
        }
        let mut counts = self.counts.iter_mut();
        if let Some((_, count)) = counts.find(|(counted, _)| *counted == endpoint) {
            *count = count.saturating_add(1);
            return *count <= self.per_minute;
        }
        self.counts.push((endpoint, 1));
        self.per_minute > 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_is_the_clocks_minute_and_each_endpoint_has_its_own() {
        let mut limit = RateLimit::new(2);
        for (endpoint, second, allowed) in [
            (Endpoint::Search, 59, true),
            (Endpoint::Search, 59, true),
            (Endpoint::Search, 59, false),
            (Endpoint::Get, 59, true),
            (Endpoint::Search, 60, true),
            (Endpoint::Search, 61, true),
            (Endpoint::Search, 119, false),
            (Endpoint::Search, 120, true),
        ] {
            assert_eq!(
                limit.admit(endpoint, second),
                allowed,
                "{endpoint:?} {second}"
            );
        }
    }
}
