//! Forms that are sent to the console.

use axum::body::{Body, to_bytes};
use http::header::CONTENT_TYPE;
use http::{HeaderMap, StatusCode};
use zeroize::Zeroizing;

/// The largest form, in bytes.
const LARGEST: usize = 64 << 10;

/// The media type of a form.
const FORM: &str = "application/x-www-form-urlencoded";

/// The fields of a form, which may be secrets.
#[derive(Clone, Default)]
pub(crate) struct Form(Vec<(String, Zeroizing<String>)>);

impl Form {
    /// Reads the body of a request.
    pub(crate) async fn read(headers: &HeaderMap, body: Body) -> Result<Self, StatusCode> {
        let media_type = headers.get(CONTENT_TYPE);
        let media_type = media_type.and_then(|value| value.to_str().ok());
        if media_type.is_none_or(|media_type| !media_type.starts_with(FORM)) {
            return Err(StatusCode::UNSUPPORTED_MEDIA_TYPE);
        }
        let bytes = to_bytes(body, LARGEST).await;
        let bytes = bytes.map_err(|_| StatusCode::PAYLOAD_TOO_LARGE)?;
        Ok(Self::parse(&bytes))
    }

    fn parse(bytes: &[u8]) -> Self {
        let fields = form_urlencoded::parse(bytes);
        Self(
            fields
                .map(|(name, value)| (name.into_owned(), Zeroizing::new(value.into_owned())))
                .collect(),
        )
    }

    /// The value of a field; empty if there is none.
    pub(crate) fn get(&self, name: &str) -> &str {
        let mut fields = self.0.iter();
        let found = fields.find(|(other, _)| other == name);
        found.map_or("", |(_, value)| value)
    }

    /// Whether a box is ticked.
    pub(crate) fn has(&self, name: &str) -> bool {
        !self.get(name).is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    #[test]
    fn fields_are_read_by_their_names() {
        let form = Form::parse(b"name=a%2Bb+c&secret=&name=x");
        assert_eq!(form.get("name"), "a+b c");
        assert!(form.has("name") && !form.has("secret") && !form.has("other"));
    }

    #[tokio::test]
    async fn nothing_else_than_a_form_of_some_size_is_read() {
        let mut headers = HeaderMap::new();
        let read = async |headers: &HeaderMap, size| {
            let form = Form::read(headers, Body::from("a".repeat(size))).await;
            form.map(|_| ())
        };
        let unsupported = Err(StatusCode::UNSUPPORTED_MEDIA_TYPE);
        assert_eq!(read(&headers, 1).await, unsupported);
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain"));
        assert_eq!(read(&headers, 1).await, unsupported);
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(FORM));
        assert_eq!(read(&headers, LARGEST).await, Ok(()));
        let too_large = Err(StatusCode::PAYLOAD_TOO_LARGE);
        assert_eq!(read(&headers, LARGEST + 1).await, too_large);
    }
}
