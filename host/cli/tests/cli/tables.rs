//! The width of tables, and colours.

use crate::{Served, all_users, cli, emulated, stdout, succeeded};
use serde_json::json;
use std::fs;
use std::process::Output;

fn wide(columns: &str, args: &[&str], variables: &[(&str, &str)]) -> Output {
    let variables = [variables, &[("COLUMNS", columns)]].concat();
    let args = [&["--emulator", "--output", "table"], args].concat();
    cli().run_with(&args, &variables, "")
}

/// The emulator's first dozen users were created before this time.
const JUNE: &str = "2020-06-01T00:00:00Z";

#[test]
fn tables_fit_the_width() {
    for columns in ["60", "80", "100", "120", "140", "170"] {
        let table = wide(columns, &["search-users", "--created-before", JUNE], &[]);
        insta::assert_snapshot!(format!("table-{columns}"), succeeded(&table));
        let widest = stdout(&table).lines().map(|line| line.chars().count());
        // An ID is never wrapped.
        assert!(
            widest.max() <= columns.parse().ok().max(Some(63)),
            "{columns}"
        );
    }
}

#[test]
fn tables_of_every_width_contain_every_user() {
    let served = Served::start(&[]);
    let ids = served.run(&[
        "search-users",
        "--all",
        "--output",
        "jsonl",
        "--jq",
        ".user_id",
    ]);
    let ids: Vec<_> = all_users(&ids).lines().collect();
    for columns in [
        "1",
        "40",
        "75",
        "76",
        "90",
        "133",
        "1000",
        "99999999999",
        "x",
        "0",
        "",
    ] {
        let table = wide(columns, &["search-users", "--all", "--limit", "33"], &[]);
        let table = all_users(&table);
        assert!(ids.iter().all(|id| table.contains(id)), "{columns}");
        assert!(table.ends_with('\n') && table.contains("200 users of 200"));
    }
}

#[test]
fn a_card_is_wrapped() {
    let card = wide("64", &["retrieve-user", "ada.lovelace"], &[]);
    insta::assert_snapshot!("card-64", succeeded(&card));
}

#[test]
fn wide_and_joined_characters_keep_columns_aligned() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("users.json");
    let names = [
        "山田太郎",
        "Zoë 🦀",
        "👨‍👩‍👧‍👦 Family",
        "e\u{301}",
        "דוד",
        "\u{202e}evil",
        "a\nb",
    ];
    let users = names.iter().enumerate().map(|(number, name)| {
        json!({
            "user_id": format!("user-{number}"), "name": {"first_name": name}, "status": "active",
        })
    });
    fs::write(&file, json!(users.collect::<Vec<_>>()).to_string()).unwrap();
    let served = Served::start(&["--load", file.to_str().unwrap()]);
    let table = served.run(&["search-users", "--output", "table"]);
    insta::assert_snapshot!("table-wide-characters", succeeded(&table));
}

#[test]
fn colours_are_used_on_a_terminal_or_on_request() {
    let search = ["search-users", "--limit", "7"];
    let coloured = |flags: &[&str], variables: &[(&str, &str)]| {
        let table = wide("120", &[&search[..], flags].concat(), variables);
        succeeded(&table).contains('\u{1b}')
    };
    let always = &["--color", "always"][..];
    for (flags, variables, expected) in [
        (&[][..], &[][..], false),
        (&["--color", "never"], &[("CLICOLOR_FORCE", "1")], false),
        (&[], &[("CLICOLOR_FORCE", "1")], true),
        (&[], &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")], false),
        (always, &[], true),
        (always, &[("NO_COLOR", "1"), ("TERM", "dumb")], true),
    ] {
        assert_eq!(
            coloured(flags, variables),
            expected,
            "{flags:?} {variables:?}"
        );
    }
    for output in ["json", "jsonl", "csv"] {
        let args = [
            "search-users",
            "--all",
            "--output",
            output,
            "--color",
            "always",
        ];
        assert!(!all_users(&emulated(&args)).contains('\u{1b}'), "{output}");
    }
    let table = wide("120", &[&search[..], always].concat(), &[]);
    insta::assert_snapshot!("table-colours", succeeded(&table).replace('\u{1b}', "ESC"));
}
