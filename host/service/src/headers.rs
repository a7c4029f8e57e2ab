//! Headers that a request may have once. Of several, a proxy in front may have looked at
//! another one.

use http::{HeaderMap, HeaderName, HeaderValue};

/// A header is there more than once.
#[derive(Debug)]
pub(crate) struct Repeated;

/// Returns the value of a header, if there is one.
pub(crate) fn single<'a>(
    headers: &'a HeaderMap,
    name: &HeaderName,
) -> Result<Option<&'a HeaderValue>, Repeated> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (value, None) => Ok(value),
        (_, Some(_)) => Err(Repeated),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::header::HOST;

    #[test]
    fn a_header_that_is_there_twice_has_no_value() {
        let mut headers = HeaderMap::new();
        assert!(single(&headers, &HOST).unwrap().is_none());
        headers.append(HOST, HeaderValue::from_static("a"));
        assert_eq!(single(&headers, &HOST).unwrap().unwrap(), "a");
        headers.append(HOST, HeaderValue::from_static("a"));
        assert!(single(&headers, &HOST).is_err());
    }
}
