//! Converts `Retry-After` dates to seconds for the component, which has no clock.

use http::header::{DATE, HeaderMap, HeaderValue, RETRY_AFTER};
use std::time::SystemTime;

/// Replaces a `Retry-After` date, in any of the three forms of RFC 9110 (section 5.6.7),
/// with the seconds since the response was created: by the server's clock, if the response
/// has a `Date` (section 6.6.1), otherwise by this machine's. The result is therefore
/// correct even if the two clocks differ. Other values are left unchanged.
pub(super) fn in_seconds(headers: &mut HeaderMap, now: SystemTime) {
    let date =
        |value: Option<&HeaderValue>| httpdate::parse_http_date(value?.to_str().ok()?.trim()).ok();
    let Some(until) = date(headers.get(RETRY_AFTER)) else {
        return;
    };
    let made = date(headers.get(DATE)).unwrap_or(now);
    // A time in the past means no wait.
    let left = until.duration_since(made).unwrap_or_default();
    // Rounded up, so that the retry is not too early.
    let seconds = left.as_secs() + u64::from(left.subsec_nanos() > 0);
    headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, UNIX_EPOCH};

    /// 1994-11-06T08:49:37Z and half a second.
    fn now() -> SystemTime {
        UNIX_EPOCH + Duration::from_millis(784_111_777_500)
    }

    fn rewritten(retry_after: &str, date: Option<&str>) -> String {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, retry_after.parse().unwrap());
        if let Some(date) = date {
            headers.insert(DATE, date.parse().unwrap());
        }
        in_seconds(&mut headers, now());
        headers[RETRY_AFTER].to_str().unwrap().to_owned()
    }

    #[test]
    fn converts_each_form_of_date_to_seconds() {
        let date = Some("Sun, 06 Nov 1994 08:49:30 GMT");
        for (until, by_the_server, by_this_clock) in [
            ("Sun, 06 Nov 1994 08:50:37 GMT", "67", "60"),
            ("Sunday, 06-Nov-94 08:50:37 GMT", "67", "60"),
            ("Sun Nov  6 08:50:37 1994", "67", "60"),
            ("Sun, 06 Nov 1994 08:49:30 GMT", "0", "0"),
            ("Sat, 05 Nov 1994 08:49:37 GMT", "0", "0"),
            ("Thu, 01 Jan 1970 00:00:00 GMT", "0", "0"),
            (
                "Fri, 31 Dec 9999 23:59:59 GMT",
                "252618189029",
                "252618189022",
            ),
        ] {
            assert_eq!(rewritten(until, date), by_the_server, "{until}");
            assert_eq!(rewritten(until, None), by_this_clock, "{until}");
            assert_eq!(rewritten(until, Some("soon")), by_this_clock, "{until}");
        }
    }

    #[test]
    fn leaves_other_values_unchanged() {
        for text in [
            "7",
            "",
            "soon",
            "-1",
            "1994-11-06T08:50:37Z",
            "Sun, 06 Nov 1994",
            "Sun, 06 Nov 1994 25:00:00 GMT",
            "Sun, 31 Feb 1994 08:49:37 GMT",
        ] {
            assert_eq!(rewritten(text, None), text);
        }
    }
}
