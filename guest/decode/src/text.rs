//! Bytes of strings.

use alloc::string::String;
use core::fmt::Write as _;

/// How many bytes stand before a quote, a backslash or a control character.
pub(crate) fn plain_length(bytes: &[u8]) -> usize {
    let (words, rest) = bytes.as_chunks();
    for (index, word) in words.iter().enumerate() {
        let special = special(u64::from_le_bytes(*word));
        if special != 0 {
            return index * 8 + (special.trailing_zeros() / 8) as usize;
        }
    }
    let special = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..0x20);
    bytes.len() - rest.len() + rest.iter().position(special).unwrap_or(rest.len())
}

/// The high bit of each byte that is special; behind the first one, bits may be set
/// that should not.
///
/// A byte is zero, or below a bound, where subtracting one, or the bound, borrows
/// from a high bit that was not set.
fn special(word: u64) -> u64 {
    const ONES: u64 = u64::MAX / 0xff;
    let quote = word ^ (ONES * 0x22);
    let backslash = word ^ (ONES * 0x5c);
    let borrowed = (quote.wrapping_sub(ONES) & !quote)
        | (backslash.wrapping_sub(ONES) & !backslash)
        | (word.wrapping_sub(ONES * 0x20) & !word);
    borrowed & (ONES * 0x80)
}

/// What comes after `prefix`, where that is how `bytes` begin. Eight bytes are
/// compared at a time, here and not by a call: it is done for each member.
pub(crate) fn strip_prefix<'a>(bytes: &'a [u8], prefix: &[u8]) -> Option<&'a [u8]> {
    let (start, rest) = bytes.split_at_checked(prefix.len())?;
    let (words, _) = prefix.as_chunks::<8>();
    let (others, _) = start.as_chunks::<8>();
    let mut differ = 0;
    for (word, other) in words.iter().zip(others) {
        differ |= u64::from_le_bytes(*word) ^ u64::from_le_bytes(*other);
    }
    // The last eight again, where there are so many, rather than one by one.
    let same = match (prefix.last_chunk(), start.last_chunk()) {
        (Some(word), Some(other)) => {
            differ | (u64::from_le_bytes(*word) ^ u64::from_le_bytes(*other)) == 0
        }
        _ => start == prefix,
    };
    same.then_some(rest)
}

/// Adds `text` to `json`, as a JSON string.
pub(crate) fn quote(text: &str, json: &mut String) {
    json.push('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => json.extend(['\\', character]),
            '\0'..'\x20' => {
                // A string cannot fail to be written to memory.
                let _ = write!(json, "\\u{:04x}", u32::from(character));
            }
            _ => json.push(character),
        }
    }
    json.push('"');
}
