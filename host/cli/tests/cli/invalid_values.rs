//! Invalid values in flags, variables and files: each fails promptly, with an error that
//! names the value and says what to do.

use crate::resume::Lookup;
use crate::{HUSH, cli, emulated, json_error, stderr, stdout, succeeded};
use std::fs::{self, File, FileTimes};
use std::net::TcpListener;
use std::process::{Command, Output};
use std::time::{Duration, Instant, SystemTime};
use stytch_emulator::PROJECT_ID;
use stytch_testkit::Cli;

const ACCESS: [(&str, &str); 2] = [("STYTCH_PROJECT_ID", PROJECT_ID), ("STYTCH_SECRET", HUSH)];

/// A command line with a named pipe that has no writer.
fn with_pipe() -> Cli {
    let cli = cli();
    let made = Command::new("mkfifo").arg(cli.home().join("pipe")).status();
    assert!(made.unwrap().success());
    cli
}

/// The error of a command that was rejected.
fn rejected(output: &Output) -> String {
    let printed = stderr(output);
    assert_eq!(output.status.code(), Some(2), "{printed}");
    printed.to_owned()
}

#[test]
fn reading_a_pipe_without_a_writer_times_out() {
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
        let start = Instant::now();
        let output = cli.run(&[&timeout[..], args].concat());
        let printed = rejected(&output);
        assert!(start.elapsed() < Duration::from_secs(20), "{args:?}");
        assert!(
            printed.contains("pipe")
                && printed.contains("within 500ms")
                && printed.contains("\nhint: "),
            "{args:?}: {printed}"
        );
    }
    for args in [&["check"][..], &["doctor", "--output", "table"]] {
        let args = [&timeout[..2], args].concat();
        let variables = [&ACCESS[..], &[("SSL_CERT_FILE", "pipe")]].concat();
        let output = cli.run_with(&args, &variables, "");
        let printed = [stdout(&output), stderr(&output)].concat();
        assert!(
            printed.contains("SSL_CERT_FILE") && printed.contains("within 500ms"),
            "{printed}"
        );
    }
}

#[test]
fn a_pipe_with_a_writer_is_read() {
    let output = cli().shell(
        "(sleep 0.2; printf '{\"limit\":3}') > later & \
         mkfifo p; (sleep 0.2; printf '{\"limit\":3}' > p) & \
         stytch-host --emulator invoke search-users @p --jq '.results | length'",
    );
    assert_eq!(succeeded(&output), "3\n");
}

#[test]
fn an_error_names_an_unusable_component() {
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
        let printed = stderr(&output);
        assert_eq!(output.status.code(), Some(1), "{printed}");
        assert!(
            printed.contains(name) && printed.contains("\nhint: "),
            "{printed}"
        );
    }
}

#[test]
fn the_hint_for_an_unreachable_proxy_names_its_variable() {
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
    let printed = stdout(&output);
    assert!(printed.contains("unset ALL_PROXY"), "{printed}");
}

#[test]
fn errors_shorten_long_values() {
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
            let printed = [stdout(&output), stderr(&output)].concat();
            assert_ne!(output.status.code(), Some(0), "{printed}");
            assert!(!printed.contains(&"x".repeat(201)), "{printed}");
        }
    }
}

#[test]
fn errors_state_the_allowed_range_of_numbers() {
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
            let printed = rejected(&emulated(&[args, &[value]].concat()));
            assert!(
                printed.contains(&format!("must be an integer{}", {
                    let comma = if expected.starts_with("from") {
                        " "
                    } else {
                        ", "
                    };
                    format!("{comma}{expected}")
                })),
                "{args:?} {value:?}: {printed}"
            );
        }
    }
}

#[test]
fn times_in_the_wrong_order_are_rejected_except_with_any() {
    let (early, late) = ("2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z");
    let between = format!("{late},{early}");
    let printed = rejected(&emulated(&["search-users", "--created-between", &between]));
    assert!(printed.contains("swap them"), "{printed}");
    let reversed = [
        "search-users",
        "--created-after",
        late,
        "--created-before",
        early,
    ];
    let printed = rejected(&emulated(&reversed));
    assert!(
        printed.contains("--created-after is later than"),
        "{printed}"
    );
    succeeded(&emulated(&[&reversed[..], &["--any"]].concat()));
    let printed = rejected(&emulated(&[
        "search-users",
        "--created-after",
        "2026-01-31T12:00:60Z",
    ]));
    assert!(printed.contains("leap second"), "{printed}");
}

#[test]
fn invalid_emulator_flags_are_rejected() {
    for (flag, values) in [
        ("--chaos", &["", " "][..]),
        ("--allow-host", &["", ".", "-", "..", "a..b", "a:1", "a/b"]),
    ] {
        for value in values {
            let printed =
                rejected(&cli().run(&["emulator", "--listen", "127.0.0.1:0", flag, value]));
            assert!(
                printed.contains(flag) && printed.contains("such as"),
                "{value:?}: {printed}"
            );
        }
    }
}

#[test]
fn doctor_warns_about_ignored_folder_variables() {
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
fn temporary_files_of_killed_runs_are_removed_after_a_day() {
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
            let printed = rejected(&lookup.run(&args));
            assert!(
                printed.contains("users.partial holds the output of another search")
                    && printed.contains("rm "),
                "{printed}"
            );
            assert_eq!(fs::read_to_string(&partial).unwrap(), "of another search\n");
        }
        // Left by a run that ended before its first user.
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
fn a_file_size_limit_does_not_prevent_calls() {
    let cli = Cli::new(env!("CARGO_BIN_EXE_stytch-host"));
    let output = cli.shell("ulimit -f 1; stytch-host --emulator check --jq .environment");
    assert_eq!(succeeded(&output), "test\n");
    let pooled = "ulimit -f 1; stytch-host -q --emulator search-users --all --output jsonl --jq .status | wc -l";
    assert_eq!(succeeded(&cli.shell(pooled)).trim(), "200");
}

#[test]
fn a_folder_in_place_of_a_cache_entry_is_reported_and_harmless() {
    let cli = Cli::new(env!("CARGO_BIN_EXE_stytch-host"));
    succeeded(&cli.run(&["--emulator", "check"]));
    let cache = cli.home().join(".cache/stytch-host");
    let entry = fs::read_dir(&cache).unwrap().next().unwrap().unwrap();
    fs::remove_file(entry.path()).unwrap();
    fs::create_dir(entry.path()).unwrap();
    succeeded(&cli.run(&["--emulator", "check"]));
    let output = cli.run(&["--emulator", "doctor", "--output", "table"]);
    let name = entry.file_name().into_string().unwrap();
    let printed = succeeded(&output);
    assert!(
        printed.contains(&format!("{name}: it is not a regular file"))
            && printed.contains("remove"),
        "{printed}"
    );
}

#[test]
fn overlong_credentials_are_rejected() {
    let long = "x".repeat(100_000);
    for name in ["STYTCH_PROJECT_ID", "STYTCH_SECRET"] {
        let variables = [&ACCESS[..], &[(name, &long)]].concat();
        let printed = rejected(&cli().run_with(&["check"], &variables, ""));
        assert!(
            printed.contains(&format!("{name} is too long")) && printed.contains("copy it again"),
            "{printed}"
        );
    }
}

#[test]
fn an_unwritable_export_path_comes_with_a_hint() {
    let long = "x".repeat(5000);
    for place in [".", "/", "missing/file", &long] {
        let output = cli().run(&["export", place]);
        let printed = stderr(&output);
        assert_eq!(output.status.code(), Some(1), "{printed}");
        assert!(printed.contains("\nhint: name a file"), "{printed}");
    }
}
