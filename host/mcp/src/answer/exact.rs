//! Rewrites JSON so that parsing it loses nothing: clients, like this program, parse numbers
//! as floating-point ones.

use std::borrow::Cow;

/// The largest integer below which all are different floating-point numbers.
const LARGEST: u64 = 1 << 53;

/// Writes numbers that would be rounded as strings of their digits, and replaces unpaired
/// surrogates, which are no text, with U+FFFD. The JSON must be valid.
pub(super) fn exact(json: &str) -> Cow<'_, str> {
    let mut exact = String::new();
    let mut copied = 0;
    let bytes = json.as_bytes();
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let (end, replacement) = match byte {
            b'"' => {
                at += 1;
                at = copy_string(json, at, &mut copied, &mut exact);
                continue;
            }
            b'-' | b'0'..=b'9' => {
                let end = end_of_number(bytes, at);
                let number = json.get(at..end).unwrap_or_default();
                let replacement = (!is_exact(number)).then(|| format!("\"{number}\""));
                (end, replacement)
            }
            _ => (at + 1, None),
        };
        if let Some(replacement) = replacement {
            exact.push_str(json.get(copied..at).unwrap_or_default());
            exact.push_str(&replacement);
            copied = end;
        }
        at = end;
    }
    if copied == 0 {
        return Cow::Borrowed(json);
    }
    exact.push_str(json.get(copied..).unwrap_or_default());
    Cow::Owned(exact)
}

/// Goes on to the end of a string, whose first character is at `at`.
fn copy_string(json: &str, mut at: usize, copied: &mut usize, exact: &mut String) -> usize {
    let bytes = json.as_bytes();
    loop {
        match bytes.get(at) {
            None => return at,
            Some(b'"') => return at + 1,
            Some(b'\\') => {}
            Some(_) => {
                at += 1;
                continue;
            }
        }
        let unit = unit(json, at);
        let is_pair = matches!(unit, Some(0xd800..=0xdbff))
            && matches!(self::unit(json, at + 6), Some(0xdc00..=0xdfff));
        match unit {
            _ if is_pair => at += 12,
            Some(0xd800..=0xdfff) => {
                exact.push_str(json.get(*copied..at).unwrap_or_default());
                exact.push(char::REPLACEMENT_CHARACTER);
                at += 6;
                *copied = at;
            }
            Some(_) => at += 6,
            None => at += 2,
        }
    }
}

/// The UTF-16 unit of an escape sequence such as `\ud83d`.
fn unit(json: &str, at: usize) -> Option<u16> {
    let digits = json.get(at..at + 6)?.strip_prefix("\\u")?;
    u16::from_str_radix(digits, 16).ok()
}

fn end_of_number(bytes: &[u8], start: usize) -> usize {
    let rest = bytes.iter().skip(start);
    let length = rest
        .take_while(|byte| matches!(byte, b'-' | b'+' | b'.' | b'e' | b'E' | b'0'..=b'9'))
        .count();
    start + length
}

/// Whether a floating-point number has the same value.
fn is_exact(number: &str) -> bool {
    let digits = number.trim_start_matches('-');
    if digits.len() <= 15 && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return true;
    }
    if let Ok(integer) = digits.parse::<u64>() {
        return integer <= LARGEST;
    }
    let Ok(float) = digits.parse::<f64>() else {
        return false;
    };
    float.is_finite() && significant(digits) == significant(&format!("{float:e}"))
}

/// The digits of a number without zeros at the start and the end, and the power of ten of
/// the first one.
fn significant(number: &str) -> Option<(String, i64)> {
    let (mantissa, exponent) = match number.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i64>().ok()?),
        None => (number, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    let without_start = digits.trim_start_matches('0');
    let significant = without_start.trim_end_matches('0');
    if significant.is_empty() {
        return Some((String::new(), 0));
    }
    let zeros = digits.len() - without_start.len();
    let power = i64::try_from(whole.len()).ok()? - i64::try_from(zeros).ok()?;
    Some((significant.to_owned(), power.checked_add(exponent)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    #[test]
    fn numbers_that_would_be_rounded_are_strings() {
        for (json, expected) in [
            ("9007199254740992", "9007199254740992"),
            ("9007199254740993", "\"9007199254740993\""),
            ("-9007199254740993", "\"-9007199254740993\""),
            ("12345678901234567890123", "\"12345678901234567890123\""),
            ("1.50", "1.50"),
            ("0.1", "0.1"),
            ("0.00000000000000000000012", "0.00000000000000000000012"),
            ("0.1234567890123456", "0.1234567890123456"),
            ("0.12345678901234567890", "\"0.12345678901234567890\""),
            ("1e400", "\"1e400\""),
            ("1e-400", "\"1e-400\""),
            ("1E+2", "1E+2"),
            ("-0.0", "-0.0"),
            ("0", "0"),
            ("1e99999999999999999999", "\"1e99999999999999999999\""),
            (
                r#"{"a":[1,2.5,99999999999999999999],"9\"99999999999999999999":"99999999999999999999"}"#,
                r#"{"a":[1,2.5,"99999999999999999999"],"9\"99999999999999999999":"99999999999999999999"}"#,
            ),
        ] {
            assert_eq!(exact(json), expected, "{json}");
            serde_json::from_str::<Value>(&exact(json)).unwrap();
        }
    }

    #[test]
    fn unpaired_surrogates_are_replaced() {
        for (json, expected) in [
            (r#""\ud83d""#, "\"\u{fffd}\""),
            (r#""\udead\ud83d\ude00""#, "\"\u{fffd}\\ud83d\\ude00\""),
            (r#""\ud83dx\\ud83d""#, "\"\u{fffd}x\\\\ud83d\""),
            (r#""\ud83d\ud83d\ude00""#, "\"\u{fffd}\\ud83d\\ude00\""),
            (r#"{"\udead":1}"#, "{\"\u{fffd}\":1}"),
            (r#""山\u5c71\"""#, r#""山\u5c71\"""#),
        ] {
            assert_eq!(exact(json), expected, "{json}");
            serde_json::from_str::<Value>(&exact(json)).unwrap();
        }
    }

    /// Whatever is valid JSON stays valid, with the same structure.
    #[test]
    fn any_json_stays_json() {
        let mut random = fastrand::Rng::with_seed(17);
        let parts = [
            "\"", "\\\"", "\\\\", "\\ud800", "\\udc00", "\\u0041", "1", "-", "0.", "e", "+",
            "9999", "[", "]", "{", "}", ",", ":", "true", "é", " ",
        ];
        let mut valid = 0;
        for _ in 0..200_000 {
            let length = random.usize(1..8);
            let json: String = (0..length)
                .map(|_| parts[random.usize(..parts.len())])
                .collect();
            let rewritten = exact(&json);
            if serde_json::from_str::<&serde_json::value::RawValue>(&json).is_ok() {
                serde_json::from_str::<Value>(&rewritten)
                    .unwrap_or_else(|error| panic!("{json} {rewritten} {error}"));
                valid += 1;
            }
        }
        assert!(valid > 1000, "{valid}");
    }
}
