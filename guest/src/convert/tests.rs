use super::*;
use crate::bindings::exports::stytch::users::types::{CreatedAtRange, CustomFilter};
use alloc::{format, vec};
use serde_json::json;

fn response(status: u16, body: &str) -> Response {
    Response {
        status,
        body: body.as_bytes().to_vec(),
        header: None,
    }
}

fn request_json(request: &SearchRequest) -> String {
    search_to_json(request).unwrap()
}

#[test]
fn omits_what_is_not_set() {
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
fn writes_each_filter_with_stytchs_name_and_type() {
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

/// The case of an error.
fn case(error: &Error) -> &'static str {
    match error {
        Error::InvalidInput(_) => "invalid-input",
        Error::Misconfigured(_) => "misconfigured",
        Error::Unauthorized(_) => "unauthorized",
        Error::NotFound(_) => "not-found",
        Error::Rejected(_) => "rejected",
        Error::RateLimited(_) => "rate-limited",
        Error::Unavailable(_) => "unavailable",
        Error::Unreachable(_) => "unreachable",
        Error::MalformedResponse(_) => "malformed-response",
    }
}

/// What becomes of a response that is an error to a retrieval and to a search.
fn errors(status: u16, body: &str) -> [Error; 2] {
    [
        user_from_response(response(status, body)).unwrap_err(),
        page_from_response(response(status, body)).unwrap_err(),
    ]
}

fn api(error: Error) -> ApiError {
    match error {
        Error::Unauthorized(api)
        | Error::NotFound(api)
        | Error::Rejected(api)
        | Error::RateLimited(api)
        | Error::Unavailable(api) => api,
        other => panic!("{other:?}"),
    }
}

#[test]
fn errors_of_other_servers_do_not_concern_credentials_or_users() {
    for body in [
        "",
        "<html>",
        "{}",
        "null",
        "[]",
        r#"{"message":"Forbidden"}"#,
        r#"{"status":404,"error":"Not Found","path":"/v1/users/u"}"#,
        r#"{"error":{"error_type":"user_not_found"}}"#,
        r#"{"error_type":"user_not_found""#,
        r#"{"error_type":"user_not_found"}<html>"#,
        r#"{"status_code":500,"error_type":"user_not_found"}"#,
        r#"{"status_code":200,"error_type":"unauthorized_credentials"}"#,
        r#"{"status_code":200,"request_id":"r","user_id":"u","results":[]}"#,
    ] {
        for (status, expected) in [
            (400, "rejected"),
            (401, "rejected"),
            (403, "rejected"),
            (404, "rejected"),
            (407, "rejected"),
            (408, "rejected"),
            (429, "rate-limited"),
            (499, "rejected"),
            (502, "unavailable"),
            (599, "unavailable"),
            (101, "malformed-response"),
            (302, "malformed-response"),
            (600, "malformed-response"),
        ] {
            for error in errors(status, body) {
                assert_eq!(case(&error), expected, "{status} {body}");
                if expected == "malformed-response" {
                    assert!(format!("{error:?}").contains(&status.to_string()));
                } else {
                    let api = api(error);
                    assert_eq!((api.status, api.error_type), (status, None), "{body}");
                }
            }
        }
    }
}

#[test]
fn stytchs_error_type_decides_if_the_status_does_not() {
    for (status, name, retrieval, search) in [
        (400, "invalid_project_id_authentication", "unauthorized", ""),
        (400, "invalid_authorization_header", "unauthorized", ""),
        (400, "invalid_secret_authentication", "unauthorized", ""),
        (400, "invalid_consumer_endpoint", "unauthorized", ""),
        (400, "wrong_stack_live", "unauthorized", ""),
        (400, "wrong_stack_test", "unauthorized", ""),
        (401, "unauthorized_credentials", "unauthorized", ""),
        (401, "unauthorized_credentials_homepage", "unauthorized", ""),
        (401, "a_new_one", "unauthorized", ""),
        (403, "unauthorized_project_id_test", "unauthorized", ""),
        (403, "project_disabled", "unauthorized", ""),
        (403, "organization_suspended", "unauthorized", ""),
        (403, "use_https", "rejected", ""),
        (403, "captcha_required", "rejected", ""),
        (400, "invalid_user_id", "rejected", ""),
        (400, "user_not_found", "rejected", ""),
        (404, "user_not_found", "not-found", "rejected"),
        (404, "user_not_founded", "rejected", ""),
        (404, "route_not_found", "rejected", ""),
        (404, "project_not_found", "rejected", ""),
        (408, "search_timeout", "rejected", ""),
        (429, "user_lock_limit_reached", "rate-limited", ""),
        (429, "unauthorized_credentials", "rate-limited", ""),
        (500, "unauthorized_credentials", "unavailable", ""),
        (503, "server_unavailable", "unavailable", ""),
    ] {
        let search = if search.is_empty() { retrieval } else { search };
        for status_code in [format!(r#""status_code":{status},"#), String::new()] {
            let body = format!(r#"{{{status_code}"error_type":"{name}"}}"#);
            let errors = errors(status, &body);
            assert_eq!(
                (case(&errors[0]), case(&errors[1])),
                (retrieval, search),
                "{status} {name}"
            );
            for error in errors {
                assert_eq!(api(error).error_type.as_deref(), Some(name));
            }
        }
    }
}

#[test]
fn decodes_the_details_of_an_error() {
    let body = r#"{"status_code":404,"request_id":"request-id-test-1","error_type":"user_not_found",
        "error_message":"User could not be found.","error_url":"https://stytch.com/docs","error_details":{"a":1}}"#;
    let Err(Error::NotFound(error)) = user_from_response(response(404, body)) else {
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
fn keeps_the_messages_of_oauth_errors() {
    let body = r#"{"status_code":401,"request_id":"r","error":"invalid_client",
        "error_description":"Who are you?","error_uri":"https://stytch.com/docs"}"#;
    for error in errors(401, body) {
        assert_eq!(case(&error), "unauthorized");
        let error = api(error);
        assert_eq!(error.error_type.as_deref(), Some("invalid_client"));
        assert_eq!(error.message.as_deref(), Some("Who are you?"));
        assert_eq!(error.error_url.as_deref(), Some("https://stytch.com/docs"));
    }
    // Stytch's own go first, whichever comes last.
    let body = r#"{"error_type":"a","error_message":"b","error":"x","error_description":null}"#;
    let [error, _] = errors(400, body).map(api);
    assert_eq!(error.error_type.as_deref(), Some("a"));
    assert_eq!(error.message.as_deref(), Some("b"));
    // What somebody else calls an error is no name of Stytch's, but said.
    let [error, _] = errors(404, r#"{"status":404,"error":"Not Found"}"#).map(api);
    assert_eq!(error.error_type, None);
    assert_eq!(error.message.as_deref(), Some("Not Found"));
}

#[test]
fn keeps_what_was_decoded_of_a_truncated_error() {
    for body in [
        r#"{"request_id":"r","error_type":"user_not_f"#,
        r#"{"request_id":"r","error_type":"user_not_found""#,
    ] {
        let Err(Error::Rejected(error)) = user_from_response(response(404, body)) else {
            panic!("not rejected");
        };
        assert_eq!(error.request_id.as_deref(), Some("r"));
        assert_eq!(error.error_type, None);
    }
}

#[test]
fn reads_retry_after_in_seconds() {
    for (retry_after, expected) in [
        (Some("3"), Some(3_000)),
        (Some(" 0 "), Some(0)),
        (Some("18446744073709551615"), None),
        (Some("-1"), None),
        (Some("soon"), None),
        (Some("Sun, 06 Nov 1994 08:50:07 GMT"), None),
        (None, None),
    ] {
        let mut response = response(429, "");
        response.header = retry_after.map(|text| text.as_bytes().to_vec());
        assert_eq!(retry_after_ms(&response), expected, "{retry_after:?}");
    }
}

#[test]
fn treats_an_empty_cursor_and_a_total_of_minus_one_as_absent() {
    for (metadata, total, cursor) in [
        (r#"{"total":5,"next_cursor":"c"}"#, Some(5), Some("c")),
        (r#"{"total":5,"next_cursor":null}"#, Some(5), None),
        (r#"{"total":5,"next_cursor":""}"#, Some(5), None),
        (r#"{"total":-1}"#, None, None),
        ("{}", None, None),
        ("null", None, None),
    ] {
        let body = format!(r#"{{"results":[],"results_metadata":{metadata}}}"#);
        let page = page_from_response(response(200, &body)).unwrap();
        assert_eq!(
            (page.total, page.next_cursor.as_deref()),
            (total, cursor),
            "{metadata}"
        );
    }
}

#[test]
fn accepts_null_results_but_requires_a_page() {
    let body = r#"{"results":null,"results_metadata":{"total":0,"next_cursor":null}}"#;
    assert!(
        page_from_response(response(200, body))
            .unwrap()
            .users
            .is_empty()
    );
    for body in ["{}", r#"{"results":null}"#, "[]", "7", "", "<html>"] {
        let error = page_from_response(response(200, body)).unwrap_err();
        assert!(
            matches!(error, Error::MalformedResponse(_)),
            "{body}: {error:?}"
        );
    }
}

/// With a B2B project's credential, or at another endpoint, a success is another one.
#[test]
fn rejects_responses_of_other_endpoints() {
    let page = r#"{"members":[{"member_id":"m"}],"organizations":{},
        "results_metadata":{"total":1,"next_cursor":null}}"#;
    let session = r#"{"user_id":"u","session_token":"t","session_jwt":"j"}"#;
    let retrieval = |body| user_from_response(response(200, body)).unwrap_err();
    let search = |body| page_from_response(response(200, body)).unwrap_err();
    for (error, expected) in [
        (search(page), "it has no results; "),
        (search(r#"{"results_metadata":{}}"#), "it has no results; "),
        (search(session), "it has no results; "),
        (retrieval(session), "it contains a session or a user; "),
        (
            retrieval(r#"{"session":{},"user_id":"u"}"#),
            "it contains a session",
        ),
        (
            retrieval(r#"{"user_id":"u","user":{}}"#),
            "it contains a session",
        ),
        (
            retrieval(r#"{"member":{},"organization":{}}"#),
            "it contains a session",
        ),
        (retrieval("{}"), "it has no user_id; "),
        (retrieval(r#"{"user_id":""}"#), "it has no user_id; "),
        (retrieval(page), "it has no user_id; "),
    ] {
        let Error::MalformedResponse(text) = error else {
            panic!("{error:?}");
        };
        assert!(text.starts_with(expected), "{text}");
        assert!(text.contains("B2B"), "{text}");
    }
}

#[test]
fn keeps_unknown_members_of_a_page() {
    let body = r#"{"warnings":["w"],"results":[],"status_code":200,"request_id":"r",
        "results_metadata":{"total":0,"page_size": 10,"next_cursor":null},"z":null}"#;
    let page = page_from_response(response(200, body)).unwrap();
    assert_eq!(
        page.extra.as_deref(),
        Some(r#"{"warnings":["w"],"z":null}"#)
    );
    assert_eq!(
        page.results_metadata_extra.as_deref(),
        Some(r#"{"page_size":10}"#)
    );
}

#[test]
fn an_unpaired_surrogate_does_not_lose_a_user() {
    let body = r#"{"results":[{"user_id":"a","name":{"first_name":"x\ud83d"},
        "roles":["\udead"],"trusted_metadata":{"\ud800":"\ud83d"},"n\ud800":"\udead"}]}"#;
    let page = page_from_response(response(200, body)).unwrap();
    let user = &page.users[0];
    let name = user.name.as_ref().unwrap();
    assert_eq!(name.first_name.as_deref(), Some("x\u{fffd}"));
    assert_eq!(user.roles.as_deref().unwrap(), ["\u{fffd}"]);
    // JSON text is as it was sent.
    assert_eq!(
        user.trusted_metadata.as_deref(),
        Some(r#"{"\ud800":"\ud83d"}"#)
    );
    assert_eq!(user.extra.as_deref(), Some("{\"n\u{fffd}\":\"\\udead\"}"));
}

#[test]
fn describes_a_malformed_response_without_quoting_it() {
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
        (r#"{"user_id":"jane"#, "it ends within a string at byte 16"),
        (
            r#"{"user_id":"u"} jane"#,
            "the end of the document was expected at byte 16",
        ),
    ] {
        let Err(Error::MalformedResponse(text)) = user_from_response(response(200, body)) else {
            panic!("accepted {body}");
        };
        assert_eq!(text, expected, "{body}");
    }
    let page = response(
        200,
        r#"{"results":[{"user_id":"a"},{"user_id":"b","totps":[{"totp_id":0}]}]}"#,
    );
    let Err(Error::MalformedResponse(text)) = page_from_response(page) else {
        panic!("accepted");
    };
    assert_eq!(
        text,
        "results[1].totps[0].totp_id: expected a string or null"
    );
    let mut latin1 = response(200, "");
    latin1.body = b"{\"user_id\":\"J\xe9r\xf4me\"}".to_vec();
    assert!(matches!(
        user_from_response(latin1),
        Err(Error::MalformedResponse(_))
    ));
}

#[test]
fn reports_a_compressed_body() {
    for (coding, expected) in [
        (Some("gzip"), Some("encoded with gzip,")),
        (Some("br"), Some("encoded with br,")),
        (Some("deflate, gzip"), Some("encoded with deflate, gzip,")),
        (Some("identity"), None),
        (Some(""), None),
        (None, None),
    ] {
        let mut compressed = response(200, "\u{1f}\u{8b}");
        compressed.header = coding.map(|text| text.as_bytes().to_vec());
        let Err(Error::MalformedResponse(said)) = page_from_response(compressed) else {
            panic!("{coding:?}");
        };
        match expected {
            Some(expected) => assert!(said.contains(expected), "{said}"),
            None => assert!(!said.contains("encoded"), "{said}"),
        }
    }
    let mut endless = response(200, "");
    endless.header = Some(vec![b'x'; 10_000]);
    let Err(Error::MalformedResponse(said)) = page_from_response(endless) else {
        panic!();
    };
    assert!(said.len() < 200, "{said}");
}
