//! Whether a text is a time of RFC 3339, as Stytch's filters take them.

#![no_std]

/// Whether `text` is a `date-time` of RFC 3339, section 5.6: the whole grammar and
/// nothing besides. So `t` and `z` may be lower-case, a fraction has any number of
/// digits, and second 60 is a leap second; a space in place of the `T` is an
/// application's choice there, and Stytch documents none.
pub fn is_date_time(text: &str) -> bool {
    // The only part that has no fixed length is the fraction.
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

/// Whether a text has digits where the form has `0`, either sign for its `+`, letters
/// in either case, and is the same otherwise. Once and not where it is called, which
/// makes the component smaller.
#[inline(never)]
fn has_form(text: &[u8], form: &[u8]) -> bool {
    let fits = |(byte, form): (&u8, &u8)| match form {
        b'0' => byte.is_ascii_digit(),
        b'+' => matches!(byte, b'+' | b'-'),
        form => byte.eq_ignore_ascii_case(form),
    };
    text.len() == form.len() && text.iter().zip(form).all(fits)
}

/// The number that two digits make, which are known to be there.
#[inline(never)]
fn number(text: &[u8], at: usize) -> u8 {
    match text.get(at..) {
        Some([tens, ones, ..]) => (tens & 0xf) * 10 + (ones & 0xf),
        _ => 0,
    }
}

/// How many days the month of a date has; 0 if there is no such month.
fn days_of_month(date: &[u8]) -> u8 {
    let (century, year) = (number(date, 0), number(date, 2));
    match number(date, 5) {
        // Every fourth year is a leap year, and of those that end a century every
        // fourth.
        2 if (if year == 0 { century } else { year }) % 4 == 0 => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    }
}

/// What is left of a text behind the fraction of a second, where there is one.
fn without_fraction(text: &[u8]) -> &[u8] {
    match text {
        [b'.', digits @ ..] => {
            let count = digits.iter().take_while(|byte| byte.is_ascii_digit());
            match count.count() {
                // Left as it is, it is no offset.
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
            "2024-12-31T23:59:59+00:00",
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
            "2024-01\r01T00:00:00Z",
            "2024-01-01T00\u{1a}00:00Z",
        ] {
            assert!(!is_date_time(text), "{text}");
        }
    }
}
