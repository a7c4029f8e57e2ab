//! Reading users from a file, in any of the forms that exports of Stytch users come in.

use serde::{Deserialize, de::IgnoredAny};

use super::{Error, User};

/// What a search answers, as far as loading needs it.
#[derive(Deserialize)]
struct Page {
    results: Vec<User>,
}

/// Just enough of a document to tell a page from a user.
#[derive(Deserialize)]
struct Shape {
    user_id: Option<IgnoredAny>,
    results: Option<IgnoredAny>,
}

impl User {
    /// Reads users from JSON: an array of users, the answer of a search (an object with
    /// `results`), or one user or answer after another, as in JSON lines.
    ///
    /// Members that this version does not know are kept, except `status_code` and `request_id`,
    /// which belong to a saved answer and not to the user in it.
    ///
    /// # Errors
    ///
    /// [`Error::Load`] with the line and column of what is not JSON, not a user, or has no
    /// `user_id`.
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

/// Whether the first document is an answer of a search. What cannot be read is left to the reader
/// of users, which says where it is wrong.
fn is_page(bytes: &[u8]) -> bool {
    let mut shapes = serde_json::Deserializer::from_slice(bytes).into_iter::<Shape>();
    matches!(shapes.next(), Some(Ok(shape)) if shape.results.is_some() && shape.user_id.is_none())
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
    let place = format!(" at line {line} column {column}");
    let reason = text
        .strip_suffix(place.as_str())
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
    fn users_are_read_from_every_form() {
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
    fn mistakes_are_reported_with_their_place() {
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
                panic!("{text} was read");
            };
            assert_eq!((line, column), at, "{text}: {reason}");
            assert!(!reason.contains(" at line "), "{reason}");
        }
    }

    #[test]
    fn null_is_absent_and_unknown_members_come_back() {
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
