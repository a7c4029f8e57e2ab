//! `credential`: stored credentials and the default.

use crate::served::Served;
use crate::{HUSH, assert_no_secret, cli, json, json_error, stderr, stdout, succeeded};
use serde_json::{Value, json};
use std::process::Output;
use stytch_emulator::{PROJECT_ID, SECRET};
use stytch_testkit::{Answer, Cli, ScriptedServer};

/// The arguments that add a credential to the file: tests must not touch the keyring of
/// the user who runs them.
pub(crate) fn add_args<'a>(name: &'a str, project_id: &'a str) -> [&'a str; 7] {
    [
        "credential",
        "add",
        name,
        "--project-id",
        project_id,
        "--store",
        "file",
    ]
}

/// Adds a credential for the emulator's project.
pub(crate) fn add(cli: &Cli, name: &str, secret: &str, flags: &[&str]) -> Output {
    let args = [&add_args(name, PROJECT_ID)[..], flags].concat();
    let output = cli.run_with(&args, &[], &format!("{secret}\n"));
    assert!(!stdout(&output).contains(secret) && !stderr(&output).contains(secret));
    output
}

/// Adds a credential without testing it.
pub(crate) fn add_untested(cli: &Cli, name: &str) {
    let output = add(cli, name, HUSH, &["--no-test"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
}

pub(crate) fn list(cli: &Cli) -> Value {
    let output = cli.run(&["credential", "list"]);
    assert_no_secret(&output);
    json(&output)
}

fn names(cli: &Cli) -> Vec<String> {
    let list = list(cli);
    let name = |credential: &Value| credential["name"].as_str().unwrap().to_owned();
    list.as_array().unwrap().iter().map(name).collect()
}

#[test]
fn an_added_credential_is_used() {
    let (served, cli) = (Served::start(&[]), cli());
    let output = add(
        &cli,
        "acme-test",
        SECRET,
        &["--base-url", served.base_url()],
    );
    assert_eq!((output.status.code(), stdout(&output)), (Some(0), ""));
    assert!(stderr(&output).starts_with("stored acme-test (test) in "));
    assert!(stderr(&output).ends_with("; it is the default\n"));

    let named = json!({
        "name": "acme-test",
        "environment": "test",
        "project_id": PROJECT_ID,
        "base_url": served.base_url(),
        "store": "file",
        "default": true,
    });
    assert_eq!(list(&cli), json!([named]));
    assert_eq!(json(&cli.run(&["credential", "default"])), named);
    for args in [
        &["check"][..],
        &["--credential", "acme-test", "check"],
        &["credential", "test"],
        &["credential", "test", "acme-test"],
    ] {
        let report = json(&cli.run(args));
        assert_eq!(report["credential"], "acme-test", "{args:?}");
        assert_eq!(report["environment"], "test");
    }
    let table = cli.run(&["credential", "test", "--output", "table"]);
    assert!(succeeded(&table).contains("credential   acme-test\n"));
    let page = json(&cli.run(&["search-users", "--limit", "1"]));
    assert_eq!(page["results"].as_array().unwrap().len(), 1);
    let unknown = cli.run(&["retrieve-user", "nobody"]);
    assert!(stderr(&unknown).contains("used the credential acme-test (test)"));
}

#[test]
fn a_credential_that_stytch_rejects_is_not_stored() {
    let (served, cli) = (Served::start(&[]), cli());
    let at = ["--base-url", served.base_url(), "--output", "json"];
    let output = add(&cli, "acme", HUSH, &at);
    let error = json_error(&output, 4);
    assert_eq!(error["code"], "unauthorized");
    let hint = error["hint"].as_str().unwrap();
    assert!(hint.contains("acme (test) was not stored"), "{hint}");
    assert_eq!(list(&cli), json!([]));

    let untested = add(&cli, "acme", HUSH, &[&at[..], &["--no-test"]].concat());
    assert_eq!(untested.status.code(), Some(0));
    let error = json_error(&cli.run(&["check", "--output", "json"]), 4);
    let hint = error["hint"].as_str().unwrap();
    assert!(hint.contains("the credential acme (test)"), "{hint}");
}

#[test]
fn a_credential_is_tested_at_its_base_url_or_that_of_the_call() {
    let answer = Answer::http("200 OK", &[], crate::EMPTY_PAGE);
    let [its_own, other] = [(); 2].map(|()| ScriptedServer::start(answer.clone()));
    let cli = cli();
    add(&cli, "acme", HUSH, &["--base-url", &its_own.base_url()]);
    assert!(its_own.request().starts_with("POST "));
    json(&cli.run(&["search-users"]));
    assert!(its_own.request().starts_with("POST "));
    let flag = ["--base-url", &other.base_url(), "search-users"];
    json(&cli.run(&flag));
    assert!(other.request().starts_with("POST "));
    let variable = [("STYTCH_BASE_URL", other.base_url())];
    let variable = variable.each_ref().map(|(name, url)| (*name, url.as_str()));
    json(&cli.run_with(&["search-users"], &variable, ""));
    assert!(other.request().starts_with("POST "));
    assert_eq!(its_own.pending_requests(), 0);
}

#[test]
fn the_most_specific_source_of_a_credential_wins() {
    let answer = Answer::http("200 OK", &[], crate::EMPTY_PAGE);
    let server = ScriptedServer::start(answer);
    let cli = cli();
    add_untested(&cli, "acme");
    let variables = [
        ("STYTCH_PROJECT_ID", "project-test-variables"),
        ("STYTCH_SECRET", "secret-test-variables"),
        ("STYTCH_BASE_URL", &server.base_url()),
    ];
    let used = |args: &[&str], variables: &[(&str, &str)]| {
        let output = cli.run_with(
            &[args, &["check", "--output", "json"]].concat(),
            variables,
            "",
        );
        json(&output)["credential"].clone()
    };
    let both = &variables[..];
    assert_eq!(
        used(&["--emulator", "--credential", "acme"], both),
        Value::Null
    );
    assert_eq!(used(&["--credential", "acme"], both), "acme");
    assert_eq!(used(&[], both), Value::Null);
    assert_eq!(used(&[], &variables[2..]), "acme");
    // A single variable is an error, whatever is stored.
    for one in [&variables[..1], &variables[1..2]] {
        let output = cli.run_with(&["check", "--output", "json"], one, "");
        let error = json_error(&output, 2);
        assert!(error["message"].as_str().unwrap().contains(" is set, but "));
    }
}

#[test]
fn an_existing_name_is_replaced_only_on_request() {
    let (served, cli) = (Served::start(&[]), cli());
    let at = ["--base-url", served.base_url()];
    add_untested(&cli, "acme");
    let output = add(&cli, "acme", SECRET, &at);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("a credential acme (test) already exists"));
    assert!(stderr(&output).contains("--replace"));
    let output = add(&cli, "acme", SECRET, &[&at[..], &["--replace"]].concat());
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    json(&cli.run(&["credential", "test", "acme"]));
    assert_eq!(names(&cli), ["acme"]);
}

#[test]
fn the_default_is_the_first_until_another_is_chosen_or_it_is_removed() {
    let cli = cli();
    let default = || cli.run(&["credential", "default", "--output", "table"]);
    assert_eq!(default().status.code(), Some(2));
    for name in ["b", "a", "c"] {
        add_untested(&cli, name);
    }
    assert_eq!(names(&cli), ["a", "b", "c"]);
    assert_eq!(succeeded(&default()), "b (test)\n");
    let chosen = cli.run(&["credential", "default", "a"]);
    assert_eq!(stderr(&chosen), "the default is now a (test)\n");
    assert_eq!(succeeded(&default()), "a (test)\n");
    add(&cli, "d", HUSH, &["--no-test", "--default"]);
    assert_eq!(succeeded(&default()), "d (test)\n");

    let removed = cli.run(&["credential", "remove", "a"]);
    assert_eq!(stderr(&removed), "removed a (test)\n");
    let removed = cli.run(&["credential", "remove", "d"]);
    assert!(stderr(&removed).contains("It was the default; to choose another"));
    let none = cli.run(&["check"]);
    assert_eq!(none.status.code(), Some(2));
    assert!(
        stderr(&none).contains("there are b (test), c (test)"),
        "{}",
        stderr(&none)
    );
}

#[test]
fn a_misspelt_name_gets_a_suggestion() {
    let cli = cli();
    add_untested(&cli, "acme-test");
    for args in [
        &["--credential", "acme-tset", "check"][..],
        &["credential", "test", "acme-tset"],
        &["credential", "remove", "acme-tset"],
        &["credential", "default", "acme-tset"],
    ] {
        let output = cli.run(args);
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert!(stderr(&output).contains("did you mean acme-test (test)?"));
    }
}

#[test]
fn a_list_shows_the_environment_and_never_a_secret() {
    let cli = cli();
    add_untested(&cli, "acme-test");
    let args = add_args("acme-live", "project-live-1");
    let custom = ["--no-test", "--base-url", "https://login.example.com"];
    let added = cli.run_with(&[&args[..], &custom].concat(), &[], "secret-live-hush4");
    assert!(!stderr(&added).contains("hush4"));
    for output in ["table", "json", "jsonl"] {
        let list = cli.run(&["credential", "list", "--output", output]);
        assert_no_secret(&list);
        assert!(!succeeded(&list).contains("hush4"));
        assert!(succeeded(&list).contains("project-live-1"));
    }
    let table = cli.run(&["credential", "list", "--output", "table"]);
    insta::assert_snapshot!("credential-list", succeeded(&table));
}

#[test]
fn the_emulators_credential_is_not_stored() {
    for args in [
        &["credential", "add", "x"][..],
        &["credential", "test"],
        &["credential", "list"],
    ] {
        let output = cli().run(&[&["--emulator"], args].concat());
        assert_eq!(output.status.code(), Some(2));
        assert!(stderr(&output).contains("leave --emulator out"));
    }
}
