//! Sealed credentials, with a component that looks for the secret.

use crate::{builder, error_of};
use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE};
use std::fmt::Write;
use stytch_emulator::{self as emulator, Emulator};
use stytch_host::types::{self, TransportCause};
use stytch_host::{Credential, Error, Plugin, PluginBuilder, Secret};
use stytch_testkit::{Answer, ScriptedServer, guest, unmasked};

const PROJECT_ID: &str = "project-test-1";
pub(crate) const SECRET: &str = "secret-test-hush/+~aGlkZGVu==";

pub(crate) fn credential(base_url: &str) -> Credential {
    Credential::new(PROJECT_ID, Secret::new(SECRET.into()))
        .with_base_url(base_url)
        .unwrap()
}

/// The encodings of the secret from which it can be recovered.
fn forms() -> Vec<String> {
    let percent: Vec<_> = SECRET.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let marks = SECRET.replace('/', "%2F").replace('+', "%2B");
    let pair = format!("{PROJECT_ID}:{SECRET}");
    vec![
        SECRET.to_owned(),
        percent.concat(),
        marks.replace('=', "%3D"),
        BASE64_STANDARD.encode(SECRET),
        BASE64_URL_SAFE.encode(SECRET),
        BASE64_STANDARD.encode(&pair),
        BASE64_URL_SAFE.encode(&pair),
        // As encoded in JSON and HTML.
        SECRET.replace('+', "\\u002B").replace('/', "\\/"),
        SECRET.replace('+', "&#43;"),
        SECRET.replace('+', "&#x2B;").replace('=', "&equals;"),
        SECRET.replace('+', "&amp;plus;"),
        SECRET.replace('+', "%5Cu002b"),
        // With line breaks, within a JSON string.
        format!(
            "{}\\r\\n{}",
            &BASE64_STANDARD.encode(&pair)[..20],
            &BASE64_STANDARD.encode(&pair)[20..]
        ),
    ]
}

pub(crate) fn knows_the_secret(text: &str) -> bool {
    forms().iter().any(|form| text.contains(form.as_str()))
}

fn spy(builder: PluginBuilder) -> Plugin {
    builder.component_file(guest("spy")).build().unwrap()
}

/// Everything that the spy component saw, which it sends to a server.
async fn seen(plugin: &Plugin, credential: &Credential, to: &ScriptedServer) -> String {
    let authority = format!("127.0.0.1:{}", to.port());
    let error = plugin
        .retrieve_user(credential, &authority)
        .await
        .unwrap_err();
    let shown = format!("{error} {error:?}");
    match error {
        Error::Plugin {
            error: types::Error::MalformedResponse(seen),
            ..
        } => format!("{} {shown}", unmasked(&seen)),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn an_unsealed_secret_is_visible_to_a_component() {
    let stytch = ScriptedServer::start(Answer::http("200 OK", &["x-one: two"], "three"));
    let seen = seen(&spy(builder()), &credential(&stytch.base_url()), &stytch).await;
    assert!(knows_the_secret(&seen), "{seen}");
    assert!(seen.contains("two") && seen.contains("three"), "{seen}");
    let request = stytch.request();
    assert!(request.contains("Basic c3B5"), "{request}");
    assert!(!request.contains("x-stolen"), "{request}");
}

#[tokio::test]
async fn a_sealed_secret_is_invisible_to_a_component() {
    let stytch = ScriptedServer::start(Answer::http("200 OK", &["x-one: two"], "three"));
    let plugin = spy(builder().sealed());
    let seen = seen(&plugin, &credential(&stytch.base_url()), &stytch).await;
    assert!(!knows_the_secret(&seen), "{seen}");
    // It gets the project ID, the note that the host authorizes, and its response.
    for part in [PROJECT_ID, "authorization", "host", "two", "three"] {
        assert!(seen.contains(part), "{part}: {seen}");
    }
}

#[tokio::test]
async fn a_plugin_can_be_sealed_later() {
    let stytch = ScriptedServer::start(Answer::http("200 OK", &[], "{}"));
    let (open, credential) = (spy(builder()), credential(&stytch.base_url()));
    let sealed = open.with_seal();
    for (plugin, is_sealed) in [(&open, false), (&sealed, true), (&open, false)] {
        let seen = seen(plugin, &credential, &stytch).await;
        assert_eq!(knows_the_secret(&seen), !is_sealed, "{seen}");
    }
}

#[tokio::test]
async fn the_host_adds_the_sealed_secret_and_drops_the_components_authorization() {
    let stytch = ScriptedServer::start(Answer::http("200 OK", &[], "{}"));
    seen(
        &spy(builder().sealed()),
        &credential(&stytch.base_url()),
        &stytch,
    )
    .await;
    let request = stytch.request();
    let pair = BASE64_STANDARD.encode(format!("{PROJECT_ID}:{SECRET}"));
    let authorizations: Vec<_> = request
        .lines()
        .filter(|line| line.to_lowercase().starts_with("authorization"))
        .collect();
    assert_eq!(authorizations, [format!("authorization: Basic {pair}")]);
    assert!(!request.contains("x-stolen"), "{request}");
}

#[tokio::test]
async fn a_sealed_secret_is_not_sent_to_another_origin() {
    let stytch = ScriptedServer::start(Answer::http("200 OK", &[], "{}"));
    let evil = ScriptedServer::start(Answer::http("200 OK", &[], "{}"));
    let plugin = spy(builder().sealed());
    let seen = seen(&plugin, &credential(&stytch.base_url()), &evil).await;
    assert!(!knows_the_secret(&seen), "{seen}");
    assert_eq!((evil.pending_requests(), stytch.pending_requests()), (0, 0));
}

#[tokio::test]
async fn a_response_that_echoes_a_sealed_secret_is_rejected() {
    let plugin = spy(builder().sealed());
    for form in forms() {
        let header = format!("x-echo: Basic {form}");
        let body = format!(r#"{{"echo":"{form}"}}"#);
        for answer in [
            Answer::http("200 OK", &[&header], "{}"),
            Answer::http("401 Unauthorized", &[], &body),
            chunked(&body),
        ] {
            let stytch = ScriptedServer::start(answer);
            let seen = seen(&plugin, &credential(&stytch.base_url()), &stytch).await;
            assert!(!knows_the_secret(&seen), "{form}: {seen}");
        }
    }
}

#[tokio::test]
async fn a_compressed_response_is_rejected_with_a_seal() {
    for status in ["200 OK", "401 Unauthorized"] {
        let stytch = ScriptedServer::start(Answer::http(
            status,
            &["content-encoding: GZIP", "x-one: two"],
            "three",
        ));
        let credential = credential(&stytch.base_url());
        let seen = seen(&spy(builder().sealed()), &credential, &stytch).await;
        assert!(seen.contains("two") && !seen.contains("three"), "{seen}");
    }
}

/// A response in chunks of five bytes, none of which contains a form of the secret.
fn chunked(body: &str) -> Answer {
    let mut answer = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n".to_owned();
    for piece in body.as_bytes().chunks(5) {
        let piece = std::str::from_utf8(piece).unwrap();
        write!(answer, "{:x}\r\n{piece}\r\n", piece.len()).unwrap();
    }
    answer.push_str("0\r\n\r\n");
    Answer::Bytes(answer.into_bytes())
}

#[tokio::test]
async fn a_response_rejected_by_the_seal_has_a_cause() {
    let plugin = builder().sealed().build().unwrap();
    let stytch = ScriptedServer::start(Answer::http("200 OK", &[], SECRET));
    let error = plugin
        .retrieve_user(&credential(&stytch.base_url()), "u")
        .await
        .unwrap_err();
    assert_eq!(crate::cause(&error), TransportCause::Protocol);
    assert!(!error.is_retryable());
    let text = error.to_string();
    assert!(
        text.contains("contains the secret") && !knows_the_secret(&text),
        "{text}"
    );
}

#[tokio::test]
async fn the_same_component_works_in_both_modes() {
    let stytch = Emulator::start(([127, 0, 0, 1], 0).into(), emulator::Options::default())
        .await
        .unwrap();
    let secret = |text: &str| Secret::new(text.to_owned());
    let credential = |text: &str| {
        Credential::new(emulator::PROJECT_ID, secret(text))
            .with_base_url(&stytch.base_url())
            .unwrap()
    };
    let mut answers = Vec::new();
    for builder in [builder(), builder().sealed()] {
        let plugin = builder.build().unwrap();
        let page = plugin
            .search_users(&credential(emulator::SECRET), &crate::everyone())
            .await
            .unwrap();
        assert_eq!(page.users.len(), 100);
        answers.push(page.users);
        let wrong = plugin.check(&credential("secret-test-wrong")).await;
        assert_eq!(wrong.unwrap_err().code(), "unauthorized");
    }
    assert_eq!(format!("{:?}", answers[0]), format!("{:?}", answers[1]));
}

#[tokio::test]
async fn response_errors_are_the_same_with_and_without_a_seal() {
    let truncated = "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"results\":[";
    let (open, sealed) = (
        builder().build().unwrap(),
        builder().sealed().build().unwrap(),
    );
    for answer in [
        Answer::Bytes(truncated.into()),
        Answer::Close,
        Answer::http("200 OK", &[], "nonsense"),
        Answer::http("200 OK", &["content-encoding: gzip"], "\u{1f}\u{8b}"),
        Answer::http("503 Service Unavailable", &["retry-after: 3"], ""),
    ] {
        let open = error_of(&open, answer.clone()).await;
        let sealed = error_of(&sealed, answer).await;
        let describe = |error: &Error| match error {
            Error::Plugin { error, .. } => format!("{error:?}"),
            other => panic!("{other:?}"),
        };
        assert_eq!(describe(&open), describe(&sealed));
    }
}

#[tokio::test]
async fn a_secret_that_cannot_be_sealed_is_rejected_before_a_request_is_sent() {
    let plugin = builder().sealed().build().unwrap();
    let stytch = ScriptedServer::start(Answer::http("200 OK", &[], "{}"));
    let credential = Credential::new(PROJECT_ID, Secret::new("secret-live-hush".into()))
        .with_base_url(&stytch.base_url())
        .unwrap();
    let error = plugin.check(&credential).await.unwrap_err();
    assert_eq!(
        (error.code(), error.is_retryable()),
        ("misconfigured", false)
    );
    assert!(!error.to_string().contains("hush"), "{error}");
    assert_eq!(stytch.pending_requests(), 0);
}
