//! Converts documentation in WIT to titles and descriptions for readers of JSON.

use std::collections::BTreeSet;

/// Words with special capitalization.
const WORDS: [(&str, &str); 7] = [
    ("id", "ID"),
    ("oauth", "OAuth"),
    ("totp", "TOTP"),
    ("totps", "TOTPs"),
    ("url", "URL"),
    ("webauthn", "WebAuthn"),
    ("ms", "(ms)"),
];

/// The start of a paragraph that names a source.
const SOURCE: &str = "Source: ";

/// `next-cursor` → `next_cursor`.
pub(super) fn member(name: &str) -> String {
    name.replace('-', "_")
}

/// `oauth-user-registration-id` → `OAuth User Registration ID`.
pub(super) fn title(name: &str) -> String {
    let words = name.split(['-', '_']).map(|word| {
        if let Some((_, known)) = WORDS.iter().find(|(other, _)| *other == word) {
            return (*known).to_owned();
        }
        let mut letters = word.chars();
        let first = letters.next().map(|first| first.to_ascii_uppercase());
        first.into_iter().chain(letters).collect()
    });
    words.collect::<Vec<_>>().join(" ")
}

/// The parts of a documentation comment.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Prose {
    /// One line for each paragraph.
    pub(super) description: Option<String>,
    /// The source.
    pub(super) source: Option<String>,
}

impl Prose {
    /// Parses a comment, and replaces the `names` of the contract with those in JSON.
    pub(super) fn of(docs: Option<&str>, names: &BTreeSet<String>) -> Self {
        let (mut text, mut sources) = (Vec::new(), Vec::new());
        for paragraph in docs.unwrap_or_default().split("\n\n") {
            let line = paragraph.split_whitespace().collect::<Vec<_>>().join(" ");
            if line.starts_with(SOURCE) {
                sources.push(line);
            } else if !line.is_empty() {
                text.push(translate(&line, names));
            }
        }
        let joined = |lines: Vec<String>, between| (!lines.is_empty()).then(|| lines.join(between));
        Self {
            description: joined(text, "\n\n"),
            source: joined(sources, " "),
        }
    }
}

/// Replaces names of the contract, and its `none`, with those in JSON.
fn translate(line: &str, names: &BTreeSet<String>) -> String {
    let parts = line.split('`').enumerate().map(|(index, part)| {
        if index % 2 == 0 {
            part.to_owned()
        } else if part == "none" {
            "null".to_owned()
        } else if names.contains(part) {
            member(part)
        } else {
            part.to_owned()
        }
    });
    parts.collect::<Vec<_>>().join("`")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn converts_names_to_titles() {
        for (name, expected) in [
            ("retrieve-user", "Retrieve User"),
            ("oauth-user-registration-id", "OAuth User Registration ID"),
            ("webauthn-registrations", "WebAuthn Registrations"),
            ("retry-after-ms", "Retry After (ms)"),
            ("base_url", "Base URL"),
        ] {
            assert_eq!(title(name), expected);
        }
    }

    #[test]
    fn joins_paragraphs_and_translates_names() {
        let names = BTreeSet::from(["next-cursor".to_owned()]);
        let prose = Prose::of(
            Some(
                "`none`, or the\n`next-cursor` of a `cross-platform` page.\n\nMore.\n\nSource: there",
            ),
            &names,
        );
        let description = "`null`, or the `next_cursor` of a `cross-platform` page.\n\nMore.";
        assert_eq!(prose.description.as_deref(), Some(description));
        assert_eq!(prose.source.as_deref(), Some("Source: there"));
        assert_eq!(Prose::of(None, &names), Prose::default());
    }
}
