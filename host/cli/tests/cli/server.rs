//! The emulator as a server.

use crate::served::{Served, fails_to_start};
use crate::{cli, json, json_error, stderr, stdout};
use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use stytch_emulator::{PROJECT_ID, SECRET};

#[test]
fn it_prints_three_export_lines() {
    let served = Served::start(&[]);
    assert!(served.address().ip().is_loopback() && served.address().port() != 0);
    assert_eq!(
        served.lines,
        [
            format!("export STYTCH_BASE_URL=http://{}\n", served.address()),
            format!("export STYTCH_PROJECT_ID={PROJECT_ID}\n"),
            format!("export STYTCH_SECRET={SECRET}\n"),
        ]
    );
    let report = json(&served.run(&["check", "--output", "json"]));
    assert_eq!(report["base_url"], served.base_url());
}

/// The printed base URL works, and the warning says that others can connect.
#[test]
fn listening_on_all_interfaces_warns_and_its_base_url_works() {
    for (listen, base_url) in [
        ("0.0.0.0:0", "http://127.0.0.1:"),
        ("[::]:0", "http://[::1]:"),
    ] {
        let served = Served::start_at(listen, &[]);
        assert!(served.base_url().starts_with(base_url), "{listen}");
        let report = json(&served.run(&["check", "--output", "json"]));
        assert_eq!(report["base_url"], served.base_url());
        let port = served.address().port();
        let (_, error_text) = served.interrupt();
        assert_eq!(error_text.lines().count(), 1, "{error_text}");
        let address = listen.replace(":0", &format!(":{port}"));
        for part in [
            "warning: ",
            &address,
            "other machines",
            "--listen 127.0.0.1:",
        ] {
            assert!(error_text.contains(part), "{error_text}");
        }
    }
}

#[test]
fn only_allowed_host_names_are_served() {
    let get = |served: &Served, host: &str| {
        let mut stream = TcpStream::connect(served.address()).unwrap();
        let request =
            format!("GET /v1/users/x HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer.split(' ').nth(1).unwrap().to_owned()
    };
    let closed = Served::start(&[]);
    let open = Served::start(&["--allow-host", "stytch.internal"]);
    for (host, expected) in [
        ("stytch.internal", ["421", "400"]),
        ("stytch.internal:8080", ["421", "400"]),
        ("attacker.example", ["421", "421"]),
    ] {
        // 400, because the request has no credential.
        assert_eq!([get(&closed, host), get(&open, host)], expected, "{host}");
    }
    let error_text = fails_to_start(&["--allow-host", "http://x"], 2);
    assert!(error_text.contains("stytch.internal"), "{error_text}");
}

#[test]
fn an_interrupt_ends_it_with_130_and_without_a_word() {
    let (status, error_text) = Served::start(&[]).interrupt();
    assert_eq!((status.code(), error_text.as_str()), (Some(130), ""));
}

#[test]
fn a_wrong_secret_is_exit_4() {
    let served = Served::start(&[]);
    for args in [&["check"][..], &["search-users"], &["retrieve-user", "x"]] {
        let args = [args, &["--output", "json"]].concat();
        let error = json_error(&served.run_with_wrong_secret(&args), 4);
        assert_eq!(error["error_type"], "unauthorized_credentials");
    }
}

#[test]
fn users_and_seed_determine_the_users() {
    let ids = |args: &[&str]| {
        let served = Served::start(args);
        let page = json(&served.run(&["search-users", "--limit", "1000"]));
        let results = page["results"].as_array().unwrap().clone();
        assert_eq!(page["results_metadata"]["total"], results.len());
        let ids = results.iter().map(|user| user["user_id"].to_string());
        ids.collect::<Vec<_>>()
    };
    let thirty = ids(&["--users", "30"]);
    assert_eq!(thirty.len(), 30);
    assert_eq!(ids(&["--users", "30", "--seed", "1"]), thirty);
    assert_ne!(ids(&["--users", "30", "--seed", "2"]), thirty);
    assert_eq!(ids(&["--users", "0"]).len(), 0);
    assert_eq!(ids(&[]).len(), 200);
}

#[test]
fn users_can_be_loaded_from_every_format() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("users.json");
    for (text, expected) in [
        (r#"[{"user_id":"a"},{"user_id":"b","shoe_size":43}]"#, 2),
        (
            "{\"user_id\":\"a\"}\n{\"user_id\":\"b\",\"shoe_size\":43}\n",
            2,
        ),
        (r#"{"results":[{"user_id":"b","shoe_size":43}]}"#, 1),
    ] {
        fs::write(&file, text).unwrap();
        let served = Served::start(&["--load", file.to_str().unwrap()]);
        let page = json(&served.run(&["search-users"]));
        assert_eq!(page["results"].as_array().unwrap().len(), expected);
        let user = json(&served.run(&["retrieve-user", "b"]));
        assert_eq!(user["shoe_size"], 43);
    }
}

#[test]
fn the_output_of_an_emulator_can_be_loaded_into_another() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("users.json");
    let first = Served::start(&["--users", "40"]);
    for output in ["json", "jsonl"] {
        let args = ["search-users", "--all", "--output", output];
        let saved = first.run(&args);
        fs::write(&file, &saved.stdout).unwrap();
        let second = Served::start(&["--load", file.to_str().unwrap()]);
        assert_eq!(stdout(&second.run(&args)), stdout(&saved));
    }
}

#[test]
fn the_error_for_an_invalid_file_names_the_position() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("users.json");
    let path = file.to_str().unwrap();
    assert!(fails_to_start(&["--load", path], 2).contains("users.json"));
    for (text, expected) in [
        ("nonsense", "users.json: line 1, column 2"),
        ("[{\"user_id\":\"a\"},\n{}]", "users.json: line 2, column 2"),
    ] {
        fs::write(&file, text).unwrap();
        let error_text = fails_to_start(&["--load", path], 2);
        assert!(error_text.contains(expected), "{error_text}");
    }
}

#[test]
fn a_file_with_a_duplicate_user_is_a_usage_error() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("users.json");
    fs::write(&file, r#"[{"user_id":"a"},{"user_id":"a"}]"#).unwrap();
    let error_text = fails_to_start(&["--load", file.to_str().unwrap()], 2);
    assert!(
        error_text.contains("users.json") && error_text.contains("`a`"),
        "{error_text}"
    );
}

#[test]
fn too_many_users_for_memory_are_rejected_without_a_panic() {
    let error_text = fails_to_start(&["--users", "18446744073709551615"], 2);
    assert!(error_text.contains("--users"), "{error_text}");
}

#[test]
fn invalid_flags_are_rejected_before_it_listens() {
    for (args, expected) in [
        (&["--chaos", "boom"][..], "there is no such fault"),
        (&["--chaos", "429@0"], "@1-3"),
        (&["--chaos", "200"], "400 to 599"),
        (&["--users", "x"], "--users"),
        (&["--seed", "1.5"], "--seed"),
        (&["--rate-limit", "x"], "--rate-limit"),
        (&["--load", "x.json", "--users", "3"], "cannot be used with"),
    ] {
        let error_text = fails_to_start(args, 2);
        assert!(error_text.contains(expected), "{error_text}");
    }
    let output = cli().run(&["emulator", "--listen", "localhost"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("--listen"));
}

#[test]
fn the_error_for_a_port_in_use_names_the_address() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let output = cli().run(&["emulator", "--listen", &address, "--output", "json"]);
    let error = json_error(&output, 1);
    let message = error["message"].as_str().unwrap();
    assert!(
        message.contains(&address) && message.contains("in use"),
        "{message}"
    );
    assert_eq!(stdout(&output), "");
}

#[test]
fn chaos_produces_faults() {
    for (args, exit, code, retryable) in [
        (["--chaos", "503"], 5, "unavailable", true),
        (["--chaos", "502"], 5, "unavailable", true),
        (["--chaos", "429"], 7, "rate_limited", true),
        (["--chaos", "reset@headers"], 3, "unreachable", true),
        (["--chaos", "reset@body"], 3, "unreachable", true),
        (["--chaos", "stall@headers"], 3, "unreachable", true),
        (["--chaos", "stall@body"], 3, "unreachable", true),
        (["--chaos", "truncate"], 3, "unreachable", true),
        (["--chaos", "garbage"], 3, "unreachable", false),
        (["--rate-limit", "0"], 7, "rate_limited", true),
    ] {
        let served = Served::start(&args);
        let once = ["--timeout", "1", "--max-attempts", "1"];
        let call = [&once[..], &["search-users", "--output", "json"]].concat();
        let error = json_error(&served.run(&call), exit);
        assert_eq!(
            (&error["code"], &error["retryable"]),
            (&code.into(), &retryable.into()),
            "{args:?}"
        );
    }
}
