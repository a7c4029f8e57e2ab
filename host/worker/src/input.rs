//! The input of activities: the contract's JSON, with the name of the credential.

use crate::failure::Failure;
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use stytch_host::json::RequestError;
use temporalio_common::data_converters::RawValue as Payloads;

/// The member with the name of the credential.
const CREDENTIAL: &str = "credential";

/// The input of an activity.
#[derive(Debug)]
pub(crate) struct Input {
    pub(crate) credential: String,
    members: BTreeMap<String, Box<RawValue>>,
}

impl Input {
    /// Reads the only argument of an activity.
    pub(crate) fn read(arguments: &Payloads) -> Result<Self, Failure> {
        let invalid = Failure::invalid_input::<&str>;
        let [payload] = arguments.payloads.as_slice() else {
            return Err(invalid("an activity takes one argument, a JSON object"));
        };
        let members = serde_json::from_slice(&payload.data);
        let mut input = Self {
            credential: String::new(),
            members: members.map_err(|_| invalid("the argument is not a JSON object"))?,
        };
        input.credential = input
            .take(CREDENTIAL)?
            .ok_or_else(|| invalid("there is no member `credential`, the name of a credential"))?;
        Ok(input)
    }

    /// Removes a member that is a string.
    pub(crate) fn take(&mut self, name: &str) -> Result<Option<String>, Failure> {
        let value = self.members.remove(name);
        let text = value.map(|value| serde_json::from_str(value.get()));
        text.transpose()
            .map_err(|_| Failure::invalid_input(format_args!("`{name}` is not a string")))
    }

    /// Reads the other members, which are the input of `operation`.
    pub(crate) fn parse<T>(
        &self,
        operation: &str,
        parse: impl FnOnce(&str) -> Result<T, RequestError>,
    ) -> Result<T, Failure> {
        parse(&self.json()).map_err(|error| Failure::invalid(operation, &error))
    }

    fn json(&self) -> String {
        // Members are strings and values that were JSON before.
        serde_json::to_string(&self.members).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use temporalio_common::protos::temporal::api::common::v1::Payload;

    fn arguments(texts: &[&str]) -> Payloads {
        let payload = |text: &&str| Payload {
            data: text.as_bytes().to_vec(),
            ..Payload::default()
        };
        Payloads::new(texts.iter().map(payload).collect())
    }

    #[test]
    fn the_credential_is_taken_from_the_input_of_the_operation() {
        let input = r#"{"user_id":"u","credential":"acme"}"#;
        let mut input = Input::read(&arguments(&[input])).unwrap();
        assert_eq!(input.credential, "acme");
        assert_eq!(input.json(), r#"{"user_id":"u"}"#);
        assert_eq!(input.take("file").unwrap(), None);
        assert_eq!(input.take("user_id").unwrap().as_deref(), Some("u"));
        assert_eq!(input.json(), "{}");
    }

    #[test]
    fn other_inputs_are_refused_without_quoting_them() {
        for (texts, expected) in [
            (&[][..], "takes one argument"),
            (&["{}", "{}"], "takes one argument"),
            (&["\"ada@example.com\""], "is not a JSON object"),
            (&["ada@example.com"], "is not a JSON object"),
            (
                &[r#"{"user_id":"ada@example.com"}"#],
                "no member `credential`",
            ),
            (
                &[r#"{"credential":["ada@example.com"]}"#],
                "`credential` is not a string",
            ),
        ] {
            let failure = Input::read(&arguments(texts)).unwrap_err();
            assert_eq!(failure.code, "invalid_input");
            let text = failure.to_string();
            assert!(text.contains(expected), "{texts:?}: {text}");
            assert!(!text.contains("ada@"), "{text}");
        }
    }
}
