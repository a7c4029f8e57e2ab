//! Words that can be pasted into a shell.

use super::escape::steers;
use std::borrow::Cow;
use std::fmt::Write;

/// The text as one word of the shell, whatever it is: as it is where that is one,
/// else in quotes. What would steer a terminal is written as POSIX (2024) shells, and
/// most older ones, read it: `$'\033'`.
pub(crate) fn shell_word(text: &str) -> Cow<'_, str> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_-./:=@%+,".contains(c);
    if !text.is_empty() && text.chars().all(is_plain) {
        return Cow::Borrowed(text);
    }
    if !text.contains(steers) {
        return Cow::Owned(format!("'{}'", text.replace('\'', r"'\''")));
    }
    let mut word = "$'".to_owned();
    for c in text.chars() {
        if steers(c) {
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
