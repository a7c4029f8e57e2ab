//! `worker`, which is a program of its own.

use crate::{cli, stderr, stdout, succeeded};

#[test]
fn a_missing_program_is_named_with_how_to_install_it() {
    for arguments in [&["worker"][..], &["--emulator", "worker", "--help"]] {
        let output = cli().run_with(arguments, &[("PATH", "/nonexistent")], "");
        assert_eq!(output.status.code(), Some(2));
        assert_eq!(stdout(&output), "");
        let error = stderr(&output);
        assert!(error.contains("stytch-host-worker"), "{error}");
        assert!(
            error.contains("cargo install --path host/worker"),
            "{error}"
        );
    }
}

#[test]
fn the_page_says_where_the_flags_are_listed() {
    let page = cli().run(&["help", "worker"]);
    let page = succeeded(&page);
    assert!(page.contains("stytch-host worker --help"), "{page}");
    assert!(page.contains("  stytch-host worker --emulator"), "{page}");
}

#[cfg(unix)]
#[test]
fn the_program_on_the_path_gets_all_arguments_and_decides_the_exit_code() {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("stytch-host-worker");
    let install = |mode| {
        fs::write(&program, "#!/bin/sh\nprintf '<%s>' \"$@\"\nexit 7\n").unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(mode)).unwrap();
    };
    let path = format!("{}:/usr/bin:/bin", folder.path().display());
    let run = |arguments: &[&str]| cli().run_with(arguments, &[("PATH", &path)], "");
    install(0o755);
    for (arguments, expected) in [
        (&["worker", "--help"][..], "<--help>"),
        (
            &["--credential", "a b", "worker", "--", "-v", "--emulator"],
            "<--credential><a b><--><-v><--emulator>",
        ),
    ] {
        let output = run(arguments);
        assert_eq!(stdout(&output), expected);
        assert_eq!(output.status.code(), Some(7));
    }
    install(0o644);
    let output = run(&["worker", "--emulator"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        stderr(&output).contains("cannot be started"),
        "{}",
        stderr(&output)
    );
}
