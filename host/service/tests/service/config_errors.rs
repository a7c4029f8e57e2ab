//! Files that cannot be read again while the service runs.

use crate::client::Client;
use crate::listen::{certificate, files};
use crate::log::Lines;
use crate::try_bind;
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;
use stytch_credentials::Source;
use stytch_service::{Error, Listening, Scope, Settings, TokenError, TokenSource, TokenStore};

/// The next events of the log, without those of requests and without their times.
fn events(lines: &Receiver<Vec<u8>>, count: usize) -> Vec<String> {
    let mut events = Vec::new();
    while events.len() < count {
        let bytes = lines.recv_timeout(Duration::from_secs(20)).unwrap();
        for line in String::from_utf8(bytes).unwrap().lines() {
            let mut line: Value = serde_json::from_str(line).unwrap();
            line.as_object_mut().unwrap().remove("time").unwrap();
            if line["event"].is_string() {
                events.push(line.to_string());
            }
        }
    }
    events.sort();
    events
}

fn replace_by_pipe(path: &Path) {
    fs::remove_file(path).unwrap();
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}

/// A service that logs, and its log.
async fn bind(sources: Vec<Source>, settings: Settings) -> (Listening, Receiver<Vec<u8>>) {
    let (sender, lines) = channel();
    let log = Box::new(Lines(sender));
    let listening = try_bind(sources, settings, Some(log)).await;
    (listening.unwrap(), lines)
}

fn error(config: &str, error: &str) -> String {
    format!(r#"{{"config":"{config}","error":"{error}","event":"config_error"}}"#)
}

fn resolved(config: &str) -> String {
    format!(r#"{{"config":"{config}","event":"config_error_resolved"}}"#)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_read_again_is_named_until_it_can() {
    let folder = tempfile::tempdir().unwrap();
    let [credentials, tokens] = ["credentials", "tokens"].map(|name| folder.path().join(name));
    fs::create_dir_all(credentials.join("broken")).unwrap();
    let store = TokenStore::in_folder(tokens);
    let token = store.create("ci", Scope::default()).unwrap();
    let mut settings = Settings::default();
    settings.tokens = Some(TokenSource::File(store.file()));
    let sources = vec![Source::Folder(credentials.clone())];
    let (listening, lines) = bind(sources, settings).await;
    let client = Client::new(&listening, token.expose());
    let broken = r#""config":"credential","credential":"broken""#;
    let reason = "project-id: No such file or directory (os error 2)";
    let expected = format!(r#"{{{broken},"error":"{reason}","event":"config_error"}}"#);
    assert_eq!(events(&lines, 1), [expected]);

    tokio::spawn(listening.run(std::future::pending()));
    let stored = fs::read(store.file()).unwrap();
    replace_by_pipe(&store.file());
    fs::rename(&credentials, folder.path().join("moved")).unwrap();
    let of_credentials = format!(
        "the folder of credentials {} cannot be read: No such file or directory (os error 2)",
        credentials.display()
    );
    let of_tokens = format!(
        "the tokens in {} cannot be read: not a regular file",
        store.file().display()
    );
    let expected = [
        error("credentials", &of_credentials),
        error("tokens", &of_tokens),
    ];
    assert_eq!(events(&lines, 2), expected);
    let expected = "ok\ncannot be read again: credentials\nunusable credential: broken\n\
                    cannot be read again: tokens\n";
    assert_eq!(client.get("/readyz").await.body, expected);
    let metrics = client.get("/metrics").await.body;
    for (config, count) in [
        ("certificate", 0),
        ("credential", 1),
        ("credentials", 1),
        ("tokens", 1),
    ] {
        let line = format!("stytch_config_errors{{config=\"{config}\"}} {count}\n");
        assert!(metrics.contains(&line), "{metrics}");
    }

    fs::remove_file(store.file()).unwrap();
    fs::write(store.file(), stored).unwrap();
    fs::create_dir(&credentials).unwrap();
    let expected = [
        format!(r#"{{{broken},"event":"config_error_resolved"}}"#),
        resolved("credentials"),
        resolved("tokens"),
    ];
    assert_eq!(events(&lines, 3), expected);
    assert_eq!(client.get("/readyz").await.body, "ok\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_that_cannot_be_read_again_is_named_until_it_can() {
    let folder = tempfile::tempdir().unwrap();
    let tls = files(folder.path());
    certificate(&tls);
    let mut settings = Settings::default();
    settings.tls = Some(tls.clone());
    let (listening, lines) = bind(Vec::new(), settings).await;
    tokio::spawn(listening.run(std::future::pending()));
    replace_by_pipe(&tls.key);
    let reason = format!("{} cannot be read: not a regular file", tls.key.display());
    assert_eq!(events(&lines, 1), [error("certificate", &reason)]);
    fs::remove_file(&tls.key).unwrap();
    certificate(&tls);
    assert_eq!(events(&lines, 1), [resolved("certificate")]);
}

#[tokio::test]
async fn a_file_without_tokens_is_no_reason_to_let_everybody_in() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tokens.json");
    fs::write(&file, r#"{"version":1,"tokens":[]}"#).unwrap();
    let mut settings = Settings::default();
    settings.tokens = Some(TokenSource::File(file));
    let error = crate::listen::bind(settings).await.unwrap_err();
    assert!(
        matches!(error, Error::Tokens(TokenError::Empty { .. })),
        "{error}"
    );
}
