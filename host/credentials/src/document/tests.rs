use super::*;

fn parse(text: &str) -> Result<Document, String> {
    let parsed = Document::parse(text.as_bytes(), Path::new("file"));
    parsed.map_err(|error| error.to_string())
}

#[test]
fn rejects_a_malformed_file_without_quoting_it() {
    let entry = |members: &str| {
        format!(r#"{{"version":1,"default":null,"credentials":{{"acme":{members}}}}}"#)
    };
    for (text, expected) in [
        (String::new(), "file is empty"),
        (" \n".to_owned(), "file is empty"),
        ("\u{feff}".to_owned(), "file is empty"),
        ("hush".to_owned(), "line 1, column"),
        (r#"{"version":"hush"}"#.to_owned(), "line 1, column"),
        (r#"{"version":2,"hush":1}"#.to_owned(), "version 2"),
        (entry(r#""hush""#), "column"),
        (entry(r#"{"project_id":"p","store":"hush"}"#), "column"),
        (
            entry(r#"{"project_id":"p","store":"file","hush":1}"#),
            "column",
        ),
        (
            entry(r#"{"project_id":"hu\nsh","store":"file"}"#),
            "cannot be one",
        ),
        (
            entry(r#"{"project_id":"p","store":"file"}"#).replace("acme", "hu sh"),
            "cannot be one",
        ),
    ] {
        let error = parse(&text).unwrap_err();
        assert!(
            error.contains(expected) && !error.contains("hush"),
            "{error}"
        );
    }
    let whole = entry(r#"{"project_id":"p","store":"file","secret":"s"}"#);
    assert!(parse(&whole).is_ok());
    // As an editor on Windows saves it.
    assert!(parse(&format!("\u{feff}{whole}\r\n")).is_ok());
}

#[test]
fn suggests_the_most_similar_name() {
    let mut document = Document::default();
    let unknown = |document: &Document, name| {
        let error = document.entry(name).unwrap_err();
        format!("{error} {error:?} {}", error.hint().unwrap())
    };
    assert!(unknown(&document, "acme").contains("none is stored"));
    for (name, project_id) in [
        ("acme-test", "project-test-1"),
        ("acme-live", "project-live-1"),
    ] {
        let entry = Entry {
            project_id: project_id.to_owned(),
            base_url: None,
            store: Place::Keyring,
            secret: None,
        };
        document.insert(name, entry, false);
    }
    assert!(unknown(&document, "acme-liev").contains("did you mean acme-live (live)?"));
    assert!(unknown(&document, "zzz").contains("credential list"));
    assert!(!unknown(&document, "secret-live-hush").contains("hush"));
}
