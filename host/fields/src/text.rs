//! Strings of JSON. JSON may contain unpaired surrogates, such as `"\ud83d"`, which
//! represent no character: there is U+FFFD in their place.

use serde::de::{Deserialize, Deserializer, Error, Visitor};
use std::fmt;

/// A JSON string.
pub(crate) struct Text(pub(crate) String);

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
