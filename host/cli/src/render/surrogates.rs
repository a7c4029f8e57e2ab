//! Unpaired surrogates, such as `"\ud83d"`. JSON may contain them, and JSON output keeps
//! them as they were sent. But they represent no character, so code that decodes the
//! JSON gets U+FFFD in their place.

use std::borrow::Cow;

/// Replaces unpaired surrogates; the result is borrowed if there are none.
pub(super) fn replace_unpaired(json: &[u8]) -> Cow<'_, [u8]> {
    let mut replaced = Vec::new();
    let mut rest = json;
    // The bytes before `at` are copied at the next replacement.
    let mut at = 0;
    while let Some(length) = rest.get(at..).and_then(to_backslash) {
        at += length;
        let escape = rest.get(at..).unwrap_or_default();
        let (is_unpaired, length) = match (code_unit(escape), escape.get(6..).and_then(code_unit)) {
            (Some(0xd800..0xdc00), Some(0xdc00..0xe000)) => (false, 12),
            (Some(0xd800..0xe000), _) => (true, 6),
            (Some(_), _) => (false, 6),
            // Another escape, such as `\n` or `\\`.
            (None, _) => (false, 2),
        };
        if is_unpaired {
            replaced.extend_from_slice(rest.get(..at).unwrap_or_default());
            replaced.extend_from_slice(br"\ufffd");
            rest = rest.get(at + length..).unwrap_or_default();
            at = 0;
        } else {
            at += length;
        }
    }
    if replaced.is_empty() {
        return Cow::Borrowed(json);
    }
    replaced.extend_from_slice(rest);
    Cow::Owned(replaced)
}

fn to_backslash(json: &[u8]) -> Option<usize> {
    json.iter().position(|byte| *byte == b'\\')
}

/// The code unit of an escape that begins here, such as `\u00e9`.
fn code_unit(escape: &[u8]) -> Option<u16> {
    let digits = str::from_utf8(escape.strip_prefix(br"\u")?.get(..4)?).ok()?;
    u16::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_unpaired_surrogates_are_replaced() {
        for (json, expected) in [
            (r#"{"a":"\ud83d\ude00"}"#, r#"{"a":"\ud83d\ude00"}"#),
            (r#"["\ud83d"]"#, r#"["\ufffd"]"#),
            (r#"["\uDE00\uD83D"]"#, r#"["\ufffd\ufffd"]"#),
            (r#"["\ud83d\ud83d\ude00x"]"#, r#"["\ufffd\ud83d\ude00x"]"#),
            (r#"["\ud83d\u0041\n"]"#, r#"["\ufffd\u0041\n"]"#),
            (r#"["\\ud83d","\\\ud83d"]"#, r#"["\\ud83d","\\\ufffd"]"#),
            (
                r#"{"\ud83d":1,"é":"\u00e9"}"#,
                r#"{"\ufffd":1,"é":"\u00e9"}"#,
            ),
            ("[]", "[]"),
        ] {
            assert_eq!(
                replace_unpaired(json.as_bytes()),
                expected.as_bytes(),
                "{json}"
            );
        }
        assert!(matches!(
            replace_unpaired(br#"["\u00e9"]"#),
            Cow::Borrowed(_)
        ));
    }
}
