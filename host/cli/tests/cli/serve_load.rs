//! The service under load while everything changes: Stytch fails, credentials are rotated,
//! tokens are revoked, it is told to stop.

use crate::serve::{Service, send, status_and_body};
use crate::served::Served;
use crate::{cli, stderr, stdout};
use serde_json::Value;
use std::collections::HashSet;
use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::symlink;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};
use stytch_emulator::{PROJECT_ID, SECRET};
use stytch_testkit::{Cli, http_call};

/// A fifth of the requests fail.
const FAULTS: &str = "503@8%,reset@headers@3%,reset@body@3%,truncate@3%,garbage@3%,slow=5ms";

const CALLERS: usize = 200;

/// How long a revoked token may still be accepted: files are looked at once a second, and
/// the machine may be busy.
const GRACE: Duration = Duration::from_secs(10);

/// A wrong secret of the length of the right one.
const WRONG: &str = "secret-test-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Who uses the service, with a credential of its own.
#[derive(Clone)]
struct Tenant {
    name: &'static str,
    /// The users of its project, or of both between which its credential moves.
    users: HashSet<String>,
    token: String,
}

/// A token that is revoked while it is used.
#[derive(Default)]
struct Revocation {
    has_begun: AtomicBool,
    is_in_effect: AtomicBool,
}

/// What the callers have seen.
#[derive(Default)]
struct Seen {
    succeeded: AtomicUsize,
    failed: AtomicUsize,
    refused: AtomicUsize,
}

#[test]
fn no_caller_gets_a_wrong_answer_or_that_of_another() {
    run(Duration::from_secs(5));
}

/// The same for a minute.
#[test]
#[ignore = "takes a minute"]
fn no_caller_gets_a_wrong_answer_or_that_of_another_for_a_minute() {
    run(Duration::from_mins(1));
}

#[test]
fn a_shutdown_under_load_cuts_no_response_off() {
    let stytch = Served::start(&["--users", "3000", "--chaos", "slow=30ms"]);
    let cli = cli();
    let log = cli.home().join("log");
    let mut command = stytch.command(&["serve", "--listen", "127.0.0.1:0"]);
    let service = Service::start_with_log(&mut command, 2, &log);
    let (address, token) = (service.address().to_owned(), service.token().to_owned());
    let (stopped, after) = (AtomicBool::new(false), AtomicUsize::new(0));
    thread::scope(|scope| {
        for number in 0..50 {
            let (address, token, stopped, after) = (&address, &token, &stopped, &after);
            scope.spawn(move || {
                let request = if number % 2 == 0 {
                    ["GET", "/v1/credentials/env/users/ada.lovelace", ""]
                } else {
                    let path = "/v1/credentials/env/users/search/all";
                    ["POST", path, r#"{"limit":1000}"#]
                };
                loop {
                    let was_stopped = stopped.load(Ordering::SeqCst);
                    match send(address, token, request, "") {
                        Ok(response) => {
                            assert!(response.starts_with("HTTP/1.0 200 OK\r\n"), "{response}");
                            assert!(response.trim_end().ends_with('}'), "{response}");
                            let is_complete = response.contains(r#""complete":true"#);
                            assert_eq!(is_complete, number % 2 == 1);
                        }
                        Err(error) => {
                            assert!(stopped.load(Ordering::SeqCst), "{error}");
                            break;
                        }
                    }
                    if !was_stopped && stopped.load(Ordering::SeqCst) {
                        after.fetch_add(1, Ordering::SeqCst);
                    }
                }
            });
        }
        thread::sleep(Duration::from_millis(500));
        stopped.store(true, Ordering::SeqCst);
        let (status, _) = service.server.end_with("-TERM");
        assert_eq!(status.code(), Some(0));
    });
    // Those that were in flight.
    assert!(after.into_inner() > 0);
}

fn run(duration: Duration) {
    let seeds = ["1", "2", "3", "4"];
    let users = seeds.map(users);
    let emulators =
        seeds.map(|seed| Served::start(&["--users", "50", "--seed", seed, "--chaos", FAULTS]));
    let cli = cli();
    let folder = cli.home().join("credentials");
    fs::create_dir(&folder).unwrap();
    // The credential of the third tenant moves between two projects, and that of the second
    // one has a wrong secret now and then.
    let versions = [
        ("first", SECRET, 0),
        ("second", SECRET, 1),
        ("second-wrong", WRONG, 1),
        ("third", SECRET, 2),
        ("third-moved", SECRET, 3),
    ];
    let hidden = cli.home().join("versions");
    for (name, secret, emulator) in versions {
        write(&hidden.join(name), secret, emulators[emulator].base_url());
    }
    for name in ["first", "second", "third"] {
        point(&folder, name, &hidden.join(name));
    }
    let tenant = |name, projects: &[usize]| Tenant {
        name,
        users: projects
            .iter()
            .flat_map(|&index| users[index].clone())
            .collect(),
        token: token(&cli, name, name),
    };
    let tenants = [
        tenant("first", &[0]),
        tenant("second", &[1]),
        tenant("third", &[2, 3]),
    ];
    let revoked = Tenant {
        token: token(&cli, "revoked", "first"),
        ..tenants[0].clone()
    };

    let log = cli.home().join("log");
    let mut command = cli.command(&["serve", "--listen", "127.0.0.1:0", "--sealed"]);
    command.arg("--credentials-dir").arg(&folder);
    let service = Service::start_with_log(&mut command, 1, &log);
    let address = service.address();

    let (seen, revocation, end) = (
        Seen::default(),
        Revocation::default(),
        Instant::now() + duration,
    );
    thread::scope(|scope| {
        for number in 0..CALLERS {
            let (tenant, revocation) = match number % 4 {
                3 => (&revoked, Some(&revocation)),
                index => (&tenants[index], None),
            };
            let seen = &seen;
            scope.spawn(move || {
                let mut turn = number;
                while Instant::now() < end {
                    call(address, tenant, revocation, turn, seen);
                    turn += 1;
                }
            });
        }
        scope.spawn(|| rotate(&folder, &hidden, end));
        scope.spawn(|| {
            thread::sleep(duration / 4);
            revocation.has_begun.store(true, Ordering::SeqCst);
            let output = cli.run(&["token", "revoke", "revoked"]);
            assert!(output.status.success(), "{}", stderr(&output));
            thread::sleep(GRACE);
            revocation.is_in_effect.store(true, Ordering::SeqCst);
        });
    });

    let request = ["GET", "/v1/credentials", ""];
    let response = send(address, &revoked.token, request, "").unwrap();
    assert_eq!(
        status_and_body(&response).0,
        401,
        "a revoked token was accepted"
    );

    let (status, _) = service.server.end_with("-TERM");
    assert_eq!(status.code(), Some(0));
    let log = fs::read_to_string(&log).unwrap();
    let tokens = tenants
        .iter()
        .chain([&revoked])
        .map(|tenant| &*tenant.token);
    for secret in tokens.chain([SECRET, WRONG]) {
        assert!(!log.contains(secret), "a secret is in the log");
    }
    assert!(!users.iter().flatten().any(|user| log.contains(user)));
    let [succeeded, failed, refused] =
        [&seen.succeeded, &seen.failed, &seen.refused].map(|count| count.load(Ordering::Relaxed));
    assert!(succeeded > 100 && failed > 0 && refused > 10);
    assert!(log.lines().count() >= succeeded + failed + refused);
    // For whoever runs it with --nocapture.
    let counts = format!("{succeeded} calls succeeded, {failed} failed, {refused} were refused\n");
    io::stdout().write_all(counts.as_bytes()).unwrap();
}

/// The IDs of all users that the seed generates.
fn users(seed: &str) -> HashSet<String> {
    let emulator = Served::start(&["--users", "50", "--seed", seed]);
    let (pair, body) = ((PROJECT_ID, SECRET), r#"{"limit":1000}"#);
    let page = http_call(emulator.address(), "POST", "/v1/users/search", pair, body);
    let page: Value = serde_json::from_str(&page).unwrap();
    let users = page["results"].as_array().unwrap().iter();
    users
        .map(|user| user["user_id"].as_str().unwrap().to_owned())
        .collect()
}

/// Replaces the credentials again and again.
fn rotate(folder: &Path, versions: &Path, end: Instant) {
    while Instant::now() < end {
        for names in [["second-wrong", "third-moved"], ["second", "third"]] {
            point(folder, "second", &versions.join(names[0]));
            point(folder, "third", &versions.join(names[1]));
            thread::sleep(Duration::from_millis(700));
        }
    }
}

fn token(cli: &Cli, name: &str, credential: &str) -> String {
    let created = cli.run(&["token", "create", name, "--credential", credential]);
    assert!(created.status.success(), "{}", stderr(&created));
    stdout(&created).trim_end().to_owned()
}

fn write(folder: &Path, secret: &str, base_url: &str) {
    fs::create_dir_all(folder).unwrap();
    for (file, content) in [
        ("project-id", PROJECT_ID),
        ("secret", secret),
        ("base-url", base_url),
    ] {
        fs::write(folder.join(file), content).unwrap();
    }
}

/// Replaces a mounted secret at once, as Kubernetes does.
fn point(folder: &Path, name: &str, version: &Path) {
    let link = folder.parent().unwrap().join(format!("{name}.new"));
    symlink(version, &link).unwrap();
    fs::rename(&link, folder.join(name)).unwrap();
}

/// Makes a call, and checks what came back.
fn call(address: &str, tenant: &Tenant, revocation: Option<&Revocation>, turn: usize, seen: &Seen) {
    let is_revoked = |effect: fn(&Revocation) -> &AtomicBool| {
        revocation.is_some_and(|revocation| effect(revocation).load(Ordering::SeqCst))
    };
    let must_be_refused = is_revoked(|revocation| &revocation.is_in_effect);
    let name = tenant.name;
    let user = tenant.users.iter().nth(turn % tenant.users.len()).unwrap();
    let foreign = ["first", "second", "third"]
        .into_iter()
        .find(|other| *other != name)
        .unwrap();
    let (method, path, body) = match turn % 5 {
        0 | 1 => ("GET", format!("/v1/credentials/{name}/users/{user}"), ""),
        2 => (
            "POST",
            format!("/v1/credentials/{name}/users/search"),
            r#"{"limit":10}"#,
        ),
        3 => (
            "POST",
            format!("/v1/credentials/{name}/users/search/all"),
            r#"{"limit":20}"#,
        ),
        _ => ("GET", format!("/v1/credentials/{foreign}/users/{user}"), ""),
    };
    if must_be_refused {
        // It is always refused; leave the time to the others.
        thread::sleep(Duration::from_millis(50));
    }
    let response = send(address, &tenant.token, [method, &path, body], "").unwrap();
    let (status, body) = status_and_body(&response);
    for secret in [SECRET, WRONG, &tenant.token] {
        assert!(!body.contains(secret), "a secret is in a response");
    }
    let document =
        || serde_json::from_str::<Value>(&body).unwrap_or_else(|_| panic!("{path}: {body}"));
    let is_known = |user: &Value| tenant.users.contains(user["user_id"].as_str().unwrap());
    match status {
        200 => {
            assert!(!must_be_refused, "a revoked token was accepted");
            assert_ne!(turn % 5, 4, "{name} used the credential {foreign}");
            match turn % 5 {
                0 | 1 => assert_eq!(document()["user_id"], user.as_str()),
                2 => {
                    let page = document();
                    let users = page["results"].as_array().unwrap();
                    assert!(users.len() == 10 && users.iter().all(is_known), "{body}");
                }
                _ => {
                    let lines: Vec<Value> = body
                        .lines()
                        .map(|line| serde_json::from_str(line).unwrap())
                        .collect();
                    let (last, users) = lines.split_last().unwrap();
                    assert!(users.iter().all(is_known), "{body}");
                    let is_complete = last["receipt"]["complete"] == true;
                    assert!(is_complete != last["error"].is_object(), "{last}");
                    assert!(!is_complete || users.len() == 50, "{last}");
                }
            }
            seen.succeeded.fetch_add(1, Ordering::Relaxed);
        }
        401 => {
            assert!(is_revoked(|revocation| &revocation.has_begun), "{body}");
            assert_eq!(document()["code"], "unauthenticated");
            seen.refused.fetch_add(1, Ordering::Relaxed);
        }
        403 => {
            assert_eq!(turn % 5, 4, "{body}");
            assert_eq!(document()["code"], "unknown_credential");
            seen.refused.fetch_add(1, Ordering::Relaxed);
        }
        // A user of the project that the credential has moved away from.
        404 => assert_eq!(
            (name, document()["code"].as_str()),
            ("third", Some("not_found"))
        ),
        502..=504 => {
            let code = document()["code"].as_str().unwrap().to_owned();
            let expected = ["unavailable", "unreachable", "malformed_response", "busy"];
            let is_rotated = code == "unauthorized" && name == "second";
            assert!(is_rotated || expected.contains(&&*code), "{body}");
            seen.failed.fetch_add(1, Ordering::Relaxed);
        }
        _ => panic!("{path}: {status} {body}"),
    }
}
