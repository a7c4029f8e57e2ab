//! Quotes words for a shell.

use std::borrow::Cow;
use std::fmt::Write;

/// Whether a character could make a terminal show something else than the text: control
/// characters, marks of direction, invisible characters, and the line breaks of Unicode.
pub fn steers_terminal(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// Quotes a text as one word of the shell, if it needs quotes. Characters that
/// [steer a terminal](steers_terminal) are escaped as POSIX (2024) shells, and most older
/// ones, read them: `$'\033'`.
pub fn shell_word(text: &str) -> Cow<'_, str> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_-./:=@%+,".contains(c);
    if !text.is_empty() && text.chars().all(is_plain) {
        return Cow::Borrowed(text);
    }
    if !text.contains(steers_terminal) {
        return Cow::Owned(format!("'{}'", text.replace('\'', r"'\''")));
    }
    let mut word = "$'".to_owned();
    for c in text.chars() {
        if steers_terminal(c) {
            for byte in c.encode_utf8(&mut [0; 4]).bytes() {
                // Writing to a string does not fail.
                let _ = write!(word, "\\{byte:03o}");
            }
        } else {
            if matches!(c, '\'' | '\\') {
                word.push('\\');
            }
            word.push(c);
        }
    }
    word.push('\'');
    Cow::Owned(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_for_the_shell() {
        for (text, word) in [
            ("x-3azHuyoCF7sqAkx_3azA==", "x-3azHuyoCF7sqAkx_3azA=="),
            ("-abc", "-abc"),
            ("", "''"),
            ("/a b/c'd", r"'/a b/c'\''d'"),
            ("$(id)`id`;!*", "'$(id)`id`;!*'"),
            ("é", "'é'"),
            ("a\u{1b}7'\\\u{202e}", r"$'a\0337\'\\\342\200\256'"),
        ] {
            assert_eq!(shell_word(text), word);
        }
    }

    /// The same bytes come out of the shell that has all of this.
    #[test]
    #[cfg(unix)]
    fn a_shell_reads_the_text_again() {
        for text in [
            "-abc",
            "",
            "a b'c\"d\\e$f`g!",
            "a\u{1b}[2J\u{9b}7\n\t'\\é\u{202e}1",
        ] {
            let line = format!("printf %s {}", shell_word(text));
            let output = std::process::Command::new("bash")
                .args(["-c", &line])
                .output();
            assert_eq!(output.unwrap().stdout, text.as_bytes());
        }
    }
}
