//! JSON into places: one pass, without a second set of types.
//!
//! The places are behind `dyn`, so that the parser is compiled once and not once
//! a record. A value that does not fit is remembered, with its path, and passed
//! over: serde's own errors would quote it, and it may be somebody's data.

#![no_std]

extern crate alloc;

mod places;

pub use places::{Item, Record};

use alloc::borrow::{Cow, ToOwned};
use alloc::format;
use alloc::string::String;
use core::fmt;
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// Something that one JSON value is read into. Each method tells whether a value
/// of its kind fits.
pub trait Place {
    /// What fits, for errors.
    fn expected(&self) -> &'static str;

    /// `null`, which is the same as absent.
    fn put_null(&mut self) -> bool {
        false
    }

    /// A boolean.
    fn put_bool(&mut self, _value: bool) -> bool {
        false
    }

    /// A number without a fraction.
    fn put_integer(&mut self, _value: i64) -> bool {
        false
    }

    /// A string.
    fn put_text(&mut self, _value: &str) -> bool {
        false
    }

    /// The members of an object.
    fn object(&mut self) -> Option<&mut dyn Members> {
        None
    }

    /// The items of an array.
    fn array(&mut self) -> Option<&mut dyn Items> {
        None
    }
}

/// An object that is being read.
pub trait Members {
    /// Where the member `name` goes. `next` is for [`position`], and is 0 before the
    /// first member.
    fn member(&mut self, name: &str, next: &mut usize) -> Member<'_>;

    /// Names a member that had to be there and was not.
    fn missing(&self) -> Option<&'static str> {
        None
    }
}

/// Finds `name` in `names`, first at `next`, which becomes the place behind it:
/// members come in the same order each time.
pub fn position(names: &[&str], name: &str, next: &mut usize) -> Option<usize> {
    let found = match names.get(*next) {
        Some(expected) if *expected == name => *next,
        _ => names.iter().position(|known| *known == name)?,
    };
    *next = found + 1;
    Some(found)
}

/// Where a member of an object goes.
#[expect(missing_debug_implementations, reason = "places are anything")]
pub enum Member<'a> {
    /// Read into this place.
    Place(&'a mut dyn Place),
    /// Kept as JSON text, as it was sent; `null` is none.
    Json(&'a mut Option<String>),
    /// Added, with its name, to a JSON object of members without a place.
    Extra(&'a mut Option<String>),
    /// Passed over.
    Ignored,
}

/// An array that is being read.
pub trait Items {
    /// Adds an empty item and gives its place.
    fn push(&mut self) -> &mut dyn Place;
}

/// Why a document was not read. The text quotes nothing of it.
#[derive(Debug)]
pub enum DecodeError {
    /// It is not UTF-8 from this byte on.
    Encoding(usize),
    /// It is not JSON.
    Syntax(serde_json::Error),
    /// A value is missing, or is not of the type that its place takes.
    Mismatch {
        /// Where, such as `results[3].emails[0].verified`.
        path: String,
        /// What would fit.
        expected: &'static str,
    },
}

impl fmt::Display for DecodeError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Encoding(at) => write!(formatter, "it is not UTF-8 at byte {at}"),
            Self::Syntax(error) => error.fmt(formatter),
            Self::Mismatch { path, expected } if path.is_empty() => {
                write!(formatter, "expected {expected}")
            }
            Self::Mismatch { path, expected } => write!(formatter, "{path}: expected {expected}"),
        }
    }
}

/// Reads one JSON document into `place`. What was read before an error stays.
///
/// # Errors
///
/// When it is not JSON, or does not fit.
pub fn decode(json: &[u8], place: &mut dyn Place) -> Result<(), DecodeError> {
    // Once for all of it is faster than for each string.
    let json = str::from_utf8(json).map_err(|error| DecodeError::Encoding(error.valid_up_to()))?;
    let mut parser = serde_json::Deserializer::from_str(json);
    let mut mismatch = None;
    Fill {
        place,
        mismatch: &mut mismatch,
    }
    .deserialize(&mut parser)
    .and_then(|()| parser.end())
    .map_err(DecodeError::Syntax)?;
    match mismatch {
        None => Ok(()),
        Some(Mismatch { path, expected }) => Err(DecodeError::Mismatch { path, expected }),
    }
}

/// Takes a text for what it is: one JSON value.
///
/// # Errors
///
/// When it is not.
pub fn json(text: &str) -> Result<&RawValue, serde_json::Error> {
    serde_json::from_str(text)
}

/// The first value that did not fit. Its path grows from its end, as the reading
/// returns from level to level.
struct Mismatch {
    path: String,
    expected: &'static str,
}

/// Reads a value into a place.
struct Fill<'a> {
    place: &'a mut dyn Place,
    mismatch: &'a mut Option<Mismatch>,
}

impl Fill<'_> {
    /// Remembers the first value that does not fit.
    fn note(self, fits: bool) {
        if !fits && self.mismatch.is_none() {
            *self.mismatch = Some(Mismatch {
                path: String::new(),
                expected: self.place.expected(),
            });
        }
    }
}

impl<'de> DeserializeSeed<'de> for Fill<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

/// Reads the next item of an array, if there is one.
struct FillItem<'a> {
    items: &'a mut dyn Items,
    mismatch: &'a mut Option<Mismatch>,
}

impl<'de> DeserializeSeed<'de> for FillItem<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        let Self { items, mismatch } = self;
        let place = items.push();
        Fill { place, mismatch }.deserialize(deserializer)
    }
}

impl<'de> Visitor<'de> for Fill<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.place.expected())
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        let fits = self.place.put_null();
        self.note(fits);
        Ok(())
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<(), E> {
        let fits = self.place.put_bool(value);
        self.note(fits);
        Ok(())
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<(), E> {
        let fits = self.place.put_integer(value);
        self.note(fits);
        Ok(())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<(), E> {
        let fits = i64::try_from(value).is_ok_and(|value| self.place.put_integer(value));
        self.note(fits);
        Ok(())
    }

    fn visit_f64<E: Error>(self, _value: f64) -> Result<(), E> {
        self.note(false);
        Ok(())
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<(), E> {
        let fits = self.place.put_text(value);
        self.note(fits);
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<(), A::Error> {
        let Some(items) = self.place.array() else {
            while sequence.next_element::<IgnoredAny>()?.is_some() {}
            self.note(false);
            return Ok(());
        };
        let mut index = 0;
        loop {
            let fitted = self.mismatch.is_none();
            let fill = FillItem {
                items: &mut *items,
                mismatch: &mut *self.mismatch,
            };
            if sequence.next_element_seed(fill)?.is_none() {
                break;
            }
            if let Some(mismatch) = self.mismatch.as_mut().filter(|_| fitted) {
                prepend(mismatch, &format!("[{index}]"));
            }
            index += 1;
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Some(members) = self.place.object() else {
            while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
            self.note(false);
            return Ok(());
        };
        let mut next = 0;
        while let Some(Name(name)) = map.next_key()? {
            match members.member(&name, &mut next) {
                Member::Place(place) => {
                    let fitted = self.mismatch.is_none();
                    let mismatch = &mut *self.mismatch;
                    map.next_value_seed(Fill { place, mismatch })?;
                    if let Some(mismatch) = self.mismatch.as_mut().filter(|_| fitted) {
                        prepend(mismatch, &name);
                    }
                }
                Member::Json(text) => {
                    let json: &RawValue = map.next_value()?;
                    *text = (json.get() != "null").then(|| json.get().to_owned());
                }
                Member::Extra(object) => add_member(object, &name, map.next_value()?),
                Member::Ignored => _ = map.next_value::<IgnoredAny>()?,
            }
        }
        if let (Some(name), None) = (members.missing(), &self.mismatch) {
            *self.mismatch = Some(Mismatch {
                path: name.to_owned(),
                expected: "a value",
            });
        }
        Ok(())
    }
}

/// Adds a level to the front of a path.
fn prepend(mismatch: &mut Mismatch, level: &str) {
    if !mismatch.path.is_empty() && !mismatch.path.starts_with('[') {
        mismatch.path.insert(0, '.');
    }
    mismatch.path.insert_str(0, level);
}

/// A member's name, borrowed unless it has escapes.
#[derive(Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

/// Adds one member to the JSON object in `object`, its value as it was sent.
fn add_member(object: &mut Option<String>, name: &str, value: &RawValue) {
    let object = object.get_or_insert_with(String::new);
    object.pop(); // the closing brace of the member before
    object.push(if object.is_empty() { '{' } else { ',' });
    // A string cannot fail to be written to memory.
    object.push_str(&serde_json::to_string(name).unwrap_or_default());
    object.push(':');
    object.push_str(value.get());
    object.push('}');
}
