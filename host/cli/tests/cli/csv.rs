//! `--output csv`.

use crate::resume::Lookup;
use crate::{Served, all_users, emulated, stderr, stdout, succeeded};
use serde_json::json;
use std::fs;
use stytch_testkit::Terminal;

#[test]
fn users_are_rows_under_a_header() {
    // Of the emulator's first 13 users, one is left for the next page.
    let search = ["search-users", "--created-before", "2020-06-20T00:00:00Z"];
    let csv = emulated(&[&search[..], &["--limit", "12", "--output", "csv"]].concat());
    insta::assert_snapshot!("csv", stdout(&csv));
    assert!(csv.status.success());
    // The note about the next page is not a row.
    assert!(stderr(&csv).starts_with("next page: --cursor="));
    assert_eq!(stderr(&csv).lines().count(), 1);
}

#[test]
fn without_users_there_is_only_the_header() {
    let search = ["search-users", "--email", "nobody@x.org", "--output", "csv"];
    assert_eq!(succeeded(&emulated(&search)).lines().count(), 1);
    let chosen = emulated(&[&search[..], &["--fields", "user_id,roles"]].concat());
    assert_eq!(succeeded(&chosen), "user_id,roles\n");
}

#[test]
fn all_pages_have_one_header() {
    let all = ["search-users", "--all", "--limit", "7", "--output", "csv"];
    let csv = emulated(&all);
    assert_eq!(all_users(&csv).lines().count(), 201);
    assert_eq!(all_users(&csv).matches("user_id").count(), 1);
}

#[test]
fn user_data_cannot_inject_formulas_or_rows() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("users.json");
    let user = json!({
        "user_id": "u", "external_id": "-1",
        "name": {"first_name": "=HYPERLINK(\"http://x\",\"y\")", "last_name": "a\r\nb"},
        "emails": [{"email": "@x"}, {"email": "+y"}],
        "phone_numbers": [{"phone_number": "+12025550101", "verified": true}],
        "trusted_metadata": {"=k": "=v", "t": "\t=1"},
    });
    fs::write(&file, json!([user]).to_string()).unwrap();
    let served = Served::start(&["--load", file.to_str().unwrap()]);
    let fields = r"external_id,name,name.first_name,name.last_name,emails.email,phone_numbers.phone_number,trusted_metadata.=k,trusted_metadata.t";
    let csv = served.run(&["retrieve-user", "u", "--output", "csv", "--fields", fields]);
    let (titles, row) = succeeded(&csv).split_once('\n').unwrap();
    assert_eq!(titles, fields);
    assert_eq!(
        row,
        concat!(
            "'-1,",
            r#""{""first_name"":""=HYPERLINK(\""http://x\"",\""y\"")"",""middle_name"":"""",""last_name"":""a\r\nb""}","#,
            r#""'=HYPERLINK(""http://x"",""y"")","#,
            "\"a\r\nb\",'@x; '+y,'+12025550101,'=v,'\t=1\n"
        )
    );
    let usual = served.run(&["search-users", "--output", "csv"]);
    let cells = [
        "u,'-1,",
        "'=HYPERLINK",
        "'@x; '+y",
        "'+12025550101,'+12025550101",
    ];
    for cell in cells {
        assert!(succeeded(&usual).contains(cell), "{}", stdout(&usual));
    }
}

#[test]
fn errors_are_text() {
    let failed = emulated(&["retrieve-user", "nobody", "--output", "csv"]);
    assert_eq!(failed.status.code(), Some(6));
    assert!(
        stderr(&failed).starts_with("error: "),
        "{}",
        stderr(&failed)
    );
}

/// User data must not control a terminal.
#[test]
fn control_characters_are_escaped_on_a_terminal_but_not_in_a_pipe() {
    let evil = "\u{1b}[2J\u{9b}31m\u{7}a\r\nb\t\u{202e}";
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("users.json");
    let user = json!({"user_id": "u", "name": {"first_name": evil}});
    fs::write(&file, json!([user]).to_string()).unwrap();
    let served = Served::start(&["--load", file.to_str().unwrap()]);
    let fields = ["--fields", "name.first_name"];
    for more in [&[][..], &fields, &["--output-file", "/dev/tty"]] {
        let args = [&["search-users", "--all", "--output", "csv"], more].concat();
        let mut terminal = Terminal::spawn(&served.command(&args), 40, 300);
        let (status, printed) = terminal.wait();
        assert!(status.success(), "{printed}");
        let escaped = "\\u{1b}[2J\\u{9b}31m\\u{7}a\\u{d}\\u{a}b\\u{9}\\u{202e}";
        assert!(printed.contains(escaped), "{more:?}: {printed:?}");
        let steers = |c: char| (c.is_control() && !"\r\n".contains(c)) || c == '\u{202e}';
        assert!(!printed.contains(steers), "{more:?}: {printed:?}");
    }
    let piped = served.run(&[&["search-users", "--output", "csv"], &fields[..]].concat());
    assert_eq!(succeeded(&piped), format!("name.first_name\n\"{evil}\"\n"));
}

const BOM: &str = "\u{feff}";

#[test]
fn csv_bom_writes_one_byte_order_mark() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("users.csv");
    let name = file.to_str().unwrap();
    for args in [
        &["search-users", "--all"][..],
        &["search-users", "--limit", "3"],
        &["retrieve-user", "ada.lovelace"],
    ] {
        let plain = emulated(&[args, &["--output", "csv"]].concat());
        let marked = emulated(&[args, &["--output", "csv", "--csv-bom"]].concat());
        assert_eq!(stdout(&marked), format!("{BOM}{}", stdout(&plain)));
        let in_file = emulated(&[args, &["--csv-bom", "--output-file", name]].concat());
        assert!(in_file.status.success(), "{}", stderr(&in_file));
        assert_eq!(fs::read_to_string(&file).unwrap(), stdout(&marked));
    }
    for output in ["json", "jsonl", "table"] {
        let refused = emulated(&["search-users", "--csv-bom", "--output", output]);
        assert_eq!(refused.status.code(), Some(2), "{output}");
        assert!(
            stderr(&refused).contains("--csv-bom is for CSV"),
            "{output}"
        );
    }
    let man = emulated(&["man", "--csv-bom"]);
    assert_eq!(man.status.code(), Some(2));
}

#[test]
fn a_resumed_search_has_one_byte_order_mark() {
    let lookup = Lookup::new(&["--chaos", "503@3"]);
    let file = lookup.path("users.csv");
    let args = ["--csv-bom", "--output-file", file.to_str().unwrap()];
    assert_eq!(lookup.run(&args).status.code(), Some(5));
    assert!(lookup.run(&args).status.success());
    let text = fs::read_to_string(&file).unwrap();
    assert!(text.starts_with(BOM) && text.matches(BOM).count() == 1);
    assert_eq!(text.lines().count(), 201);

    // In a file that is not empty, it would be in the middle.
    let lookup = Lookup::new(&[]);
    fs::write(lookup.path("users.jsonl"), "before\n").unwrap();
    let output = lookup.append_as("csv", &["--csv-bom"]);
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(!lookup.users().contains(BOM));
    // In an empty file, it is at the start.
    let lookup = Lookup::new(&[]);
    for max in ["20", "40"] {
        let args = ["--csv-bom", "--max-users", max];
        assert!(lookup.append_as("csv", &args).status.success());
    }
    assert!(lookup.users().starts_with(BOM));
    assert_eq!(lookup.users().matches(BOM).count(), 1);
}
