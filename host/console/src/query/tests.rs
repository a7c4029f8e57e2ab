use super::*;
use crate::form::tests::form;
use stytch_host::types::{Filter, Operator};

fn read(text: &str) -> Query {
    Query::read(Some(text))
}

fn filters(text: &str) -> Vec<Filter> {
    let request = read(text).request(&form()).unwrap();
    request.query.unwrap().operands
}

fn problem(text: &str) -> (String, String) {
    let invalid = read(text).request(&form()).unwrap_err();
    let (_, problem) = invalid.iter().next().unwrap();
    (problem.name.clone(), problem.advice.clone())
}

#[test]
fn each_kind_of_field_becomes_its_filter() {
    for (text, debug) in [
        ("status=active", r#"Status("active")"#),
        ("email_address=a%40b,c", r#"EmailAddress(["a@b", "c"])"#),
        ("user_id=a%0Ab%2C+", r#"UserId(["a", "b"])"#),
        ("totp_verified=false", "TotpVerified(false)"),
        (
            "created_at_less_than=2026-01-31",
            r#"CreatedAtLessThan("2026-01-31T00:00:00Z")"#,
        ),
        (
            "created_at_less_than=2026-01-31T18:30:00%2B01:00",
            r#"CreatedAtLessThan("2026-01-31T18:30:00+01:00")"#,
        ),
        (
            "created_at_between.greater_than=2026-01-01&created_at_between.less_than=2026-02-01",
            r#"CreatedAtBetween(CreatedAtRange { greater-than: "2026-01-01T00:00:00Z", less-than: "2026-02-01T00:00:00Z" })"#,
        ),
        (
            "custom.filter_name=newer&custom.filter_value=%5B12345678901234567890123%5D",
            r#"Other(CustomFilter { filter-name: "newer", filter-value: "[12345678901234567890123]" })"#,
        ),
    ] {
        let filters = filters(text);
        let filter = format!("{:?}", filters.first().unwrap());
        assert_eq!(filter, format!("Filter::{debug}"), "{text}");
        assert_eq!(filters.len(), 1);
    }
}

#[test]
fn every_field_of_the_form_can_be_searched_for() {
    let form = form();
    for field in &form.fields {
        let value = match field.kind {
            Kind::Flag => "true",
            Kind::Time | Kind::Range => "2026-01-31",
            Kind::Text | Kind::List => "a",
        };
        let mut query = Query::default();
        for name in parameters(field) {
            query = query.with(&name, value);
        }
        let request = query.request(&form).unwrap();
        assert_eq!(request.query.unwrap().operands.len(), 1, "{}", field.name);
        assert_eq!(query.chips(&form).len(), 1, "{}", field.name);
    }
}

#[test]
fn what_is_not_a_filter_is_read_too() {
    let text = "credential=a&match=any&status=active&limit=1000&cursor=c%22";
    let request = read(text).request(&form()).unwrap();
    assert_eq!(request.limit, Some(1000));
    assert_eq!(request.cursor.as_deref(), Some("c\""));
    assert!(matches!(request.query.unwrap().operator, Operator::Or));
    let all = read("credential=a&match=any").request(&form()).unwrap();
    assert!(all.query.is_none() && all.limit.is_none() && all.cursor.is_none());
}

#[test]
fn an_address_says_the_same_again() {
    let text = "credential=a&email_address=a%40b%2Cc&status=";
    let query = read(text);
    assert_eq!(query.print(), "credential=a&email_address=a%40b%2Cc");
    assert_eq!(read(&query.print()), query);
    let hostile = Query::default().with("status", "\"><script>&a=b#c\u{1f980}");
    assert_eq!(read(&hostile.print()), hostile);
}

#[test]
fn a_wrong_value_is_named_with_what_to_do() {
    for (text, name, advice) in [
        ("limit=0", "limit", "from 1 to 1000"),
        ("limit=1001", "limit", "from 1 to 1000"),
        ("limit=%2B5", "limit", "from 1 to 1000"),
        ("limit=ten", "limit", "from 1 to 1000"),
        ("totp_verified=maybe", "totp_verified", "yes or no"),
        (
            "created_at_less_than=soon",
            "created_at_less_than",
            "2026-01-31",
        ),
        (
            "created_at_between.greater_than=2026-01-01",
            "created_at_between.less_than",
            "the end",
        ),
        (
            "created_at_between.less_than=2026-01-01",
            "created_at_between.greater_than",
            "the start",
        ),
        ("custom.filter_name=a", "custom.filter_value", "as JSON"),
        ("custom.filter_value=1", "custom.filter_name", "the name"),
        (
            "custom.filter_name=a&custom.filter_value=b",
            "custom.filter_value",
            "quotation marks",
        ),
        ("statsu=active", "statsu", "no filter"),
    ] {
        let (at, said) = problem(text);
        assert_eq!(at, name, "{text}");
        assert!(said.contains(advice), "{text}: {said}");
    }
}

#[test]
fn chips_say_what_is_asked_and_lead_to_the_search_without_it() {
    let query = read(
        "credential=a&email_address=a,b&password_exists=false&cursor=c&\
         created_at_between.greater_than=2026-01-01&created_at_between.less_than=2026-02-01&\
         custom.filter_name=x&custom.filter_value=1",
    );
    let chips = query.chips(&form());
    let words: Vec<_> = chips
        .iter()
        .map(|chip| format!("{}: {}", chip.label, chip.value))
        .collect();
    assert_eq!(
        words,
        [
            "Email address: a or b",
            "Created between: 2026-01-01 and 2026-02-01",
            "Password: no",
            "x: 1"
        ]
    );
    assert_eq!(
        chips.first().unwrap().without,
        "credential=a&password_exists=false&created_at_between.greater_than=2026-01-01&\
         created_at_between.less_than=2026-02-01&custom.filter_name=x&custom.filter_value=1"
    );
    let last = chips.last().unwrap();
    assert!(!last.without.contains("custom"), "{}", last.without);
}
