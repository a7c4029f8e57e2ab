//! Determines the length of a response body in cases that hyper does not handle.

use super::fault::Fault;
use http::header::{CONTENT_LENGTH, HeaderMap, TRANSFER_ENCODING};

/// Returns the length of a body with `Transfer-Encoding: identity`, if its headers contain
/// it. RFC 9112 no longer defines this coding, so hyper reads such a body until the server
/// closes the connection, which the server may keep open. The connection is not reused, so
/// it does not matter what follows the body.
///
/// # Errors
///
/// Returns a fault for a transfer coding that was not requested, since the component could
/// not read the body.
pub(super) fn body_length(headers: &HeaderMap) -> Result<Option<u64>, Fault> {
    let values = headers.get_all(TRANSFER_ENCODING).iter();
    let values: Vec<_> = values
        .map(|value| String::from_utf8_lossy(value.as_bytes()).to_ascii_lowercase())
        .collect();
    let codings = values.iter().flat_map(|value| value.split(','));
    let codings: Vec<_> = codings.map(str::trim).collect();
    let (is_chunked, rest) = match codings.split_last() {
        None => return Ok(None),
        Some((&"chunked", rest)) => (true, rest),
        Some(_) => (false, &*codings),
    };
    if let Some(coding) = rest.iter().find(|coding| **coding != "identity") {
        let coding = coding.chars().take(40).collect();
        return Err(Fault::TransferCoding(coding));
    }
    if is_chunked {
        return Ok(None);
    }
    let mut lengths = headers.get_all(CONTENT_LENGTH).iter();
    let Some(first) = lengths.next() else {
        return Ok(None);
    };
    let length = first.to_str().ok().and_then(|text| text.parse().ok());
    match length {
        Some(length) if lengths.all(|other| other == first) => Ok(Some(length)),
        _ => Err(Fault::Protocol("its content length is invalid".to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ignores_the_identity_coding_only() {
        for (codings, lengths, expected) in [
            (&[][..], &["7"][..], "Ok(None)"),
            (&["chunked"], &[], "Ok(None)"),
            (&["identity, Chunked"], &["7"], "Ok(None)"),
            (&["identity"], &["7"], "Ok(Some(7))"),
            (&["Identity", " identity"], &["7", "7"], "Ok(Some(7))"),
            (&["identity"], &[], "Ok(None)"),
            (&["identity"], &["7", "8"], "Err(Protocol"),
            (&["identity"], &["-7"], "Err(Protocol"),
            (&["gzip"], &["7"], "Err(TransferCoding(\"gzip\"))"),
            (&["gzip, chunked"], &[], "Err(TransferCoding(\"gzip\"))"),
            (
                &["chunked", "identity"],
                &[],
                "Err(TransferCoding(\"chunked\"))",
            ),
        ] {
            let mut headers = HeaderMap::new();
            for coding in codings {
                headers.append(TRANSFER_ENCODING, coding.parse().unwrap());
            }
            for length in lengths {
                headers.append(CONTENT_LENGTH, length.parse().unwrap());
            }
            let result = format!("{:?}", body_length(&headers));
            assert!(result.starts_with(expected), "{codings:?}: {result}");
        }
    }
}
