//! Users for spreadsheets.

use crate::{Served, all_users, emulated, stderr, stdout, succeeded};
use serde_json::json;
use std::fs;

#[test]
fn users_are_rows_under_titles() {
    // The first 13 of the emulator's users, and one stays for the next page.
    let search = ["search-users", "--created-before", "2020-06-20T00:00:00Z"];
    let csv = emulated(&[&search[..], &["--limit", "12", "--output", "csv"]].concat());
    insta::assert_snapshot!("csv", stdout(&csv));
    assert!(csv.status.success());
    // What is no row is not among the rows.
    assert!(stderr(&csv).starts_with("next page: --cursor "));
    assert_eq!(stderr(&csv).lines().count(), 1);
}

#[test]
fn no_users_are_titles_only() {
    let search = ["search-users", "--email", "nobody@x.org", "--output", "csv"];
    assert_eq!(succeeded(&emulated(&search)).lines().count(), 1);
    let chosen = emulated(&[&search[..], &["--fields", "user_id,roles"]].concat());
    assert_eq!(succeeded(&chosen), "user_id,roles\n");
}

#[test]
fn all_pages_have_one_row_of_titles() {
    let all = ["search-users", "--all", "--limit", "7", "--output", "csv"];
    let csv = emulated(&all);
    assert_eq!(all_users(&csv).lines().count(), 201);
    assert_eq!(all_users(&csv).matches("user_id").count(), 1);
}

#[test]
fn what_users_wrote_is_no_formula_and_breaks_no_row() {
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
