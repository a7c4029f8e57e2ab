//! Lists, and what they may hold.

use crate::{Done, Reader};
use alloc::string::String;
use alloc::vec::Vec;

/// What an array may hold.
pub trait Item: Sized {
    /// How many of them a list makes room for first. Most lists of a user have
    /// one item, and room for more would be most of a page's memory.
    const FIRST: usize = 1;

    /// The item before anything was read.
    fn empty() -> Self;

    /// Reads the item.
    ///
    /// # Errors
    ///
    /// When it is not JSON.
    fn read_item(&mut self, reader: &mut Reader) -> Done;
}

impl Item for String {
    fn empty() -> Self {
        Self::new()
    }

    fn read_item(&mut self, reader: &mut Reader) -> Done {
        reader.required_text(self)
    }
}

/// A list that is being read.
pub trait Items {
    /// Reads one more item.
    ///
    /// # Errors
    ///
    /// When it is not JSON.
    fn read_next(&mut self, reader: &mut Reader) -> Done;
}

impl<I: Item> Items for Vec<I> {
    fn read_next(&mut self, reader: &mut Reader) -> Done {
        if self.capacity() == 0 {
            self.reserve_exact(I::FIRST);
        }
        self.push_mut(I::empty()).read_item(reader)
    }
}
