use super::*;

#[test]
fn normalizes_origins() {
    for (text, origin) in [
        ("https://test.stytch.com", "https://test.stytch.com"),
        ("HTTPS://Test.Stytch.com:443/", "https://test.stytch.com"),
        (
            "https://login.example.com:8443",
            "https://login.example.com:8443",
        ),
        ("http://127.0.0.1:4010", "http://127.0.0.1:4010"),
        ("http://localhost:80", "http://localhost"),
        ("http://[::1]:4010", "http://[::1]:4010"),
        ("http://10.1.2.3", "http://10.1.2.3"),
    ] {
        let parsed: Origin = text.parse().unwrap();
        assert_eq!(parsed.to_string(), origin);
        assert_eq!(parsed.to_string().parse(), Ok(parsed));
    }
}

#[test]
fn refuses_invalid_origins() {
    for (text, error) in [
        ("", OriginError::Malformed),
        ("test.stytch.com", OriginError::Malformed),
        ("/v1", OriginError::Malformed),
        ("https://", OriginError::Malformed),
        ("https://:443", OriginError::Malformed),
        ("https://a b", OriginError::Character(' ')),
        (" https://a", OriginError::Character(' ')),
        ("https://a\n", OriginError::Character('\n')),
        ("https://a\u{200b}", OriginError::Character('\u{200b}')),
        ("\"https://a\"", OriginError::Quoted),
        ("'https://a'", OriginError::Quoted),
        ("https://a\"", OriginError::Character('"')),
        ("https://a:99999", OriginError::Port),
        ("https://a:+1", OriginError::Port),
        ("https://a:", OriginError::Port),
        ("https://a:0", OriginError::Port),
        ("http://127.0.0.1:0", OriginError::Port),
        ("https://a..b", OriginError::Label),
        ("https://.a", OriginError::Label),
        ("https://a..", OriginError::Label),
        ("https://.", OriginError::Label),
        ("https://-a.com", OriginError::Label),
        ("https://a-.com", OriginError::Label),
        ("https://a_b-.com", OriginError::Label),
        ("https://a.-", OriginError::Label),
        ("ftp://a", OriginError::Scheme),
        ("https://user@a", OriginError::UserInfo),
        ("https://user:pass@a", OriginError::UserInfo),
        ("https://a/v1", OriginError::Path),
        ("https://a/?q", OriginError::Path),
        ("https://a#f", OriginError::Path),
        ("http://test.stytch.com", OriginError::Plain),
        ("http://8.8.8.8", OriginError::Plain),
        ("http://localhost.evil.example", OriginError::Plain),
        ("http://169.254.169.254", OriginError::Address),
        ("https://169.254.169.254", OriginError::Address),
        ("http://[fd00:ec2::254]", OriginError::Address),
        ("http://[::ffff:169.254.169.254]", OriginError::Address),
        ("http://[::ffff:127.0.0.1]", OriginError::Address),
        ("http://0.0.0.0:4010", OriginError::Address),
        ("http://[::]", OriginError::Address),
        ("http://[fe80::1]", OriginError::Address),
        ("http://224.0.0.1", OriginError::Address),
        ("http://[fd20:ce::254]", OriginError::Address),
        ("https://168.63.129.16", OriginError::Address),
        ("https://100.100.100.200", OriginError::Address),
        ("https://192.0.0.192", OriginError::Address),
        ("http://[::127.0.0.1]", OriginError::Address),
        ("http://[64:ff9b::7f00:1]", OriginError::Address),
        ("http://[2002:7f00:1::1]", OriginError::Address),
        ("http://127.1", OriginError::Number),
        ("http://127.0.1", OriginError::Number),
        ("http://2130706433", OriginError::Number),
        ("https://0x7f000001", OriginError::Number),
        ("https://0x7f.1", OriginError::Number),
        ("https://0177.0.0.1", OriginError::Number),
        ("https://127.0.0.1.", OriginError::Number),
        ("https://127.0.0.0x1", OriginError::Number),
        ("https://1.2.3.4.5", OriginError::Number),
        ("https://256.0.0.1", OriginError::Number),
        ("http://[::1%25lo]", OriginError::Malformed),
        ("https://[::1", OriginError::Malformed),
        ("https://a\\@evil.example", OriginError::Character('\\')),
        ("https://localhost%00.evil.example", OriginError::Malformed),
        ("http://localhost.", OriginError::Plain),
        ("http://127.0.0.1.evil.example", OriginError::Plain),
        ("https://*.stytch.com", OriginError::Malformed),
        (
            "https://\u{ff4c}ocalhost",
            OriginError::Character('\u{ff4c}'),
        ),
    ] {
        assert_eq!(text.parse::<Origin>(), Err(error), "{text}");
    }
}

#[test]
fn limits_the_length_of_names_and_labels() {
    let label = "a".repeat(63);
    let longest = format!("{label}.{label}.{label}.{}", "a".repeat(61));
    assert_eq!(longest.len(), 253);
    let parse = |host: &str| format!("https://{host}").parse::<Origin>();
    for host in [
        &label,
        &longest,
        &format!("{longest}."),
        "a_b.c",
        "_a.b",
        "xn--a-b.c",
    ] {
        assert!(parse(host).is_ok(), "{host}");
    }
    assert_eq!(parse(&format!("{label}a.com")), Err(OriginError::Label));
    assert_eq!(parse(&format!("{longest}a")), Err(OriginError::Long));
}
