//! What the command holds in memory, whatever a server sends.
#![cfg(target_os = "linux")]

use crate::{HUSH, cli};
use std::fs;
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};
use stytch_emulator::PROJECT_ID;
use stytch_testkit::{Answer, ScriptedServer, Step};

/// The most memory that a command had, in MB, and what it said at last.
fn peak(base_url: &str, args: &[&str]) -> (u64, String) {
    let begun = Instant::now();
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
        // The kernel keeps the highest value; it is gone with the process.
        let text = fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kilobytes = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse().ok());
        peak = peak.max(kilobytes.map_or(0, |kilobytes: u64| kilobytes / 1024));
        thread::sleep(Duration::from_millis(1));
    }
    assert!(begun.elapsed() < Duration::from_secs(20));
    let output = child.wait_with_output().unwrap();
    // A signal, such as a stack overflow's, leaves no code.
    assert!(output.status.code().is_some(), "{args:?}: {output:?}");
    (peak, String::from_utf8(output.stderr).unwrap())
}

#[test]
fn an_answer_of_a_gigabyte_is_cut_off_in_little_memory() {
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
        let (peak, said) = peak(&server.base_url(), &["search-users"]);
        assert!(said.contains("larger than"), "{header}: {said}");
        // The cap is 32 MiB: the last time that what is held grows, it is there twice, in
        // blocks of 32 and 64 MiB.
        assert!((40..160).contains(&peak), "{header}: {peak} MB");
    }
}

/// Text that goes through is not text that is looked into, level by level.
#[test]
fn a_hundred_thousand_levels_break_no_format() {
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
        let (_, said) = peak(&server.base_url(), &args);
        assert!(
            !said.contains("panicked") && !said.contains("overflow"),
            "{args:?}: {said}"
        );
    }
}
