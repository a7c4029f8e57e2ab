//! Lists and their items.

use crate::{Done, Reader};
use alloc::string::String;
use alloc::vec::Vec;

/// An item of an array.
pub trait Item: Sized {
    /// The initial capacity of a list. Most lists of a user have one item, and a larger
    /// capacity would take most of a page's memory.
    const FIRST: usize = 1;

    /// Creates an empty item.
    fn empty() -> Self;

    /// Reads the item.
    ///
    /// # Errors
    ///
    /// Fails if it is not JSON.
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
    /// Reads another item.
    ///
    /// # Errors
    ///
    /// Fails if it is not JSON.
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
