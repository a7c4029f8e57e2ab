//! The console, by HTTP: who gets in, what its responses say to a browser, and what it
//! changes.

mod browser;
mod credentials;
mod sessions;

use crate::log::Lines;
use crate::{credential, serve};
use browser::Browser;
use serde_json::Value;
use std::sync::mpsc::channel;
use std::time::Duration;
use stytch_credentials::Source;
use stytch_emulator::{Emulator, Options};
use stytch_service::{ConsoleOptions, Given, Settings};

/// An emulator, and a browser that is signed in to the console of a service that calls it.
async fn signed_in(options: Options) -> (Emulator, Browser) {
    let (emulator, browser) = signed_out(options).await;
    browser.sign_in().await;
    (emulator, browser)
}

async fn signed_out(options: Options) -> (Emulator, Browser) {
    let emulator = Emulator::start(([127, 0, 0, 1], 0).into(), options);
    let emulator = emulator.await.unwrap();
    let sources = vec![Source::Fixed("emulator".to_owned(), credential(&emulator))];
    let client = serve(sources, with_console(), None).await;
    (emulator, Browser::new(client))
}

fn with_console() -> Settings {
    let mut options = ConsoleOptions::default();
    options.given = vec![("emulator".to_owned(), Given::Emulator)];
    let mut settings = Settings::default();
    settings.console = Some(options);
    settings
}

const SEARCH: &str = "/console/search?credential=emulator";

/// Addresses of all kinds of pages, and a part of what each shows.
const PAGES: [(&str, u16, &str); 12] = [
    ("/console/retrieve", 200, "<h1>Retrieve a user</h1>"),
    (
        "/console/retrieve?credential=emulator&id=ada.lovelace",
        200,
        "Ada King Lovelace",
    ),
    (
        "/console/retrieve?credential=emulator&id=nobody",
        404,
        "No such user",
    ),
    (
        "/console/retrieve?credential=other&id=a",
        403,
        "No such credential",
    ),
    (
        "/console/retrieve?credential=emulator&id=a%2Fb",
        400,
        "This cannot be sent",
    ),
    ("/console/search", 200, "Who are you looking for?"),
    (SEARCH, 200, "Every user"),
    (
        "/console/search?credential=emulator&full_name_fuzzy=zzzz",
        200,
        "No user matches",
    ),
    (
        "/console/search?credential=emulator&limit=0",
        400,
        "from 1 to 1000",
    ),
    (
        "/console/search?credential=emulator&cursor=no",
        422,
        "First page",
    ),
    ("/console/credentials", 200, "<h1>Credentials</h1>"),
    ("/console/nowhere", 404, "There is no such page"),
];

#[tokio::test]
async fn each_page_says_what_it_is_and_may_load_nothing_from_elsewhere() {
    let (_emulator, browser) = signed_in(Options::default()).await;
    for (path, status, expected) in PAGES {
        let page = browser.get(path).await;
        assert_eq!(page.status, status, "{path}");
        assert!(page.body.contains(expected), "{path}: {}", page.body);
        browser::assert_strict(&page, path);
    }
}

#[tokio::test]
async fn without_a_session_there_is_nothing_but_the_page_to_sign_in() {
    let (emulator, browser) = signed_out(Options::default()).await;
    for (path, _, _) in PAGES {
        let page = browser.get(path).await;
        assert_eq!(page.status, 401, "{path}");
        assert!(page.body.contains("<h1>Sign in</h1>"), "{path}");
        browser::assert_strict(&page, path);
        // It leads back.
        let address = path.replace('&', "&amp;");
        assert!(
            page.body.contains(&format!("value=\"{address}\"")),
            "{path}"
        );
    }
    for path in ["export", "events"] {
        let path = format!("/console/search/{path}?credential=emulator&format=csv");
        assert_eq!(browser.get(&path).await.status, 401, "{path}");
    }
    assert_eq!(emulator.requests(), 0);
}

#[tokio::test]
async fn there_is_no_console_unless_it_is_asked_for() {
    let client = serve(Vec::new(), Settings::default(), None).await;
    for path in [
        "/",
        "/console",
        "/console/console.css",
        "/console/open?code=a",
    ] {
        let problem = client.get(path).await.problem(400);
        assert_eq!(problem["code"], "unknown_route", "{path}");
    }
}

#[tokio::test]
async fn what_a_page_loads_is_in_the_program_and_small() {
    let (_emulator, browser) = signed_in(Options::default()).await;
    let page = browser.get("/console/search").await;
    let mut bytes = page.body.len();
    let mut count = 0;
    for part in page.body.split(['"', ' ']) {
        let is_asset = [".css?", ".js?", ".svg?"]
            .iter()
            .any(|end| part.contains(end));
        if !is_asset {
            continue;
        }
        let asset = browser.get(part).await;
        assert_eq!(asset.status, 200, "{part}");
        assert!(
            asset.header("cache-control").contains("immutable"),
            "{part}"
        );
        assert_eq!(asset.header("x-content-type-options"), "nosniff");
        assert!(!asset.body.is_empty(), "{part}");
        bytes += asset.body.len();
        count += 1;
    }
    assert_eq!(count, 3);
    assert!(bytes <= 60 << 10, "{bytes} bytes");
}

#[tokio::test]
async fn a_search_leads_to_the_next_page_and_to_the_same_search_elsewhere() {
    let (_emulator, browser) = signed_in(Options::default()).await;
    let page = browser
        .get(&format!("{SEARCH}&status=active&limit=5"))
        .await;
    assert_eq!(page.body.matches("<tr role=\"row\">").count(), 6);
    let (_, rest) = page.body.split_once("rel=\"next\" href=\"").unwrap();
    let (next, _) = rest.split_once('"').unwrap();
    let next = browser.get(&next.replace("&amp;", "&")).await;
    assert_eq!(next.body.matches("<tr role=\"row\">").count(), 6);
    assert!(next.body.contains(">First page<"), "{}", next.body);
    let command = "stytch-host --emulator search-users --status=active --limit=5";
    assert!(page.body.contains(command), "{}", page.body);
}

#[tokio::test]
async fn fields_without_a_value_are_no_part_of_an_address() {
    let (emulator, browser) = signed_in(Options::default()).await;
    let page = browser
        .get(&format!(
            "{SEARCH}&status=active&limit=&custom.filter_name="
        ))
        .await;
    assert_eq!(page.status, 303);
    assert_eq!(page.header("location"), format!("{SEARCH}&status=active"));
    assert_eq!(emulator.requests(), 0);
}

#[tokio::test]
async fn all_pages_are_exported_in_each_format() {
    let (_emulator, browser) = signed_in(Options::default().users(2500)).await;
    for (format, media_type) in [
        ("csv", "text/csv; charset=utf-8"),
        ("json", "application/json"),
        ("jsonl", "application/x-ndjson"),
    ] {
        let path = format!("/console/search/export?credential=emulator&format={format}");
        let file = browser.get(&path).await;
        assert_eq!(file.status, 200, "{format}");
        assert_eq!(file.header("content-type"), media_type);
        let disposition = format!("attachment; filename=\"stytch-users-emulator.{format}\"");
        assert_eq!(file.header("content-disposition"), disposition);
        assert_eq!(file.header("cache-control"), "no-store");
        let users = match format {
            "csv" => file.body.lines().count() - 1,
            "json" => {
                assert_eq!(file.json()["receipt"]["complete"], true);
                file.json()["results"].as_array().unwrap().len()
            }
            _ => file.lines().len(),
        };
        assert_eq!(users, 2500, "{format}");
    }
}

#[tokio::test]
async fn events_tell_the_progress_and_end_with_the_receipt() {
    let (_emulator, browser) = signed_in(Options::default().users(2500)).await;
    // The page size of the screen is not that of an export.
    let path = "/console/search/events?credential=emulator&format=jsonl&limit=100";
    let events = browser.get(path).await.lines();
    let users: Vec<_> = events
        .iter()
        .filter_map(|event| event["users"].as_u64())
        .collect();
    assert_eq!(users, [1000, 2000, 2500]);
    let (last, pages) = events.split_last().unwrap();
    assert_eq!(last["type"], "end");
    assert_eq!(last["complete"], true);
    let receipt = "2,500 users in 3 pages. Complete: Stytch counts 2,500.";
    assert_eq!(last["receipt"], receipt);
    let file: String = pages
        .iter()
        .filter_map(|event| event["data"].as_str())
        .collect();
    assert_eq!(file.lines().count(), 2500);
}

#[tokio::test]
async fn an_export_that_fails_is_no_file() {
    let failing = Options::default()
        .users(3000)
        .chaos("403@2,403@4".parse().unwrap());
    let (_emulator, browser) = signed_in(failing).await;
    let query = "credential=emulator&format=jsonl";
    let events = browser
        .get(&format!("/console/search/events?{query}"))
        .await
        .lines();
    let last = events.last().unwrap();
    assert_eq!(last["type"], "failed");
    assert_eq!(last["title"], "Stytch refused the request");
    assert!(
        last["receipt"].as_str().unwrap().contains("Not complete"),
        "{last}"
    );

    let path = format!("/console/search/export?{query}");
    assert!(browser.is_cut_off(&path).await);
    let first = browser
        .get("/console/search/export?credential=other&format=csv")
        .await;
    assert_eq!(first.status, 403);
    assert!(first.body.contains("No such credential"), "{}", first.body);
    let invalid = browser
        .get(&format!("/console/search/export?{query}&totp_verified=x"))
        .await;
    assert_eq!(
        invalid.status, 303,
        "the page of the search says what is wrong"
    );
}

#[tokio::test]
async fn a_client_that_goes_away_ends_its_search() {
    let slow = Options::default()
        .users(100_000)
        .chaos("slow=50ms".parse().unwrap());
    let (emulator, browser) = signed_in(slow).await;
    let path = "/console/search/events?credential=emulator&format=jsonl";
    browser.read_a_part_of(path).await;
    // What is in flight ends; nothing follows.
    while emulator.open_connections() > 0 && in_flight(&browser).await > 0 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let ended = emulator.requests();
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(emulator.requests(), ended);
    assert!(ended < 90, "{ended} of 100 pages");
}

/// The calls of the service that are in flight.
async fn in_flight(browser: &Browser) -> u64 {
    let metrics = browser.client().get("/metrics").await.body;
    let line = metrics
        .lines()
        .find(|line| line.starts_with("stytch_calls_in_flight "));
    let (_, count) = line.unwrap().split_once(' ').unwrap();
    count.parse().unwrap()
}

#[tokio::test]
async fn the_log_has_neither_the_address_of_a_search_nor_a_session() {
    let emulator = Emulator::start(([127, 0, 0, 1], 0).into(), Options::default());
    let emulator = emulator.await.unwrap();
    let sources = vec![Source::Fixed("emulator".to_owned(), credential(&emulator))];
    let (sender, lines) = channel();
    let log = Some(Box::new(Lines(sender)) as _);
    let browser = Browser::new(serve(sources, with_console(), log).await);
    browser.sign_in().await;
    browser
        .get(&format!("{SEARCH}&email_address=ada%40example.com"))
        .await;
    browser
        .get("/console/retrieve?credential=emulator&id=nobody")
        .await;
    let mut text = String::new();
    while text.lines().count() < 4 {
        let line = lines.recv_timeout(Duration::from_secs(10)).unwrap();
        text.push_str(std::str::from_utf8(&line).unwrap());
    }
    for absent in ["ada", "example", "nobody", "?", &browser.session()] {
        assert!(!text.contains(absent), "{absent} in {text}");
    }
    let lines: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let search = lines
        .iter()
        .find(|line| line["route"] == "/console/search")
        .unwrap();
    assert_eq!(search["token"], "this run");
    assert_eq!(search["credential"], "emulator");
    assert_eq!(search["operation"], "search-users");
    let retrieve = lines
        .iter()
        .find(|line| line["route"] == "/console/retrieve")
        .unwrap();
    assert_eq!(retrieve["code"], "not_found");
    assert!(retrieve["request_id"].is_string(), "{retrieve}");
}
