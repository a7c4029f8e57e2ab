//! The rate limit: a number of requests per endpoint and clock minute.
//!
//! Follows <https://stytch.com/docs/resources/platform/rate-limits>: windows are fixed and aligned
//! to the clock, not rolling, and endpoints are counted separately.

use super::route::Endpoint;
use std::time::{SystemTime, UNIX_EPOCH};

/// The request counts of the current minute.
#[derive(Debug)]
pub(crate) struct RateLimit {
    per_minute: u32,
    /// Minutes since the Unix epoch.
    minute: u64,
    counts: Vec<(Endpoint, u32)>,
}

impl RateLimit {
    pub(crate) fn new(per_minute: u32) -> Self {
        Self {
            per_minute,
            minute: 0,
            counts: Vec::new(),
        }
    }

    /// Counts a request at this time, and returns whether it is allowed.
    pub(crate) fn admit(&mut self, endpoint: Endpoint, now: SystemTime) -> bool {
        let since_epoch = now.duration_since(UNIX_EPOCH).unwrap_or_default();
        let minute = since_epoch.as_secs() / 60;
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
    use std::time::Duration;

    #[test]
    fn counts_each_endpoint_per_clock_minute() {
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
                limit.admit(endpoint, UNIX_EPOCH + Duration::from_secs(second)),
                allowed,
                "{endpoint:?} {second}"
            );
        }
    }
}
