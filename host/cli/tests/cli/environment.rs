//! Network settings from the environment: proxies, authorities and base URLs.

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

/// Runs a command with a credential.
fn run(cli: &Cli, args: &[&str], variables: &[(&str, &str)]) -> Output {
    let credential = [("STYTCH_PROJECT_ID", PROJECT_ID), ("STYTCH_SECRET", HUSH)];
    let args = [args, &["--max-attempts", "1", "--timeout", "10"]].concat();
    let output = cli.run_with(&args, &[&credential[..], variables].concat(), "");
    assert_no_secret(&output);
    output
}

fn printed(output: &Output) -> String {
    [stdout(output), stderr(output)].concat()
}

/// The address of a closed port.
fn closed_port() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().to_string()
}

#[test]
fn proxy_credentials_are_not_printed() {
    let cli = cli();
    let hidden = [
        "jane".to_owned(),
        "corp.example".to_owned(),
        "Passw0rd".to_owned(),
        BASE64_STANDARD.encode("jane@corp.example:Passw0rd"),
        BASE64_STANDARD.encode("jane@corp.example:P@ssw0rd@Passw0rd"),
    ];
    let unreached = closed_port();
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
            let output_text = printed(&output);
            let code = output.status.code();
            assert!(
                code == Some(2) || code == Some(3),
                "{url} {args:?}: {output_text}"
            );
            for part in &hidden {
                assert!(
                    !output_text.contains(part.as_str()),
                    "{url} {args:?}: {output_text}"
                );
            }
            // An invalid URL is reported by its variable, an unreachable proxy by its address.
            let name = if code == Some(2) {
                variable
            } else {
                &unreached
            };
            assert!(output_text.contains(name), "{url} {args:?}: {output_text}");
        }
    }
}

#[test]
fn a_proxy_receives_its_complete_credentials() {
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
        let output_text = printed(&output);
        assert!(
            output_text.contains("407") && output_text.contains(&address),
            "{output_text}"
        );
        for part in ["jane", "corp.example", "Passw0rd", "P@ss"] {
            assert!(!output_text.contains(part), "{output_text}");
        }
        let request = proxy.request().to_lowercase();
        let expected = BASE64_STANDARD.encode(sent).to_lowercase();
        assert!(request.contains(&format!("basic {expected}")), "{request}");
    }
}

#[test]
fn the_error_for_an_unencoded_proxy_url_shows_the_encoding() {
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
fn unusable_authorities_of_a_variable_are_an_error_without_fallback() {
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
        let output_text = printed(&output);
        let line = output_text
            .lines()
            .find(|line| line.contains("authorities "));
        let line = line.unwrap_or_else(|| panic!("{output_text}"));
        assert!(
            line.starts_with("failure") && line.contains(variable),
            "{output_text}"
        );
        assert!(
            output_text.contains("unset both to trust the system's"),
            "{output_text}"
        );
        assert!(!output_text.contains("bundled"), "{output_text}");
    }
}

#[test]
fn authorities_of_a_variable_replace_the_systems() {
    let cli = cli();
    let own = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    std::fs::write(cli.home().join("own.pem"), own.cert.pem()).unwrap();
    // The port is closed, but the file is read first.
    let url = format!("https://{}", closed_port());
    let variables = [("SSL_CERT_FILE", "own.pem"), ("STYTCH_BASE_URL", &url)];
    let output = run(&cli, &["check"], &variables);
    assert_eq!(output.status.code(), Some(3), "{}", printed(&output));
}

#[test]
fn a_base_url_is_trimmed_and_errors_name_its_source() {
    let cli = cli();
    let url = format!("http://{}", closed_port());
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
            let output_text = printed(&output);
            assert_eq!(
                output.status.code(),
                Some(code),
                "{around:?}: {output_text}"
            );
            assert_eq!(
                output_text.contains(name),
                code == 2,
                "{around:?}: {output_text}"
            );
            assert!(
                !output_text.contains(['\u{200b}', '\u{feff}']),
                "{output_text:?}"
            );
        }
    }
    let output = run(
        &cli,
        &["--base-url", "http://127.0.0.1:1\u{200b}", "check"],
        &[],
    );
    assert!(
        printed(&output).contains("the character U+200B in it"),
        "{}",
        printed(&output)
    );
}
