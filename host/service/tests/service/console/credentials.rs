//! Managing the credentials of the store.

use super::browser::{Browser, assert_strict};
use super::with_console;
use crate::serve;
use std::path::Path;
use std::sync::Arc;
use stytch_credentials::{Source, Store, StoreChoice};
use stytch_emulator::{Emulator, Options, PROJECT_ID, SECRET};
use tempfile::TempDir;

const ADD: &str = "/console/credentials/add";

struct Console {
    browser: Browser,
    emulator: Emulator,
    folder: TempDir,
}

/// A console with an empty store, and somebody who may change it.
async fn empty() -> Console {
    let options = Options::default();
    let emulator = Emulator::start(([127, 0, 0, 1], 0).into(), options)
        .await
        .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let store = || Store::in_folder(folder.path().join("stytch-host"));
    let mut settings = with_console();
    let console = settings.console.as_mut().unwrap();
    console.given = Vec::new();
    console.store = Some(Arc::new(store()));
    console.keep = Some(StoreChoice::File);
    let browser = Browser::new(serve(vec![Source::Store(store())], settings, None).await);
    browser.sign_in().await;
    Console {
        browser,
        emulator,
        folder,
    }
}

impl Console {
    fn store(&self) -> Store {
        Store::in_folder(self.folder.path().join("stytch-host"))
    }

    fn file(&self) -> String {
        read(&self.store().file())
    }
}

/// Fields that the emulator accepts.
fn accepted<'a>(base_url: &'a str, name: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("name", name),
        ("project_id", PROJECT_ID),
        ("secret", SECRET),
        ("base_url", base_url),
    ]
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_default()
}

#[tokio::test]
async fn a_credential_is_added_tested_used_made_the_default_and_removed() {
    let console = empty().await;
    let (browser, base_url) = (&console.browser, console.emulator.base_url());
    assert_eq!(
        browser.get("/console").await.header("location"),
        "/console/credentials"
    );
    let page = browser.get("/console/credentials").await;
    assert!(page.body.contains("No credential yet"), "{}", page.body);

    let first = accepted(&base_url, "first");
    let added = browser.post(ADD, ADD, &first).await;
    assert_eq!(added.header("location"), "/console/credentials?added=first");
    let page = browser.get("/console/credentials?added=first").await;
    for text in [
        "was added",
        "Stytch accepts it",
        ">Test<",
        ">default<",
        "a file that only",
    ] {
        assert!(page.body.contains(text), "{text} in {}", page.body);
    }
    assert!(!page.body.contains(SECRET), "{}", page.body);
    let user = browser
        .get("/console/retrieve?credential=first&id=ada.lovelace")
        .await;
    assert!(user.body.contains("Ada King Lovelace"), "{}", user.body);

    browser.post(ADD, ADD, &accepted(&base_url, "second")).await;
    let name = [("name", "second")];
    let changed = browser
        .post(
            "/console/credentials",
            "/console/credentials/default",
            &name,
        )
        .await;
    assert_eq!(changed.status, 303);
    assert_eq!(console.store().default().unwrap().unwrap().name, "second");
    let tested = browser
        .post("/console/credentials", "/console/credentials/test", &name)
        .await;
    assert_eq!(tested.header("location"), "/console/credentials#second");

    let ask = browser.get("/console/credentials/remove?name=second").await;
    assert!(ask.body.contains("Remove second?"), "{}", ask.body);
    assert_eq!(console.store().list().unwrap().len(), 2, "it only asks");
    let path = "/console/credentials/remove";
    browser.post("/console/credentials", path, &name).await;
    assert_eq!(console.store().list().unwrap().len(), 1);
    let page = browser
        .get("/console/retrieve?credential=second&id=ada.lovelace")
        .await;
    assert_eq!(page.status, 403);
    let again = browser.post("/console/credentials", path, &name).await;
    assert_eq!(again.status, 422);
    assert!(
        again.body.contains("no credential named second"),
        "{}",
        again.body
    );
}

#[tokio::test]
async fn what_cannot_be_a_credential_is_not_added_and_no_secret_comes_back() {
    let console = empty().await;
    let (browser, base_url) = (&console.browser, console.emulator.base_url());
    let before = console.emulator.requests();
    for (field, value, expected) in [
        ("name", "a b", "letters, digits"),
        ("name", "secret-test-hush", "belongs in the field Secret"),
        ("project_id", "", "is empty"),
        (
            "project_id",
            "secret-live-hush",
            "belongs in the field Secret",
        ),
        ("project_id", "Project-Live-1", "would count as a test one"),
        (
            "project_id",
            "project-live-1",
            "the project ID is a live one",
        ),
        ("secret", "", "there is no secret"),
        ("secret", "project-test-hush", "a project ID, not a secret"),
        ("secret", "secret-live-hush", "is a live one"),
        ("secret", "'secret-test-hush'", "quotation marks"),
        ("base_url", "ftp://hush", "base URL"),
        (
            "base_url",
            "https://secret-test-hush",
            "belongs in the field Secret",
        ),
        ("base_url", "https://api.stytch.com", "live API"),
    ] {
        let mut fields = accepted(&base_url, "acme");
        for (name, old) in &mut fields {
            if *name == field {
                *old = value;
            }
        }
        let page = browser.post(ADD, ADD, &fields).await;
        assert_eq!(page.status, 422, "{field} {value}");
        let text = page.body.to_lowercase();
        assert!(
            text.contains(&expected.to_lowercase()),
            "{field} {value}: {}",
            page.body
        );
        assert!(
            page.body.contains("aria-invalid=\"true\""),
            "{field}: {}",
            page.body
        );
        assert!(
            !page.body.contains("secret-test-hush") && !page.body.contains(SECRET),
            "{field}"
        );
        assert_strict(&page, field);
    }
    assert_eq!(console.emulator.requests(), before, "nothing was sent");
    assert_eq!(console.file(), "");
}

#[tokio::test]
async fn one_that_stytch_refuses_is_added_only_without_a_test() {
    let console = empty().await;
    let (browser, base_url) = (&console.browser, console.emulator.base_url());
    let mut fields = accepted(&base_url, "acme");
    fields[2] = ("secret", "secret-test-wrong");
    let page = browser.post(ADD, ADD, &fields).await;
    assert_eq!(page.status, 422);
    for text in ["Stytch refused the credential", "Add it without a test"] {
        assert!(page.body.contains(text), "{text} in {}", page.body);
    }
    assert!(!page.body.contains("secret-test-wrong"), "{}", page.body);
    assert_eq!(console.file(), "");

    fields.push(("untested", "yes"));
    assert_eq!(browser.post(ADD, ADD, &fields).await.status, 303);
    let page = browser.get("/console/credentials").await;
    assert!(
        page.body.contains("not since the service was started"),
        "{}",
        page.body
    );
    let name = [("name", "acme")];
    browser
        .post("/console/credentials", "/console/credentials/test", &name)
        .await;
    let page = browser.get("/console/credentials").await;
    assert!(
        page.body.contains("Stytch refused the credential"),
        "{}",
        page.body
    );
}

#[tokio::test]
async fn a_secret_is_replaced_and_a_name_is_not_taken_twice() {
    let console = empty().await;
    let (browser, base_url) = (&console.browser, console.emulator.base_url());
    let mut fields = accepted(&base_url, "acme");
    fields[2] = ("secret", "secret-test-old");
    fields.push(("untested", "yes"));
    browser.post(ADD, ADD, &fields).await;
    let page = browser.post(ADD, ADD, &fields).await;
    assert_eq!(page.status, 422);
    assert!(page.body.contains("already exists"), "{}", page.body);

    let form = "/console/credentials/add?replace=acme";
    let page = browser.get(form).await;
    assert!(
        page.body.contains("Replace a secret") && page.body.contains("readonly"),
        "{}",
        page.body
    );
    assert!(!page.body.contains("secret-test-old"), "{}", page.body);
    let mut fields = accepted(&base_url, "acme");
    fields.push(("replace", "yes"));
    assert_eq!(browser.post(form, ADD, &fields).await.status, 303);
    assert!(!console.file().contains("secret-test-old"));
    let user = browser
        .get("/console/retrieve?credential=acme&id=ada.lovelace")
        .await;
    assert_eq!(user.status, 200);
    assert_eq!(
        browser
            .get("/console/credentials/add?replace=none")
            .await
            .status,
        404
    );
}

#[tokio::test]
async fn credentials_that_were_given_cannot_be_changed() {
    let (_emulator, browser) = super::signed_in(Options::default()).await;
    let page = browser.get("/console/credentials").await;
    assert!(
        page.body
            .contains("given to the service when it was started"),
        "{}",
        page.body
    );
    for path in [ADD, "/console/credentials/remove?name=emulator"] {
        assert_eq!(browser.get(path).await.status, 403, "{path}");
    }
    let name = [("name", "emulator")];
    for path in [
        ADD,
        "/console/credentials/default",
        "/console/credentials/remove",
    ] {
        let page = browser.post("/console/credentials", path, &name).await;
        assert_eq!(page.status, 403, "{path}");
    }
}
