//! Escapes untrusted text, which must not control the terminal.

use std::borrow::Cow;
use std::fmt::Write;
use stytch_credentials::steers_terminal as steers;

/// Escapes characters that control the terminal.
pub(crate) fn escape(text: &str) -> Cow<'_, str> {
    escaped(text, steers)
}

/// Escapes every invisible character except line breaks, for messages that quote input.
/// Not for names, in which some of these characters are part of a letter.
pub(crate) fn visible(text: &str) -> Cow<'_, str> {
    escaped(text, |c| c != '\n' && (steers(c) || is_invisible(c)))
}

/// Unusual spaces, joiners, variation selectors, fillers and tags.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{a0}' | '\u{ad}' | '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{1680}' | '\u{17b4}' | '\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{2000}'..='\u{200f}' | '\u{202f}' | '\u{205f}'..='\u{206f}'
        | '\u{3000}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{ffa0}' | '\u{e0000}'..='\u{e0fff}')
}

fn escaped(text: &str, must_escape: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.contains(&must_escape) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if must_escape(c) {
            escaped.extend(c.escape_unicode());
        } else {
            escaped.push(c);
        }
    }
    Cow::Owned(escaped)
}

/// Escapes JSON for a terminal without changing its value: inside strings with JSON
/// escapes; between values only whitespace is possible, which becomes spaces.
pub(super) fn escape_json(json: &str) -> Cow<'_, str> {
    let steers = |c: char| steers(c) && c != '\n';
    if !json.contains(steers) {
        return Cow::Borrowed(json);
    }
    let mut escaped = String::with_capacity(json.len());
    for c in json.chars() {
        if !steers(c) {
            escaped.push(c);
        } else if c.is_ascii() && c != '\u{7f}' {
            escaped.push(' ');
        } else {
            // All of them are in the Basic Multilingual Plane, so four digits suffice.
            let _ = write!(escaped, "\\u{:04x}", u32::from(c));
        }
    }
    Cow::Owned(escaped)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_escaped_and_letters_are_unchanged() {
        assert_eq!(escape("Zoë O'Brien 山田 🦀"), "Zoë O'Brien 山田 🦀");
        assert_eq!(
            escape("a\u{1b}[2Jb\n\u{202e}\u{200b}"),
            "a\\u{1b}[2Jb\\u{a}\\u{202e}\\u{200b}"
        );
    }

    #[test]
    fn invisible_characters_are_escaped_in_messages() {
        assert_eq!(
            visible("a\u{feff}\u{a0}b\u{200d}\nc\u{e0041}é 山"),
            "a\\u{feff}\\u{a0}b\\u{200d}\nc\\u{e0041}é 山"
        );
    }

    #[test]
    fn escaped_json_has_the_same_value() {
        let json = "{\"a\":\r\t\"\u{9b}2J\u{7f}\u{202e}\u{feff}é\\n\",\n \"b\": 1.50}";
        let escaped = escape_json(json);
        assert_eq!(
            escaped,
            "{\"a\":  \"\\u009b2J\\u007f\\u202e\\ufeffé\\n\",\n \"b\": 1.50}"
        );
        let parse = |json: &str| serde_json::from_str::<serde_json::Value>(json).unwrap();
        assert_eq!(parse(&escaped), parse(json));
    }
}
