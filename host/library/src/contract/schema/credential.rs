//! Describes the fields of a credential: the configuration keys of the component.

use super::keywords::Schema;
use super::prose::title;

const PROJECT_ID: &str = "The project ID, such as `project-test-…` or `project-live-…`";
const SECRET: &str = "The project's secret";
const BASE_URL: &str = "An origin without a path, such as `https://login.example.com`. By default \
    `https://api.stytch.com` for a project ID that begins with `project-live-`, else \
    `https://test.stytch.com`";
const AUTHORIZATION: &str = "`guest` (the default): the component adds the `Authorization` header \
    itself. `host`: it adds none and needs no `secret`, because the host adds the header on the \
    way out";

/// Describes the fields.
pub(super) fn fields() -> Schema {
    let field = |key: &str, description: &str, schema: Schema| Schema {
        title: Some(title(key)),
        description: Some(description.to_owned()),
        ..schema
    };
    let text = |pattern| Schema {
        pattern: Some(pattern),
        ..Schema::of("string")
    };
    let secret = Schema {
        format: Some("password"),
        write_only: true,
        ..text("^[!-~]+$")
    };
    let base_url = Schema {
        format: Some("uri"),
        examples: vec!["https://login.example.com".into()],
        ..text(r"^https?://[A-Za-z0-9._:\[\]-]+/?$")
    };
    let authorization = Schema {
        choices: vec!["guest".to_owned(), "host".to_owned()],
        default: Some("guest".into()),
        ..Schema::of("string")
    };
    let by_host = Schema {
        required: vec!["authorization".to_owned()],
        ..Schema::default()
    }
    .with("authorization", Schema::constant("host"));
    let by_guest = Schema {
        required: vec!["secret".to_owned()],
        ..Schema::default()
    };
    let object = Schema::object()
        .with_required(
            "project-id",
            field("project-id", PROJECT_ID, text("^[!-9;-~]+$")),
        )
        .with("secret", field("secret", SECRET, secret))
        .with("base-url", field("base-url", BASE_URL, base_url))
        .with(
            "authorization",
            field("authorization", AUTHORIZATION, authorization),
        );
    Schema {
        dialect: Some(super::keywords::DIALECT),
        title: Some("Credential".to_owned()),
        description: Some(
            "The configuration of the component, by the keys of `wasi:config/store`.".to_owned(),
        ),
        any_of: vec![by_guest, by_host],
        ..object
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_key_has_a_title_and_a_description() {
        let schema = serde_json::to_value(fields()).unwrap();
        let fields = schema["properties"].as_object().unwrap();
        assert_eq!(fields.len(), 4);
        for (key, field) in fields {
            assert!(field["title"].is_string(), "{key}");
            assert!(field["description"].is_string(), "{key}");
        }
        assert_eq!(fields["project-id"]["title"], "Project ID");
        assert_eq!(fields["secret"]["writeOnly"], true);
    }
}
