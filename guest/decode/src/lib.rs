//! Decodes JSON into records in one pass, without intermediate types, and without copying
//! strings that have no escapes.
//!
//! A value that does not fit is noted with its path and skipped. Errors do not quote the
//! document, which may contain personal data.

#![no_std]

extern crate alloc;

mod cursor;
mod error;
mod items;
mod reader;
mod text;

pub use error::DecodeError;
pub use items::{Item, Items};
pub use reader::Reader;

use alloc::borrow::ToOwned;
use alloc::vec::Vec;
use cursor::Cursor;
use hifijson::Error as Syntax;
use stytch_runtime::NeverReuses;

/// Checks that a text is one JSON value.
///
/// # Errors
///
/// Fails if it is not.
pub fn check(text: &str) -> Result<(), DecodeError> {
    // The cursor needs exclusive access, and the texts to check are short.
    let mut text = text.to_owned();
    let mut cursor = Cursor::new(&mut text);
    let read = cursor.skip();
    finish(&mut cursor, read)
}

/// The result of reading a value.
pub type Done = Result<(), Stop>;

/// The text is not JSON. The reader holds the reason, so that results fit into a register:
/// larger ones would be most of the cost of a short function.
#[derive(Debug)]
pub struct Stop(());

/// The members of a record.
#[derive(Debug)]
pub struct Members {
    /// Their names, in the usual order, each with its quotes and a colon: `"name":`.
    pub names: &'static [&'static str],
    /// The required member.
    pub required: Option<&'static str>,
}

/// A record with a field for each of its members. It has few methods: they are called
/// through a table, whose entries hosts initialize for each instance.
pub trait Record {
    /// Reads the value of the member with this index among the names.
    ///
    /// # Errors
    ///
    /// Fails if it is not JSON.
    fn read(&mut self, member: usize, reader: &mut Reader) -> Done;

    /// Reads the value of a member with another name.
    ///
    /// # Errors
    ///
    /// Fails if it is not JSON.
    fn read_other(&mut self, _name: &str, reader: &mut Reader) -> Done {
        reader.skip()
    }

    /// Returns whether the required member was present.
    fn is_complete(&self) -> bool {
        true
    }
}

/// A record whose members are known.
pub trait Known: Record {
    /// Its members.
    const MEMBERS: Members;
}

/// Decodes one JSON document into `record`, which keeps what was read before an error. The
/// document's memory is leaked: strings without escapes stay in place.
///
/// # Errors
///
/// Fails if it is not JSON, or does not fit.
pub fn decode<R: Known>(
    allocator: NeverReuses,
    json: Vec<u8>,
    record: &mut R,
) -> Result<(), DecodeError> {
    decode_members(allocator, json, &R::MEMBERS, record)
}

fn decode_members(
    allocator: NeverReuses,
    json: Vec<u8>,
    members: &'static Members,
    record: &mut dyn Record,
) -> Result<(), DecodeError> {
    // Validating the complete document is faster than validating each string.
    let text = text::utf8(json).map_err(DecodeError::Encoding)?;
    let mut reader = Reader::new(allocator, text.leak());
    let read = reader.members(members, record);
    finish(&mut reader.cursor, read)?;
    match reader.mismatch {
        None => Ok(()),
        Some(mismatch) => Err(mismatch.into()),
    }
}

/// Checks that a value was read, and that nothing follows it.
fn finish(cursor: &mut Cursor<'_>, read: Done) -> Result<(), DecodeError> {
    let one = read.and_then(|()| cursor.end());
    one.map_err(|Stop(())| {
        let unknown = (cursor.at(), Syntax::Depth);
        let (at, problem) = cursor.problem.take().unwrap_or(unknown);
        DecodeError::Syntax { at, problem }
    })
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;

    #[test]
    fn accepts_exactly_one_value() {
        for json in [
            "null",
            " true ",
            "-0.5e+10",
            r#""""#,
            r#""\u00e9\"\\/ and é""#,
            "[]",
            "{}",
            "[[],{},[[]],1]",
            "[ 1 , [ ] , { } ]",
            r#"{"a":[],"b":{"c":[{}]},"d":null}"#,
            r#"{ "a" : { } , "a" : [ 0 ] }"#,
        ] {
            assert!(check(json).is_ok(), "{json}");
        }
        for json in [
            "",
            " ",
            "nul",
            "True",
            "01",
            "1.",
            "-",
            "+1",
            "1e",
            "\"",
            r#""\x""#,
            r#""\u12""#,
            "\"\n\"",
            "[",
            "]",
            "[1",
            "[1,",
            "[1,]",
            "[,1]",
            "[1 2]",
            "[[] 1]",
            "[[]1]",
            "[1[2]]",
            "[1{}]",
            "[}",
            "{]",
            "{",
            "{\"a\"",
            "{\"a\":",
            "{\"a\":1",
            "{\"a\":1,}",
            "{\"a\" 1}",
            "{a:1}",
            "{1:1}",
            "{\"a\":{} \"b\":1}",
            "{\"a\":[]\"b\":1}",
            "{:1}",
            "1 2",
            "[]]",
            "{}{}",
            "null,",
        ] {
            assert!(check(json).is_err(), "{json}");
        }
    }

    #[test]
    fn accepts_any_depth() {
        let deep = "[{\"a\":".repeat(50_000) + "1" + &"}]".repeat(50_000);
        assert!(check(&deep).is_ok());
        assert!(check(&deep[..deep.len() - 1]).is_err());
    }
}
