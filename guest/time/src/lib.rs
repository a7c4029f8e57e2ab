//! Whether a text is a time of RFC 3339, as Stytch's filters take them.

#![no_std]

/// Whether `text` is a `date-time` of RFC 3339, section 5.6: the whole grammar and
/// nothing besides. So `t` and `z` may be lower-case, a fraction has any number of
/// digits, and second 60 is a leap second; a space in place of the `T` is an
/// application's choice there, and Stytch documents none.
pub fn is_date_time(text: &str) -> bool {
    // Each part is of a fixed length but for the fraction.
    let Some((start, rest)) = text.as_bytes().split_at_checked(19) else {
        return false;
    };
    let [
        y0, y1, y2, y3, b'-', mo0, mo1, b'-', d0, d1, b'T' | b't', h0, h1, b':', mi0, mi1, b':',
        s0, s1,
    ] = *start
    else {
        return false;
    };
    let year = [number(y0, y1), number(y2, y3)];
    let [Some(century), Some(year)] = year else {
        return false;
    };
    let days = days_of_month(century * 100 + year, number(mo0, mo1));
    within(number(d0, d1), 1, days)
        && within(number(h0, h1), 0, 23)
        && within(number(mi0, mi1), 0, 59)
        && within(number(s0, s1), 0, 60)
        && without_fraction(rest).is_some_and(is_offset)
}

/// The number that two digits make.
fn number(tens: u8, ones: u8) -> Option<u32> {
    let [tens, ones] = [tens, ones].map(|byte| char::from(byte).to_digit(10));
    Some(tens? * 10 + ones?)
}

fn within(number: Option<u32>, least: u32, most: u32) -> bool {
    number.is_some_and(|number| (least..=most).contains(&number))
}

/// How many days a month has; 0 if there is no such month.
fn days_of_month(year: u32, month: Option<u32>) -> u32 {
    match month {
        Some(1 | 3 | 5 | 7 | 8 | 10 | 12) => 31,
        Some(4 | 6 | 9 | 11) => 30,
        Some(2) if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        Some(2) => 28,
        _ => 0,
    }
}

/// What follows the fraction of a second, where there is one; `None` if it is no
/// fraction.
fn without_fraction(text: &[u8]) -> Option<&[u8]> {
    let Some(fraction) = text.strip_prefix(b".") else {
        return Some(text);
    };
    let digits = fraction.iter().take_while(|byte| byte.is_ascii_digit());
    match digits.count() {
        0 => None,
        digits => fraction.get(digits..),
    }
}

/// Whether the text is a difference from UTC.
fn is_offset(text: &[u8]) -> bool {
    match *text {
        [b'Z' | b'z'] => true,
        [b'+' | b'-', h0, h1, b':', m0, m1] => {
            within(number(h0, h1), 0, 23) && within(number(m0, m1), 0, 59)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_rfc_3339_pass() {
        for text in [
            "2024-01-01T00:00:00Z",
            "2024-01-01t00:00:00z",
            "2024-02-29T23:59:59Z",
            "2000-02-29T00:00:00Z",
            "0000-01-01T00:00:00Z",
            "9999-12-31T23:59:59Z",
            "9999-12-31T23:59:59.999999999999Z",
            "2024-01-01T00:00:00.1+23:59",
            "2024-01-01T00:00:00-00:00",
            "1990-12-31T15:59:60-08:00",
        ] {
            assert!(is_date_time(text), "{text}");
        }
    }

    #[test]
    fn everything_else_is_refused() {
        for text in [
            "",
            "yesterday",
            "1704067200",
            "2024-01-01",
            "20240101T000000Z",
            "2024-01-01 00:00:00Z",
            "2024-01-01T00:00Z",
            "2024-01-01T00:00:00",
            "2024-01-01T00:00:00.Z",
            "2024-01-01T00:00:00,5Z",
            "2024-01-01T00:00:00 Z",
            "2024-01-01T00:00:00Z ",
            " 2024-01-01T00:00:00Z",
            "2024-01-01T00:00:00ZZ",
            "2024-01-01T00:00:00+01",
            "2024-01-01T00:00:00+0100",
            "2024-01-01T00:00:00+24:00",
            "2024-01-01T00:00:00+01:60",
            "2024-01-01T00:00:00Z[UTC]",
            "2024-00-01T00:00:00Z",
            "2024-13-01T00:00:00Z",
            "2024-01-00T00:00:00Z",
            "2024-01-32T00:00:00Z",
            "2024-04-31T00:00:00Z",
            "2023-02-29T00:00:00Z",
            "1900-02-29T00:00:00Z",
            "2024-01-01T24:00:00Z",
            "2024-01-01T00:60:00Z",
            "2024-01-01T00:00:61Z",
            "+024-01-01T00:00:00Z",
            "12024-01-01T00:00:00Z",
            "2024-01-01T00:00:00\u{2212}01:00",
            "2024-01-01T00:00:0\u{661}Z",
        ] {
            assert!(!is_date_time(text), "{text}");
        }
    }
}
