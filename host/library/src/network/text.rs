//! Decodes text files as common tools write them, with a byte-order mark or in UTF-16, and
//! formats errors.

/// The byte-order mark that Windows, Excel and PowerShell write before UTF-8.
const MARK: &[u8] = b"\xef\xbb\xbf";

/// Why bytes are not UTF-8 text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// It is in UTF-16.
    #[error(
        "UTF-16 text, but UTF-8 is expected: save it as UTF-8 (in PowerShell: … | Out-File -Encoding utf8 FILE)"
    )]
    Utf16,
    /// It is in another encoding, or not text.
    #[error("not UTF-8 text: see byte {0}")]
    NotUtf8(usize),
}

/// The start of a text, after a possible byte-order mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// There are too few bytes to tell.
    Unknown,
    /// The text begins after this many bytes.
    Text(usize),
}

/// Formats an error with its sources: each of their messages, after a colon.
pub fn with_sources(error: &dyn std::error::Error) -> String {
    let mut message = error.to_string();
    let mut next = error.source();
    while let Some(source) = next {
        message = format!("{message}: {source}");
        next = source.source();
    }
    message
}

/// Detects a byte-order mark in the first bytes of a text.
///
/// # Errors
///
/// Returns [`TextError::Utf16`] for UTF-16.
pub fn start(bytes: &[u8]) -> Result<Start, TextError> {
    match bytes {
        // In UTF-16, every other byte of Latin text is zero.
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [0, 1..=255, ..] | [1..=255, 0, ..] => {
            Err(TextError::Utf16)
        }
        _ if bytes.starts_with(MARK) => Ok(Start::Text(MARK.len())),
        [] | [0xff | 0xfe | 0] => Ok(Start::Unknown),
        _ if MARK.starts_with(bytes) => Ok(Start::Unknown),
        _ => Ok(Start::Text(0)),
    }
}

/// Returns the bytes of a text without its byte-order mark.
///
/// # Errors
///
/// Returns [`TextError::Utf16`] for UTF-16.
pub fn without_mark(bytes: &[u8]) -> Result<&[u8], TextError> {
    match start(bytes)? {
        Start::Unknown => Ok(bytes),
        Start::Text(start) => Ok(bytes.get(start..).unwrap_or_default()),
    }
}

/// Decodes a text without its byte-order mark.
///
/// # Errors
///
/// Returns a [`TextError`] if it is not UTF-8.
pub fn decode(bytes: &[u8]) -> Result<&str, TextError> {
    let text = without_mark(bytes)?;
    std::str::from_utf8(text)
        .map_err(|error| TextError::NotUtf8(bytes.len() - text.len() + error.valid_up_to() + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn skips_a_mark_only_at_the_start() {
        for (bytes, text) in [
            (&b""[..], ""),
            (b"a", "a"),
            (b"\xef\xbb\xbf", ""),
            (b"\xef\xbb\xbf{}\r\n", "{}\r\n"),
            (b"a\xef\xbb\xbf", "a\u{feff}"),
            (b"\xef\xbb\xbf\xef\xbb\xbfa", "\u{feff}a"),
        ] {
            assert_eq!(decode(bytes), Ok(text), "{bytes:?}");
        }
    }

    #[test]
    fn reports_other_encodings() {
        for bytes in [
            &b"\xff\xfea\0"[..],
            b"\xfe\xff\0a",
            b"\xff\xfe",
            b"{\0}\0",
            b"\0{\0}",
        ] {
            assert_eq!(decode(bytes), Err(TextError::Utf16), "{bytes:?}");
        }
        assert_eq!(decode(b"\xef\xbb\xbfa\xe9"), Err(TextError::NotUtf8(5)));
        assert_eq!(decode(b"\xff"), Err(TextError::NotUtf8(1)));
    }

    #[test]
    fn needs_enough_bytes_to_decide() {
        for bytes in [&b""[..], b"\xef", b"\xef\xbb", b"\xff", b"\xfe", b"\0"] {
            assert_eq!(start(bytes), Ok(Start::Unknown), "{bytes:?}");
        }
        assert_eq!(start(b"a"), Ok(Start::Text(0)));
        assert_eq!(start(b"\xc3\xa9"), Ok(Start::Text(0)));
    }
}
