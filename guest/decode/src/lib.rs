//! JSON into records: one pass over the text, without a second set of types, and
//! without copying texts that stand in it as they are.
//!
//! A value that does not fit is remembered, with its path, and passed over. Errors
//! quote nothing of the text: it may be somebody's data.

#![no_std]

extern crate alloc;

mod cursor;
mod error;
mod places;
mod reader;
mod text;

pub use error::DecodeError;
pub use places::{Item, Items};
pub use reader::Reader;

use alloc::borrow::ToOwned;
use alloc::vec::Vec;
use cursor::Cursor;
use hifijson::Error as Syntax;
use stytch_runtime::NeverReuses;

/// Takes a text for what it is: one JSON value.
///
/// # Errors
///
/// When it is not.
pub fn check(text: &str) -> Result<(), DecodeError> {
    // A cursor's text is its own. Those that are checked are short.
    let mut text = text.to_owned();
    let mut cursor = Cursor::new(&mut text);
    let read = cursor.skip();
    whole(&mut cursor, read)
}

/// Nothing, or that the text is not JSON.
pub type Done = Result<(), Stop>;

/// The text is not JSON. Why not, the reader keeps: a result that fits a register is
/// most of what a short function costs.
#[derive(Debug)]
pub struct Stop(());

/// The members of a record.
#[derive(Debug)]
pub struct Members {
    /// Their names, in the order in which they are usually sent, each with its quotes
    /// and a colon: `"name":`.
    pub names: &'static [&'static str],
    /// The one that has to be there.
    pub required: Option<&'static str>,
}

/// A record with a place for each of its members. Its methods are called by way of a
/// table, of which hosts prepare each entry for each instance anew: so they are few.
pub trait Record {
    /// Reads the value of the member whose name has this place among the names.
    ///
    /// # Errors
    ///
    /// When it is not JSON.
    fn read(&mut self, member: usize, reader: &mut Reader) -> Done;

    /// Reads the value of a member with another name.
    ///
    /// # Errors
    ///
    /// When it is not JSON.
    fn read_other(&mut self, _name: &str, reader: &mut Reader) -> Done {
        reader.skip()
    }

    /// Whether the required member was there.
    fn is_complete(&self) -> bool {
        true
    }
}

/// A record whose members are known.
pub trait Known: Record {
    /// Its members.
    const MEMBERS: Members;
}

/// Reads one JSON document into `record`. What was read before an error stays. The
/// document's memory is given up: strings that stand in it as they are stay where they
/// are.
///
/// # Errors
///
/// When it is not JSON, or does not fit.
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
    // Once for all of it is faster than for each string.
    let text = text::utf8(json).map_err(DecodeError::Encoding)?;
    let mut reader = Reader::new(allocator, text.leak());
    let read = reader.members(members, record);
    whole(&mut reader.cursor, read)?;
    match reader.mismatch {
        None => Ok(()),
        Some(mismatch) => Err(mismatch.into()),
    }
}

/// That a value was read, and that nothing comes behind it.
fn whole(cursor: &mut Cursor<'_>, read: Done) -> Result<(), DecodeError> {
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
    fn one_value_is_json_and_nothing_else_is() {
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
    fn depth_is_no_matter() {
        let deep = "[{\"a\":".repeat(50_000) + "1" + &"}]".repeat(50_000);
        assert!(check(&deep).is_ok());
        assert!(check(&deep[..deep.len() - 1]).is_err());
    }
}
