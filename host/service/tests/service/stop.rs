//! A service that stops: clients that have connected get a response.

use crate::address;
use crate::listen::{at_socket, bind, certificate, files, health};
use std::fs;
use std::time::Duration;
use stytch_service::{Address, Settings};
use tokio::net::{TcpStream, UnixStream};
use tokio::sync::oneshot;
use tokio::time::timeout;

#[tokio::test]
async fn connections_that_wait_to_be_accepted_are_served() {
    let folder = tempfile::tempdir().unwrap();
    let (by_socket, path) = at_socket(folder.path());
    for settings in [Settings::default(), by_socket] {
        let listening = bind(settings).await.unwrap();
        let mut responses = Vec::new();
        for _ in 0..10 {
            responses.push(match listening.address() {
                Address::Tcp(address) => {
                    let stream = TcpStream::connect(address).await.unwrap();
                    tokio::spawn(health(stream))
                }
                _ => tokio::spawn(health(UnixStream::connect(&path).await.unwrap())),
            });
        }
        listening.run(async {}).await;
        for response in responses {
            let response = response.await.unwrap();
            assert!(response.starts_with("HTTP/1.1 200 OK"), "{response}");
        }
    }
}

#[tokio::test]
async fn a_first_request_that_is_on_its_way_is_served() {
    let listening = bind(Settings::default()).await.unwrap();
    let address = address(&listening);
    let (stop, stopped) = oneshot::channel::<()>();
    let ended = tokio::spawn(listening.run(async {
        let _ = stopped.await;
    }));
    let used = TcpStream::connect(address).await.unwrap();
    // It was accepted before the next one.
    let unused = TcpStream::connect(address).await.unwrap();
    let response = health(used).await;
    assert!(response.starts_with("HTTP/1.1 200 OK"), "{response}");
    let silent = TcpStream::connect(address).await.unwrap();
    stop.send(()).unwrap();
    while TcpStream::connect(address).await.is_ok() {
        tokio::task::yield_now().await;
    }
    let response = health(unused).await;
    assert!(response.starts_with("HTTP/1.1 200 OK"), "{response}");
    // One that never sends a request is waited for a little while only.
    timeout(Duration::from_secs(20), ended)
        .await
        .unwrap()
        .unwrap();
    drop(silent);
}

#[tokio::test]
async fn a_client_that_never_begins_tls_is_not_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let files = files(folder.path());
    certificate(&files);
    let mut settings = Settings::default();
    settings.tls = Some(files);
    let listening = bind(settings).await.unwrap();
    let address = address(&listening);
    let silent = TcpStream::connect(address).await.unwrap();
    // The handshake may take ten seconds otherwise.
    let ended = timeout(Duration::from_secs(8), listening.run(async {}));
    ended.await.unwrap();
    drop(silent);
}

#[tokio::test]
async fn the_socket_of_another_process_stays() {
    let folder = tempfile::tempdir().unwrap();
    let (settings, path) = at_socket(folder.path());
    let listening = bind(settings).await.unwrap();
    fs::remove_file(&path).unwrap();
    let _other = std::os::unix::net::UnixListener::bind(&path).unwrap();
    listening.run(async {}).await;
    assert!(path.exists());
}
