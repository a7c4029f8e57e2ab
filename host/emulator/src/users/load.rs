//! Loading users from JSON, in any of the forms that exports of Stytch users have.

use serde::{Deserialize, de::IgnoredAny};

use super::user::User;
use crate::error::Error;

/// A page of search results, as far as loading needs it.
#[derive(Deserialize)]
struct Page {
    results: Vec<User>,
}

/// Distinguishes a page from a user.
#[derive(Deserialize)]
struct Document {
    user_id: Option<IgnoredAny>,
    results: Option<IgnoredAny>,
}

impl User {
    /// Parses users from JSON: an array of users, a page of search results (an object with
    /// `results`), or a sequence of users or pages, such as JSON Lines.
    ///
    /// Unknown members are kept, except `status_code` and `request_id`, which belong to a saved
    /// response and not to the user in it.
    ///
    /// # Errors
    ///
    /// [`Error::Load`] with the line and column of the first text that is not JSON or not a user,
    /// or of the first user without a `user_id`.
    pub fn read_all(bytes: &[u8]) -> Result<Vec<Self>, Error> {
        let mut users: Vec<Self> = match bytes.trim_ascii_start().first() {
            None => Vec::new(),
            Some(b'[') => serde_json::from_slice(bytes).map_err(|error| load_error(&error))?,
            Some(_) if is_page(bytes) => {
                let pages: Vec<Page> = documents(bytes)?;
                pages.into_iter().flat_map(|page| page.results).collect()
            }
            Some(_) => documents(bytes)?,
        };
        for user in &mut users {
            user.extra.remove("status_code");
            user.extra.remove("request_id");
        }
        Ok(users)
    }
}

/// Returns whether the first document is a page of search results. If it does not parse, parsing
/// it as a user reports the position of the error.
fn is_page(bytes: &[u8]) -> bool {
    let mut documents = serde_json::Deserializer::from_slice(bytes).into_iter::<Document>();
    let Some(Ok(first)) = documents.next() else {
        return false;
    };
    first.results.is_some() && first.user_id.is_none()
}

fn documents<'de, T: Deserialize<'de>>(bytes: &'de [u8]) -> Result<Vec<T>, Error> {
    serde_json::Deserializer::from_slice(bytes)
        .into_iter()
        .collect::<Result<_, _>>()
        .map_err(|error| load_error(&error))
}

fn load_error(error: &serde_json::Error) -> Error {
    let (line, column) = (error.line(), error.column());
    let text = error.to_string();
    let position = format!(" at line {line} column {column}");
    let reason = text
        .strip_suffix(position.as_str())
        .unwrap_or(&text)
        .to_owned();
    Error::Load {
        line,
        column,
        reason,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn parses_arrays_pages_and_sequences() {
        for (text, expected) in [
            ("", 0),
            (" [] ", 0),
            (r#"[{"user_id":"a"},{"user_id":"b"}]"#, 2),
            (r#"{"results":[{"user_id":"a"}],"status_code":200}"#, 1),
            ("{\"results\":[{\"user_id\":\"a\"}]}\n{\"results\":[]}", 1),
            ("{\"user_id\":\"a\"}\n{\"user_id\":\"b\"}\n", 2),
            (r#"{"user_id":"a","results":[1]}"#, 1),
        ] {
            assert_eq!(
                User::read_all(text.as_bytes()).unwrap().len(),
                expected,
                "{text}"
            );
        }
    }

    #[test]
    fn reports_the_line_and_column_of_an_error() {
        for (text, at) in [
            ("nonsense", (1, 2)),
            ("{\"user_id\":\"a\"}\n{\"user_id\":7}", (2, 12)),
            ("[{\"user_id\":\"a\"},\n {\"emails\":[]}]", (2, 14)),
            ("{\"results\":[\n{}]}", (2, 2)),
            (r#"{"user_id":"a","created_at":"yesterday"}"#, (1, 40)),
        ] {
            let Err(Error::Load {
                line,
                column,
                reason,
            }) = User::read_all(text.as_bytes())
            else {
                panic!("{text} was accepted");
            };
            assert_eq!((line, column), at, "{text}: {reason}");
            assert!(!reason.contains(" at line "), "{reason}");
        }
    }

    #[test]
    fn treats_null_as_absent_and_keeps_unknown_members() {
        let text = json!({
            "status_code": 200, "request_id": "request-id-test-1",
            "user_id": "u", "emails": null, "name": {"first_name": null, "title": "Dr"},
            "totps": [{"totp_id": "t", "verified": true, "issuer": "x"}], "shoe_size": 43,
            "status": null,
        })
        .to_string();
        let users = User::read_all(text.as_bytes()).unwrap();
        let sent: Value = serde_json::to_value(&users[0]).unwrap();
        assert_eq!(sent["emails"], json!([]));
        assert_eq!(sent["status"], "active");
        assert_eq!(sent["name"]["title"], "Dr");
        assert_eq!(sent["name"]["last_name"], "");
        assert_eq!(sent["totps"][0]["issuer"], "x");
        assert_eq!(sent["shoe_size"], 43);
        assert_eq!(sent["external_id"], Value::Null);
        assert_eq!(sent.as_object().unwrap().len(), 20);
    }
}
