//! Validates RFC 3339 times, as Stytch's filters take them.

#![no_std]

/// Returns whether `text` is a `date-time` of RFC 3339, section 5.6, exactly as in its
/// grammar: `t` and `z` may be lower-case, a fraction may have any number of digits, and
/// second 60 is a leap second. The RFC allows applications to use a space instead of the
/// `T`, but Stytch does not document that.
pub fn is_date_time(text: &str) -> bool {
    // Only the fraction has no fixed length.
    let Some((start, rest)) = text.as_bytes().split_at_checked(19) else {
        return false;
    };
    let offset = without_fraction(rest);
    has_form(start, b"0000-00-00T00:00:00")
        && (1..=days_of_month(start)).contains(&number(start, 8))
        && number(start, 11) < 24
        && number(start, 14) < 60
        && number(start, 17) < 61
        && (has_form(offset, b"Z")
            || has_form(offset, b"+00:00") && number(offset, 1) < 24 && number(offset, 4) < 60)
}

/// Returns whether a text matches a form: `0` matches any digit, `+` either sign, letters
/// match in either case, and everything else matches itself. Not inlined, which makes the
/// component smaller.
#[inline(never)]
fn has_form(text: &[u8], form: &[u8]) -> bool {
    let fits = |(byte, form): (&u8, &u8)| match form {
        b'0' => byte.is_ascii_digit(),
        b'+' => matches!(byte, b'+' | b'-'),
        form => byte.eq_ignore_ascii_case(form),
    };
    text.len() == form.len() && text.iter().zip(form).all(fits)
}

/// Parses two digits, which were checked before.
#[inline(never)]
fn number(text: &[u8], at: usize) -> u8 {
    match text.get(at..) {
        Some([tens, ones, ..]) => (tens & 0xf) * 10 + (ones & 0xf),
        _ => 0,
    }
}

/// Returns the number of days in the month of a date; 0 if there is no such month.
fn days_of_month(date: &[u8]) -> u8 {
    let (century, year) = (number(date, 0), number(date, 2));
    match number(date, 5) {
        // Every fourth year is a leap year; of the years that end a century, every fourth.
        2 if (if year == 0 { century } else { year }) % 4 == 0 => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    }
}

/// Returns the rest of a text after the fraction of a second, if there is one.
fn without_fraction(text: &[u8]) -> &[u8] {
    match text {
        [b'.', digits @ ..] => {
            let count = digits.iter().take_while(|byte| byte.is_ascii_digit());
            match count.count() {
                // Left unchanged, since it is not a valid offset.
                0 => text,
                count => digits.get(count..).unwrap_or_default(),
            }
        }
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_rfc_3339_times() {
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
            "2024-12-31T23:59:59+00:00",
        ] {
            assert!(is_date_time(text), "{text}");
        }
    }

    #[test]
    fn refuses_everything_else() {
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
            "2024-01\r01T00:00:00Z",
            "2024-01-01T00\u{1a}00:00Z",
        ] {
            assert!(!is_date_time(text), "{text}");
        }
    }
}
