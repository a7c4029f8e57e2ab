use super::*;

fn used(bypass: &str, origin: &str) -> bool {
    let proxy = Proxy::new("http://proxy.example:3128")
        .unwrap()
        .bypass(bypass);
    proxy.used_for(&origin.parse().unwrap()).is_some()
}

#[test]
fn bypasses_hosts_networks_and_ports() {
    let origin = "https://login.example.com:8443";
    for bypass in [
        "*",
        "example.com",
        ".example.com",
        "*.example.com",
        "LOGIN.example.com",
        "a.example, login.example.com:8443",
        "a.example login.example.com",
    ] {
        assert!(!used(bypass, origin), "{bypass}");
    }
    for bypass in [
        "",
        ",",
        "ample.com",
        "login.example.com:443",
        "login.example.com:x",
        "10.0.0.0/8",
    ] {
        assert!(used(bypass, origin), "{bypass}");
    }
    for (bypass, origin) in [
        ("*", "https://10.1.2.3"),
        ("10.0.0.0/8", "https://10.1.2.3"),
        ("10.1.2.3", "https://10.1.2.3"),
        ("10.1.2.3:443", "https://10.1.2.3"),
        ("::1", "https://[::1]"),
        ("[::1]", "https://[::1]"),
        ("[::1]:443", "https://[::1]"),
        ("fd00::/8", "https://[fd12::1]"),
    ] {
        assert!(!used(bypass, origin), "{bypass} {origin}");
    }
    assert!(used("10.1.2.3:80", "https://10.1.2.3"));
    assert!(used("[::1]:444", "https://[::1]"));
}

#[test]
fn plain_http_never_goes_through_a_proxy() {
    assert!(used("", "https://127.0.0.1"));
    assert!(!used("", "http://127.0.0.1"));
    assert!(!used("", "http://10.1.2.3"));
}

#[test]
fn refuses_invalid_urls() {
    for (url, error) in [
        ("", ProxyError::Malformed),
        ("http://", ProxyError::Malformed),
        ("http://:3128", ProxyError::Malformed),
        ("http://a b", ProxyError::Malformed),
        ("http://a\u{200b}", ProxyError::Malformed),
        ("http://jane:hunter2@", ProxyError::Malformed),
        ("http://jane:hunter2@a:b", ProxyError::Malformed),
        ("http:/a:3128", ProxyError::Malformed),
        ("http:a:3128", ProxyError::Malformed),
        ("\"http://a\"", ProxyError::Quoted),
        ("'http://jane:hunter2@a:1'", ProxyError::Quoted),
        ("http://a:99999", ProxyError::Malformed),
        ("/path", ProxyError::Malformed),
        ("socks5://a:1080", ProxyError::Scheme),
        ("ftp://a", ProxyError::Scheme),
    ] {
        assert_eq!(Proxy::new(url).unwrap_err(), error, "{url}");
    }
    for url in [
        "a:3128",
        "http://a",
        "https://a:1",
        "http://u:p@[::1]:3128",
        "http://[::1]",
    ] {
        assert!(Proxy::new(url).is_ok(), "{url}");
    }
}

/// Returns the proxy's URL and the credentials that are sent to it.
fn used_and_sent(url: &str) -> (String, Option<String>) {
    let proxy = Proxy::new(url).unwrap_or_else(|error| panic!("{url}: it {error}"));
    let origin = "https://test.stytch.com".parse().unwrap();
    let target = Uri::from_static("https://test.stytch.com");
    let sent = proxy.intercept(&target).unwrap().basic_auth();
    let sent = sent.map(|value| {
        assert!(value.is_sensitive());
        let value = value.to_str().unwrap().strip_prefix("Basic ").unwrap();
        String::from_utf8(BASE64_STANDARD.decode(value).unwrap()).unwrap()
    });
    (proxy.used_for(&origin).unwrap(), sent)
}

#[test]
fn credentials_end_at_the_last_at_sign() {
    for (user_info, sent) in [
        ("", None),
        ("@", None),
        ("jane:Passw0rd@", Some("jane:Passw0rd")),
        (
            "jane@corp.example:Passw0rd@",
            Some("jane@corp.example:Passw0rd"),
        ),
        ("jane:P@ss@w0rd@", Some("jane:P@ss@w0rd")),
        ("jane:@@@", Some("jane:@@")),
        (
            "jane%40corp.example:P%40ss@",
            Some("jane@corp.example:P@ss"),
        ),
        ("jane@", Some("jane:")),
        (":Passw0rd@", Some(":Passw0rd")),
        ("jane:a:b@", Some("jane:a:b")),
        ("jane:%2F%3F%23%5C%20%C3%A9@", Some("jane:/?#\\ é")),
        ("jane:100%@", Some("jane:100%")),
        ("jane:!$&'()*+,;=-._~@", Some("jane:!$&'()*+,;=-._~")),
        ("jane:\"<>[]^`{|}@", Some("jane:\"<>[]^`{|}")),
    ] {
        for host in ["127.0.0.1:9", "proxy.example", "[::1]:3128"] {
            for (scheme, used) in [
                ("", "http"),
                ("http://", "http"),
                ("HTTP://", "http"),
                ("https://", "https"),
            ] {
                for end in ["", "/", "/path?query", "\n"] {
                    let url = format!("{scheme}{user_info}{host}{end}");
                    let expected = (format!("{used}://{host}"), sent.map(str::to_owned));
                    assert_eq!(used_and_sent(&url), expected, "{url}");
                }
            }
        }
    }
}

#[test]
fn reports_unencoded_characters_with_their_replacement() {
    for (character, replacement) in [
        ('/', "%2F"),
        ('?', "%3F"),
        ('#', "%23"),
        ('\\', "%5C"),
        (' ', "%20"),
        ('\t', "%09"),
        ('é', "UTF-8"),
        ('\u{200b}', "UTF-8"),
    ] {
        for url in [
            format!("http://jane:hun{character}ter2@a:1"),
            format!("https://jane:{character}hunter2@a:1"),
            format!("hun{character}ter2:x@a:1"),
            format!("http://jane@corp:hunter2{character}@a@b:1"),
            format!("http://jane:hunter2{character}//@a:1"),
        ] {
            let error = Proxy::new(&url).unwrap_err();
            assert!(matches!(error, ProxyError::Unencoded { .. }), "{url}");
            let told = format!("{error} {error:?}");
            assert!(told.contains(replacement), "{url}: {told}");
            for part in ["jane", "hun", "ter2"] {
                assert!(!told.contains(part), "{url}: {told}");
            }
        }
    }
}

#[test]
fn debug_and_url_omit_the_credentials() {
    for user_info in ["jane:hunter2", "jane@corp:hunter2", "jane:hunter2@hunter2"] {
        let proxy = Proxy::new(&format!("http://{user_info}@proxy.example:3128")).unwrap();
        let origin = "https://test.stytch.com".parse().unwrap();
        let shown = format!("{proxy:?} {:?}", proxy.used_for(&origin));
        assert!(shown.contains("proxy.example:3128"), "{shown}");
        for part in ["jane", "corp", "hunter2"] {
            assert!(!shown.contains(part), "{shown}");
        }
    }
}
