//! The emulator as a server.

use crate::served::{Served, refuses};
use crate::{cli, json, json_error, stderr, stdout};
use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use stytch_emulator::{PROJECT_ID, SECRET};

#[test]
fn it_announces_itself_in_three_lines_for_the_shell() {
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

/// What it prints when it listens on more than this machine's own address works for
/// this program, and says that it is open to others.
#[test]
fn listening_beyond_this_machine_is_told_and_its_base_url_works() {
    for (listen, base_url) in [
        ("0.0.0.0:0", "http://127.0.0.1:"),
        ("[::]:0", "http://[::1]:"),
    ] {
        let served = Served::start_at(listen, &[]);
        assert!(served.base_url().starts_with(base_url), "{listen}");
        let report = json(&served.run(&["check", "--output", "json"]));
        assert_eq!(report["base_url"], served.base_url());
        let port = served.address().port();
        let (_, said) = served.interrupt();
        assert_eq!(said.lines().count(), 1, "{said}");
        let address = listen.replace(":0", &format!(":{port}"));
        for part in [
            "warning: ",
            &address,
            "other machines",
            "--listen 127.0.0.1:",
        ] {
            assert!(said.contains(part), "{said}");
        }
    }
}

#[test]
fn a_name_is_served_when_it_is_allowed() {
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
        // 400 is for the credential, which is missing.
        assert_eq!([get(&closed, host), get(&open, host)], expected, "{host}");
    }
    let said = refuses(&["--allow-host", "http://x"], 2);
    assert!(said.contains("stytch.internal"), "{said}");
}

#[test]
fn an_interrupt_ends_it_with_130_and_without_a_word() {
    let (status, said) = Served::start(&[]).interrupt();
    assert_eq!((status.code(), said.as_str()), (Some(130), ""));
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
fn users_and_seed_choose_who_is_there() {
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
fn loaded_users_come_in_every_form() {
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
fn what_an_emulator_prints_can_be_loaded_into_another() {
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
fn a_file_that_cannot_be_loaded_is_named_with_the_place() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("users.json");
    let path = file.to_str().unwrap();
    assert!(refuses(&["--load", path], 2).contains("users.json"));
    for (text, expected) in [
        ("nonsense", "users.json: line 1, column 2"),
        ("[{\"user_id\":\"a\"},\n{}]", "users.json: line 2, column 2"),
    ] {
        fs::write(&file, text).unwrap();
        let said = refuses(&["--load", path], 2);
        assert!(said.contains(expected), "{said}");
    }
}

#[test]
fn a_file_with_a_user_twice_is_a_mistake_of_the_caller() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("users.json");
    fs::write(&file, r#"[{"user_id":"a"},{"user_id":"a"}]"#).unwrap();
    let said = refuses(&["--load", file.to_str().unwrap()], 2);
    assert!(
        said.contains("users.json") && said.contains("`a`"),
        "{said}"
    );
}

#[test]
fn more_users_than_there_is_memory_are_refused_without_a_panic() {
    let said = refuses(&["--users", "18446744073709551615"], 2);
    assert!(said.contains("--users"), "{said}");
}

#[test]
fn wrong_flags_are_refused_before_anything_is_served() {
    for (args, expected) in [
        (&["--chaos", "boom"][..], "there is no such fault"),
        (&["--chaos", "429@0"], "@1-3"),
        (&["--chaos", "200"], "400 to 599"),
        (&["--users", "x"], "--users"),
        (&["--seed", "1.5"], "--seed"),
        (&["--rate-limit", "x"], "--rate-limit"),
        (&["--load", "x.json", "--users", "3"], "cannot be used with"),
    ] {
        let said = refuses(args, 2);
        assert!(said.contains(expected), "{said}");
    }
    let output = cli().run(&["emulator", "--listen", "localhost"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("--listen"));
}

#[test]
fn a_port_in_use_is_told_with_its_address() {
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
fn faults_are_rehearsed() {
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
