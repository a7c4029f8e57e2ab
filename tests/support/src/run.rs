//! Other programs.

use std::process::Command;

/// Runs a program that must succeed; what it printed.
pub fn run(command: &mut Command) -> String {
    let output = command.output();
    assert!(output.is_ok(), "{command:?}: {output:?}");
    let output = output.expect("it was started");
    let (stdout, stderr) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert!(output.status.success(), "{command:?}\n{stdout}\n{stderr}");
    stdout.into_owned()
}
