use super::*;

fn check(origin: &str, method: &Method, uri: &str) -> Result<(), String> {
    let request = Request::builder().method(method).uri(uri).body(());
    let request = request.map_err(|_| "no URI".to_owned())?;
    check_request(&origin.parse().unwrap(), &request).map_err(|denial| denial.to_string())
}

#[test]
fn allows_the_two_routes() {
    for (method, path) in [
        (
            Method::GET,
            "/v1/users/user-test-16d9ba61-97a1-4ba4-9720-b03761dc50c6",
        ),
        (Method::GET, "/v1/users/ext%7Cid.1_a-b"),
        (Method::GET, "/v1/users/ext|id"),
        (Method::GET, "/v1/users/user%2Dtest"),
        (Method::POST, "/v1/users/search"),
    ] {
        for origin in ["https://test.stytch.com", "http://127.0.0.1:4010"] {
            let result = check(origin, &method, &format!("{origin}{path}"));
            assert_eq!(result, Ok(()), "{method} {path}");
        }
    }
}

#[test]
fn denies_every_other_route() {
    for (method, path) in [
        (Method::GET, "/"),
        (Method::GET, "/v1/users"),
        (Method::GET, "/v1/users/"),
        (Method::GET, "/v1/users/."),
        (Method::GET, "/v1/users/.."),
        (Method::GET, "/v1/users/%2e%2E"),
        (Method::GET, "/v1/users/a/b"),
        (Method::GET, "/v1/users/a%2fb"),
        (Method::GET, "/v1/users/a%5Cb"),
        (Method::GET, "/v1/users/a%00"),
        (Method::GET, "/v1/users/a%"),
        (Method::GET, "/v1/users/../sessions"),
        (Method::GET, "/v1/users/a;b"),
        (Method::GET, "/v1/users/a?x=1"),
        (Method::GET, "/v1/users//a"),
        (Method::GET, "//v1/users/a"),
        (Method::GET, "/v1//users/a"),
        (Method::GET, "/v1/users/./a"),
        (Method::GET, "/v1/users/a/"),
        (Method::GET, "/v1/users/a/."),
        (Method::GET, "/v1/users/a/.."),
        (Method::GET, "/v1/users/a/../../sessions"),
        (Method::GET, "/v1/./users/a"),
        (Method::GET, "/v1/users/%2e"),
        (Method::GET, "/v1/users/.%2e"),
        (Method::GET, "/v1/users/%2e%2e%2fsessions"),
        (Method::GET, "/v1/users/%252e%252e"),
        (Method::GET, "/v1/users/%252f"),
        (Method::GET, "/v1/users/..%2fsessions"),
        (Method::GET, "/v1/users/..;/sessions"),
        (Method::GET, "/v1/users/a;jsessionid=1"),
        (Method::GET, "/v1/users/a%3bb"),
        (Method::GET, "/v1/users/a%3fb"),
        (Method::GET, "/v1/users/a%23b"),
        (Method::GET, "/v1/users/a%0d%0ahost:%20evil.example"),
        (Method::GET, "/v1/users/a%20b"),
        (Method::GET, "/v1/users/%c0%ae%c0%ae"),
        (Method::GET, "/v1/users/%uff0e"),
        (Method::GET, "/v1/users/%e2%80%ae"),
        (Method::GET, "/v1/users/a%g0"),
        (Method::GET, "/v1/users/a?"),
        (Method::GET, "/v1%2fusers/a"),
        (Method::GET, "/v1/users%2fa"),
        (Method::GET, "/v1/users;/a"),
        (Method::GET, "/v1/users"),
        (Method::GET, "/v1/usersa"),
        (Method::GET, "/v1/users.json"),
        (Method::GET, "/v2/users/a"),
        (Method::GET, ""),
        (Method::GET, "/V1/users/a"),
        (Method::GET, "/v1/sessions"),
        (Method::POST, "/v1/users"),
        (Method::POST, "/v1/users/search/"),
        (Method::POST, "/v1/users/search?x"),
        (Method::POST, "/v1/users/search?"),
        (Method::POST, "/v1/users/Search"),
        (Method::POST, "/v1/users/./search"),
        (Method::POST, "/v1/users/../users/search"),
        (Method::POST, "//v1/users/search"),
        (Method::POST, "/v1/users/search;x"),
        (Method::POST, "/v1/users/%73earch"),
        (Method::POST, "/v1/users/a"),
        (Method::PUT, "/v1/users/a"),
        (Method::PUT, "/v1/users/search"),
        (Method::PATCH, "/v1/users/a"),
        (Method::DELETE, "/v1/users/a"),
        (Method::HEAD, "/v1/users/a"),
        (Method::OPTIONS, "/v1/users/a"),
        (Method::TRACE, "/v1/users/a"),
        (Method::CONNECT, "/v1/users/a"),
        (Method::from_bytes(b"get").unwrap(), "/v1/users/a"),
        (Method::from_bytes(b"SEARCH").unwrap(), "/v1/users/search"),
    ] {
        let url = format!("https://test.stytch.com{path}");
        let denial = check("https://test.stytch.com", &method, &url).unwrap_err();
        assert!(
            denial.contains("this route is not allowed"),
            "{method} {path}: {denial}"
        );
    }
}

#[test]
fn denies_every_other_origin() {
    for url in [
        "http://test.stytch.com/v1/users/a",
        "https://test.stytch.com:8443/v1/users/a",
        "https://test.stytch.com./v1/users/a",
        "https://api.stytch.com/v1/users/a",
        "https://eviltest.stytch.com/v1/users/a",
        "https://test.stytch.com.evil.example/v1/users/a",
        "https://test.stytch.com@evil.example/v1/users/a",
        "https://evil.example@test.stytch.com/v1/users/a",
        "https://127.0.0.1/v1/users/a",
        "https://2130706433/v1/users/a",
        "https://[::ffff:127.0.0.1]/v1/users/a",
        "/v1/users/a",
        "https://test.stytch.com:80/v1/users/a",
        "https://test.stytch.com:4430/v1/users/a",
        "https://test.stytch.com:/v1/users/a",
        "https://test.stytch.com:443:443/v1/users/a",
        "https://test.stytch.com:+443/v1/users/a",
        "https://test.stytch.com:65979/v1/users/a",
        "https://@test.stytch.com/v1/users/a",
        "https://user:pass@test.stytch.com/v1/users/a",
        "https://test.stytch.com:443@evil.example/v1/users/a",
        "https://test.stytch.com%00.evil.example/v1/users/a",
        "https://test.stytch.com%2eevil.example/v1/users/a",
        "https://test.stytch.com\\@evil.example/v1/users/a",
        "https://test.stytch.com\\.evil.example/v1/users/a",
        "https://test.stytch.com#@evil.example/v1/users/a",
        "https://test.stytch.com?@evil.example/v1/users/a",
        "https://test.stytch.com\t/v1/users/a",
        "https://test.stytch.com /v1/users/a",
        "https://tes\u{167}.stytch.com/v1/users/a",
        "https://test\u{3002}stytch.com/v1/users/a",
        "https://xn--tst-qla.stytch.com/v1/users/a",
        "https://stytch.com/v1/users/a",
        "https://a.test.stytch.com/v1/users/a",
        "https://localhost/v1/users/a",
        "https://127.1/v1/users/a",
        "https://0177.0.0.1/v1/users/a",
        "https://0x7f000001/v1/users/a",
        "https://[::1]/v1/users/a",
        "https://[64:ff9b::7f00:1]/v1/users/a",
        "https://[2002:7f00:1::1]/v1/users/a",
        "https://[fe80::1]/v1/users/a",
        "https://169.254.169.254/v1/users/a",
        "https://[fd00:ec2::254]/v1/users/a",
        "https://:443/v1/users/a",
        "https:///v1/users/a",
        "https:/test.stytch.com/v1/users/a",
        "//test.stytch.com/v1/users/a",
        "test.stytch.com:443",
        "ftp://test.stytch.com/v1/users/a",
        "ws://test.stytch.com/v1/users/a",
        "file:///v1/users/a",
        "*",
    ] {
        assert!(
            check("https://test.stytch.com", &Method::GET, url).is_err(),
            "{url}"
        );
    }
}

#[test]
fn allows_other_spellings_of_the_origin() {
    for url in [
        "https://TEST.Stytch.Com/v1/users/a",
        "https://test.stytch.com:443/v1/users/a",
        "https://test.stytch.com:0443/v1/users/a",
        "HTTPS://test.stytch.com/v1/users/a",
    ] {
        assert_eq!(check("https://test.stytch.com", &Method::GET, url), Ok(()));
    }
}

/// `Uri` rejects a backslash and drops a fragment; neither changes the route.
#[test]
fn does_not_treat_a_backslash_or_a_fragment_as_a_path() {
    for path in [
        "/v1/users/a\\..\\b",
        "\\v1\\users\\a",
        "/v1/users/\u{ff0f}a",
        "/v1/users/a b",
    ] {
        let url = format!("https://test.stytch.com{path}");
        assert!(
            check("https://test.stytch.com", &Method::GET, &url).is_err(),
            "{path}"
        );
    }
}

#[test]
fn denies_even_a_correct_host_header() {
    for host in ["evil.example", "test.stytch.com", ""] {
        let request = Request::get("https://test.stytch.com/v1/users/a").header(HOST, host);
        let origin = "https://test.stytch.com".parse().unwrap();
        let denial = check_request(&origin, &request.body(()).unwrap()).unwrap_err();
        assert_eq!(
            denial.to_string(),
            "the component requested GET at \"https://test.stytch.com\": the request sets the header Host; leave the header out; the host derives it from the URL"
        );
    }
}

/// The path may contain data that must not be logged.
#[test]
fn a_denial_does_not_contain_the_path() {
    for path in [
        "/v1/sessions/jane",
        "/v1/users/jane/../x",
        "/v1/users/a?jane",
    ] {
        let url = format!("https://test.stytch.com{path}");
        let denial = check("https://test.stytch.com", &Method::GET, &url).unwrap_err();
        assert!(!denial.contains("jane"), "{denial}");
    }
}

#[test]
fn a_denial_contains_the_request_the_reason_and_the_remedy() {
    let denial = check(
        "https://test.stytch.com",
        &Method::GET,
        "http://127.0.0.1:1/v1/users/jane",
    );
    assert_eq!(
        denial.unwrap_err(),
        "the component requested GET at \"http://127.0.0.1:1\": this credential may reach https://test.stytch.com only; if your Stytch API is not at https://test.stytch.com, change the credential's base URL (--base-url); otherwise do not trust this component"
    );
}

/// Text from a component is quoted once and shortened, and is not part of the advice.
#[test]
fn a_denial_shortens_text_from_the_component() {
    let long = format!("https://{}.example/v1/users/a", "a".repeat(1000));
    let method = Method::from_bytes(&[b'X'; 1000]).unwrap();
    for (method, url) in [
        (&Method::GET, "https://evil.example/v1/users/a"),
        (&Method::GET, &long),
        (&method, "https://test.stytch.com/v1/users/a"),
    ] {
        let denial = check("https://test.stytch.com", method, url).unwrap_err();
        assert!(denial.starts_with("the component requested "), "{denial}");
        assert!(denial.len() < 600, "{denial}");
        let (asked, voice) = denial.split_once(": ").unwrap();
        let (_, voice) = voice.split_once(": ").unwrap_or(("", voice));
        assert!(
            !voice.contains("evil") && !voice.contains("aaa"),
            "{denial}"
        );
        assert!(!asked.contains(&"X".repeat(101)), "{denial}");
    }
    assert_eq!(quoted("a\u{1b}\u{202e}\"b"), "a\\u{1b}\\u{202e}\\\"b");
}

#[test]
fn sends_only_allowed_headers() {
    let mut headers = HeaderMap::new();
    for name in [
        "accept",
        "accept-encoding",
        "authorization",
        "content-encoding",
        "content-length",
        "content-type",
        "cookie",
        "expect",
        "forwarded",
        "range",
        "user-agent",
        "x-forwarded-host",
        "x-http-method-override",
        "x-original-url",
        "x-rewrite-url",
    ] {
        headers.insert(HeaderName::from_static(name), "guest".parse().unwrap());
    }
    keep_allowed(&mut headers);
    let mut names: Vec<_> = headers.keys().map(HeaderName::as_str).collect();
    names.sort_unstable();
    let expected = [
        "accept",
        "authorization",
        "content-length",
        "content-type",
        "user-agent",
    ];
    assert_eq!(names, expected);
}

#[test]
fn denies_a_body_in_a_get_request() {
    let body_with = |method: Method, body: &'static str| {
        let request = Request::builder().method(method);
        let request = request.uri("https://test.stytch.com/v1/users/search");
        check_body(&request.body(body).unwrap()).map_err(|denial| denial.to_string())
    };
    assert_eq!(body_with(Method::POST, "{}"), Ok(()));
    assert_eq!(body_with(Method::GET, ""), Ok(()));
    let denial = body_with(Method::GET, "{}").unwrap_err();
    assert!(
        denial.contains("has a body") && denial.contains("send GET without a body"),
        "{denial}"
    );
}
