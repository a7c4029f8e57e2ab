//! Signing in and out, and the forms of others.

use super::browser::{Browser, assert_strict, form_token};
use super::{PAGES, SEARCH, signed_in, signed_out, with_console};
use crate::client::Client;
use crate::{DESCRIPTION, PLUGIN, credential};
use stytch_credentials::Source;
use stytch_emulator::{Emulator, Options};
use stytch_service::{Operation, Scope, Service, TokenSource, TokenStore};

#[tokio::test]
async fn a_token_signs_in_and_is_in_no_page_and_no_address() {
    let (_emulator, browser) = signed_out(Options::default()).await;
    let refused = browser.sign_in_with("sth_000000000000_x").await;
    assert_eq!(refused.status, 401);
    assert!(
        refused.body.contains("This token is not valid"),
        "{}",
        refused.body
    );
    assert_eq!(browser.session(), "");

    let token = browser.token().to_owned();
    let response = browser.sign_in_with(&format!(" {token}\n")).await;
    assert_eq!(response.status, 303);
    assert_eq!(response.header("location"), "/console/search");
    assert!(!browser.session().is_empty());
    for (path, _, _) in PAGES {
        let page = browser.get(path).await;
        assert!(!page.body.contains(&token), "{path}");
        assert!(!page.body.contains(&browser.session()), "{path}");
    }
    assert_eq!(
        browser.get("/console").await.header("location"),
        "/console/retrieve"
    );
}

#[tokio::test]
async fn a_session_that_was_ended_is_of_no_use() {
    let (emulator, browser) = signed_in(Options::default()).await;
    let copy = browser.session();
    let signed_out = browser
        .post("/console/search", "/console/sign-out", &[])
        .await;
    assert_eq!(signed_out.status, 200);
    assert!(
        signed_out.body.contains("You are signed out"),
        "{}",
        signed_out.body
    );
    assert_eq!(browser.session(), "");

    let port = browser.client().address.port();
    let cookie = format!("stytch_session_{port}={copy}");
    let page = browser.get_with(SEARCH, &[("cookie", &cookie)]).await;
    assert_eq!(page.status, 401);
    assert!(
        page.body.contains("Your session has ended"),
        "{}",
        page.body
    );
    assert_eq!(emulator.requests(), 0);
}

#[tokio::test]
async fn a_form_that_another_page_has_sent_is_refused() {
    let (_emulator, browser) = signed_in(Options::default()).await;
    let token = form_token(&browser.get("/console/search").await);
    let other = browser.another();
    other.sign_in().await;
    let of_other_session = form_token(&other.get("/console/search").await);
    for path in [
        "/console/sign-out",
        "/console/credentials/test",
        "/console/credentials/add",
        "/console/credentials/default",
        "/console/credentials/remove",
    ] {
        let wrong = [
            ("form_token", "wrong"),
            ("form_token", &of_other_session),
            ("other", &token),
        ];
        for field in wrong {
            let fields = [field, ("name", "emulator")];
            let page = browser.post_without_page(path, &fields, &[]).await;
            assert_eq!(page.status, 403, "{path} {field:?}");
            assert!(page.body.contains("Nothing was changed"), "{path}");
            assert_strict(&page, path);
        }
        let fields = [("form_token", token.as_str()), ("name", "emulator")];
        for site in ["cross-site", "same-site", "none"] {
            let headers = [("sec-fetch-site", site)];
            let page = browser.post_without_page(path, &fields, &headers).await;
            assert_eq!(page.status, 403, "{path} {site}");
        }
        let headers = [("content-type", "text/plain")];
        let page = browser.post_without_page(path, &fields, &headers).await;
        assert_eq!(page.status, 415, "{path}");
        let signed_out = browser
            .another()
            .post_without_page(path, &fields, &[])
            .await;
        assert_eq!(signed_out.status, 401, "{path}");
    }
    assert_eq!(
        browser.get("/console/search").await.status,
        200,
        "still signed in"
    );
}

#[tokio::test]
async fn no_other_page_signs_anybody_in() {
    let (_emulator, browser) = signed_out(Options::default()).await;
    let token = browser.token().to_owned();
    let page = browser.get("/console").await;
    let own = form_token(&page);
    let path = "/console/sign-in";
    let fields = [("form_token", own.as_str()), ("token", token.as_str())];
    let refused = [
        browser
            .another()
            .post_without_page(path, &fields, &[])
            .await,
        browser
            .post_without_page(path, &[("token", &token)], &[])
            .await,
        browser
            .post_without_page(path, &fields, &[("sec-fetch-site", "cross-site")])
            .await,
    ];
    for page in refused {
        assert_eq!(page.status, 403);
        assert!(
            page.body.contains("The form was out of date"),
            "{}",
            page.body
        );
    }
    assert_eq!(browser.session(), "");
}

#[tokio::test]
async fn two_tabs_that_are_signed_out_sign_in() {
    let (_emulator, browser) = signed_out(Options::default()).await;
    let token = browser.token().to_owned();
    let (one, other) = (
        form_token(&browser.get("/console").await),
        form_token(&browser.get("/console/search").await),
    );
    assert_eq!(one, other);
    let path = "/console/sign-in";
    for _ in 0..2 {
        let fields = [
            ("form_token", one.as_str()),
            ("token", token.as_str()),
            ("next", "/console/search"),
        ];
        let page = browser.post_without_page(path, &fields, &[]).await;
        assert_eq!(page.status, 303, "{}", page.body);
        let session = browser.session();
        assert_ne!(session, "");
        assert_eq!(browser.get("/console/search").await.status, 200);
    }
}

#[tokio::test]
async fn addresses_that_forms_are_sent_to_lead_back() {
    let (_emulator, browser) = signed_out(Options::default()).await;
    browser.sign_in().await;
    for (path, to) in [
        ("sign-in", "/console"),
        ("sign-out", "/console"),
        ("credentials/test", "/console/credentials"),
        ("credentials/default", "/console/credentials"),
    ] {
        let page = browser.get(&format!("/console/{path}")).await;
        assert_eq!(page.status, 303, "{path}");
        assert_eq!(page.header("location"), to, "{path}");
    }
}

#[tokio::test]
async fn a_link_of_another_site_makes_no_request_to_stytch() {
    let (emulator, browser) = signed_out(Options::default()).await;
    let path = "/console/search?credential=emulator&status=active";
    let page = browser
        .get_with(path, &[("sec-fetch-site", "cross-site")])
        .await;
    assert_eq!(page.status, 200);
    let link = "href=\"/console/search?credential=emulator&amp;status=active\"";
    assert!(page.body.contains(link), "{}", page.body);
    assert_strict(&page, path);
    assert_eq!(emulator.requests(), 0);
}

/// A service with these tokens, and its address for who started it.
async fn with_tokens(emulator: &Emulator, tokens: &TokenStore) -> (Client, String) {
    let names = ["emulator", "other"];
    let sources = names.map(|name| Source::Fixed(name.to_owned(), credential(emulator)));
    let mut settings = with_console();
    settings.tokens = Some(TokenSource::Store(tokens.clone()));
    let service = Service::new(PLUGIN.clone(), &DESCRIPTION, sources.into(), settings, None);
    let listening = service.unwrap().bind().await.unwrap();
    assert!(listening.token().is_none());
    let url = listening.sign_in_url().unwrap().unwrap();
    let client = Client::new(&listening, "none");
    tokio::spawn(listening.run(std::future::pending()));
    (client, url)
}

#[tokio::test]
async fn a_session_permits_what_its_token_does_and_ends_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let tokens = TokenStore::in_folder(folder.path().join("stytch-host"));
    let mut scope = Scope::default();
    scope.credentials = Some(["emulator".to_owned()].into());
    scope.operations = Some([Operation::RetrieveUser].into());
    let token = tokens.create("limited", scope).unwrap();
    tokens.create("other", Scope::default()).unwrap();
    let options = Options::default();
    let emulator = Emulator::start(([127, 0, 0, 1], 0).into(), options)
        .await
        .unwrap();
    let (client, _) = with_tokens(&emulator, &tokens).await;
    let browser = Browser::new(client);
    browser.sign_in_with(token.expose()).await;

    let list = browser.get("/console/credentials").await;
    assert!(
        list.body.contains("emulator") && !list.body.contains("other"),
        "{}",
        list.body
    );
    for (path, status) in [
        ("/console/retrieve?credential=emulator&id=ada.lovelace", 200),
        ("/console/retrieve?credential=other&id=ada.lovelace", 403),
        (SEARCH, 403),
        ("/console/search/export?credential=emulator&format=csv", 403),
        ("/console/search/events?credential=emulator&format=csv", 403),
        ("/console/credentials/add", 403),
        ("/console/credentials/remove?name=emulator", 403),
    ] {
        assert_eq!(browser.get(path).await.status, status, "{path}");
    }
    let page = browser.get(SEARCH).await;
    assert!(
        page.body.contains("Your token does not permit this"),
        "{}",
        page.body
    );
    assert_eq!(emulator.requests(), 1);

    tokens.revoke("limited").unwrap();
    let mut page = browser.get("/console/retrieve").await;
    while page.status == 200 {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        page = browser.get("/console/retrieve").await;
    }
    assert_eq!(page.status, 401);
    assert!(page.body.contains("its token was revoked"), "{}", page.body);
}

#[tokio::test]
async fn a_session_permits_no_more_than_its_token_does_now() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().join("stytch-host");
    let tokens = TokenStore::in_folder(folder.clone());
    let mut scope = Scope::default();
    scope.operations = Some(Operation::ALL.into());
    let token = tokens.create("narrowed", scope).unwrap();
    let slow = Options::default().users(100_000);
    let slow = slow.chaos("slow=50ms".parse().unwrap());
    let emulator = Emulator::start(([127, 0, 0, 1], 0).into(), slow)
        .await
        .unwrap();
    let (client, _) = with_tokens(&emulator, &tokens).await;
    let browser = Browser::new(client);
    browser.sign_in_with(token.expose()).await;
    assert_eq!(browser.get(SEARCH).await.status, 200);

    let file = folder.join("tokens.json");
    let before = std::fs::read_to_string(&file).unwrap();
    let mut json: serde_json::Value = serde_json::from_str(&before).unwrap();
    for token in json["tokens"].as_array_mut().unwrap() {
        token["operations"] = serde_json::json!(["retrieve-user"]);
    }
    std::fs::write(&file, json.to_string()).unwrap();
    let mut page = browser.get(SEARCH).await;
    while page.status == 200 {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        page = browser.get(SEARCH).await;
    }
    assert_eq!(page.status, 403);
    assert!(
        page.body.contains("Your token does not permit this"),
        "{}",
        page.body
    );

    // A search that has begun ends with its token.
    std::fs::write(&file, before).unwrap();
    while browser.get(SEARCH).await.status != 200 {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    let path = "/console/search/events?credential=emulator&format=jsonl";
    let (events, ()) = tokio::join!(browser.get(path), async {
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        tokens.revoke("narrowed").unwrap();
    });
    assert_eq!(events.status, 200);
    let last = events.body.lines().last().unwrap();
    let last: serde_json::Value = serde_json::from_str(last).unwrap();
    assert_eq!(last["type"], "failed", "{last}");
    assert_eq!(last["title"], "Your session has ended");
    assert!(emulator.requests() < 100, "{}", emulator.requests());
}

#[tokio::test]
async fn the_address_for_who_started_the_service_works_once() {
    let folder = tempfile::tempdir().unwrap();
    let tokens = TokenStore::in_folder(folder.path().join("stytch-host"));
    tokens.create("ci", Scope::default()).unwrap();
    let options = Options::default();
    let emulator = Emulator::start(([127, 0, 0, 1], 0).into(), options)
        .await
        .unwrap();
    let (client, url) = with_tokens(&emulator, &tokens).await;
    let origin = format!("http://{}", client.address);
    let path = url.strip_prefix(&origin).unwrap().to_owned();
    let browser = Browser::new(client);
    let opened = browser.get(&path).await;
    assert_eq!(
        (opened.status.as_u16(), opened.header("location")),
        (303, "/console")
    );
    assert_strict(&opened, &path);
    let list = browser.get("/console/credentials").await;
    assert!(
        list.body.contains("this run") && list.body.contains("other"),
        "{}",
        list.body
    );
    assert_eq!(browser.get(&path).await.status, 303, "the same browser");

    let other = browser.another();
    let twice = other.get(&path).await;
    assert_eq!(twice.status, 401);
    assert!(
        twice.body.contains("was used a second time"),
        "{}",
        twice.body
    );
    assert_eq!(other.session(), "");
    assert_eq!(
        browser.get("/console/credentials").await.status,
        401,
        "it has ended"
    );
    let wrong = other.get("/console/open?code=wrong").await;
    assert_eq!(wrong.status, 401);
    assert!(wrong.body.contains("not valid any more"), "{}", wrong.body);
}
