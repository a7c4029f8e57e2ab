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
use hifijson::{Error as Syntax, Expect, SliceLexer, str::Error as Quoted};
use hifijson::{num::LexWrite as _, token::Lex as _};

/// A place in a document.
pub(crate) struct Cursor<'a> {
    text: &'a str,
    /// What is behind the place.
    rest: &'a [u8],
    /// Why it stopped.
    pub(crate) problem: Option<Syntax>,
}

/// The name of a member.
pub(crate) enum Name<'a> {
    /// Its place among the names of the record.
    Known(usize),
    Other(Cow<'a, str>),
}

impl<'a> Cursor<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self {
            text,
            rest: text.as_bytes(),
            problem: None,
        }
    }

    /// How far it is, in bytes.
    pub(crate) fn at(&self) -> usize {
        self.text.len() - self.rest.len()
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
        self.rest = self.rest.get(1..).unwrap_or_default();
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
            Some(_) if core::mem::take(is_first) => Ok(true),
            _ if *is_first => Err(self.stop(Expect::ValueOrEnd)),
            _ => Err(self.stop(Expect::CommaOrEnd)),
        }
    }

    /// Passes the name that is expected, and the colon behind it, if that is what comes,
    /// without white space.
    #[inline]
    pub(crate) fn pass_name_if(&mut self, expected: Option<&&str>) -> bool {
        match expected.and_then(|name| text::strip_prefix(self.rest, name.as_bytes())) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
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
    pub(crate) fn plain(&mut self) -> Option<&'a str> {
        let length = text::plain_length(self.rest);
        let (b'"', after) = self.rest.get(length..)?.split_first()? else {
            return None;
        };
        let start = self.at();
        self.rest = after;
        // It begins and ends at quotes.
        self.text.get(start..start + length)
    }

    /// The same where it has escapes in it, or does not end.
    #[cold]
    pub(crate) fn escaped(&mut self) -> Result<String, Stop> {
        let mut text = String::new();
        loop {
            let start = self.at();
            let length = text::plain_length(self.rest);
            // It ends before a character of one byte.
            text.push_str(self.text.get(start..start + length).unwrap_or_default());
            let behind = self.rest.get(length..).unwrap_or_default();
            let (next, behind) = match behind.split_first() {
                Some((next, behind)) => (Some(next), behind),
                None => (None, behind),
            };
            self.rest = behind;
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
        match self.rest.split_first_chunk() {
            Some((start, rest)) if start == word => {
                self.rest = rest;
                true
            }
            _ => false,
        }
    }

    /// A number, if it is whole and there is room for it.
    pub(crate) fn integer(&mut self) -> Result<Option<i64>, Stop> {
        let (digits, parts) = self.lex(|lexer| Ok(lexer.num_bytes().validated()?))?;
        let digits = str::from_utf8(digits).ok().filter(|_| parts.is_int());
        Ok(digits.and_then(|digits| digits.parse().ok()))
    }

    /// The text of a value.
    pub(crate) fn raw(&mut self) -> Result<&'a str, Stop> {
        self.next();
        let start = self.at();
        self.skip()?;
        Ok(self.text.get(start..self.at()).unwrap_or_default())
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
        self.rest = lexer.as_slice();
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
        read: impl FnOnce(&mut SliceLexer<'a>) -> Result<T, Syntax>,
    ) -> Result<T, Stop> {
        let mut lexer = SliceLexer::new(self.rest);
        let read = read(&mut lexer);
        self.rest = lexer.as_slice();
        read.map_err(|problem| self.stop(problem))
    }

    #[cold]
    #[inline(never)]
    fn stop(&mut self, problem: impl Into<Syntax>) -> Stop {
        self.problem = Some(problem.into());
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
            let json = json.to_owned() + "\"";
            let mut cursor = Cursor::new(&json);
            assert_eq!(cursor.escaped().unwrap(), expected, "{json}");
            assert!(cursor.end().is_ok(), "{json}");
        }
        for json in [
            r"\ud83d",
            r#"\ud83""#,
            r#"\ud83g""#,
            r#"\ud83d\u00""#,
            r#"\x""#,
        ] {
            assert!(Cursor::new(json).escaped().is_err(), "{json}");
        }
    }
}
