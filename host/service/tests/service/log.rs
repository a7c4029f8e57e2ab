//! The access log.

use crate::client::Client;
use crate::{bind, credential};
use serde_json::{Value, json};
use std::io::{self, Write};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;
use stytch_credentials::Source;
use stytch_emulator::{Emulator, Options, SECRET};
use stytch_service::{Listening, Settings};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

pub(crate) struct Lines(pub(crate) Sender<Vec<u8>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.send(bytes.to_vec()).map_err(io::Error::other)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// An emulator, the client of a service that calls it, and what the service logs.
pub(crate) async fn logged(options: Options) -> (Emulator, Client, Receiver<Vec<u8>>) {
    let (emulator, (client, listening), lines) = bind_logged(options, Settings::default()).await;
    tokio::spawn(listening.run(std::future::pending()));
    (emulator, client, lines)
}

/// The same with a service that does not run yet.
async fn bind_logged(
    options: Options,
    settings: Settings,
) -> (Emulator, (Client, Listening), Receiver<Vec<u8>>) {
    let emulator = Emulator::start(([127, 0, 0, 1], 0).into(), options);
    let emulator = emulator.await.unwrap();
    let sources = vec![Source::Fixed("emulator".to_owned(), credential(&emulator))];
    let (sender, lines) = channel();
    let bound = bind(sources, settings, Some(Box::new(Lines(sender)))).await;
    (emulator, bound, lines)
}

#[tokio::test]
async fn a_client_that_does_not_wait_for_the_response_is_logged() {
    let options = Options::default().chaos("stall@headers".parse().unwrap());
    let (emulator, client, lines) = logged(options).await;
    let path = "/v1/credentials/emulator/users/ada.lovelace";
    let request = tokio::spawn(async move { client.get(path).await.status });
    while emulator.requests() == 0 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    request.abort();
    let line = tokio::task::spawn_blocking(move || lines.recv_timeout(Duration::from_secs(10)));
    let line: Value = serde_json::from_slice(&line.await.unwrap().unwrap()).unwrap();
    assert_eq!(line["status"], 499);
    assert_eq!(line["operation"], "retrieve-user");
}

#[tokio::test]
async fn a_request_that_is_cut_off_when_the_service_stops_is_logged() {
    let options = Options::default().chaos("stall@headers".parse().unwrap());
    let mut settings = Settings::default();
    settings.drain = Duration::from_millis(10);
    let (emulator, (client, listening), lines) = bind_logged(options, settings).await;
    let request = tokio::spawn(async move {
        let path = "/v1/credentials/emulator/users/ada.lovelace";
        client.get(path).await.status
    });
    listening
        .run(async {
            while emulator.requests() == 0 {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        })
        .await;
    // The service has ended, and its log was flushed.
    let line: Value = serde_json::from_slice(&lines.try_recv().unwrap()).unwrap();
    assert_eq!(line["status"], 499);
    assert_eq!(line["operation"], "retrieve-user");
    assert!(request.await.is_err(), "there is no response");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_response_that_is_not_sent_completely_is_logged_as_cut_off() {
    // The second page never comes.
    let chaos = "stall@headers@2".parse().unwrap();
    let (_emulator, client, lines) = logged(Options::default().chaos(chaos)).await;
    let mut stream = TcpStream::connect(client.address).await.unwrap();
    let body = r#"{"limit":100}"#;
    let request = format!(
        "POST /v1/credentials/emulator/users/search/all HTTP/1.1\r\nhost: localhost\r\n\
         authorization: {}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        client.authorization(),
        body.len()
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut response = BufReader::new(stream).lines();
    while !(response.next_line().await.unwrap().unwrap()).contains("user_id") {}
    drop(response);
    let next = || lines.recv_timeout(Duration::from_secs(10)).unwrap();
    let line: Value = tokio::task::block_in_place(|| serde_json::from_slice(&next()).unwrap());
    assert_eq!(
        (&line["status"], &line["cut_off"]),
        (&json!(200), &json!(true))
    );
    client.get("/healthz").await;
    let line: Value = serde_json::from_slice(&next()).unwrap();
    assert_eq!(
        (&line["status"], &line["cut_off"]),
        (&json!(200), &Value::Null)
    );
}

#[tokio::test]
async fn each_request_is_a_line_without_personal_data() {
    let (_emulator, client, lines) = logged(Options::default()).await;
    let (_, token) = client.authorization().split_once(' ').unwrap();

    let line = async |path: &str| {
        client.get(path).await;
        let line = lines.recv_timeout(Duration::from_secs(10)).unwrap();
        let line = String::from_utf8(line).unwrap();
        for hidden in ["ada", "nobody", token, SECRET] {
            assert!(!line.contains(hidden), "{line}");
        }
        serde_json::from_str::<Value>(&line).unwrap()
    };
    let found = line("/v1/credentials/emulator/users/ada.lovelace").await;
    assert_eq!(found["route"], "/v1/credentials/{name}/users/{user_id}");
    assert_eq!(found["status"], 200);
    assert_eq!(found["credential"], "emulator");
    assert_eq!(found["operation"], "retrieve-user");
    assert_eq!(found["token"], "this run");
    assert!(found["bytes"].as_u64().unwrap() > 100);
    let failed = line("/v1/credentials/emulator/users/nobody").await;
    assert_eq!(failed["code"], "not_found");
    assert!(failed["request_id"].is_string());
    // A name that is no credential may be anything.
    let unknown = line("/v1/credentials/ada/users/x").await;
    assert_eq!(unknown["code"], "unknown_credential");
    assert_eq!(unknown["credential"], Value::Null);
    assert_eq!(line("/ada").await["route"], "unknown");
}
