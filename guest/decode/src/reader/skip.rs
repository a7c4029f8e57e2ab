//! Values that are passed over.

use super::Reader;
use crate::{Done, text};
use alloc::vec::Vec;
use hifijson::{Expect, Read as _, SliceLexer, num::Lex as _, str::Lex as _, token::Lex as _};

#[expect(clippy::missing_errors_doc, reason = "it fails where it is not JSON")]
impl Reader<'_> {
    /// Passes a value over, however deep it is.
    pub fn skip(&mut self) -> Done {
        // The ends of the arrays and objects that it is in.
        let mut ends = Vec::new();
        loop {
            // Whether it is then before a first item or member.
            let mut is_first = match self.peek(Expect::Value)? {
                begin @ (b'[' | b'{') => {
                    self.lexer.take_next();
                    ends.push(if begin == b'[' { b']' } else { b'}' });
                    true
                }
                b'"' => {
                    self.lexer.take_next();
                    self.pass_string()?;
                    false
                }
                b'-' | b'0'..=b'9' => {
                    self.lexer.num_ignore().validate()?;
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
        self.lexer
            .expect(SliceLexer::ws_peek, b'"')
            .ok_or(Expect::String)?;
        self.pass_string()?;
        self.lexer
            .expect(SliceLexer::ws_peek, b':')
            .ok_or(Expect::Colon)?;
        Ok(())
    }

    /// Passes over what stands between here and the closing quote, and that one.
    fn pass_string(&mut self) -> Done {
        let rest = self.lexer.as_slice();
        match rest
            .get(text::plain_length(rest)..)
            .and_then(<[u8]>::split_first)
        {
            Some((b'"', after)) => {
                self.lexer = SliceLexer::new(after);
                Ok(())
            }
            _ => Ok(self.lexer.str_ignore()?),
        }
    }
}
