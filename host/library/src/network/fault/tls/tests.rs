use super::*;
use rustls::pki_types::ServerName;
use rustls::{ContentType, Error, OtherError, PeerMisbehaved};
use std::sync::Arc;
use std::time::Duration;

fn at(seconds: u64) -> UnixTime {
    UnixTime::since_unix_epoch(Duration::from_secs(seconds))
}

fn other(error: impl std::error::Error + Send + Sync + 'static) -> Error {
    CertificateError::Other(OtherError(Arc::new(error))).into()
}

fn unknown(is_self_signed: bool, has_extra: bool) -> Error {
    other(UnknownIssuer {
        is_self_signed,
        has_extra,
    })
}

/// Asserts that a message contains none of rustls' names, and says what to do.
fn assert_plain(text: &str) {
    let is_type = |word: &str| {
        let capitals = word.chars().filter(char::is_ascii_uppercase).count();
        let small = word.chars().filter(char::is_ascii_lowercase).count();
        capitals > 1 && small > 1
    };
    assert!(
        !text.split(|c: char| !c.is_alphanumeric()).any(is_type),
        "{text}"
    );
    assert!(!text.contains("::") && !text.contains("Some("), "{text}");
    assert!(text.contains(';'), "no advice: {text}");
}

#[expect(clippy::too_many_lines, reason = "it is a table")]
#[test]
fn describes_each_error_and_says_what_to_do() {
    let presented = |count: usize| (0..count).map(|n| format!("DnsName(\"{n}.example\")"));
    let for_names = |count| {
        Error::from(CertificateError::NotValidForNameContext {
            expected: ServerName::try_from("login.example.com").unwrap(),
            presented: presented(count)
                .chain((count == 1).then(|| "IpAddress(127.0.0.1)".to_owned()))
                .collect(),
        })
    };
    let certificate = Error::from;
    for (error, expected) in [
        (
            certificate(CertificateError::ExpiredContext {
                time: at(1_800_000_000),
                not_after: at(1_577_836_800),
            }),
            "expired on Wed, 01 Jan 2020 00:00:00 GMT, and this machine's clock says Fri, 15 Jan 2027",
        ),
        (certificate(CertificateError::Expired), "has to renew it"),
        (
            certificate(CertificateError::NotValidYetContext {
                time: at(1_577_836_800),
                not_before: at(1_800_000_000),
            }),
            "not valid before Fri, 15 Jan 2027 08:00:00 GMT, and this machine's clock says Wed, 01 Jan 2020",
        ),
        (certificate(CertificateError::NotValidYet), "set the clock"),
        (
            for_names(1),
            "it is for 0.example, 127.0.0.1, not for login.example.com",
        ),
        (for_names(0), "it is for no name at all"),
        (for_names(7), "4.example, 2 more, not for"),
        (
            certificate(CertificateError::NotValidForName),
            "another name",
        ),
        (certificate(CertificateError::UnknownIssuer), "--ca-cert"),
        (
            unknown(false, false),
            "give the authority's certificate with --ca-cert",
        ),
        (unknown(false, true), "neither the system nor --ca-cert has"),
        (unknown(true, false), "self-signed"),
        (unknown(true, true), "not the certificate of --ca-cert"),
        (
            other(webpki::Error::CaUsedAsEndEntity),
            "authority's certificate",
        ),
        (
            other(webpki::Error::EndEntityUsedAsCa),
            "a server's certificate instead",
        ),
        (
            other(webpki::Error::NameConstraintViolation),
            "may not sign",
        ),
        (
            other(webpki::Error::PathLenConstraintViolated),
            "too many authorities",
        ),
        (other(webpki::Error::UnsupportedCertVersion), "version 3"),
        (
            other(webpki::Error::UnsupportedCriticalExtension),
            "extension",
        ),
        (
            other(webpki::Error::InvalidSerialNumber),
            "not a valid certificate",
        ),
        (certificate(CertificateError::Revoked), "revoked"),
        (certificate(CertificateError::BadSignature), "signature"),
        (
            certificate(CertificateError::BadEncoding),
            "cannot be parsed",
        ),
        (
            certificate(CertificateError::InvalidPurpose),
            "not meant for servers",
        ),
        (
            certificate(CertificateError::ApplicationVerificationFailure),
            "cannot be verified",
        ),
        (Error::NoCertificatesPresented, "sent none"),
        (
            PeerIncompatible::ServerDoesNotSupportTls12Or13.into(),
            "neither TLS 1.2 nor TLS 1.3",
        ),
        (
            PeerIncompatible::NoCipherSuitesInCommon.into(),
            "no safe cipher suite",
        ),
        (InvalidMessage::InvalidContentType.into(), "plain http"),
        (InvalidMessage::MessageTooShort.into(), "not valid TLS"),
        (
            PeerMisbehaved::SelectedUnofferedCipherSuite.into(),
            "not valid TLS",
        ),
        (
            Error::InappropriateMessage {
                expect_types: vec![ContentType::Handshake],
                got_type: ContentType::Alert,
            },
            "not valid TLS",
        ),
        (Error::DecryptError, "not valid TLS"),
        (Error::BadMaxFragmentSize, "the reason is unknown"),
    ] {
        let text = fault(&error).to_string();
        assert!(text.contains(expected), "{error:?}: {text}");
        assert_plain(&text);
        let wants_ca_file = text.contains("with --ca-cert");
        let helps = matches!(
            &error,
            Error::InvalidCertificate(CertificateError::UnknownIssuer)
        ) || expected.contains("with --ca-cert")
            || expected == "self-signed";
        assert_eq!(wants_ca_file, helps, "{text}");
    }
}

#[test]
fn describes_each_alert_and_says_what_to_do() {
    for number in 0..=u8::MAX {
        let alert = AlertDescription::from(number);
        let fault = fault(&Error::AlertReceived(alert));
        let text = fault.to_string();
        assert_plain(&text);
        let expected = match number {
            41..=46 | 48 | 49 | 116 => "it asks for a client certificate",
            40 | 71 => "no cipher suite in common",
            70 | 86 => "neither TLS 1.2 nor TLS 1.3",
            80 => "internal error",
            112 => "does not serve this host name",
            120 => "neither HTTP/1.1 nor HTTP/2",
            other => &format!("TLS alert {other};"),
        };
        assert!(text.contains(expected), "{number}: {text}");
        assert!(matches!(fault, Fault::TlsAlert(code, _) if code == number));
    }
}
