//! What the environment says about the network: proxies, authorities, base URLs.

use crate::{HUSH, assert_no_secret, cli, json_error, stderr, stdout};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use std::net::TcpListener;
use std::process::Output;
use stytch_emulator::PROJECT_ID;
use stytch_testkit::{Answer, Cli, ScriptedServer};

const COMMANDS: [&[&str]; 4] = [
    &["check"],
    &["-vv", "check"],
    &["--output", "json", "retrieve-user", "user-test-1"],
    &["doctor"],
];

/// With a credential.
fn run(cli: &Cli, args: &[&str], variables: &[(&str, &str)]) -> Output {
    let credential = [("STYTCH_PROJECT_ID", PROJECT_ID), ("STYTCH_SECRET", HUSH)];
    let args = [args, &["--max-attempts", "1", "--timeout", "10"]].concat();
    let output = cli.run_with(&args, &[&credential[..], variables].concat(), "");
    assert_no_secret(&output);
    output
}

fn said(output: &Output) -> String {
    [stdout(output), stderr(output)].concat()
}

/// A port of this machine on which nobody listens.
fn refused() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().to_string()
}

#[test]
fn nothing_of_a_proxys_credentials_is_printed() {
    let cli = cli();
    let hidden = [
        "jane".to_owned(),
        "corp.example".to_owned(),
        "Passw0rd".to_owned(),
        BASE64_STANDARD.encode("jane@corp.example:Passw0rd"),
        BASE64_STANDARD.encode("jane@corp.example:P@ssw0rd@Passw0rd"),
    ];
    let unreached = refused();
    for (variable, scheme, user_info) in [
        ("HTTPS_PROXY", "http://", "jane@corp.example:Passw0rd"),
        ("https_proxy", "https://", "jane@corp.example:Passw0rd"),
        ("ALL_PROXY", "", "jane@corp.example:Passw0rd"),
        (
            "all_proxy",
            "http://",
            "jane@corp.example:P@ssw0rd@Passw0rd",
        ),
        ("HTTPS_PROXY", "http://", "jane@corp.example:Pass#Passw0rd"),
        ("ALL_PROXY", "", "jane@corp.example:Pass/Passw0rd"),
        ("HTTPS_PROXY", "https://", "jane:Passw0rd\u{e9}"),
        ("HTTPS_PROXY", "\"http://", "jane@corp.example:Passw0rd"),
        ("HTTPS_PROXY", "socks5://", "jane@corp.example:Passw0rd"),
    ] {
        let url = format!("{scheme}{user_info}@{unreached}");
        for args in COMMANDS {
            let output = run(&cli, args, &[(variable, &url)]);
            let said = said(&output);
            let code = output.status.code();
            assert!(code == Some(2) || code == Some(3), "{url} {args:?}: {said}");
            for part in &hidden {
                assert!(!said.contains(part.as_str()), "{url} {args:?}: {said}");
            }
            // It is named where it is wrong, and where it was not reached.
            let name = if code == Some(2) {
                variable
            } else {
                &unreached
            };
            assert!(said.contains(name), "{url} {args:?}: {said}");
        }
    }
}

#[test]
fn a_proxy_gets_the_whole_credentials() {
    let cli = cli();
    let answer = || Answer::http("407 Proxy Authentication Required", &[], "");
    for (user_info, sent) in [
        ("jane@corp.example:Passw0rd", "jane@corp.example:Passw0rd"),
        ("jane@corp.example:P@ss@", "jane@corp.example:P@ss@"),
        ("jane%40corp.example:P%40ss%2F", "jane@corp.example:P@ss/"),
    ] {
        let proxy = ScriptedServer::start(answer());
        let address = proxy.base_url().replace("http://", "");
        let url = format!("http://{user_info}@{address}");
        let output = run(&cli, &["check"], &[("HTTPS_PROXY", &url)]);
        let said = said(&output);
        assert!(said.contains("407") && said.contains(&address), "{said}");
        for part in ["jane", "corp.example", "Passw0rd", "P@ss"] {
            assert!(!said.contains(part), "{said}");
        }
        let request = proxy.request().to_lowercase();
        let expected = BASE64_STANDARD.encode(sent).to_lowercase();
        assert!(request.contains(&format!("basic {expected}")), "{request}");
    }
}

#[test]
fn a_proxys_url_that_must_be_encoded_is_told_how() {
    for (character, replacement) in [("#", "%23"), ("/", "%2F"), ("?", "%3F"), ("\\", "%5C")] {
        let url = format!("http://jane:Pass{character}w0rd@127.0.0.1:9");
        let output = run(
            &cli(),
            &["--output", "json", "check"],
            &[("ALL_PROXY", &url)],
        );
        let error = json_error(&output, 2);
        let message = error["message"].as_str().unwrap();
        assert!(
            message.starts_with("ALL_PROXY has a ") && message.contains(replacement),
            "{message}"
        );
    }
}

#[test]
fn authorities_that_a_variable_names_are_never_replaced_by_others() {
    let cli = cli();
    let own = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    for (name, content) in [
        ("empty.pem", &b""[..]),
        ("der.pem", own.cert.der()),
        ("text.pem", b"no certificate"),
    ] {
        std::fs::write(cli.home().join(name), content).unwrap();
    }
    std::fs::create_dir(cli.home().join("folder")).unwrap();
    for (variable, value, expected) in [
        ("SSL_CERT_FILE", "missing.pem", "No such file"),
        ("SSL_CERT_FILE", "empty.pem", "it is empty"),
        ("SSL_CERT_FILE", "der.pem", "openssl x509"),
        ("SSL_CERT_FILE", "text.pem", "no PEM certificate"),
        ("SSL_CERT_FILE", "folder", "it is a directory"),
        ("SSL_CERT_FILE", "", "it is empty"),
        ("SSL_CERT_DIR", "missing", "No such file"),
        ("SSL_CERT_DIR", "folder", "no PEM certificate"),
        ("SSL_CERT_DIR", "", "it is empty"),
    ] {
        let variables = [(variable, value)];
        let output = run(&cli, &["--output", "json", "check"], &variables);
        let error = json_error(&output, 2);
        assert_eq!(error["code"], "misconfigured", "{error}");
        let message = error["message"].as_str().unwrap();
        assert!(
            message.starts_with(variable) && message.contains(expected),
            "{variable}={value}: {message}"
        );
        assert!(error["hint"].as_str().unwrap().contains("unset"), "{error}");

        let output = run(&cli, &["doctor", "--output", "table"], &variables);
        assert_eq!(output.status.code(), Some(2));
        let said = said(&output);
        let line = said.lines().find(|line| line.contains("authorities "));
        let line = line.unwrap_or_else(|| panic!("{said}"));
        assert!(
            line.starts_with("failure") && line.contains(variable),
            "{said}"
        );
        assert!(said.contains("unset both to trust the system's"), "{said}");
        assert!(!said.contains("bundled"), "{said}");
    }
}

#[test]
fn authorities_that_a_variable_names_are_the_only_ones() {
    let cli = cli();
    let own = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    std::fs::write(cli.home().join("own.pem"), own.cert.pem()).unwrap();
    // Nobody is there, but the file is read.
    let url = format!("https://{}", refused());
    let variables = [("SSL_CERT_FILE", "own.pem"), ("STYTCH_BASE_URL", &url)];
    let output = run(&cli, &["check"], &variables);
    assert_eq!(output.status.code(), Some(3), "{}", said(&output));
}

#[test]
fn a_base_url_is_trimmed_and_what_is_wrong_with_it_is_told_with_its_place() {
    let cli = cli();
    let url = format!("http://{}", refused());
    for (around, code) in [
        (format!("{url}\n"), 3),
        (format!(" {url}/\r\n"), 3),
        (format!("\"{url}\""), 2),
        (format!("'{url}'"), 2),
        (url.replace("127", "127 "), 2),
        (url.replace("127", "\u{200b}127"), 2),
        (url.replace("127", "127\n"), 2),
        (format!("\u{feff}{url}"), 2),
    ] {
        let of_variable = run(&cli, &["check"], &[("STYTCH_BASE_URL", &around)]);
        let of_flag = run(&cli, &["--base-url", &around, "check"], &[]);
        let in_doctor = run(&cli, &["doctor"], &[("STYTCH_BASE_URL", &around)]);
        for (output, name) in [
            (of_variable, "STYTCH_BASE_URL: the base URL"),
            (of_flag, "--base-url: the base URL"),
            (in_doctor, "STYTCH_BASE_URL: the base URL"),
        ] {
            let said = said(&output);
            assert_eq!(output.status.code(), Some(code), "{around:?}: {said}");
            assert_eq!(said.contains(name), code == 2, "{around:?}: {said}");
            assert!(!said.contains(['\u{200b}', '\u{feff}']), "{said:?}");
        }
    }
    let output = run(
        &cli,
        &["--base-url", "http://127.0.0.1:1\u{200b}", "check"],
        &[],
    );
    assert!(
        said(&output).contains("the character U+200B in it"),
        "{}",
        said(&output)
    );
}
