//! The table in `host/examples/README.md` names tests that there are.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

#[test]
fn the_table_of_engines_names_tests_that_exist() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../host/examples");
    let page = fs::read_to_string(folder.join("README.md")).unwrap();
    let labelled = |start: &str, middle: &str| {
        let lines = page.lines().filter_map(|line| line.strip_prefix(start));
        let pairs = lines.filter_map(|line| line.split_once(middle));
        pairs.collect::<BTreeMap<_, _>>()
    };
    let files = labelled("[", "]: ");
    let tests = labelled("- [", "] ");
    assert_eq!(
        files.keys().collect::<Vec<_>>(),
        tests.keys().collect::<Vec<_>>()
    );
    for (label, test) in tests {
        let source = fs::read_to_string(folder.join(files[label])).unwrap();
        let function = format!("async fn {}() {{", test.trim_matches('`'));
        assert!(source.contains(&function), "{label}: {function}");
        let cells = page.lines().filter(|line| line.starts_with("| "));
        let reference = format!("[{label}] |");
        assert!(
            cells
                .map(|line| line.matches(&reference).count())
                .sum::<usize>()
                > 0,
            "{label}"
        );
    }
    // Nor does a cell claim what no test shows.
    let (_, table) = page.split_once("## What survives what").unwrap();
    let rows = table.lines().filter(|line| line.starts_with("| "));
    for cell in rows
        .skip(1)
        .flat_map(|row| row.trim_matches('|').split('|').skip(1))
    {
        let cell = cell.trim();
        let is_proven = cell.ends_with(']') || cell == "not tried";
        assert!(is_proven || cell == "the server is the worker", "{cell}");
    }
}
