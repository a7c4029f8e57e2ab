use super::*;
use crate::network::credential::Secret;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

const SECRET: &str = "secret-test-a/B+c_d?e~f>1234567890==";

fn forms() -> SecretForms {
    let secret = Secret::new(SECRET.to_owned());
    SecretForms::of(&Credential::new("project-test-1", secret), 4)
}

fn percent(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

/// Encodes each character with `write`.
fn each(text: &str, write: impl Fn(u32) -> String) -> String {
    text.chars().map(|c| write(c.into())).collect()
}

/// Wraps a text into lines.
fn wrapped(text: &str, at: usize, with: &str) -> String {
    let lines: Vec<_> = text
        .as_bytes()
        .chunks(at)
        .map(|line| str::from_utf8(line).unwrap())
        .collect();
    lines.join(with)
}

/// The secret in the encodings of programs that echo a header.
fn encoded() -> Vec<String> {
    let pair = format!("project-test-1:{SECRET}");
    let basic = BASE64_STANDARD.encode(&pair);
    let within = |before: &str| BASE64_STANDARD.encode(format!("{before}{SECRET}, and more"));
    let json = SECRET
        .replace('+', "\\u002B")
        .replace('/', "\\/")
        .replace('>', "\\u003e");
    vec![
        SECRET.to_owned(),
        SECRET.trim_end_matches('=').to_owned(),
        basic.clone(),
        BASE64_URL_SAFE.encode(&pair),
        BASE64_STANDARD.encode(SECRET),
        BASE64_URL_SAFE.encode(SECRET),
        within(""),
        within("x"),
        within("xy"),
        within("a header: "),
        // JSON.
        json.clone(),
        basic.replace('/', "\\/").replace('+', "\\u002b"),
        each(SECRET, |code| format!("\\u{code:04x}")),
        each(SECRET, |code| format!("\\u{code:04X}")),
        each(SECRET, |code| format!("\\x{code:02X}")),
        // HTML and XML.
        SECRET.replace('+', "&#43;").replace('/', "&#x2F;"),
        SECRET.replace('+', "&#x2b;").replace('>', "&gt;"),
        SECRET
            .replace('+', "&plus;")
            .replace('/', "&sol;")
            .replace('_', "&lowbar;")
            .replace('?', "&quest;"),
        basic.replace('+', "&#43").replace('/', "&#0047;"),
        each(SECRET, |code| format!("&#{code};")),
        // URLs.
        percent(SECRET),
        percent(&basic),
        each(SECRET, |code| format!("%{code:02x}")),
        // Lines.
        wrapped(&basic, 20, "\r\n "),
        wrapped(&basic, 20, "\\r\\n"),
        wrapped(&basic, 20, "%0A"),
        wrapped(&basic, 20, "&#10;"),
        wrapped(SECRET, 9, "\n\t"),
        // UTF-16.
        wrapped(SECRET, 1, "\0"),
        // Nested encodings.
        percent(&json),
        json.replace('\\', "\\\\"),
        json.replace('\\', "\\u005C"),
        percent(SECRET).replace('%', "\\u0025"),
        percent(SECRET).replace('%', "&percnt;"),
        SECRET.replace('+', "&amp;#43;"),
        percent(&SECRET.replace('+', "&amp;#43;")).replace('%', "\\x25"),
    ]
}

#[test]
fn finds_the_secret_in_each_encoding() {
    let forms = forms();
    for form in encoded() {
        let text = format!("{{\"echo\":\"100% {form}\"}}");
        assert!(forms.is_in(text.as_bytes()), "{form}");
    }
    for text in [
        "",
        "100%",
        "\\",
        "\\u",
        "\\u12",
        "\\u123",
        "%2",
        "&",
        "&#",
        "&#x",
        "&#;",
        "&#99999999999999999999;",
        "&plus",
        "&nonsense;",
        "project-test-1",
        "secret-test-",
        "%73ecret",
        "secret-test-a/B c_d?e~f>1234567890",
        "secret-test-a/B\\u002Cc_d?e~f>1234567890",
    ] {
        assert!(!forms.is_in(text.as_bytes()), "{text}");
    }
}

#[test]
fn replaces_the_complete_secret_and_nothing_else() {
    let forms = forms();
    for form in encoded() {
        let mut text = format!("ü you sent {form}, twice: \u{1f980}{form}!");
        forms.replace(&mut text, "<hidden>");
        for part in ["secret", "test-a", "1234", "cHJv", "c2Vj", "MTIz"] {
            assert!(!text.contains(part), "{form}: {text}");
        }
        for part in ["ü you sent ", "<hidden>", ", twice: \u{1f980}", "!"] {
            assert!(text.contains(part), "{form}: {text}");
        }
    }
    let plain = "project-test-1 secret-test-aB%2Fc \\u002B &#43; 100 %";
    let mut text = plain.to_owned();
    forms.replace(&mut text, "<hidden>");
    assert_eq!(text, plain);
}

#[test]
fn replaces_a_large_text_with_the_secret_completely() {
    let mut text = SECRET.repeat(LARGEST / SECRET.len() + 1);
    forms().replace(&mut text, "<hidden>");
    assert_eq!(text, "<hidden>");
}

#[test]
fn ignores_a_secret_that_is_too_short() {
    for secret in ["", "o", "===="] {
        let credential = Credential::new("project-test-1", Secret::new(secret.to_owned()));
        let forms = SecretForms::of(&credential, 4);
        assert!(!forms.is_in(b"o not found ==== cHJvamVjdC10ZXN0LTE6bw"));
    }
}

/// Measures the additional cost of each page of a sealed search.
#[test]
#[ignore = "benchmark"]
fn time_to_search_a_page() {
    let user = r#"{"user_id":"user-test-16d9ba61-97a1-4ba4-9720-b03761dc50c6","emails":[{"email_id":"email-test-1","email":"jane@example.com","verified":true}],"status":"active","name":{"first_name":"Jane","middle_name":"","last_name":"van Doe"},"providers":[{"provider_type":"Google","provider_subject":"1","profile_picture_url":"https://lh3.example.com/a?b=1\u0026c=%2F","locale":"en"}],"webauthn_registrations":[{"webauthn_registration_id":"w","domain":"example.com","user_agent":"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36","verified":true}],"trusted_metadata":{"note":"a \"quoted\" text"},"created_at":"2021-12-20T21:59:57Z"}"#;
    let page = vec![user; 1000].join(",");
    let forms = forms();
    let started = std::time::Instant::now();
    for _ in 0..100 {
        assert!(!forms.is_in(std::hint::black_box(page.as_bytes())));
    }
    println!("{} bytes: {:?}", page.len(), started.elapsed() / 100);
}
