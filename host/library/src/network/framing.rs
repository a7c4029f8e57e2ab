//! How a response's body is framed, where hyper does not say what it should.

use super::fault::Fault;
use http::header::{CONTENT_LENGTH, HeaderMap, TRANSFER_ENCODING};

/// The length of a body that hyper reads until the server closes the connection,
/// though the server tells where it ends: `Transfer-Encoding: identity`, which RFC 9112
/// no longer has, says nothing, and the server may keep the connection open. No other
/// request is sent on it, so that nobody can be mistaken about what comes next.
///
/// A transfer coding that was not asked for is an error, and not a body that nobody
/// can read.
pub(super) fn length(headers: &HeaderMap) -> Result<Option<u64>, Fault> {
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
        _ => Err(Fault::Protocol("its length is not one number".to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_identity_is_taken_for_nothing() {
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
            let told = format!("{:?}", length(&headers));
            assert!(told.starts_with(expected), "{codings:?}: {told}");
        }
    }
}
