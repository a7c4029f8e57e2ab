//! Values that are repeated in a message, and may be of any length.

use std::borrow::Cow;

/// The longest word that is shown whole, in characters: paths are to be copied.
const LONGEST: usize = 200;

/// What is left of a longer one.
const LEFT: usize = 80;

/// Cuts each word that is longer than any that somebody would read. What is behind its
/// last letter, such as a quotation mark and a colon, stays.
pub(crate) fn shorten(text: &str) -> Cow<'_, str> {
    let is_long = |word: &str| word.len() > LONGEST && word.chars().nth(LONGEST).is_some();
    if !text.split(char::is_whitespace).any(is_long) {
        return Cow::Borrowed(text);
    }
    let mut shortened = String::new();
    for part in text.split_inclusive(char::is_whitespace) {
        let word = part.trim_end_matches(char::is_whitespace);
        if !is_long(word) {
            shortened.push_str(part);
            continue;
        }
        let value = word.trim_end_matches(['\'', '"', '`', ':', ';', ',', '.', ')']);
        shortened.extend(value.chars().take(LEFT));
        shortened.push('…');
        let end = part.get(value.len()..).unwrap_or_default();
        // A value may consist of such characters.
        let skipped = end.chars().count().saturating_sub(LEFT);
        shortened.extend(end.chars().skip(skipped));
    }
    Cow::Owned(shortened)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_words_are_cut_and_others_are_not() {
        let path = format!("/tmp/{}", "x".repeat(190));
        let short = format!("{path} cannot be read:  no such file\n");
        assert_eq!(shorten(&short), short);
        let (long, left) = ("é".repeat(5000), "é".repeat(80));
        assert_eq!(
            shorten(&format!("the value '{long}': is wrong; {long}")),
            format!("the value '{}…': is wrong; {left}…", "é".repeat(79))
        );
        assert!(shorten(&".".repeat(5000)).chars().count() <= 81);
        assert!(shorten(&"a.".repeat(5000)).chars().count() <= 82);
    }
}
