use super::*;
use crate::bindings::exports::stytch::users::types::{CreatedAtRange, CustomFilter};
use alloc::{format, vec};
use serde_json::json;

fn answer(status: u16, body: &str) -> Answer {
    Answer {
        status,
        body: body.as_bytes().to_vec(),
        header: None,
    }
}

fn request_json(request: &SearchRequest) -> String {
    search_to_json(request).unwrap()
}

#[test]
fn what_was_not_given_is_left_out() {
    let mut request = SearchRequest {
        query: None,
        limit: None,
        cursor: None,
    };
    assert_eq!(request_json(&request), "{}");
    request.cursor = Some(String::new());
    assert_eq!(request_json(&request), "{}");
    request.cursor = Some("c".into());
    request.limit = Some(7);
    request.query = Some(Query {
        operator: Operator::Or,
        operands: vec![],
    });
    assert_eq!(
        request_json(&request),
        r#"{"cursor":"c","limit":7,"query":{"operator":"OR","operands":[]}}"#
    );
}

#[test]
fn every_filter_has_stytchs_name_and_type() {
    let text = || "t".to_owned();
    let list = || vec!["a".to_owned(), "b".to_owned()];
    let range = CreatedAtRange {
        greater_than: "x".into(),
        less_than: "y".into(),
    };
    let custom = CustomFilter {
        filter_name: "new".into(),
        filter_value: r#"{"a": [1]}"#.into(),
    };
    let (t, l) = (json!("t"), json!(["a", "b"]));
    let table = [
        (
            Filter::CreatedAtGreaterThan(text()),
            "created_at_greater_than",
            t.clone(),
        ),
        (
            Filter::CreatedAtLessThan(text()),
            "created_at_less_than",
            t.clone(),
        ),
        (
            Filter::CreatedAtBetween(range),
            "created_at_between",
            json!({"greater_than": "x", "less_than": "y"}),
        ),
        (Filter::Status(text()), "status", t.clone()),
        (Filter::UserId(list()), "user_id", l.clone()),
        (Filter::FullNameFuzzy(text()), "full_name_fuzzy", t.clone()),
        (Filter::PhoneNumber(list()), "phone_number", l.clone()),
        (
            Filter::PhoneNumberFuzzy(text()),
            "phone_number_fuzzy",
            t.clone(),
        ),
        (Filter::PhoneId(list()), "phone_id", l.clone()),
        (Filter::PhoneVerified(true), "phone_verified", json!(true)),
        (Filter::EmailAddress(list()), "email_address", l.clone()),
        (Filter::EmailAddressFuzzy(text()), "email_address_fuzzy", t),
        (Filter::EmailId(list()), "email_id", l.clone()),
        (Filter::EmailVerified(false), "email_verified", json!(false)),
        (Filter::OauthProvider(list()), "oauth_provider", l.clone()),
        (
            Filter::WebauthnRegistrationId(list()),
            "webauthn_registration_id",
            l.clone(),
        ),
        (
            Filter::WebauthnRegistrationVerified(true),
            "webauthn_registration_verified",
            json!(true),
        ),
        (
            Filter::CryptoWalletId(list()),
            "crypto_wallet_id",
            l.clone(),
        ),
        (
            Filter::CryptoWalletAddress(list()),
            "crypto_wallet_address",
            l.clone(),
        ),
        (
            Filter::CryptoWalletVerified(true),
            "crypto_wallet_verified",
            json!(true),
        ),
        (Filter::TotpId(list()), "totp_id", l),
        (Filter::TotpVerified(true), "totp_verified", json!(true)),
        (Filter::PasswordExists(true), "password_exists", json!(true)),
        (Filter::Other(custom), "new", json!({"a": [1]})),
    ];
    for (filter, name, value) in table {
        let request = SearchRequest {
            query: Some(Query {
                operator: Operator::And,
                operands: vec![filter],
            }),
            limit: None,
            cursor: None,
        };
        let json: serde_json::Value = serde_json::from_str(&request_json(&request)).unwrap();
        let operand = json!({"filter_name": name, "filter_value": value});
        assert_eq!(
            json,
            json!({"query": {"operator": "AND", "operands": [operand]}})
        );
    }
}

#[test]
fn the_status_decides_the_error_whatever_the_body() {
    for body in [
        "",
        "<html>",
        "{}",
        "null",
        r#"{"status_code":200,"error_type":"x"}"#,
        r#"{"user_id":"u","results":[]}"#,
    ] {
        for (status, variant) in [
            (400, "Rejected"),
            (401, "Unauthorized"),
            (403, "Unauthorized"),
            (404, "NotFound"),
            (408, "Rejected"),
            (429, "RateLimited"),
            (499, "Rejected"),
            (500, "Unavailable"),
            (502, "Unavailable"),
            (599, "Unavailable"),
            (101, "MalformedResponse"),
            (302, "MalformedResponse"),
            (600, "MalformedResponse"),
        ] {
            let error = page_from_answer(answer(status, body)).unwrap_err();
            let text = format!("{error:?}");
            assert!(text.contains(variant), "{status} {body}: {text}");
            assert!(
                text.contains(&status.to_string()),
                "{status} {body}: {text}"
            );
        }
    }
}

#[test]
fn an_error_body_adds_detail() {
    let body = r#"{"status_code":404,"request_id":"request-id-test-1","error_type":"user_not_found",
        "error_message":"User could not be found.","error_url":"https://stytch.com/docs","error_details":{"a":1}}"#;
    let Err(Error::NotFound(error)) = user_from_answer(answer(404, body)) else {
        panic!("not not-found");
    };
    assert_eq!(error.error_type.as_deref(), Some("user_not_found"));
    assert_eq!(error.message.as_deref(), Some("User could not be found."));
    assert_eq!(error.request_id.as_deref(), Some("request-id-test-1"));
    assert_eq!(error.error_url.as_deref(), Some("https://stytch.com/docs"));
    assert_eq!(error.details.as_deref(), Some(r#"{"a":1}"#));
    assert_eq!(error.retry_after_ms, None);
}

#[test]
fn what_was_read_of_an_error_that_is_cut_stays() {
    let body = r#"{"request_id":"r","error_type":"user_not_f"#;
    let Err(Error::NotFound(error)) = user_from_answer(answer(404, body)) else {
        panic!("not not-found");
    };
    assert_eq!(error.request_id.as_deref(), Some("r"));
    assert_eq!(error.error_type, None);
}

#[test]
fn retry_after_is_read_in_seconds() {
    for (retry_after, expected) in [
        (Some("3"), Some(3_000)),
        (Some(" 0 "), Some(0)),
        (Some("18446744073709551615"), None),
        (Some("-1"), None),
        (Some("soon"), None),
        (Some("Sun, 06 Nov 1994 08:50:07 GMT"), None),
        (None, None),
    ] {
        let mut answer = answer(429, "");
        answer.header = retry_after.map(|text| text.as_bytes().to_vec());
        assert_eq!(retry_after_ms(&answer), expected, "{retry_after:?}");
    }
}

#[test]
fn the_last_page_has_no_cursor_and_minus_one_is_no_total() {
    for (metadata, total, cursor) in [
        (r#"{"total":5,"next_cursor":"c"}"#, Some(5), Some("c")),
        (r#"{"total":5,"next_cursor":null}"#, Some(5), None),
        (r#"{"total":5,"next_cursor":""}"#, Some(5), None),
        (r#"{"total":-1}"#, None, None),
        ("{}", None, None),
        ("null", None, None),
    ] {
        let body = format!(r#"{{"results":[],"results_metadata":{metadata}}}"#);
        let page = page_from_answer(answer(200, &body)).unwrap();
        assert_eq!(
            (page.total, page.next_cursor.as_deref()),
            (total, cursor),
            "{metadata}"
        );
    }
}

#[test]
fn an_empty_list_may_be_null_but_a_page_must_be_one() {
    let body = r#"{"results":null,"results_metadata":{"total":0,"next_cursor":null}}"#;
    assert!(
        page_from_answer(answer(200, body))
            .unwrap()
            .users
            .is_empty()
    );
    for body in ["{}", r#"{"results":null}"#, "[]", "7", "", "<html>"] {
        let error = page_from_answer(answer(200, body)).unwrap_err();
        assert!(
            matches!(error, Error::MalformedResponse(_)),
            "{body}: {error:?}"
        );
    }
}

#[test]
fn a_malformed_answer_is_described_without_quoting_it() {
    for (body, expected) in [
        (
            r#"{"user_id":"u","is_locked":"jane"}"#,
            "is_locked: expected a boolean or null",
        ),
        (
            r#"{"user_id":"u","roles":{"jane":[1]}}"#,
            "roles: expected an array or null",
        ),
        (
            r#"{"user_id":"u","roles":["a",null,7]}"#,
            "roles[1]: expected a string",
        ),
        (
            r#"{"user_id":"u","name":["jane"]}"#,
            "name: expected an object or null",
        ),
        (
            r#"{"user_id":"u","emails":[{},{"jane":1,"verified":1}],"name":7}"#,
            "emails[1].verified: expected a boolean or null",
        ),
        (r#"{"user_id":12.5}"#, "user_id: expected a string"),
        ("[]", "expected an object"),
        ("{}", "user_id: expected a value"),
        (r#"{"user_id":"jane"#, "it ends within a string at byte 16"),
        (
            r#"{"user_id":"u"} jane"#,
            "the end of the document was expected at byte 16",
        ),
    ] {
        let Err(Error::MalformedResponse(text)) = user_from_answer(answer(200, body)) else {
            panic!("accepted {body}");
        };
        assert_eq!(text, expected, "{body}");
    }
    let page = answer(
        200,
        r#"{"results":[{"user_id":"a"},{"user_id":"b","totps":[{"totp_id":0}]}]}"#,
    );
    let Err(Error::MalformedResponse(text)) = page_from_answer(page) else {
        panic!("accepted");
    };
    assert_eq!(
        text,
        "results[1].totps[0].totp_id: expected a string or null"
    );
    let mut latin1 = answer(200, "");
    latin1.body = b"{\"user_id\":\"J\xe9r\xf4me\"}".to_vec();
    assert!(matches!(
        user_from_answer(latin1),
        Err(Error::MalformedResponse(_))
    ));
}

#[test]
fn a_body_that_is_compressed_is_named_as_that() {
    for (coding, expected) in [
        (Some("gzip"), Some("encoded with gzip,")),
        (Some("br"), Some("encoded with br,")),
        (Some("deflate, gzip"), Some("encoded with deflate, gzip,")),
        (Some("identity"), None),
        (Some(""), None),
        (None, None),
    ] {
        let mut compressed = answer(200, "\u{1f}\u{8b}");
        compressed.header = coding.map(|text| text.as_bytes().to_vec());
        let Err(Error::MalformedResponse(said)) = page_from_answer(compressed) else {
            panic!("{coding:?}");
        };
        match expected {
            Some(expected) => assert!(said.contains(expected), "{said}"),
            None => assert!(!said.contains("encoded"), "{said}"),
        }
    }
    let mut endless = answer(200, "");
    endless.header = Some(vec![b'x'; 10_000]);
    let Err(Error::MalformedResponse(said)) = page_from_answer(endless) else {
        panic!();
    };
    assert!(said.len() < 200, "{said}");
}
