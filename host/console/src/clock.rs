//! Times as people read them.

use jiff::{SignedDuration, Timestamp};

/// `2026-01-31 18:30 UTC`; a text that is not a time stays as it is.
pub(crate) fn time(text: &str) -> String {
    match text.parse::<Timestamp>() {
        Ok(time) => of(time),
        Err(_) => text.to_owned(),
    }
}

/// The day of a time, in UTC; a text that is not a time stays as it is.
pub(crate) fn day(text: &str) -> String {
    match text.parse::<Timestamp>() {
        Ok(time) => time.strftime("%Y-%m-%d").to_string(),
        Err(_) => text.to_owned(),
    }
}

/// The time as [`time`] shows it.
pub(crate) fn of(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

/// How far a time is away: `in 12 minutes`, `3 days ago`.
pub(crate) fn away(text: &str, now: Timestamp) -> Option<String> {
    Some(distance(text.parse().ok()?, now))
}

/// The same of a time.
pub(crate) fn distance(time: Timestamp, now: Timestamp) -> String {
    let between = time.duration_since(now);
    let words = words(between.abs());
    if between < SignedDuration::ZERO {
        format!("{words} ago")
    } else {
        format!("in {words}")
    }
}

fn words(duration: SignedDuration) -> String {
    let seconds = duration.as_secs();
    let (count, unit) = match seconds {
        ..60 => return "less than a minute".to_owned(),
        60..3600 => (seconds / 60, "minute"),
        3600..86_400 => (seconds / 3600, "hour"),
        86_400..31_536_000 => (seconds / 86_400, "day"),
        _ => (seconds / 31_536_000, "year"),
    };
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {unit}{plural}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_read_like_text() {
        assert_eq!(time("2026-01-31T18:30:59.123Z"), "2026-01-31 18:30 UTC");
        assert_eq!(time("2026-01-31T18:30:00+01:00"), "2026-01-31 17:30 UTC");
        assert_eq!(time("<soon>"), "<soon>");
        assert_eq!(day("2026-01-31T23:30:00-01:00"), "2026-02-01");
        assert_eq!(day("<soon>"), "<soon>");
        let now = "2026-01-31T18:30:00Z".parse().unwrap();
        for (text, expected) in [
            ("2026-01-31T18:30:00Z", "in less than a minute"),
            ("2026-01-31T18:31:00Z", "in 1 minute"),
            ("2026-01-31T20:29:59Z", "in 1 hour"),
            ("2026-02-07T18:30:00Z", "in 7 days"),
            ("2026-01-31T18:15:00Z", "15 minutes ago"),
            ("2020-01-31T18:30:00Z", "6 years ago"),
        ] {
            assert_eq!(away(text, now).unwrap(), expected, "{text}");
        }
        assert_eq!(away("soon", now), None);
    }
}
