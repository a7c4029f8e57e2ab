//! Values that are passed over.

use super::Cursor;
use crate::{Done, text};
use alloc::vec::Vec;
use hifijson::{Expect, num::Lex as _, str::Lex as _};

impl Cursor<'_> {
    /// Passes a value over, however deep it is.
    pub(crate) fn skip(&mut self) -> Done {
        // The ends of the arrays and objects that it is in.
        let mut ends = Vec::new();
        loop {
            // Whether it is then before a first item or member.
            let mut is_first = match self.peek()? {
                begin @ (b'[' | b'{') => {
                    self.pass();
                    ends.push(if begin == b'[' { b']' } else { b'}' });
                    true
                }
                b'"' => {
                    self.pass();
                    self.pass_string()?;
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
                if self.goes_on(end, &mut is_first)? {
                    if end == b'}' {
                        self.pass_name()?;
                    }
                    break;
                }
                ends.pop();
                is_first = false;
            }
        }
    }

    fn pass_name(&mut self) -> Done {
        self.expect(b'"', Expect::String)?;
        self.pass_string()?;
        self.expect(b':', Expect::Colon)
    }

    /// Passes over what stands between here and the closing quote, and that one.
    fn pass_string(&mut self) -> Done {
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
