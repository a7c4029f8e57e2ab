//! Values that nobody means, in flags, variables and files: each ends with a message
//! that names it and says what to do, and in time.

use crate::resume::Lookup;
use crate::{HUSH, cli, emulated, json_error, stderr, stdout, succeeded};
use std::fs::{self, File, FileTimes};
use std::net::TcpListener;
use std::process::{Command, Output};
use std::time::{Duration, Instant, SystemTime};
use stytch_emulator::PROJECT_ID;
use stytch_testkit::Cli;

const ACCESS: [(&str, &str); 2] = [("STYTCH_PROJECT_ID", PROJECT_ID), ("STYTCH_SECRET", HUSH)];

/// A folder with a pipe that nobody writes to.
fn with_pipe() -> Cli {
    let cli = cli();
    let made = Command::new("mkfifo").arg(cli.home().join("pipe")).status();
    assert!(made.unwrap().success());
    cli
}

/// What a command said that was refused with a hint.
fn refused(output: &Output) -> String {
    let said = stderr(output);
    assert_eq!(output.status.code(), Some(2), "{said}");
    said.to_owned()
}

#[test]
fn a_pipe_that_nobody_writes_to_is_not_waited_for_beyond_the_timeout() {
    let cli = with_pipe();
    let timeout = ["--timeout", "0.5", "--emulator"];
    for args in [
        &["search-users", "--query", "@pipe"][..],
        &["invoke", "search-users", "@pipe", "--output", "table"],
        &["check", "--ca-cert", "pipe"],
        &["check", "--component", "pipe"],
        &["inspect", "pipe"],
        &["emulator", "--load", "pipe"],
    ] {
        let begun = Instant::now();
        let output = cli.run(&[&timeout[..], args].concat());
        let said = refused(&output);
        assert!(begun.elapsed() < Duration::from_secs(20), "{args:?}");
        assert!(
            said.contains("pipe") && said.contains("within 500ms") && said.contains("\nhint: "),
            "{args:?}: {said}"
        );
    }
    for args in [&["check"][..], &["doctor", "--output", "table"]] {
        let args = [&timeout[..2], args].concat();
        let variables = [&ACCESS[..], &[("SSL_CERT_FILE", "pipe")]].concat();
        let output = cli.run_with(&args, &variables, "");
        let said = [stdout(&output), stderr(&output)].concat();
        assert!(
            said.contains("SSL_CERT_FILE") && said.contains("within 500ms"),
            "{said}"
        );
    }
}

#[test]
fn a_pipe_that_is_written_to_is_read() {
    let output = cli().shell(
        "(sleep 0.2; printf '{\"limit\":3}') > later & \
         mkfifo p; (sleep 0.2; printf '{\"limit\":3}' > p) & \
         stytch-host --emulator invoke search-users @p --jq '.results | length'",
    );
    assert_eq!(succeeded(&output), "3\n");
}

#[test]
fn a_component_that_cannot_be_used_is_named() {
    let cli = cli();
    let of_component = |body: &[u8]| [b"\0asm\x0d\0\x01\0", body].concat();
    for (name, content) in [
        ("empty.wasm", Vec::new()),
        ("text.wasm", b"no component".to_vec()),
        ("module.wasm", b"\0asm\x01\0\0\0".to_vec()),
        ("damaged.wasm", of_component(b"\x01\x7f")),
        ("nothing.wasm", of_component(b"")),
    ] {
        fs::write(cli.home().join(name), content).unwrap();
        let args = ["--emulator", "--component", name, "check"];
        let output = cli.run(&args);
        let said = stderr(&output);
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains(name) && said.contains("\nhint: "), "{said}");
    }
}

#[test]
fn a_proxy_that_is_not_reached_is_what_the_hint_is_about() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    drop(listener);
    let url = format!("http://jane:Passw0rd@{address}");
    let variables = [&ACCESS[..], &[("ALL_PROXY", &*url)]].concat();
    let args = ["--max-attempts", "1", "check", "--output", "json"];
    let error = json_error(&cli().run_with(&args, &variables, ""), 3);
    let hint = error["hint"].as_str().unwrap();
    assert!(
        hint.contains("ALL_PROXY") && !hint.contains("base URL"),
        "{error}"
    );
    let output = cli().run_with(&["doctor", "--output", "table"], &variables, "");
    let said = stdout(&output);
    assert!(said.contains("unset ALL_PROXY"), "{said}");
}

#[test]
fn a_long_value_is_repeated_in_part() {
    let long = "x".repeat(5000);
    for (args, variables) in [
        (vec!["--limit", &long, "search-users"], vec![]),
        (vec!["search-users", "--limit", &long], vec![]),
        (vec![&long], vec![]),
        (vec!["search-users", "--query", &long], vec![]),
        (vec!["search-users", "--fields", &long], vec![]),
        (vec!["--emulator", "check", "--jq", &long], vec![]),
        (vec!["emulator", "--chaos", &long], vec![]),
        (vec!["emulator", "--load", &long], vec![]),
        (vec!["--credential", &long, "check"], vec![]),
        (vec!["--component", &long, "inspect"], vec![]),
        (vec!["--ca-cert", &long, "check"], ACCESS.to_vec()),
        (
            vec!["check"],
            [&ACCESS[..], &[("SSL_CERT_FILE", &long)]].concat(),
        ),
        (
            vec!["doctor", "--output", "table"],
            [&ACCESS[..], &[("SSL_CERT_FILE", &long)]].concat(),
        ),
    ] {
        for more in [&[][..], &["--output", "json"]] {
            let args = [&args, more].concat();
            let output = cli().run_with(&args, &variables, "");
            let said = [stdout(&output), stderr(&output)].concat();
            assert_ne!(output.status.code(), Some(0), "{said}");
            assert!(!said.contains(&"x".repeat(201)), "{said}");
        }
    }
}

#[test]
fn numbers_say_what_is_allowed() {
    for (args, expected) in [
        (&["emulator", "--users"][..], "from 0 to 10000000"),
        (&["emulator", "--seed"], "from 0 to 18446744073709551615"),
        (&["emulator", "--rate-limit"], "from 0 to 4294967295"),
        (&["search-users", "--limit"], "from 1 to 1000"),
        (&["search-users", "--max-users"], "1 or more"),
        (&["retrieve-user", "a", "--concurrency"], "from 1 to 256"),
        (&["check", "--max-attempts"], "from 1 to 10"),
        (&["check", "--reuse"], "1 or more"),
    ] {
        for value in ["", " ", "x", "-1", "1.5", "1e3", "99999999999999999999"] {
            let said = refused(&emulated(&[args, &[value]].concat()));
            assert!(
                said.contains(&format!("must be a whole number{}", {
                    let comma = if expected.starts_with("from") {
                        " "
                    } else {
                        ", "
                    };
                    format!("{comma}{expected}")
                })),
                "{args:?} {value:?}: {said}"
            );
        }
    }
}

#[test]
fn times_in_the_wrong_order_are_refused_unless_either_will_do() {
    let (early, late) = ("2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z");
    let between = format!("{late},{early}");
    let said = refused(&emulated(&["search-users", "--created-between", &between]));
    assert!(said.contains("swap them"), "{said}");
    let reversed = [
        "search-users",
        "--created-after",
        late,
        "--created-before",
        early,
    ];
    let said = refused(&emulated(&reversed));
    assert!(said.contains("--created-after is later than"), "{said}");
    succeeded(&emulated(&[&reversed[..], &["--any"]].concat()));
    let said = refused(&emulated(&[
        "search-users",
        "--created-after",
        "2026-01-31T12:00:60Z",
    ]));
    assert!(said.contains("leap second"), "{said}");
}

#[test]
fn an_emulators_odd_flags_are_refused() {
    for (flag, values) in [
        ("--chaos", &["", " "][..]),
        ("--allow-host", &["", ".", "-", "..", "a..b", "a:1", "a/b"]),
    ] {
        for value in values {
            let said = refused(&cli().run(&["emulator", "--listen", "127.0.0.1:0", flag, value]));
            assert!(
                said.contains(flag) && said.contains("such as"),
                "{value:?}: {said}"
            );
        }
    }
}

#[test]
fn a_folder_variable_that_is_ignored_is_told() {
    let variables = [
        ("XDG_CONFIG_HOME", "relative"),
        ("XDG_CACHE_HOME", "./relative"),
    ];
    let args = ["--emulator", "doctor", "--output", "table"];
    let output = cli().run_with(&args, &variables, "");
    assert_eq!(output.status.code(), Some(0), "{}", stdout(&output));
    for (name, _) in variables {
        let mut lines = stdout(&output).lines();
        let line = lines.find(|line| line.contains(&format!("{name} is not an absolute path")));
        assert!(line.unwrap().starts_with("warning"), "{}", stdout(&output));
    }
    let output = emulated(&["doctor", "--output", "table"]);
    assert!(!stdout(&output).contains("folders"), "{}", stdout(&output));
}

#[test]
fn what_a_killed_run_left_is_removed_a_day_later() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let old = FileTimes::new().set_modified(SystemTime::now() - Duration::from_hours(25));
    for name in [
        ".stytch-host-abc123",
        ".stytch-host-a.b",
        ".stytch-host-busy",
    ] {
        let file = File::create(path(name)).unwrap();
        file.set_times(old).unwrap();
    }
    File::create(path(".stytch-host-new111")).unwrap();
    let busy = File::open(path(".stytch-host-busy")).unwrap();
    busy.lock().unwrap();
    let file = path("users.json");
    succeeded(&emulated(&[
        "search-users",
        "--output-file",
        file.to_str().unwrap(),
    ]));
    let left = |name: &str| path(name).exists();
    assert!(file.exists() && !left(".stytch-host-abc123"));
    assert!(left(".stytch-host-a.b") && left(".stytch-host-busy") && left(".stytch-host-new111"));
}

#[test]
fn the_output_of_another_search_is_not_overwritten() {
    for format in ["csv", "jsonl"] {
        let lookup = Lookup::new(&[]);
        let file = lookup.path("users");
        let partial = lookup.path("users.partial");
        let args = ["--output", format, "--output-file", file.to_str().unwrap()];
        private(&partial, "of another search\n");
        for _ in 0..2 {
            let said = refused(&lookup.run(&args));
            assert!(
                said.contains("users.partial holds the output of another search")
                    && said.contains("rm "),
                "{said}"
            );
            assert_eq!(fs::read_to_string(&partial).unwrap(), "of another search\n");
        }
        // A run that ended before its first user.
        private(&partial, "");
        let output = lookup.run(&args);
        assert!(output.status.success(), "{}", stderr(&output));
        assert!(file.exists() && !partial.exists());
    }
}

fn private(path: &std::path::Path, text: &str) {
    use std::os::unix::fs::PermissionsExt;
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
}

#[test]
fn a_limit_on_files_does_not_stop_a_call() {
    let cli = Cli::new(env!("CARGO_BIN_EXE_stytch-host"));
    let output = cli.shell("ulimit -f 1; stytch-host --emulator check --jq .environment");
    assert_eq!(succeeded(&output), "test\n");
    let pooled = "ulimit -f 1; stytch-host -q --emulator search-users --all --output jsonl --jq .status | wc -l";
    assert_eq!(succeeded(&cli.shell(pooled)).trim(), "200");
}

#[test]
fn a_folder_in_the_place_of_a_compiled_component_is_named_and_does_no_harm() {
    let cli = Cli::new(env!("CARGO_BIN_EXE_stytch-host"));
    succeeded(&cli.run(&["--emulator", "check"]));
    let cache = cli.home().join(".cache/stytch-host");
    let entry = fs::read_dir(&cache).unwrap().next().unwrap().unwrap();
    fs::remove_file(entry.path()).unwrap();
    fs::create_dir(entry.path()).unwrap();
    succeeded(&cli.run(&["--emulator", "check"]));
    let output = cli.run(&["--emulator", "doctor", "--output", "table"]);
    let name = entry.file_name().into_string().unwrap();
    let said = succeeded(&output);
    assert!(
        said.contains(&format!("{name}: it is not a regular file")) && said.contains("remove"),
        "{said}"
    );
}

#[test]
fn a_secret_that_is_far_too_long_is_told_so() {
    let long = "x".repeat(100_000);
    for name in ["STYTCH_PROJECT_ID", "STYTCH_SECRET"] {
        let variables = [&ACCESS[..], &[(name, &long)]].concat();
        let said = refused(&cli().run_with(&["check"], &variables, ""));
        assert!(
            said.contains(&format!("{name} is too long")) && said.contains("copy it again"),
            "{said}"
        );
    }
}

#[test]
fn a_place_that_cannot_be_written_to_comes_with_a_hint() {
    let long = "x".repeat(5000);
    for place in [".", "/", "missing/file", &long] {
        let output = cli().run(&["export", place]);
        let said = stderr(&output);
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains("\nhint: name a file"), "{said}");
    }
}
