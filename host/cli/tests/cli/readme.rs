//! The examples in the READMEs are current.

use crate::{Served, cli, stderr, stdout};
use std::fs;
use std::path::Path;

/// The READMEs that show the command, concatenated.
fn readme() -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    [
        "README.md",
        "host/cli/README.md",
        "host/mcp/README.md",
        "host/service/README.md",
        "wit/README.md",
    ]
    .map(|page| fs::read_to_string(root.join(page)).unwrap())
    .concat()
}

/// The `sh` blocks of the READMEs.
fn scripts() -> Vec<String> {
    let readme = readme();
    let blocks = readme.split("\n```sh\n").skip(1);
    blocks
        .map(|block| block.split("```").next().unwrap().to_owned())
        .collect()
}

/// The script that contains this text.
fn script_with(text: &str) -> String {
    let mut scripts = scripts().into_iter();
    scripts.find(|script| script.contains(text)).unwrap()
}

/// The `console` blocks of the READMEs, as commands with their output.
fn examples() -> Vec<(String, String)> {
    let readme = readme();
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

/// The size of the component depends on the compiler.
fn without_size(text: &str) -> String {
    let is_of_bytes = |line: &&str| line.ends_with(" bytes") || line.starts_with("sha256:");
    text.lines()
        .filter(|line| !is_of_bytes(line))
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn every_console_example_is_current() {
    let examples = examples();
    assert!(examples.len() >= 4, "{} examples", examples.len());
    for (command, expected) in examples {
        let output = cli().shell(&command);
        let printed = format!("{}{}", stdout(&output), stderr(&output));
        assert_eq!(without_size(&printed), without_size(&expected), "{command}");
    }
}

/// Commands that need a Stytch account are only parsed, not run.
#[test]
fn every_command_in_the_scripts_parses() {
    let mut commands = 0;
    for line in scripts().iter().flat_map(|script| script.lines()) {
        let Some((_, command)) = line.split_once("stytch-host ") else {
            continue;
        };
        let end = command.find(['>', '<', '|', '&']).unwrap_or(command.len());
        let words = command[..end].split_whitespace().chain(["--help"]);
        let output = cli().run(&words.collect::<Vec<_>>());
        assert_eq!(output.status.code(), Some(0), "{line}: {}", stderr(&output));
        commands += 1;
    }
    assert!(commands >= 10, "{commands}");
}

#[test]
fn the_script_for_everybody_leaves_two_files() {
    let served = Served::start(&[]);
    let cli = cli();
    let variables = served.lines.concat();
    let script = script_with("--resume users.state");
    let output = cli.shell(&format!("set -e\n{variables}{script}"));
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    for (file, lines) in [("users.jsonl", 200), ("users.csv", 201)] {
        let text = fs::read_to_string(cli.home().join(file)).unwrap();
        assert_eq!(text.lines().count(), lines, "{file}");
    }
}

#[test]
fn the_script_for_a_local_stytch_searches_it() {
    let script = script_with("stytch-host emulator >")
        // The port in the example may be in use.
        .replace("emulator >", "emulator --listen 127.0.0.1:0 >")
        // The emulator needs a moment to start.
        .replace(
            ". ./stytch.env",
            "until grep -q SECRET stytch.env; do kill -0 $!; sleep 0.05; done\n. ./stytch.env",
        );
    let script = format!("set -e\ntrap 'kill $!' EXIT\n{script}");
    let output = cli().shell(&script);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let page: serde_json::Value = serde_json::from_str(stdout(&output)).unwrap();
    assert_eq!(page["results"].as_array().unwrap().len(), 3);
}

/// Up to where it needs the network, for the generator.
#[test]
fn the_script_for_any_language_serves_and_describes_itself() {
    let script = script_with("serve > service.env")
        // The default port may be in use.
        .replace("serve >", "serve --listen 127.0.0.1:0 >")
        .replace("do sleep 0.1", "do kill -0 $!; sleep 0.1")
        .replace("curl ", "curl --silent --fail ");
    let (script, _) = script.split_once("npx ").unwrap();
    let script = format!("set -e\ntrap 'kill $!' EXIT\n{script}cat openapi.json\n");
    let output = cli().shell(&script);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let documents = serde_json::Deserializer::from_str(stdout(&output)).into_iter();
    let documents: Vec<serde_json::Value> = documents.map(Result::unwrap).collect();
    assert_eq!(documents[0]["external_id"], "ada.lovelace");
    assert_eq!(documents[1]["openapi"], "3.1.0");
}

#[test]
fn the_script_for_other_programs_describes_and_exports() {
    let output = cli().shell(&script_with("stytch-host schema retrieve-user"));
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(stdout(&output).contains("sha256:"), "{}", stdout(&output));
}
