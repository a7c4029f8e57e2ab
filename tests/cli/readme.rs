//! What the README shows is what the program prints.

use crate::{cli, stderr, stdout};
use std::fs;
use std::path::Path;

/// The `console` blocks of the README, as commands and what follows each.
fn examples() -> Vec<(String, String)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../README.md");
    let readme = fs::read_to_string(path).unwrap();
    let mut examples: Vec<(String, String)> = Vec::new();
    let mut in_console = false;
    for line in readme.lines() {
        if line.starts_with("```") {
            in_console = line == "```console";
        } else if let Some(command) = line.strip_prefix("$ ").filter(|_| in_console) {
            examples.push((command.to_owned(), String::new()));
        } else if in_console {
            let (_, output) = examples.last_mut().unwrap();
            output.push_str(line);
            output.push('\n');
        }
    }
    examples
}

/// The component's size is not the same to the byte with every compiler.
fn without_size(text: &str) -> String {
    let is_size = |line: &&str| line.ends_with(" bytes");
    text.lines()
        .filter(|line| !is_size(line))
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn every_console_example_prints_what_it_shows() {
    let examples = examples();
    assert!(examples.len() >= 4, "{} examples", examples.len());
    for (command, expected) in examples {
        let output = cli().shell(&command);
        let printed = format!("{}{}", stdout(&output), stderr(&output));
        assert_eq!(without_size(&printed), without_size(&expected), "{command}");
    }
}
