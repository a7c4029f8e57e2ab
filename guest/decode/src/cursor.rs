//! The position in a document, and its tokens. Members usually have the same order, and
//! strings usually have no escapes: these cases have fast paths, and hifijson handles the
//! rest.
//!
//! The code that runs for each member and each string is short, returns values in
//! registers and leaves rare cases to other functions: Wasm engines compile quickly rather
//! than well.

mod skip;

use crate::{Done, Stop, text};
use alloc::borrow::Cow;
use alloc::string::String;
use core::mem::take;
use hifijson::{Error as Syntax, Expect, SliceLexer, str::Error as Quoted};
use hifijson::{num::LexWrite as _, token::Lex as _};

/// A position in a document. The cursor owns the rest of the document exclusively, so it
/// can give away each part that it consumes.
pub(crate) struct Cursor<'a> {
    /// The length of the document.
    length: usize,
    /// The rest of the document, which is text.
    rest: &'a mut [u8],
    /// Why parsing stopped, and at which byte.
    pub(crate) problem: Option<(usize, Syntax)>,
}

/// The name of a member.
pub(crate) enum Name<'a> {
    /// Its index among the names of the record.
    Known(usize),
    Other(Cow<'a, str>),
}

impl<'a> Cursor<'a> {
    #[expect(unsafe_code, reason = "bytes are faster to process than characters")]
    pub(crate) fn new(text: &'a mut str) -> Self {
        Self {
            length: text.len(),
            // SAFETY: the bytes are not modified before they are text again.
            rest: unsafe { text.as_bytes_mut() },
            problem: None,
        }
    }

    /// Returns the position, in bytes.
    pub(crate) fn at(&self) -> usize {
        self.length - self.rest.len()
    }

    /// Returns the first byte of the next value.
    #[inline]
    pub(crate) fn peek(&mut self) -> Result<u8, Stop> {
        match self.next() {
            Some(next) => Ok(next),
            None => Err(self.stop(Expect::Value)),
        }
    }

    /// Expects the end of the document.
    pub(crate) fn end(&mut self) -> Done {
        match self.next() {
            None => Ok(()),
            Some(_) => Err(self.stop(Expect::Eof)),
        }
    }

    /// Consumes the byte that was peeked at.
    #[inline]
    pub(crate) fn advance(&mut self) {
        self.split(1);
    }

    /// Consumes and returns this many bytes.
    #[inline]
    fn split(&mut self, length: usize) -> &'a mut [u8] {
        match take(&mut self.rest).split_at_mut_checked(length) {
            Some((consumed, rest)) => {
                self.rest = rest;
                consumed
            }
            // Callers never ask for more than there is.
            None => Default::default(),
        }
    }

    /// Consumes and returns this many bytes as text, if they start and end at character
    /// boundaries.
    #[inline]
    #[expect(unsafe_code, reason = "each text would be validated twice")]
    fn split_text(&mut self, length: usize) -> &'a mut str {
        let consumed = self.split(length);
        if text::is_within_character(consumed) || text::is_within_character(self.rest) {
            return Default::default();
        }
        // SAFETY: it is a part of a text, cut at character boundaries.
        unsafe { str::from_utf8_unchecked_mut(consumed) }
    }

    /// Moves to the next item or member; returns whether there is one.
    #[inline]
    pub(crate) fn next_element(&mut self, end: u8, is_first: &mut bool) -> Result<bool, Stop> {
        match self.next() {
            Some(b',') if !*is_first => {
                self.advance();
                Ok(true)
            }
            Some(next) if next == end => {
                self.advance();
                Ok(false)
            }
            Some(_) if take(is_first) => Ok(true),
            _ if *is_first => Err(self.stop(Expect::ValueOrEnd)),
            _ => Err(self.stop(Expect::CommaOrEnd)),
        }
    }

    /// Consumes the expected name and its colon, if they come next and without white space.
    #[inline]
    pub(crate) fn consume_name_if(&mut self, expected: Option<&&str>) -> bool {
        match expected {
            Some(name) if text::has_prefix(self.rest, name.as_bytes()) => {
                self.split(name.len());
                true
            }
            _ => false,
        }
    }

    /// Reads a member's name and its colon.
    #[inline(never)]
    pub(crate) fn name(&mut self, names: &[&str]) -> Result<Name<'a>, Stop> {
        self.expect(b'"', Expect::String)?;
        let name = self.unquoted()?;
        self.expect(b':', Expect::Colon)?;
        Ok(match names.iter().position(|known| bare(known) == name) {
            Some(member) => Name::Known(member),
            None => Name::Other(name),
        })
    }

    /// Reads the rest of a string and its closing quote, if it has no escapes.
    #[inline]
    pub(crate) fn plain(&mut self) -> Option<&'a mut str> {
        let length = text::plain_length(self.rest);
        if self.rest.get(length) != Some(&b'"') {
            return None;
        }
        let text = self.split_text(length);
        self.advance();
        Some(text)
    }

    /// Reads the rest of a string that has escapes or no end.
    #[cold]
    pub(crate) fn escaped(&mut self) -> Result<String, Stop> {
        let mut text = String::new();
        loop {
            let length = text::plain_length(self.rest);
            text.push_str(self.split_text(length));
            let next = self.rest.first().copied();
            self.advance();
            match next {
                Some(b'"') => return Ok(text),
                Some(b'\\') => text.push(self.lex(text::unescape)?),
                Some(_) => return Err(self.stop(Quoted::Control)),
                None => return Err(self.stop(Quoted::Eof)),
            }
        }
    }

    fn unquoted(&mut self) -> Result<Cow<'a, str>, Stop> {
        match self.plain() {
            Some(text) => Ok(Cow::Borrowed(text)),
            None => Ok(Cow::Owned(self.escaped()?)),
        }
    }

    /// Reads `null`, `true` or `false`.
    pub(crate) fn word(&mut self) -> Result<Option<bool>, Stop> {
        if self.consume_if(b"null") {
            Ok(None)
        } else if self.consume_if(b"true") {
            Ok(Some(true))
        } else if self.consume_if(b"false") {
            Ok(Some(false))
        } else {
            Err(self.stop(Expect::Value))
        }
    }

    fn consume_if<const LENGTH: usize>(&mut self, word: &[u8; LENGTH]) -> bool {
        let is_next = self.rest.starts_with(word);
        if is_next {
            self.split(LENGTH);
        }
        is_next
    }

    /// Reads a number; `None` if it is not an integer, or out of range.
    pub(crate) fn integer(&mut self) -> Result<Option<i64>, Stop> {
        self.lex(|lexer| {
            let (digits, parts) = lexer.num_bytes().validated()?;
            let digits = str::from_utf8(digits).ok().filter(|_| parts.is_int());
            Ok(digits.and_then(|digits| digits.parse().ok()))
        })
    }

    /// Reads a value as text.
    pub(crate) fn raw(&mut self) -> Result<&'a mut str, Stop> {
        self.next();
        let start = self.at();
        let mut inner = Cursor {
            length: self.rest.len(),
            rest: &mut *self.rest,
            problem: None,
        };
        let skipped = inner.skip();
        let length = inner.at();
        if let Some((at, problem)) = inner.problem {
            self.problem = Some((start + at, problem));
        }
        skipped?;
        Ok(self.split_text(length))
    }

    /// Skips white space and returns the next byte, without consuming it.
    #[inline]
    fn next(&mut self) -> Option<u8> {
        match self.rest.first() {
            Some(next) if *next > b' ' => Some(*next),
            _ => self.next_after_space(),
        }
    }

    #[cold]
    fn next_after_space(&mut self) -> Option<u8> {
        let mut lexer = SliceLexer::new(self.rest);
        let next = lexer.ws_peek();
        let left = lexer.as_slice().len();
        self.split(self.rest.len() - left);
        next
    }

    fn expect(&mut self, byte: u8, expected: Expect) -> Done {
        if self.next() != Some(byte) {
            return Err(self.stop(expected));
        }
        self.advance();
        Ok(())
    }

    /// Lets hifijson read from this position.
    fn lex<T>(
        &mut self,
        read: impl FnOnce(&mut SliceLexer<'_>) -> Result<T, Syntax>,
    ) -> Result<T, Stop> {
        let mut lexer = SliceLexer::new(self.rest);
        let read = read(&mut lexer);
        let length = self.rest.len() - lexer.as_slice().len();
        match read {
            Ok(read) => {
                self.split(length);
                Ok(read)
            }
            // The position may be within a character.
            Err(problem) => Err(self.stop_at(self.at() + length, problem)),
        }
    }

    fn stop(&mut self, problem: impl Into<Syntax>) -> Stop {
        self.stop_at(self.at(), problem.into())
    }

    #[cold]
    #[inline(never)]
    fn stop_at(&mut self, at: usize, problem: Syntax) -> Stop {
        self.problem = Some((at, problem));
        Stop(())
    }
}

/// Returns a name of [`Members`](crate::Members) without quotes and colon.
pub(crate) fn bare(name: &str) -> &str {
    let name = name.strip_prefix('"').unwrap_or(name);
    name.strip_suffix("\":").unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::borrow::ToOwned;

    #[test]
    fn decodes_an_unpaired_surrogate_as_a_replacement_character() {
        for (json, expected) in [
            (r"a\u00e9\n\ud83d\ude00b", "aé\n😀b"),
            (r"\ud83d", "\u{fffd}"),
            (r"\ude00", "\u{fffd}"),
            (r"\uD83Dx", "\u{fffd}x"),
            (r"\ud83d\n", "\u{fffd}\n"),
            (r"\ud83d\u0041", "\u{fffd}A"),
            (r"\ud83d\ud83d\ude00", "\u{fffd}😀"),
            (r"\ude00\ud83d", "\u{fffd}\u{fffd}"),
        ] {
            let mut json = json.to_owned() + "\"";
            let mut cursor = Cursor::new(&mut json);
            assert_eq!(cursor.escaped().unwrap(), expected);
            assert!(cursor.end().is_ok(), "{expected}");
        }
        for json in [
            r"\ud83d",
            r#"\ud83""#,
            r#"\ud83g""#,
            r#"\ud83d\u00""#,
            r#"\x""#,
        ] {
            assert!(
                Cursor::new(&mut json.to_owned()).escaped().is_err(),
                "{json}"
            );
        }
    }
}
