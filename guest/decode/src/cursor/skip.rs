//! Skips values.

use super::Cursor;
use crate::{Done, text};
use alloc::vec::Vec;
use hifijson::{Expect, num::Lex as _, str::Lex as _};

impl Cursor<'_> {
    /// Skips a value of any depth.
    pub(crate) fn skip(&mut self) -> Done {
        // The closing brackets of the open arrays and objects.
        let mut ends = Vec::new();
        loop {
            // Whether the first item or member comes next.
            let mut is_first = match self.peek()? {
                begin @ (b'[' | b'{') => {
                    self.advance();
                    ends.push(if begin == b'[' { b']' } else { b'}' });
                    true
                }
                b'"' => {
                    self.advance();
                    self.skip_string()?;
                    false
                }
                b'-' | b'0'..=b'9' => {
                    self.lex(|lexer| Ok(lexer.num_ignore().validate()?))?;
                    false
                }
                _ => {
                    self.word()?;
                    false
                }
            };
            loop {
                let Some(&end) = ends.last() else {
                    return Ok(());
                };
                if self.next_element(end, &mut is_first)? {
                    if end == b'}' {
                        self.skip_name()?;
                    }
                    break;
                }
                ends.pop();
                is_first = false;
            }
        }
    }

    fn skip_name(&mut self) -> Done {
        self.expect(b'"', Expect::String)?;
        self.skip_string()?;
        self.expect(b':', Expect::Colon)
    }

    /// Skips the rest of a string and its closing quote.
    fn skip_string(&mut self) -> Done {
        let length = text::plain_length(self.rest);
        match self.rest.get(length) {
            Some(b'"') => {
                self.split(length + 1);
                Ok(())
            }
            _ => self.lex(|lexer| Ok(lexer.str_ignore()?)),
        }
    }
}
