//! Validates, scans and escapes strings.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::Write as _;
use hifijson::escape::{self, Lex as _};
use hifijson::{Error as Syntax, Read as _, SliceLexer, str::Error as Quoted};

/// Converts bytes to text. The error is the number of valid bytes.
#[expect(unsafe_code, reason = "the standard library is slower for ASCII")]
pub(crate) fn utf8(bytes: Vec<u8>) -> Result<String, usize> {
    check_utf8(&bytes)?;
    // SAFETY: it was just checked.
    Ok(unsafe { String::from_utf8_unchecked(bytes) })
}

/// Checks that the bytes are UTF-8, in chunks, most of which are ASCII.
fn check_utf8(bytes: &[u8]) -> Result<(), usize> {
    let mut rest = bytes;
    while !rest.is_empty() {
        if let Some((chunk, after)) = rest.split_first_chunk()
            && is_ascii(chunk)
        {
            rest = after;
            continue;
        }
        let chunk = rest.get(..CHUNK).unwrap_or(rest);
        let valid = match str::from_utf8(chunk) {
            Ok(_) => chunk.len(),
            // A character may continue in the next chunk.
            Err(error) if error.error_len().is_none() && chunk.len() < rest.len() => {
                error.valid_up_to()
            }
            Err(error) => return Err(bytes.len() - rest.len() + error.valid_up_to()),
        };
        rest = rest.get(valid..).unwrap_or_default();
    }
    Ok(())
}

const CHUNK: usize = 32;

fn is_ascii(chunk: &[u8; CHUNK]) -> bool {
    let (words, _) = chunk.as_chunks();
    let bits = words
        .iter()
        .fold(0, |bits, word| bits | u64::from_le_bytes(*word));
    bits & (ONES * 0x80) == 0
}

const ONES: u64 = u64::MAX / 0xff;

/// Counts the bytes before a quote, a backslash or a control character.
pub(crate) fn plain_length(bytes: &[u8]) -> usize {
    // Two words at a time, since hosts instrument each iteration of a loop.
    let (pairs, _) = bytes.as_chunks::<16>();
    let mut at = 0;
    for pair in pairs {
        let (words, _) = pair.as_chunks();
        if let [first, second] = words {
            let first = special(u64::from_le_bytes(*first));
            let second = special(u64::from_le_bytes(*second));
            if first | second != 0 {
                let (word, before) = if first == 0 { (second, 8) } else { (first, 0) };
                return at + before + (word.trailing_zeros() / 8) as usize;
            }
        }
        at += 16;
    }
    let special = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..0x20);
    let rest = bytes.get(at..).unwrap_or_default();
    at + rest.iter().position(special).unwrap_or(rest.len())
}

/// Returns the high bit of each special byte. After the first special byte, other bits may
/// be set by mistake.
///
/// A byte is zero, or below a limit, if subtracting one, or the limit, borrows from a high
/// bit that was not set.
fn special(word: u64) -> u64 {
    let quote = word ^ (ONES * 0x22);
    let backslash = word ^ (ONES * 0x5c);
    let borrowed =
        quote.wrapping_sub(ONES) | backslash.wrapping_sub(ONES) | word.wrapping_sub(ONES * 0x20);
    // The high bits of the three words are equal.
    borrowed & !word & (ONES * 0x80)
}

/// Returns whether bytes of a text start within a character.
#[inline]
pub(crate) fn is_within_character(bytes: &[u8]) -> bool {
    matches!(bytes, [0x80..0xc0, ..])
}

/// Whether that is how `bytes` begin. It is done for each member, so it is neither a call nor a loop for prefixes of 8 to 32 bytes: they are
/// compared by two words or four, which lie over each other where it is shorter.
#[inline]
pub(crate) fn has_prefix(bytes: &[u8], prefix: &[u8]) -> bool {
    let Some(start) = bytes.get(..prefix.len()) else {
        return false;
    };
    match (first_and_last(start), first_and_last(prefix)) {
        (Some(some), Some(other)) => {
            differ(some, other)
                | match (prefix.len(), inner(start), inner(prefix)) {
                    (0..=16, ..) => 0,
                    (17..=32, Some(some), Some(other)) => differ(some, other),
                    _ => u64::from(start != prefix),
                }
                == 0
        }
        _ => start == prefix,
    }
}

type Words = ([u8; 8], [u8; 8]);

fn differ(some: Words, other: Words) -> u64 {
    let word = u64::from_le_bytes;
    (word(some.0) ^ word(other.0)) | (word(some.1) ^ word(other.1))
}

/// Returns the first and last word of 8 bytes or more.
fn first_and_last(bytes: &[u8]) -> Option<Words> {
    Some((*bytes.first_chunk()?, *bytes.last_chunk()?))
}

/// Returns the second word and the second to last word of 16 bytes or more.
fn inner(bytes: &[u8]) -> Option<Words> {
    let before = bytes.len().checked_sub(8)?;
    let (behind, before) = (bytes.get(8..)?, bytes.get(..before)?);
    Some((*behind.first_chunk()?, *before.last_chunk()?))
}

/// Decodes an escape; `lexer` is after its backslash. An unpaired surrogate becomes U+FFFD,
/// so that one malformed name does not lose a page of users.
pub(crate) fn unescape(lexer: &mut SliceLexer<'_>) -> Result<char, Syntax> {
    let kind = lexer.take_next().ok_or(escape::Error::Eof);
    let digits = lexer.as_slice();
    match kind.and_then(|kind| lexer.escape(kind)) {
        Ok(character) => Ok(character),
        Err(escape::Error::InvalidChar(_) | escape::Error::ExpectedLowSurrogate) => {
            // Continue after its four digits.
            *lexer = SliceLexer::new(digits.get(4..).unwrap_or_default());
            Ok(char::REPLACEMENT_CHARACTER)
        }
        Err(error) => Err(Quoted::Escape(error).into()),
    }
}

/// Appends `text` to `json` as a JSON string.
pub(crate) fn quote(text: &str, json: &mut String) {
    json.push('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => json.extend(['\\', character]),
            '\0'..'\x20' => {
                // Writing to a string cannot fail.
                let _ = write!(json, "\\u{:04x}", u32::from(character));
            }
            _ => json.push(character),
        }
    }
    json.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::borrow::ToOwned;
    use alloc::vec;

    /// Lengths around the chunk sizes.
    fn lengths() -> core::ops::Range<usize> {
        0..70
    }

    #[test]
    fn validates_utf8_like_the_standard_library() {
        for length in lengths() {
            for part in ["é", "€", "😀", "\u{7f}"].map(str::as_bytes) {
                for cut in 0..=part.len() {
                    for rest in ["", "a", "\u{80}", &"b".repeat(40)] {
                        let bytes = [&vec![b'a'; length], &part[..cut], rest.as_bytes()].concat();
                        let expected = String::from_utf8(bytes.clone());
                        let expected = expected.map_err(|error| error.utf8_error().valid_up_to());
                        assert_eq!(utf8(bytes.clone()), expected, "{bytes:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn finds_the_first_special_byte() {
        for length in lengths() {
            for end in 0..=u8::MAX {
                for behind in [0, 20] {
                    let mut bytes = "é".repeat(length / 2).into_bytes();
                    bytes.resize(length, 0x7f);
                    bytes.push(end);
                    bytes.resize(bytes.len() + behind, b'"');
                    let special = matches!(end, b'"' | b'\\' | 0..0x20);
                    let expected = length + usize::from(!special);
                    assert_eq!(plain_length(&bytes), expected, "{bytes:?}");
                }
            }
        }
    }

    #[test]
    fn compares_complete_prefixes() {
        let text = lengths()
            .map(|at| u8::try_from(at).unwrap())
            .collect::<Vec<_>>();
        for length in lengths() {
            let prefix = &text[..length];
            assert!(has_prefix(&text, prefix), "{length}");
            let shorter = &text[..length.saturating_sub(1)];
            assert_eq!(has_prefix(shorter, prefix), length == 0, "{length}");
            for at in 0..length {
                let mut other = prefix.to_owned();
                other[at] ^= 0x80;
                assert!(!has_prefix(&text, &other), "{length} {at}");
            }
        }
    }
}
