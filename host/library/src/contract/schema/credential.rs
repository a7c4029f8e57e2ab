//! The fields of a credential: the configuration keys of the component.

use super::keywords::Schema;
use super::prose::{examples, title};
use serde_json::Value;

/// What is written about each key, from the table of the world: lines such as
/// ``| `secret` | required; the project's secret |``.
fn rows(docs: &str) -> impl Iterator<Item = (&str, &str)> {
    docs.lines().filter_map(|line| {
        let (key, text) = line.strip_prefix("| `")?.split_once('`')?;
        let text = text.trim_matches([' ', '|']);
        // What is before it is said with words of JSON Schema.
        Some((key, text.split_once("; ").map_or(text, |(_, text)| text)))
    })
}

/// The fields, with what the documentation of the world says of them.
pub(super) fn fields(docs: &str) -> Schema {
    let field = |key: &str, schema: Schema| {
        let hint = rows(docs)
            .find(|(other, _)| *other == key)
            .map(|(_, hint)| hint);
        Schema {
            title: Some(title(key)),
            description: hint.map(capitalized),
            examples: examples(hint.unwrap_or_default())
                .into_iter()
                .map(Value::from)
                .collect(),
            ..schema
        }
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
        .with_required("project-id", field("project-id", text("^[!-9;-~]+$")))
        .with("secret", field("secret", secret))
        .with("base-url", field("base-url", base_url))
        .with("authorization", field("authorization", authorization));
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

fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hints_are_those_of_the_table() {
        let docs = "Keys:\n\n| key | value |\n|-----|-----|\n\
            | `project-id`    | required; the ID, such as `project-test-…` |\n\
            | `base-url` | optional; an origin, such as `https://login.example.com`. By default `x` |";
        let schema = serde_json::to_value(fields(docs)).unwrap();
        let fields = &schema["properties"];
        assert_eq!(fields["project-id"]["title"], "Project ID");
        assert_eq!(
            fields["project-id"]["description"],
            "The ID, such as `project-test-…`"
        );
        assert_eq!(
            fields["base-url"]["examples"][0],
            "https://login.example.com"
        );
        assert_eq!(fields["secret"]["writeOnly"], true);
        assert_eq!(fields["secret"].get("description"), None);
    }
}
