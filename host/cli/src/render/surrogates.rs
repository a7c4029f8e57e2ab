//! Unpaired surrogates, such as `"\ud83d"`. JSON may contain them, and JSON output keeps
//! them as they were sent. But they represent no character, so code that decodes the
//! JSON gets U+FFFD in their place.

use serde::de::{Deserialize, Deserializer, Error, Visitor};
use std::borrow::Cow;
use std::fmt;

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

/// A JSON string.
pub(super) struct Text(pub(super) String);

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextVisitor;

        impl Visitor<'_> for TextVisitor {
            type Value = Text;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a string")
            }

            /// The only invalid UTF-8 that `serde_json` passes on is an unpaired surrogate:
            /// three bytes, the first of which is 0xED.
            fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Text, E> {
                let mut text = String::with_capacity(bytes.len());
                for chunk in bytes.utf8_chunks() {
                    text.push_str(chunk.valid());
                    if chunk.invalid().first() == Some(&0xed) {
                        text.push(char::REPLACEMENT_CHARACTER);
                    }
                }
                Ok(Text(text))
            }
        }

        deserializer.deserialize_bytes(TextVisitor)
    }
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

    #[test]
    fn a_text_has_one_replacement_character_per_unpaired_surrogate() {
        for (json, expected) in [
            (r#""x\ud83d""#, "x\u{fffd}"),
            (r#""\ude00\ud83dy\ud83d\ude00é""#, "\u{fffd}\u{fffd}y😀é"),
        ] {
            let text: Text = serde_json::from_str(json).unwrap();
            assert_eq!(text.0, expected, "{json}");
        }
    }
}
