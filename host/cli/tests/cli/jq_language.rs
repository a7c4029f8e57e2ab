//! Which parts of jq's language `--jq` supports, and the errors for the rest.

use crate::{assert_refused, cli, emulated, stderr, succeeded};

fn ada(expression: &str) -> String {
    let args = ["retrieve-user", "ada.lovelace", "--output", "json", "--jq"];
    let output = emulated(&[&args[..], &[expression]].concat());
    succeeded(&output).trim_end_matches('\n').to_owned()
}

#[test]
fn values_without_a_json_form_are_printed_as_by_jq() {
    for (expression, expected) in [
        ("nan", "null"),
        (
            "infinite, -infinite",
            "1.7976931348623157e308\n-1.7976931348623157e308",
        ),
        (
            "[nan, {a: infinite}]",
            r#"[null,{"a":1.7976931348623157e308}]"#,
        ),
        (
            "[nan] | tojson, tostring, @json, @text",
            "[null]\n[null]\n[null]\n[null]",
        ),
        (r#""/w==" | @base64d"#, "\u{fffd}"),
        (r#"["/w==" | @base64d]"#, "[\"\u{fffd}\"]"),
    ] {
        assert_eq!(ada(expression), expected, "{expression}");
    }
    let output = emulated(&["check", "--output", "json", "--jq", "{(1): 2}"]);
    assert_refused(&output, "key that is not a string");
}

#[test]
fn format_strings_match_jq() {
    for (expression, expected) in [
        (
            r#"[1, 1.5, "a\"b,c", null, true] | @csv"#,
            r#"1,1.5,"a""b,c",,true"#,
        ),
        (
            r#"["a\tb\nc\\d\r", null, 1] | @tsv"#,
            "a\\tb\\nc\\\\d\\r\t\t1",
        ),
        (r#"["", []|tostring] | @csv"#, r#""","[]""#),
        ("[] | @csv", ""),
        ("[.name.first_name, .status] | @csv", r#""Ada","active""#),
        (r#"@csv "row: \([1, "x"])""#, r#"row: 1,"x""#),
        (r#""<&>" | @html"#, "&lt;&amp;&gt;"),
        (r#"["it's", 1] | @sh"#, r"'it'\''s' 1"),
        (r#""hi" | @base64, (@base64 | @base64d)"#, "aGk=\nhi"),
        (r#""a b/é" | @uri"#, "a%20b%2F%C3%A9"),
        ("[1, {}] | @text, @json", "[1,{}]\n[1,{}]"),
        (r#"[{"name": "a", "v": 1}] | from_entries"#, r#"{"a":1}"#),
        ("2 | IN(1, 2), IN(3; 1, 2)", "true\nfalse"),
        (
            r#"[{"id": 1, "x": 2}] | INDEX(.id) | tojson"#,
            r#"{"1":{"id":1,"x":2}}"#,
        ),
        (r#""xax" | trimstr("x"), toarray"#, "a\n[\"xax\"]"),
        (r#""12" | tonumber"#, "12"),
        (r#""x" | test("X"; "i"), test("x"; null)"#, "true\ntrue"),
    ] {
        assert_eq!(ada(expression), expected, "{expression}");
    }
}

#[test]
fn function_errors_do_not_quote_user_data() {
    for (expression, expected) in [
        ("[[1]] | @csv", "a row of CSV cannot contain an array"),
        (".name | @tsv", "a row of TSV must be an array"),
        (
            r#"test("a(b")"#,
            r#"the regular expression "a(b" is invalid: "#,
        ),
        (
            r#".user_id | [scan("\\p")]"#,
            r#"the regular expression "\\p" is invalid: "#,
        ),
        (
            r#".user_id | sub("a"; "b"; "q")"#,
            "q is not a flag of a regular expression",
        ),
        (
            r#".name.first_name | test("(" + .)"#,
            "failed: a regular expression is invalid: ",
        ),
        (
            ".emails[0].email | fromjson",
            "the input of fromjson is not JSON: expected value",
        ),
        (
            r#""[1 2" | fromjson"#,
            "\"[1 2\" cannot be parsed as JSON: expected `,`",
        ),
        (r#""1 2" | fromjson"#, "trailing characters"),
        (
            r#""+1.5" | tonumber"#,
            "the input of tonumber is not a number",
        ),
        (r#""NaN" | fromjson"#, "cannot be parsed as JSON"),
    ] {
        let args = ["retrieve-user", "ada.lovelace", "--output", "json", "--jq"];
        let output = emulated(&[&args[..], &[expression]].concat());
        assert_refused(&output, expected);
        let printed = stderr(&output);
        assert!(
            !printed.contains("Ada") && !printed.contains("ada@"),
            "{printed}"
        );
    }
}

#[test]
fn features_listed_as_unavailable_are_rejected() {
    let help = cli().run(&["search-users", "--help"]);
    let help = succeeded(&help)
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    let (_, missing) = help
        .split_once("These parts of jq's language are not available: ")
        .unwrap();
    let (missing, _) = missing.split_once(". ").unwrap();
    for name in missing.replace(" and ", ", ").split(", ") {
        let expression = match name {
            "?//" => ". as [$a] ?// $a | $a".to_owned(),
            "import" | "include" => format!(r#"{name} "x" as x; ."#),
            "dateadd" | "datesub" => format!("{name}(.; .)"),
            "fromstream" | "truncate_stream" => format!("{name}(.)"),
            name => name.to_owned(),
        };
        let output = emulated(&["check", "--output", "json", "--jq", &expression]);
        assert_refused(&output, "--jq: ");
    }
}
