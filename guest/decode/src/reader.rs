//! One document, value by value.

mod skip;

use crate::error::{DecodeError, Mismatch};
use crate::text;
use crate::{Done, Item, Items, Record};
use alloc::borrow::Cow;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use hifijson::{
    Error as Syntax, Expect, Read as _, SliceLexer, num::LexWrite as _, str::Error as Quoted,
    str::LexAlloc as _, token::Lex as _,
};

/// Reads the values of a document, each into a place of its own kind.
#[expect(
    missing_debug_implementations,
    reason = "it is in the middle of somebody's data"
)]
pub struct Reader<'a> {
    lexer: SliceLexer<'a>,
    text: &'a str,
    own: fn(&'a str) -> String,
    /// The first value that did not fit.
    pub(crate) mismatch: Option<Mismatch>,
}

#[expect(clippy::missing_errors_doc, reason = "each fails where it is not JSON")]
impl<'a> Reader<'a> {
    /// A string, or `null`, which is the same as absent.
    pub fn text(&mut self, place: &mut Option<String>) -> Done {
        match self.peek(Expect::Value)? {
            b'"' => *place = Some(self.string()?),
            b'n' => {
                self.word()?;
                *place = None;
            }
            _ => return self.unfit("a string or null"),
        }
        Ok(())
    }

    /// A string that has to be there.
    pub fn required_text(&mut self, place: &mut String) -> Done {
        match self.peek(Expect::Value)? {
            b'"' => *place = self.string()?,
            _ => return self.unfit("a string"),
        }
        Ok(())
    }

    /// A boolean or `null`.
    pub fn boolean(&mut self, place: &mut Option<bool>) -> Done {
        match self.peek(Expect::Value)? {
            b'n' | b't' | b'f' => *place = self.word()?,
            _ => return self.unfit("a boolean or null"),
        }
        Ok(())
    }

    /// A number without a fraction, or `null`.
    pub fn integer(&mut self, place: &mut Option<i64>) -> Done {
        const EXPECTED: &str = "an integer or null";
        match self.peek(Expect::Value)? {
            b'n' => {
                self.word()?;
                *place = None;
            }
            b'-' | b'0'..=b'9' => {
                let (digits, parts) = self.lexer.num_bytes().validated()?;
                let number = str::from_utf8(digits)
                    .ok()
                    .and_then(|text| text.parse().ok());
                match number {
                    Some(number) if parts.is_int() => *place = Some(number),
                    _ => self.note(EXPECTED),
                }
            }
            _ => return self.unfit(EXPECTED),
        }
        Ok(())
    }

    /// Any value, kept as JSON text, as it was sent; `null` is none.
    pub fn json(&mut self, place: &mut Option<String>) -> Done {
        let json = self.raw()?;
        *place = (json != "null").then(|| (self.own)(json));
        Ok(())
    }

    /// A member that is added, with its name, to the JSON object in `place`.
    pub fn extra(&mut self, name: &str, place: &mut Option<String>) -> Done {
        let value = self.raw()?;
        let object = place.get_or_insert_with(String::new);
        object.pop(); // the closing brace of the member before
        object.push(if object.is_empty() { '{' } else { ',' });
        text::quote(name, object);
        object.push(':');
        object.push_str(value);
        object.push('}');
        Ok(())
    }

    /// An object or `null`.
    pub fn record<R: Record + Item>(&mut self, place: &mut Option<R>) -> Done {
        match self.peek(Expect::Value)? {
            b'{' => self.object(place.insert(R::empty())),
            b'n' => {
                self.word()?;
                *place = None;
                Ok(())
            }
            _ => self.unfit("an object or null"),
        }
    }

    /// An array or `null`.
    pub fn list<I: Item>(&mut self, place: &mut Option<Vec<I>>) -> Done {
        match self.peek(Expect::Value)? {
            b'[' => self.array(place.insert(Vec::new())),
            b'n' => {
                self.word()?;
                *place = None;
                Ok(())
            }
            _ => self.unfit("an array or null"),
        }
    }

    /// An item that is an object.
    pub fn item(&mut self, record: &mut dyn Record) -> Done {
        match self.peek(Expect::Value)? {
            b'{' => self.object(record),
            _ => self.unfit("an object"),
        }
    }

    pub(crate) fn new(text: &'a str, own: fn(&'a str) -> String) -> Self {
        Self {
            lexer: SliceLexer::new(text.as_bytes()),
            text,
            own,
            mismatch: None,
        }
    }

    /// Reads the document with `read`, behind which nothing more may come.
    pub(crate) fn whole(
        &mut self,
        read: impl FnOnce(&mut Self) -> Done,
    ) -> Result<(), DecodeError> {
        let one = read(self).and_then(|()| self.end());
        one.map_err(|problem| DecodeError::Syntax {
            at: self.at(),
            problem,
        })
    }

    fn end(&mut self) -> Done {
        match self.lexer.ws_peek() {
            None => Ok(()),
            Some(_) => Err(Expect::Eof.into()),
        }
    }

    fn object(&mut self, record: &mut dyn Record) -> Done {
        self.lexer.take_next();
        let names = record.names();
        let mut next = 0;
        let mut is_first = true;
        while self.goes_on(b'}', &mut is_first)? {
            let fitted = self.mismatch.is_none();
            match self.name(names, next)? {
                Name::Known(member) => {
                    next = member + 1;
                    record.read(member, self)?;
                    if fitted && let Some(mismatch) = &mut self.mismatch {
                        mismatch.prepend(names.get(member).map_or("", |name| bare(name)));
                    }
                }
                Name::Other(name) => {
                    record.read_other(&name, self)?;
                    if fitted && let Some(mismatch) = &mut self.mismatch {
                        mismatch.prepend(&name);
                    }
                }
            }
        }
        if let (Some(name), None) = (record.missing(), &self.mismatch) {
            self.mismatch = Some(Mismatch::new("a value", name));
        }
        Ok(())
    }

    fn array(&mut self, items: &mut dyn Items) -> Done {
        self.lexer.take_next();
        let mut index = 0;
        let mut is_first = true;
        while self.goes_on(b']', &mut is_first)? {
            let fitted = self.mismatch.is_none();
            items.read_next(self)?;
            if fitted && let Some(mismatch) = &mut self.mismatch {
                mismatch.prepend(&format!("[{index}]"));
            }
            index += 1;
        }
        Ok(())
    }

    /// Whether another item or member comes, before which the reader then is.
    fn goes_on(&mut self, end: u8, is_first: &mut bool) -> Result<bool, Syntax> {
        let (next, expected) = if *is_first {
            (self.lexer.ws_peek(), Expect::ValueOrEnd)
        } else {
            (self.lexer.ws_peek(), Expect::CommaOrEnd)
        };
        match next {
            Some(next) if next == end => {
                self.lexer.take_next();
                Ok(false)
            }
            Some(b',') if !*is_first => {
                self.lexer.take_next();
                Ok(true)
            }
            Some(_) if core::mem::take(is_first) => Ok(true),
            _ => Err(expected.into()),
        }
    }

    /// A member's name, and the colon behind it. It is looked for first at `next`:
    /// members come in the same order each time, most often without white space.
    fn name(&mut self, names: &[&str], next: usize) -> Result<Name<'a>, Syntax> {
        let expected = names.get(next).map(|name| name.as_bytes());
        let rest = expected.and_then(|name| text::strip_prefix(self.lexer.as_slice(), name));
        if let Some(rest) = rest {
            self.lexer = SliceLexer::new(rest);
            return Ok(Name::Known(next));
        }
        self.lexer
            .expect(SliceLexer::ws_peek, b'"')
            .ok_or(Expect::String)?;
        let name = self.unquoted()?;
        self.lexer
            .expect(SliceLexer::ws_peek, b':')
            .ok_or(Expect::Colon)?;
        Ok(match names.iter().position(|known| bare(known) == name) {
            Some(member) => Name::Known(member),
            None => Name::Other(name),
        })
    }

    /// A string that is to be kept; the reader is before its opening quote.
    fn string(&mut self) -> Result<String, Syntax> {
        self.lexer.take_next();
        Ok(match self.unquoted()? {
            Cow::Borrowed(text) => (self.own)(text),
            Cow::Owned(text) => text,
        })
    }

    /// What stands between here and the closing quote, which is passed.
    fn unquoted(&mut self) -> Result<Cow<'a, str>, Syntax> {
        let rest = self.lexer.as_slice();
        let length = text::plain_length(rest);
        if let Some((b'"', after)) = rest.get(length..).and_then(<[u8]>::split_first) {
            let start = self.at();
            self.lexer = SliceLexer::new(after);
            // It begins and ends at quotes.
            let text = self.text.get(start..start + length);
            return text.map(Cow::Borrowed).ok_or(Quoted::Eof.into());
        }
        Ok(self.lexer.str_string()?)
    }

    /// The text of a value.
    fn raw(&mut self) -> Result<&'a str, Syntax> {
        self.lexer.eat_whitespace();
        let start = self.at();
        self.skip()?;
        Ok(self.text.get(start..self.at()).unwrap_or_default())
    }

    /// `null`, `true` or `false`.
    fn word(&mut self) -> Result<Option<bool>, Syntax> {
        Ok(self.lexer.null_or_bool().ok_or(Expect::Value)?)
    }

    fn peek(&mut self, expected: Expect) -> Result<u8, Syntax> {
        Ok(self.lexer.ws_peek().ok_or(expected)?)
    }

    /// How far the reader is.
    fn at(&self) -> usize {
        self.text.len() - self.lexer.as_slice().len()
    }

    /// Passes over a value that does not fit.
    fn unfit(&mut self, expected: &'static str) -> Done {
        self.note(expected);
        self.skip()
    }

    fn note(&mut self, expected: &'static str) {
        if self.mismatch.is_none() {
            self.mismatch = Some(Mismatch::new(expected, ""));
        }
    }
}

/// A name of [`Record::names`] as it is without quotes and colon.
fn bare(name: &str) -> &str {
    name.trim_matches(['"', ':'])
}

/// The name of a member.
enum Name<'a> {
    /// Its place among the names of the record.
    Known(usize),
    Other(Cow<'a, str>),
}
