//! The `OpenAPI` 3.1 document of the service. What the contract defines comes from the
//! component, by the code that also prints its JSON Schemas.

mod components;

use crate::routes::{LARGEST_COUNT, LONGEST, SHORTEST};
use components::Components;
use serde::Serialize;
use serde_json::{Map, Value, json};
use stytch_host::schema::{Description, Operation};

/// Builds the document.
pub(crate) fn document(description: &Description) -> Result<Value, serde_json::Error> {
    let mut components = Components::default();
    let operations = Operations {
        retrieve: Described::of(description, "retrieve-user", &mut components)?,
        search: Described::of(description, "search-users", &mut components)?,
        check: Described::of(description, "check", &mut components)?,
    };
    components.add_own(description)?;
    Ok(json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Stytch users",
            "description": "Looks up Stytch users. Each call runs in a sandbox with one credential \
                and access to one origin.\n\nA call fails with a problem document (RFC 9457): its \
                `code` says what failed, and `retryable` whether the same request may succeed \
                later. 401 and 403 are about the token, 404 is about a user, and 5xx is about \
                Stytch or this service.",
            "version": env!("CARGO_PKG_VERSION"),
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "security": [{"token": []}],
        "tags": [
            {"name": "users", "description": "Retrieve and search users."},
            {"name": "credentials", "description": "List and check credentials."},
            {"name": "service", "description": "Observe the service."},
        ],
        "paths": operations.paths(),
        "components": {
            "securitySchemes": {"token": {
                "type": "http",
                "scheme": "bearer",
                "description": "A token of this service. It is limited to credentials and operations.",
            }},
            "schemas": components.schemas(),
        },
    }))
}

/// The operations of the contract.
struct Operations<'a> {
    retrieve: Described<'a>,
    search: Described<'a>,
    check: Described<'a>,
}

impl Operations<'_> {
    fn paths(&self) -> Value {
        let name = parameter(
            "name",
            "path",
            "The name of a credential.",
            &json!({
                "type": "string",
                "minLength": 1,
                "maxLength": 64,
                "pattern": "^[A-Za-z0-9._-]+$",
            }),
        );
        let max_users = parameter(
            "max_users",
            "query",
            "End the search after this many users.",
            &json!({"type": "integer", "minimum": 1, "maximum": LARGEST_COUNT}),
        );
        let timeout = timeout_parameter();
        let users = self.users(&name, &timeout);
        json!({
            "/v1/credentials": {"get": list_credentials()},
            "/v1/credentials/{name}/check": {
                "parameters": [&name, &timeout],
                "post": self.check.operation("checkCredential", "credentials").responses(
                    json_response("Stytch accepts the credential.", &self.check.output),
                    &UPSTREAM,
                ),
            },
            "/v1/credentials/{name}/users/{user_id}": users,
            "/v1/credentials/{name}/users/search": {
                "parameters": [&name, &timeout],
                "post": self.search.operation("searchUsers", "users")
                    .body(self.search.body())
                    .responses(json_response("A page of users.", &self.search.output), &QUERY),
            },
            "/v1/credentials/{name}/users/search/all": {
                "parameters": [&name, &max_users, &timeout],
                "post": search_all().body(self.search.body())
                    .responses(lines_response("The users, and the receipt."), &QUERY),
            },
            "/v1/credentials/{name}/users/retrieve": {
                "parameters": [&name, &timeout],
                "post": retrieve_many(),
            },
            "/healthz": {
                "get": operation("isLive", "service", "Liveness", "The process responds.")
                    .public(text_response("The process responds.")),
            },
            "/readyz": {"get": readiness()},
            "/metrics": {
                "get": operation("getMetrics", "service", "Metrics", "Metrics for Prometheus.")
                    .responses(json!({
                        "description": "The metrics, as OpenMetrics text.",
                        "content": {"application/openmetrics-text": {"schema": {"type": "string"}}},
                    }), &[UNUSABLE]),
            },
            "/openapi.json": {
                "get": operation("getOpenApi", "service", "OpenAPI Document", "This document.")
                    .public(json!({
                        "description": "The document.",
                        "content": {"application/json": {"schema": {"type": "object"}}},
                    })),
            },
        })
    }

    fn users(&self, name: &Value, timeout: &Value) -> Value {
        let schema = self.retrieve.input.pointer("/properties/user_id");
        let user_id = parameter(
            "user_id",
            "path",
            "A Stytch user ID or an external ID. Percent-encode a letter of `search` and `retrieve`: \
             `%73earch`, `%72etrieve`.",
            schema.unwrap_or(&Value::Null),
        );
        let failures = [&[NOT_FOUND][..], &UPSTREAM].concat();
        json!({
            "parameters": [name, user_id, timeout],
            "get": self.retrieve.operation("retrieveUser", "users")
                .responses(json_response("The user.", &self.retrieve.output), &failures),
        })
    }
}

fn list_credentials() -> OperationObject {
    operation(
        "listCredentials",
        "credentials",
        "List Credentials",
        "Lists the credentials that the token may use.",
    )
    .responses(json_response("The credentials.", "CredentialList"), &[])
}

fn search_all() -> OperationObject {
    operation(
        "searchAllUsers",
        "users",
        "Search All Users",
        "Searches users and returns them all as a stream: one user per line (`User`), and a last \
         line with the receipt (`SearchEnd`). The limit of the request is the page size; by \
         default it is Stytch's maximum. The receipt says whether the result is complete. If a \
         page fails after the first one, the last line has the error and the cursor to resume \
         from. A response that ends without such a line was cut off.",
    )
}

fn retrieve_many() -> OperationObject {
    operation(
        "retrieveUsers",
        "users",
        "Retrieve Users",
        "Retrieves many users as a stream: one line of input for each (`UserRequest`), and one \
         line of output for each, in the same order: the user, or the error (`UserFailure`).",
    )
    .body(json!({
        "required": true,
        "content": {NDJSON: {
            "schema": {"type": "string"},
            "example": "{\"user_id\":\"ada.lovelace\"}\n",
        }},
    }))
    .responses(lines_response("The users."), &[UNSUPPORTED, UNUSABLE])
}

fn readiness() -> OperationObject {
    let mut responses = responses(text_response("The service takes requests."), []);
    if let Value::Object(responses) = &mut responses {
        let draining = text_response("The service is shutting down.");
        responses.insert("503".to_owned(), draining);
    }
    operation(
        "isReady",
        "service",
        "Readiness",
        "The service takes requests. Lists what could not be read: credentials, tokens, the certificate.",
    )
    .with("security", json!([]))
    .with("responses", responses)
}

const NDJSON: &str = crate::routes::NDJSON;

/// A response for a failure: its status, and what it means.
type Failure = (&'static str, &'static str);

const INVALID: Failure = ("400", "The request is not valid, and nothing was sent.");
const NOT_FOUND: Failure = ("404", "Stytch has no such user.");
const TOO_LARGE: Failure = ("413", "The body is too large.");
const UNSUPPORTED: Failure = ("415", "The body has another media type.");
const REJECTED: Failure = ("422", "Stytch rejected the query.");
const UNUSABLE: Failure = (
    "500",
    "The credential cannot be used, the component failed, or this service did.",
);
/// The failures of a call to Stytch.
const UPSTREAM: [Failure; 5] = [
    (
        "429",
        "Stytch rate-limits the project; see `Retry-After` if it is known.",
    ),
    UNUSABLE,
    (
        "502",
        "Stytch refused the credential or the request, failed permanently, or was not reached.",
    ),
    (
        "503",
        "Stytch failed temporarily, or too many calls are in flight; see `Retry-After`.",
    ),
    ("504", "Stytch did not respond in time."),
];
/// The failures of a search.
const QUERY: [Failure; 8] = {
    let [rate_limited, unusable, refused, unavailable, timeout] = UPSTREAM;
    [
        TOO_LARGE,
        UNSUPPORTED,
        REJECTED,
        rate_limited,
        unusable,
        refused,
        unavailable,
        timeout,
    ]
};
/// The failures of all requests below `/v1`.
const EVERYWHERE: [Failure; 2] = [
    ("401", "There is no valid token."),
    (
        "403",
        "The token does not permit the operation or the credential, or there is none of this name.",
    ),
];
const MISDIRECTED: Failure = ("421", "The `Host` header does not name this server.");

/// What the contract says about an operation.
struct Described<'a> {
    operation: &'a Operation,
    input: Value,
    /// The names of the components for the input and the output.
    input_name: String,
    output: String,
}

impl<'a> Described<'a> {
    fn of(
        description: &'a Description,
        name: &'static str,
        components: &mut Components,
    ) -> Result<Self, serde_json::Error> {
        // The contract has them all: see `crate::server::Service::new`.
        let missing = || <serde_json::Error as serde::ser::Error>::custom(name);
        let operation = description.operation(name).ok_or_else(missing)?;
        let input = serde_json::to_value(operation.input())?;
        let output = serde_json::to_value(operation.output())?;
        Ok(Self {
            operation,
            input_name: components.add(&format!("{name}-input"), input.clone()),
            output: components.add(&format!("{name}-output"), output),
            input,
        })
    }

    fn operation(&self, id: &str, tag: &str) -> OperationObject {
        let description = self.operation.description().unwrap_or_default();
        operation(id, tag, self.operation.title(), description)
    }

    fn body(&self) -> Value {
        let samples = self.operation.samples().iter().enumerate();
        let examples = samples.filter_map(|(index, sample)| {
            let value: Value = serde_json::from_str(sample.input).ok()?;
            let example = json!({"summary": sample.title, "value": value});
            Some((format!("example{}", index + 1), example))
        });
        let examples: Map<_, _> = examples.collect();
        json!({
            "required": true,
            "content": {"application/json": {
                "schema": components::reference(&self.input_name),
                "examples": examples,
            }},
        })
    }
}

/// An Operation Object of `OpenAPI`.
#[derive(Serialize)]
struct OperationObject(Map<String, Value>);

fn operation(id: &str, tag: &str, summary: &str, description: &str) -> OperationObject {
    let mut object = Map::new();
    for (name, value) in [
        ("operationId", json!(id)),
        ("tags", json!([tag])),
        ("summary", json!(summary)),
        ("description", json!(description)),
    ] {
        object.insert(name.to_owned(), value);
    }
    OperationObject(object)
}

impl OperationObject {
    fn with(mut self, name: &str, value: Value) -> Self {
        self.0.insert(name.to_owned(), value);
        self
    }

    fn body(self, body: Value) -> Self {
        self.with("requestBody", body)
    }

    /// The responses of a path that needs a token.
    fn responses(self, success: Value, failures: &[Failure]) -> Self {
        let failures = EVERYWHERE.iter().chain(failures);
        self.with("responses", responses(success, failures))
    }

    /// The responses of a path that needs no token.
    fn public(self, success: Value) -> Self {
        self.with("security", json!([]))
            .with("responses", responses(success, []))
    }
}

fn responses<'a>(success: Value, failures: impl IntoIterator<Item = &'a Failure>) -> Value {
    let failures = failures.into_iter().chain([&INVALID, &MISDIRECTED]);
    let failures = failures.map(|(status, meaning)| {
        let response = problem_response(status, meaning);
        ((*status).to_owned(), response)
    });
    let success = ("200".to_owned(), success);
    Value::Object(std::iter::once(success).chain(failures).collect())
}

fn parameter(name: &str, place: &str, description: &str, schema: &Value) -> Value {
    json!({
        "name": name,
        "in": place,
        "required": place == "path",
        "description": description,
        "schema": schema,
    })
}

fn timeout_parameter() -> Value {
    parameter(
        "Request-Timeout",
        "header",
        "Ends a call after this many seconds; the service has a maximum of its own.",
        &json!({"type": "number", "minimum": SHORTEST.as_secs_f64(), "maximum": LONGEST.as_secs(), "examples": [2.5]}),
    )
}

fn json_response(description: &str, schema: &str) -> Value {
    json!({
        "description": description,
        "headers": {"Cache-Control": cache_control()},
        "content": {"application/json": {"schema": components::reference(schema)}},
    })
}

fn lines_response(description: &str) -> Value {
    json!({
        "description": description,
        "headers": {"Cache-Control": cache_control()},
        "content": {NDJSON: {"schema": {"type": "string"}}},
    })
}

fn text_response(description: &str) -> Value {
    json!({
        "description": description,
        "content": {"text/plain": {"schema": {"type": "string"}}},
    })
}

fn problem_response(status: &str, description: &str) -> Value {
    let mut headers = Map::new();
    headers.insert("Cache-Control".to_owned(), cache_control());
    if matches!(status, "429" | "503") {
        let header = json!({
            "description": "How long to wait, in seconds, if it is known.",
            "schema": {"type": "integer", "minimum": 0},
        });
        headers.insert("Retry-After".to_owned(), header);
    }
    if status == "401" {
        let header = json!({"required": true, "schema": {"type": "string", "const": "Bearer"}});
        headers.insert("WWW-Authenticate".to_owned(), header);
    }
    json!({
        "description": description,
        "headers": headers,
        "content": {crate::problem::PROBLEM_JSON: {"schema": components::reference("Problem")}},
    })
}

fn cache_control() -> Value {
    json!({"schema": {"type": "string", "const": "no-store"}})
}
