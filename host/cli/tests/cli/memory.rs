//! Memory usage, whatever a server sends.
#![cfg(target_os = "linux")]

use crate::{HUSH, cli};
use std::fs;
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};
use stytch_emulator::PROJECT_ID;
use stytch_testkit::{Answer, ScriptedServer, Step};

/// The peak memory of a command in MB, and its standard error.
fn peak(base_url: &str, args: &[&str]) -> (u64, String) {
    let start = Instant::now();
    let mut child = cli()
        .command(args)
        .env("STYTCH_PROJECT_ID", PROJECT_ID)
        .env("STYTCH_SECRET", HUSH)
        .env("STYTCH_BASE_URL", base_url)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    while child.try_wait().unwrap().is_none() {
        // The kernel records the peak, but only until the process ends.
        let text = fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kilobytes = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse().ok());
        peak = peak.max(kilobytes.map_or(0, |kilobytes: u64| kilobytes / 1024));
        thread::sleep(Duration::from_millis(1));
    }
    assert!(start.elapsed() < Duration::from_secs(20));
    let output = child.wait_with_output().unwrap();
    // There is no exit code after a signal, such as for a stack overflow.
    assert!(output.status.code().is_some(), "{args:?}: {output:?}");
    (peak, String::from_utf8(output.stderr).unwrap())
}

#[test]
fn a_response_of_one_gigabyte_is_rejected_in_little_memory() {
    const GIGABYTE: u64 = 1 << 30;
    let spaces = || Step::Repeat(b" ".to_vec(), GIGABYTE);
    let chunk = [b"10000\r\n", vec![b' '; 0x10000].as_slice(), b"\r\n"].concat();
    let chunks = Step::Repeat(chunk, GIGABYTE / 0x10000);
    for (header, body) in [
        ("content-length: 1073741824", spaces()),
        ("transfer-encoding: chunked", chunks),
        ("connection: close", spaces()),
    ] {
        let head = format!("HTTP/1.1 200 OK\r\n{header}\r\n\r\n");
        let server = ScriptedServer::start(Answer::Steps(vec![
            Step::Request,
            Step::Send(head.into()),
            body,
        ]));
        let (peak, printed) = peak(&server.base_url(), &["search-users"]);
        assert!(printed.contains("larger than"), "{header}: {printed}");
        // The limit is 32 MiB: when the buffer last grows, blocks of 32 and 64 MiB are
        // allocated at once.
        assert!((40..160).contains(&peak), "{header}: {peak} MB");
    }
}

/// JSON that is only passed through is not parsed recursively.
#[test]
fn json_nested_a_hundred_thousand_levels_deep_works_in_every_format() {
    let nested = "[".repeat(100_000) + &"]".repeat(100_000);
    let body = format!(
        r#"{{"results":[{{"user_id":"user-test-1","trusted_metadata":{{"a":{nested}}},"new":{nested}}}]}}"#
    );
    for args in [
        &["--output", "table"][..],
        &["--output", "json"],
        &["--output", "jsonl"],
        &["--output", "csv"],
        &["--jq", ".users"],
        &["--output", "csv", "--fields", "user_id,trusted_metadata"],
    ] {
        let server = ScriptedServer::start(Answer::http("200 OK", &["connection: close"], &body));
        let args = [&["search-users"], args].concat();
        let (_, printed) = peak(&server.base_url(), &args);
        assert!(
            !printed.contains("panicked") && !printed.contains("overflow"),
            "{args:?}: {printed}"
        );
    }
}
