//! The tests that `.github/SECURITY.md` names for each promise exist.

use std::path::Path;

#[test]
fn every_promise_names_existing_tests() {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let read = |path: &str| {
        std::fs::read_to_string(workspace.join(path))
            .unwrap_or_else(|error| panic!("{path}: {error}"))
    };
    let document = read(".github/SECURITY.md");
    let (_, table) = document.split_once("| promise | held by |\n").unwrap();
    let rows: Vec<_> = table
        .lines()
        .skip(1)
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |"))
        .collect();
    assert!(rows.len() > 20, "{rows:?}");
    for row in rows {
        let (promise, held_by) = row.rsplit_once(" | ").unwrap();
        let mut source = String::new();
        let mut tests = 0;
        for word in held_by
            .split_whitespace()
            .map(|word| word.trim_matches('`'))
        {
            if word.contains('/') {
                source = read(word);
            } else {
                assert!(
                    is_test(&source, word),
                    "{promise} {word} is not a test there"
                );
                tests += 1;
            }
        }
        assert!(tests > 0, "{promise}");
    }
}

/// Whether the source has a test function of this name.
fn is_test(source: &str, name: &str) -> bool {
    let Some((before, _)) = source.split_once(&format!("fn {name}()")) else {
        return false;
    };
    // Its attributes are between it and the previous item.
    let (_, attributes) = before.rsplit_once("\n\n").unwrap_or(("", before));
    attributes.contains("#[test]") || attributes.contains("#[tokio::test")
}
