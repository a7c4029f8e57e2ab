//! Reads a document value by value.

use crate::cursor::{Cursor, Name, bare};
use crate::error::Mismatch;
use crate::text::quote;
use crate::{Done, Item, Items, Known, Members, Record, Stop};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use stytch_runtime::{NeverReuses, own};

/// Reads the values of a document into fields of matching types.
#[expect(missing_debug_implementations, reason = "it contains personal data")]
pub struct Reader {
    /// The document is leaked: its parts become strings.
    pub(crate) cursor: Cursor<'static>,
    allocator: NeverReuses,
    /// The first value that did not fit.
    pub(crate) mismatch: Option<Mismatch>,
    /// The number of open objects and arrays.
    depth: usize,
}

#[expect(
    clippy::missing_errors_doc,
    reason = "all of them fail if it is not JSON"
)]
impl Reader {
    /// Reads a string, or `null`, which is treated as absent.
    pub fn text(&mut self, place: &mut Option<String>) -> Done {
        match self.cursor.peek()? {
            b'"' => {
                let mut text = String::new();
                self.string(&mut text)?;
                *place = Some(text);
            }
            b'n' => {
                self.cursor.word()?;
                *place = None;
            }
            _ => return self.unfit("a string or null"),
        }
        Ok(())
    }

    /// Reads a required string.
    pub fn required_text(&mut self, place: &mut String) -> Done {
        match self.cursor.peek()? {
            b'"' => self.string(place),
            _ => self.unfit("a string"),
        }
    }

    /// Reads a boolean or `null`.
    pub fn boolean(&mut self, place: &mut Option<bool>) -> Done {
        match self.cursor.peek()? {
            b'n' | b't' | b'f' => *place = self.cursor.word()?,
            _ => return self.unfit("a boolean or null"),
        }
        Ok(())
    }

    /// Reads an integer or `null`.
    pub fn integer(&mut self, place: &mut Option<i64>) -> Done {
        const EXPECTED: &str = "an integer or null";
        match self.cursor.peek()? {
            b'n' => {
                self.cursor.word()?;
                *place = None;
            }
            b'-' | b'0'..=b'9' => match self.cursor.integer()? {
                Some(number) => *place = Some(number),
                None => self.note(EXPECTED, ""),
            },
            _ => return self.unfit(EXPECTED),
        }
        Ok(())
    }

    /// Reads any value as its JSON text, unchanged; `null` is treated as absent.
    pub fn json(&mut self, place: &mut Option<String>) -> Done {
        let json = self.cursor.raw()?;
        *place = (*json != *"null").then(|| own(self.allocator, json));
        Ok(())
    }

    /// Reads a member and appends it, with its name, to the JSON object in `place`.
    pub fn extra(&mut self, name: &str, place: &mut Option<String>) -> Done {
        let value = self.cursor.raw()?;
        let object = place.get_or_insert_with(String::new);
        object.pop(); // the closing brace
        object.push(if object.is_empty() { '{' } else { ',' });
        quote(name, object);
        object.push(':');
        object.push_str(value);
        object.push('}');
        Ok(())
    }

    /// An object or `null`.
    pub fn record<R: Known + Item>(&mut self, place: &mut Option<R>) -> Done {
        match self.cursor.peek()? {
            b'{' => self.object(&R::MEMBERS, place.insert(R::empty())),
            b'n' => {
                self.cursor.word()?;
                *place = None;
                Ok(())
            }
            _ => self.unfit("an object or null"),
        }
    }

    /// Reads an array or `null`.
    pub fn list<I: Item>(&mut self, place: &mut Option<Vec<I>>) -> Done {
        match self.cursor.peek()? {
            b'[' => self.array(place.insert(Vec::new())),
            b'n' => {
                self.cursor.word()?;
                *place = None;
                Ok(())
            }
            _ => self.unfit("an array or null"),
        }
    }

    /// Reads an item that is an object.
    pub fn item<R: Known>(&mut self, record: &mut R) -> Done {
        self.members(&R::MEMBERS, record)
    }

    /// Reads an object into a record.
    pub(crate) fn members(&mut self, members: &'static Members, record: &mut dyn Record) -> Done {
        match self.cursor.peek()? {
            b'{' => self.object(members, record),
            _ => self.unfit("an object"),
        }
    }

    /// Skips a value of any depth.
    pub fn skip(&mut self) -> Done {
        self.cursor.skip()
    }

    pub(crate) fn new(allocator: NeverReuses, text: &'static mut str) -> Self {
        Self {
            cursor: Cursor::new(text),
            allocator,
            mismatch: None,
            depth: 0,
        }
    }

    fn object(&mut self, members: &'static Members, record: &mut dyn Record) -> Done {
        self.cursor.advance();
        self.depth += 1;
        let names = members.names;
        let mut next = 0;
        let mut is_first = true;
        while self.cursor.next_element(b'}', &mut is_first)? {
            if self.cursor.consume_name_if(names.get(next)) {
                record.read(next, self)?;
                if self.mismatch.is_some() {
                    self.locate_at(names, next);
                }
                next += 1;
            } else {
                next = self.other_member(names, record, next)?;
            }
        }
        self.depth -= 1;
        if let Some(name) = members.required
            && !record.is_complete()
        {
            self.note("a value", name);
        }
        Ok(())
    }

    /// Reads a member other than the expected one; returns which one to expect next.
    #[inline(never)]
    fn other_member(
        &mut self,
        names: &[&str],
        record: &mut dyn Record,
        next: usize,
    ) -> Result<usize, Stop> {
        match self.cursor.name(names)? {
            Name::Known(member) => {
                record.read(member, self)?;
                self.locate_at(names, member);
                Ok(member + 1)
            }
            Name::Other(name) => {
                record.read_other(&name, self)?;
                self.locate(&name);
                Ok(next)
            }
        }
    }

    fn array(&mut self, items: &mut dyn Items) -> Done {
        self.cursor.advance();
        self.depth += 1;
        let mut index = 0;
        let mut is_first = true;
        while self.cursor.next_element(b']', &mut is_first)? {
            items.read_next(self)?;
            if self.mismatch.is_some() {
                self.locate(&format!("[{index}]"));
            }
            index += 1;
        }
        self.depth -= 1;
        Ok(())
    }

    /// Reads a string, including its opening quote.
    fn string(&mut self, place: &mut String) -> Done {
        self.cursor.advance();
        *place = match self.cursor.plain() {
            Some(text) => own(self.allocator, text),
            None => self.cursor.escaped()?,
        };
        Ok(())
    }

    /// Notes a mismatch and skips the value.
    #[cold]
    fn unfit(&mut self, expected: &'static str) -> Done {
        self.note(expected, "");
        self.skip()
    }

    #[cold]
    fn note(&mut self, expected: &'static str, path: &str) {
        let depth = self.depth;
        self.mismatch
            .get_or_insert_with(|| Mismatch::new(expected, path, depth));
    }

    /// Adds a level to the path of a mismatch, if it is in the value that was just read.
    #[cold]
    fn locate(&mut self, level: &str) {
        if let Some(mismatch) = &mut self.mismatch
            && mismatch.depth == self.depth
        {
            mismatch.prepend(level);
        }
    }

    #[cold]
    fn locate_at(&mut self, names: &[&str], member: usize) {
        self.locate(bare(names.get(member).copied().unwrap_or_default()));
    }
}
