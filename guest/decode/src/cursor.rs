//! Where a document is read, and its tokens. Members come in the same order each time,
//! and strings most often as they are: that is looked for first, and the rest is left to
//! hifijson.
//!
//! What is done for each member and each string is kept short, without results that go
//! through memory, and what is rare is kept out of it: engines of Wasm compile quickly
//! and not well.

mod skip;

use crate::{Done, Stop, text};
use alloc::borrow::Cow;
use alloc::string::String;
use core::mem::take;
use hifijson::{Error as Syntax, Expect, SliceLexer, str::Error as Quoted};
use hifijson::{num::LexWrite as _, token::Lex as _};

/// A place in a document. What is behind it is nobody else's, so that each part that is
/// passed can be given away.
pub(crate) struct Cursor<'a> {
    /// How long the document is.
    length: usize,
    /// What is behind the place, in a text.
    rest: &'a mut [u8],
    /// Why it stopped, and at which byte.
    pub(crate) problem: Option<(usize, Syntax)>,
}

/// The name of a member.
pub(crate) enum Name<'a> {
    /// Its place among the names of the record.
    Known(usize),
    Other(Cow<'a, str>),
}

impl<'a> Cursor<'a> {
    #[expect(unsafe_code, reason = "bytes are passed faster than characters")]
    pub(crate) fn new(text: &'a mut str) -> Self {
        Self {
            length: text.len(),
            // SAFETY: nobody writes to the bytes before they are text again.
            rest: unsafe { text.as_bytes_mut() },
            problem: None,
        }
    }

    /// How far it is, in bytes.
    pub(crate) fn at(&self) -> usize {
        self.length - self.rest.len()
    }

    /// The first byte of the value that comes next.
    #[inline]
    pub(crate) fn peek(&mut self) -> Result<u8, Stop> {
        match self.next() {
            Some(next) => Ok(next),
            None => Err(self.stop(Expect::Value)),
        }
    }

    /// That nothing more comes.
    pub(crate) fn end(&mut self) -> Done {
        match self.next() {
            None => Ok(()),
            Some(_) => Err(self.stop(Expect::Eof)),
        }
    }

    /// Passes the byte that was looked at.
    #[inline]
    pub(crate) fn pass(&mut self) {
        self.split(1);
    }

    /// Passes so many bytes, and gives them away.
    #[inline]
    fn split(&mut self, length: usize) -> &'a mut [u8] {
        match take(&mut self.rest).split_at_mut_checked(length) {
            Some((passed, rest)) => {
                self.rest = rest;
                passed
            }
            // Nobody asks for more than there is.
            None => Default::default(),
        }
    }

    /// The same as text, which it is where it begins and ends between characters.
    #[inline]
    #[expect(unsafe_code, reason = "each text would be looked at twice")]
    fn split_text(&mut self, length: usize) -> &'a mut str {
        let passed = self.split(length);
        if text::is_within_character(passed) || text::is_within_character(self.rest) {
            return Default::default();
        }
        // SAFETY: it is a part of a text, and cut out between characters.
        unsafe { str::from_utf8_unchecked_mut(passed) }
    }

    /// Whether another item or member comes, before which it then is.
    #[inline]
    pub(crate) fn goes_on(&mut self, end: u8, is_first: &mut bool) -> Result<bool, Stop> {
        match self.next() {
            Some(b',') if !*is_first => {
                self.pass();
                Ok(true)
            }
            Some(next) if next == end => {
                self.pass();
                Ok(false)
            }
            Some(_) if take(is_first) => Ok(true),
            _ if *is_first => Err(self.stop(Expect::ValueOrEnd)),
            _ => Err(self.stop(Expect::CommaOrEnd)),
        }
    }

    /// Passes the name that is expected, and the colon behind it, if that is what comes,
    /// without white space.
    #[inline]
    pub(crate) fn pass_name_if(&mut self, expected: Option<&&str>) -> bool {
        match expected {
            Some(name) if text::has_prefix(self.rest, name.as_bytes()) => {
                self.split(name.len());
                true
            }
            _ => false,
        }
    }

    /// A member's name, and the colon behind it.
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

    /// What stands between here and the closing quote, which is passed, if it stands
    /// for itself.
    #[inline]
    pub(crate) fn plain(&mut self) -> Option<&'a mut str> {
        let length = text::plain_length(self.rest);
        if self.rest.get(length) != Some(&b'"') {
            return None;
        }
        let text = self.split_text(length);
        self.pass();
        Some(text)
    }

    /// The same where it has escapes in it, or does not end.
    #[cold]
    pub(crate) fn escaped(&mut self) -> Result<String, Stop> {
        let mut text = String::new();
        loop {
            let length = text::plain_length(self.rest);
            text.push_str(self.split_text(length));
            let next = self.rest.first().copied();
            self.pass();
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

    /// `null`, `true` or `false`.
    pub(crate) fn word(&mut self) -> Result<Option<bool>, Stop> {
        if self.pass_if(b"null") {
            Ok(None)
        } else if self.pass_if(b"true") {
            Ok(Some(true))
        } else if self.pass_if(b"false") {
            Ok(Some(false))
        } else {
            Err(self.stop(Expect::Value))
        }
    }

    fn pass_if<const LENGTH: usize>(&mut self, word: &[u8; LENGTH]) -> bool {
        let is_next = self.rest.starts_with(word);
        if is_next {
            self.split(LENGTH);
        }
        is_next
    }

    /// A number, if it is whole and there is room for it.
    pub(crate) fn integer(&mut self) -> Result<Option<i64>, Stop> {
        self.lex(|lexer| {
            let (digits, parts) = lexer.num_bytes().validated()?;
            let digits = str::from_utf8(digits).ok().filter(|_| parts.is_int());
            Ok(digits.and_then(|digits| digits.parse().ok()))
        })
    }

    /// The text of a value.
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

    /// What comes behind white space; the place is then before it.
    #[inline]
    fn next(&mut self) -> Option<u8> {
        match self.rest.first() {
            Some(next) if *next > b' ' => Some(*next),
            _ => self.next_behind_space(),
        }
    }

    #[cold]
    fn next_behind_space(&mut self) -> Option<u8> {
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
        self.pass();
        Ok(())
    }

    /// Lets the library read on from here.
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
            // That may be within a character.
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

/// A name of [`Members`](crate::Members) as it is without quotes and colon.
pub(crate) fn bare(name: &str) -> &str {
    let name = name.strip_prefix('"').unwrap_or(name);
    name.strip_suffix("\":").unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::borrow::ToOwned;

    #[test]
    fn half_of_a_surrogate_pair_is_a_replacement_character() {
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
