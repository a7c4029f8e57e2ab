//! The places: texts, truths and numbers, records and lists of them.

use super::{Items, Members, Place};
use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

impl Place for String {
    fn expected(&self) -> &'static str {
        "a string"
    }

    fn put_text(&mut self, value: &str) -> bool {
        value.clone_into(self);
        true
    }
}

impl Place for Option<String> {
    fn expected(&self) -> &'static str {
        "a string or null"
    }

    fn put_null(&mut self) -> bool {
        *self = None;
        true
    }

    fn put_text(&mut self, value: &str) -> bool {
        *self = Some(value.to_owned());
        true
    }
}

impl Place for Option<bool> {
    fn expected(&self) -> &'static str {
        "a boolean or null"
    }

    fn put_null(&mut self) -> bool {
        *self = None;
        true
    }

    fn put_bool(&mut self, value: bool) -> bool {
        *self = Some(value);
        true
    }
}

impl Place for Option<i64> {
    fn expected(&self) -> &'static str {
        "an integer or null"
    }

    fn put_null(&mut self) -> bool {
        *self = None;
        true
    }

    fn put_integer(&mut self, value: i64) -> bool {
        *self = Some(value);
        true
    }
}

/// A record with a place for each of its members.
pub trait Record: Members {
    /// As [`Item::FIRST`].
    const FIRST: usize = 1;

    /// The record before any member was read.
    fn empty() -> Self;
}

impl<R: Record> Place for R {
    fn expected(&self) -> &'static str {
        "an object"
    }

    fn object(&mut self) -> Option<&mut dyn Members> {
        Some(self)
    }
}

impl<R: Record> Place for Option<R> {
    fn expected(&self) -> &'static str {
        "an object or null"
    }

    fn put_null(&mut self) -> bool {
        *self = None;
        true
    }

    fn object(&mut self) -> Option<&mut dyn Members> {
        Some(self.insert(R::empty()))
    }
}

/// What an array may hold.
pub trait Item: Place {
    /// How many of them a list makes room for first. Most lists of a user have
    /// one item, and room for more would be most of a page's memory.
    const FIRST: usize = 1;

    /// The item before anything was read.
    fn empty() -> Self;
}

impl Item for String {
    fn empty() -> Self {
        Self::new()
    }
}

impl<R: Record> Item for R {
    const FIRST: usize = R::FIRST;

    fn empty() -> Self {
        Record::empty()
    }
}

impl<I: Item> Place for Option<Vec<I>> {
    fn expected(&self) -> &'static str {
        "an array or null"
    }

    fn put_null(&mut self) -> bool {
        *self = None;
        true
    }

    fn array(&mut self) -> Option<&mut dyn Items> {
        Some(self.insert(Vec::new()))
    }
}

impl<I: Item> Items for Vec<I> {
    fn push(&mut self) -> &mut dyn Place {
        if self.capacity() == 0 {
            self.reserve_exact(I::FIRST);
        }
        self.push_mut(I::empty())
    }
}
