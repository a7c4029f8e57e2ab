//! Credentials from a folder.

use crate::serve;
use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;
use stytch_credentials::Source;
use stytch_emulator::{Emulator, Options, PROJECT_ID, SECRET};
use stytch_service::Settings;

fn write(folder: &Path, name: &str, secret: &str, base_url: &str) {
    let folder = folder.join(name);
    fs::create_dir_all(&folder).unwrap();
    for (file, content) in [
        ("project-id", PROJECT_ID),
        ("secret", secret),
        ("base-url", base_url),
    ] {
        fs::write(folder.join(file), content).unwrap();
    }
}

/// As in a cluster, where secrets are mounted as folders and replaced while the service
/// runs.
#[tokio::test]
async fn a_folder_of_credentials_is_followed() {
    let listen = SocketAddr::from(([127, 0, 0, 1], 0));
    let emulator = Emulator::start(listen, Options::default()).await.unwrap();
    let base_url = emulator.base_url();
    let folder = tempfile::tempdir().unwrap();
    write(
        folder.path(),
        "acme",
        "secret-test-that-was-rotated",
        &base_url,
    );
    fs::create_dir(folder.path().join("broken")).unwrap();

    let sources = vec![Source::Folder(folder.path().to_owned())];
    let client = serve(sources, Settings::default(), None).await;

    let check = "/v1/credentials/acme/check";
    let problem = client.post_json(check, "").await.problem(502);
    assert_eq!(problem["code"], "unauthorized");
    let problem = client
        .post_json("/v1/credentials/broken/check", "")
        .await
        .problem(500);
    assert_eq!(problem["code"], "unusable_credential");
    let ready = client.get("/readyz").await;
    assert_eq!(ready.status, 200);
    assert_eq!(ready.body, "ok\nunusable credential: broken\n");

    write(folder.path(), "acme", SECRET, &base_url);
    write(folder.path(), "new", SECRET, &base_url);
    fs::remove_dir_all(folder.path().join("broken")).unwrap();
    let changed = async {
        loop {
            tokio::time::sleep(Duration::from_millis(50)).await;
            let list = client.get("/v1/credentials").await.json();
            let names = list["credentials"].as_array().unwrap().iter();
            if names.map(|listed| &listed["name"]).eq(["acme", "new"]) {
                break;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(20), changed)
        .await
        .unwrap();
    assert_eq!(client.post_json(check, "").await.status, 200);
}
