//! Timestamps in requests and files: strictly RFC 3339.
//!
//! Fractions are truncated to nanoseconds. The last 26 hours of the year 9999, which are outside
//! the range of [`Timestamp`], all become [`Timestamp::MAX`].

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, de::Error};

/// The number of fractional digits that a [`Timestamp`] holds.
const DIGITS: usize = 9;

/// Parses an RFC 3339 timestamp; `None` if the text is not one.
pub(crate) fn parse(text: &str) -> Option<Timestamp> {
    if !stytch_time::is_date_time(text) {
        return None;
    }
    let mut digits = 0;
    let mut in_fraction = false;
    let kept: String = text
        .chars()
        .filter(|c| {
            in_fraction = *c == '.' || (in_fraction && c.is_ascii_digit());
            digits += usize::from(in_fraction);
            // The decimal point counts, too.
            !in_fraction || digits <= 1 + DIGITS
        })
        .collect();
    Some(kept.parse().unwrap_or(Timestamp::MAX))
}

/// Deserializes an optional timestamp of a user.
///
/// # Errors
///
/// The member is present and not an RFC 3339 timestamp.
pub(super) fn deserialize<'de, D>(deserializer: D) -> Result<Option<Timestamp>, D::Error>
where
    D: Deserializer<'de>,
{
    let Some(text) = Option::<String>::deserialize(deserializer)? else {
        return Ok(None);
    };
    let invalid = || Error::custom("not an RFC 3339 timestamp, such as 2026-01-31T00:00:00Z");
    parse(&text).ok_or_else(invalid).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_to_the_nanosecond() {
        for (text, expected) in [
            ("2024-01-01T00:00:00Z", Some("2024-01-01T00:00:00Z")),
            ("2024-01-01t00:00:00z", Some("2024-01-01T00:00:00Z")),
            ("2024-01-01T01:30:00+01:30", Some("2024-01-01T00:00:00Z")),
            ("2024-01-01T00:00:00-00:00", Some("2024-01-01T00:00:00Z")),
            (
                "2024-01-01T01:00:00.123456789999+01:00",
                Some("2024-01-01T00:00:00.123456789Z"),
            ),
            ("1990-12-31T23:59:60Z", Some("1990-12-31T23:59:59Z")),
            ("0000-01-01T00:00:00+23:59", Some("-000001-12-31T00:01:00Z")),
            (
                "9999-12-31T23:59:59Z",
                Some("9999-12-30T22:00:00.999999999Z"),
            ),
            ("20240101T000000Z", None),
            ("2024-01-01 00:00:00Z", None),
            ("2024-01-01T00:00Z", None),
            ("2024-01-01", None),
        ] {
            let expected = expected.map(|text| text.parse().unwrap());
            assert_eq!(parse(text), expected, "{text}");
        }
    }
}
