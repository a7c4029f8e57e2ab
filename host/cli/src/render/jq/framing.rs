//! The protocol between this program and the evaluator process: messages, each prefixed
//! with its length.

use std::io::{self, Read, Write};

/// Writes one message, which may be in several parts.
pub(super) fn write(out: &mut impl Write, parts: &[&[u8]]) -> io::Result<()> {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    out.write_all(&(length as u64).to_le_bytes())?;
    parts.iter().try_for_each(|part| out.write_all(part))
}

/// The largest buffer that is allocated before a message arrives, in bytes.
const MAX_PREALLOCATED: usize = 1 << 20;

/// Splits off the first message of a buffer; `None` at its end.
pub(super) fn take<'a>(from: &mut &'a [u8]) -> io::Result<Option<&'a [u8]>> {
    if from.is_empty() {
        return Ok(None);
    }
    let taken = from.split_first_chunk().and_then(|(length, rest)| {
        let length = usize::try_from(u64::from_le_bytes(*length)).ok()?;
        rest.split_at_checked(length)
    });
    let (text, rest) = taken.ok_or(io::ErrorKind::UnexpectedEof)?;
    *from = rest;
    Ok(Some(text))
}

/// Reads one message; `None` at the end. First calls `before` with its length.
pub(super) fn read(from: &mut impl Read, before: impl FnOnce(u64)) -> io::Result<Option<Vec<u8>>> {
    let mut length = [0; 8];
    match from.read(&mut length) {
        Ok(0) => return Ok(None),
        Ok(read) => from.read_exact(length.get_mut(read..).unwrap_or_default())?,
        Err(error) if error.kind() == io::ErrorKind::Interrupted => from.read_exact(&mut length)?,
        Err(error) => return Err(error),
    }
    let length = u64::from_le_bytes(length);
    before(length);
    let capacity = usize::try_from(length)
        .unwrap_or(usize::MAX)
        .min(MAX_PREALLOCATED);
    let mut text = Vec::with_capacity(capacity);
    from.take(length).read_to_end(&mut text)?;
    if (text.len() as u64) < length {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(Some(text))
}

/// The process's reply to an expression or to documents.
#[derive(Debug)]
pub(super) enum Reply {
    /// A chunk of the output.
    Output(Vec<u8>),
    /// The end of the output.
    Done,
    /// The expression failed: a [`JqError`](super::error::JqError) as JSON.
    Failed(Vec<u8>),
}

const OUTPUT: u8 = b'o';
const DONE: u8 = b'd';
const FAILED: u8 = b'f';

impl Reply {
    pub(super) fn write(&self, out: &mut impl Write) -> io::Result<()> {
        let (tag, text) = match self {
            Self::Output(text) => (OUTPUT, &**text),
            Self::Done => (DONE, &[][..]),
            Self::Failed(text) => (FAILED, &**text),
        };
        // The tag is last, so that removing it does not move the text.
        write(out, &[text, &[tag]])?;
        out.flush()
    }

    pub(super) fn read(from: &mut impl Read) -> io::Result<Option<Self>> {
        let Some(mut text) = read(from, |_| {})? else {
            return Ok(None);
        };
        match text.pop() {
            Some(OUTPUT) => Ok(Some(Self::Output(text))),
            Some(DONE) => Ok(Some(Self::Done)),
            Some(FAILED) => Ok(Some(Self::Failed(text))),
            _ => Err(io::ErrorKind::InvalidData.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_round_trip() {
        let mut bytes = Vec::new();
        write(&mut bytes, &[b"a", b"bc"]).unwrap();
        Reply::Output(b"x\n".to_vec()).write(&mut bytes).unwrap();
        Reply::Done.write(&mut bytes).unwrap();
        let mut rest = &*bytes;
        assert_eq!(
            read(&mut rest, |length| assert_eq!(length, 3))
                .unwrap()
                .unwrap(),
            b"abc"
        );
        let mut in_memory = &*bytes;
        assert_eq!(take(&mut in_memory).unwrap(), Some(&b"abc"[..]));
        assert_eq!(in_memory, rest);
        assert_eq!(take(&mut &b""[..]).unwrap(), None);
        assert!(matches!(Reply::read(&mut rest), Ok(Some(Reply::Output(text))) if text == b"x\n"));
        assert!(matches!(Reply::read(&mut rest), Ok(Some(Reply::Done))));
        assert!(matches!(Reply::read(&mut rest), Ok(None)));
    }

    #[test]
    fn a_truncated_message_is_an_error() {
        let mut bytes = Vec::new();
        Reply::Output(b"text".to_vec()).write(&mut bytes).unwrap();
        for length in 1..bytes.len() {
            assert!(Reply::read(&mut &bytes[..length]).is_err(), "{length}");
            assert!(take(&mut &bytes[..length]).is_err(), "{length}");
        }
    }
}
