//! Reads the arguments of a call.

use crate::failure::Failure;
use crate::settings::{DEFAULT_RESULTS, Settings};
use crate::tool::Tool;
use rmcp::model::JsonObject;
use serde_json::Value;
use stytch_credentials::most_similar;
use stytch_fields::Fields;
use stytch_host::json::{RequestError, search_request_from_json, user_id_from_json};
use stytch_host::types::SearchRequest;

/// The arguments of a call. What is taken out of them is checked; the rest is the input of
/// the operation.
#[derive(Debug)]
pub(crate) struct Arguments(JsonObject);

/// How much of a search is asked for.
#[derive(Debug)]
pub(crate) struct Search {
    pub(crate) request: SearchRequest,
    /// Whether all pages are counted.
    pub(crate) count_all: bool,
}

impl Arguments {
    /// Checks the names of the arguments.
    pub(crate) fn of(tool: Tool, arguments: Option<JsonObject>) -> Result<Self, Failure> {
        let mut arguments = arguments.unwrap_or_default();
        // `null` is the same as absent, everywhere in the contract.
        arguments.retain(|_, value| !value.is_null());
        let known = tool.arguments();
        let unknown = arguments
            .keys()
            .find(|name| !known.contains(&name.as_str()));
        match unknown {
            None => Ok(Self(arguments)),
            Some(name) => {
                let advice = match most_similar(name, known.iter().copied()) {
                    Some(similar) => format!("did you mean {similar}?"),
                    None if known.is_empty() => "it has none".to_owned(),
                    None => format!("there are {}", known.join(", ")),
                };
                Err(Failure::invalid(format!(
                    "{tool} has no argument {name:?}; {advice}"
                )))
            }
        }
    }

    /// Takes the name of the credential.
    pub(crate) fn credential(&mut self) -> Result<Option<String>, Failure> {
        match self.0.remove("credential") {
            None => Ok(None),
            Some(Value::String(name)) => Ok(Some(name)),
            Some(_) => Err(Failure::invalid("credential is not a string")),
        }
    }

    /// Takes the members that are selected.
    pub(crate) fn fields(&mut self) -> Result<Option<Fields>, Failure> {
        let paths = match self.0.remove("fields") {
            None => return Ok(None),
            Some(Value::String(paths)) => paths,
            Some(Value::Array(paths)) => {
                let paths: Option<Vec<_>> = paths.iter().map(Value::as_str).collect();
                match paths {
                    // No paths select everything.
                    Some(paths) if paths.is_empty() => return Ok(None),
                    Some(paths) => paths.join(","),
                    None => return Err(Failure::invalid("fields is not a list of strings")),
                }
            }
            Some(_) => return Err(Failure::invalid("fields is not a list of strings")),
        };
        let fields = Fields::parse(&paths);
        fields
            .map(Some)
            .map_err(|error| Failure::invalid(format!("fields: {error}")))
    }

    /// Reads the rest as the input of `retrieve-user`.
    pub(crate) fn user_id(self) -> Result<String, Failure> {
        user_id_from_json(&self.json()).map_err(|error| invalid(&error))
    }

    /// Reads the rest as the input of `search-users`.
    pub(crate) fn search(mut self, settings: &Settings) -> Result<Search, Failure> {
        let count_all = match self.0.remove("count_all") {
            None => false,
            Some(Value::Bool(count_all)) => count_all,
            Some(_) => return Err(Failure::invalid("count_all is neither true nor false")),
        };
        let request = search_request_from_json(&self.json()).map_err(|error| invalid(&error))?;
        let most = settings.max_results.get();
        let limit = request.limit.unwrap_or(DEFAULT_RESULTS.min(most));
        if limit > most && !count_all {
            return Err(Failure::invalid(format!(
                "limit is {limit}, and the operator of this server allows {most} at once; \
                 take fewer, and go on with the cursor"
            )));
        }
        let request = SearchRequest {
            limit: Some(limit),
            ..request
        };
        Ok(Search { request, count_all })
    }

    fn json(&self) -> String {
        // The names are strings, which is all that can fail.
        serde_json::to_string(&self.0).unwrap_or_default()
    }
}

/// The position is that in a text which nobody has seen.
fn invalid(error: &RequestError) -> Failure {
    Failure::invalid(match error {
        RequestError::Json { reason, .. } => reason.clone(),
        error => format!("query.{error}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::num::NonZeroU32;

    fn arguments(tool: Tool, value: Value) -> Result<Arguments, Failure> {
        let Value::Object(arguments) = value else {
            panic!("not an object");
        };
        Arguments::of(tool, Some(arguments))
    }

    fn search(value: Value) -> Result<Search, String> {
        let settings = Settings {
            max_results: NonZeroU32::new(50).unwrap(),
            ..Settings::default()
        };
        let arguments = arguments(Tool::SearchUsers, value);
        arguments
            .and_then(|arguments| arguments.search(&settings))
            .map_err(|failure| failure.message().to_owned())
    }

    #[test]
    fn a_search_is_small_unless_more_is_asked_for_and_bounded() {
        for (value, limit) in [
            (json!({}), 10),
            (json!({"limit": null, "query": null, "count_all": null}), 10),
            (json!({"limit": 50}), 50),
            (json!({"limit": 7.0}), 7),
        ] {
            let search = search(value.clone()).unwrap();
            assert_eq!(search.request.limit, Some(limit), "{value}");
            assert!(!search.count_all, "{value}");
        }
        let few = Settings {
            max_results: NonZeroU32::MIN,
            ..Settings::default()
        };
        let search = arguments(Tool::SearchUsers, json!({})).unwrap();
        assert_eq!(search.search(&few).unwrap().request.limit, Some(1));
    }

    #[test]
    fn mistakes_are_explained() {
        for (value, expected) in [
            (
                json!({"limit": 51}),
                "limit is 51, and the operator of this server allows 50 at once; \
                 take fewer, and go on with the cursor",
            ),
            (
                json!({"limt": 1}),
                "search_users has no argument \"limt\"; did you mean limit?",
            ),
            (
                json!({"shoe": 1}),
                "search_users has no argument \"shoe\"; there are credential, query, limit, \
                 cursor, fields, count_all",
            ),
            (
                json!({"count_all": 1}),
                "count_all is neither true nor false",
            ),
            (
                json!({"limit": "ten"}),
                "invalid type: string \"ten\", expected an integer from 0 to 4294967295",
            ),
            (
                json!({"query": {"operator": "AND", "operands": [
                    {"filter_name": "status", "filter_value": 1}]}}),
                "query.operands[0]: the filter status takes a string",
            ),
        ] {
            assert_eq!(search(value.clone()).unwrap_err(), expected, "{value}");
        }
        let none = arguments(Tool::ListCredentials, json!({"credential": "a"})).unwrap_err();
        assert_eq!(
            none.message(),
            "list_credentials has no argument \"credential\"; it has none"
        );
        let id = arguments(Tool::RetrieveUser, json!({"user_id": 1})).unwrap();
        let error = id.user_id().unwrap_err();
        assert_eq!(
            error.message(),
            "invalid type: integer `1`, expected a string"
        );
    }

    #[test]
    fn fields_are_a_list_of_paths_or_one_text() {
        let fields = |value| {
            arguments(Tool::RetrieveUser, json!({ "fields": value }))
                .unwrap()
                .fields()
                .map(|fields| fields.map(|fields| fields.paths().len()))
                .map_err(|failure| failure.message().to_owned())
        };
        assert_eq!(fields(json!(["user_id", "emails.email"])), Ok(Some(2)));
        assert_eq!(fields(json!("user_id,status")), Ok(Some(2)));
        assert_eq!(fields(json!([])), Ok(None));
        assert_eq!(fields(json!(null)), Ok(None));
        for value in [json!([1]), json!({"a": 1}), json!(true)] {
            let expected = Err("fields is not a list of strings".to_owned());
            assert_eq!(fields(value), expected);
        }
        let error = fields(json!(["userid"])).unwrap_err();
        assert!(error.starts_with("fields: there is no userid; did you mean user_id?"));
    }
}
