//! Describes TLS errors for users: what is wrong and what to do about it, without
//! rustls' internal names.

use super::Fault;
use crate::network::verify::UnknownIssuer;
use rustls::pki_types::UnixTime;
use rustls::{AlertDescription, CertificateError, InvalidMessage, PeerIncompatible};
use std::time::{Duration, SystemTime};

/// How many names of a certificate are shown.
const NAMES: usize = 5;

const INTERFERED: &str = "something on the network path may interfere with it; ask the server's \
                          operator, or try from another network";
const OUTDATED: &str = "it supports neither TLS 1.2 nor TLS 1.3, and older versions are not safe; \
                        its operator has to update it";
const NOTHING_IN_COMMON: &str = "it supports no safe cipher suite, key exchange or signature \
                                 algorithm; its operator has to update it";

pub(super) fn fault(error: &rustls::Error) -> Fault {
    use rustls::Error;
    match error {
        Error::InvalidCertificate(error) => Fault::Certificate(certificate(error)),
        Error::NoCertificatesPresented => {
            Fault::Certificate("the server sent none; its operator has to install one".to_owned())
        }
        Error::AlertReceived(alert) => Fault::TlsAlert((*alert).into(), refusal(*alert)),
        Error::PeerIncompatible(error) => Fault::Tls(incompatible(error).to_owned()),
        Error::InvalidMessage(
            InvalidMessage::InvalidContentType | InvalidMessage::UnknownProtocolVersion,
        ) => Fault::Tls(
            "the server does not speak TLS; it may be a plain http server; check the host and \
             the port of the URL"
                .to_owned(),
        ),
        Error::InvalidMessage(_)
        | Error::InappropriateMessage { .. }
        | Error::InappropriateHandshakeMessage { .. }
        | Error::PeerMisbehaved(_)
        | Error::DecryptError
        | Error::PeerSentOversizedRecord => Fault::Tls(format!(
            "what the server sends is not valid TLS; {INTERFERED}"
        )),
        Error::NoApplicationProtocol => Fault::Tls(NO_HTTP.to_owned()),
        Error::UnsupportedNameType => {
            Fault::Tls("certificates cannot be issued for this host name".to_owned())
        }
        Error::FailedToGetCurrentTime => {
            Fault::Tls("this machine does not know the time; set its clock".to_owned())
        }
        Error::FailedToGetRandomBytes => {
            Fault::Tls("this machine's source of random numbers does not work".to_owned())
        }
        Error::General(text) => Fault::Tls(text.clone()),
        // The remaining errors concern servers, or settings that are not used here. The
        // enum is non-exhaustive.
        _ => Fault::Tls(format!("the reason is unknown; {INTERFERED}")),
    }
}

const NO_HTTP: &str =
    "it supports neither HTTP/1.1 nor HTTP/2; check the host and the port of the URL";

fn incompatible(error: &PeerIncompatible) -> &'static str {
    use PeerIncompatible as Why;
    match error {
        Why::ServerDoesNotSupportTls12Or13
        | Why::ServerTlsVersionIsDisabledByOurConfig
        | Why::SupportedVersionsExtensionRequired
        | Why::Tls12NotOffered
        | Why::Tls12NotOfferedOrEnabled => OUTDATED,
        // The server lacks something that every current server supports.
        _ => NOTHING_IN_COMMON,
    }
}

/// Explains the alert with which the server ended the connection.
fn refusal(alert: AlertDescription) -> String {
    use AlertDescription as Alert;
    match alert {
        // This client never sends a certificate, so the alert cannot be about a bad one.
        Alert::CertificateRequired
        | Alert::NoCertificate
        | Alert::BadCertificate
        | Alert::UnsupportedCertificate
        | Alert::CertificateRevoked
        | Alert::CertificateExpired
        | Alert::CertificateUnknown
        | Alert::UnknownCA
        | Alert::AccessDenied => "it asks for a client certificate, which this program cannot \
                                  send; use an address of the server that does not ask for one"
            .to_owned(),
        Alert::HandshakeFailure | Alert::InsufficientSecurity => {
            "it has no cipher suite in common with this program, or asks for a client \
             certificate, which this program cannot send; ask its operator which of the two"
                .to_owned()
        }
        Alert::ProtocolVersion | Alert::InappropriateFallback => OUTDATED.to_owned(),
        Alert::UnrecognisedName => {
            "it does not serve this host name; check the host of the URL".to_owned()
        }
        Alert::NoApplicationProtocol => NO_HTTP.to_owned(),
        Alert::InternalError => {
            "it had an internal error; try again later, or ask its operator".to_owned()
        }
        other => format!("it sent TLS alert {}; {INTERFERED}", u8::from(other)),
    }
}

fn certificate(error: &CertificateError) -> String {
    use CertificateError as Why;
    match error {
        Why::Expired => format!("it has expired; {RENEW}"),
        Why::ExpiredContext { time, not_after } => format!(
            "it expired on {}, and this machine's clock says {}; {RENEW}",
            date(*not_after),
            date(*time)
        ),
        Why::NotValidYet => format!("it is not valid yet; {SET_CLOCK}"),
        Why::NotValidYetContext { time, not_before } => format!(
            "it is not valid before {}, and this machine's clock says {}; {SET_CLOCK}",
            date(*not_before),
            date(*time)
        ),
        Why::NotValidForName => format!("it is for another name; {CHECK_HOST}"),
        Why::NotValidForNameContext {
            expected,
            presented,
        } => format!(
            "it is for {}, not for {}; {CHECK_HOST}",
            names(presented),
            expected.to_str()
        ),
        Why::UnknownIssuer => unknown_issuer(UnknownIssuer {
            is_self_signed: false,
            has_extra: false,
        })
        .to_owned(),
        Why::Revoked => format!("it was revoked; {REPLACE}"),
        Why::BadSignature => {
            format!("its signature was not made by the authority that it names; {INTERFERED}")
        }
        Why::UnsupportedSignatureAlgorithmContext { .. }
        | Why::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => {
            format!("its signature algorithm is outdated or not supported; {REPLACE}")
        }
        Why::InvalidPurpose | Why::InvalidPurposeContext { .. } => {
            format!("it is not meant for servers (its extended key usage); {REPLACE}")
        }
        Why::UnhandledCriticalExtension => {
            format!("it requires an extension that is not supported; {REPLACE}")
        }
        Why::BadEncoding => format!("it cannot be parsed; {REPLACE}"),
        Why::Other(other) => other_certificate(&*other.0),
        // The remaining errors concern revocation lists, which are not used, or are
        // deprecated. The enum is non-exhaustive.
        _ => format!("it cannot be verified; {REPLACE}"),
    }
}

const RENEW: &str = "the server's operator has to renew it; if the clock is wrong, set it";
const SET_CLOCK: &str =
    "if the clock is wrong, set the clock; otherwise wait, or ask the server's operator";
const CHECK_HOST: &str = "check the host of the URL, or ask the server's operator for a \
                          certificate for this name";
const REPLACE: &str = "the server's operator has to replace it";

fn other_certificate(error: &(dyn std::error::Error + 'static)) -> String {
    use webpki::Error as Why;
    if let Some(unknown) = error.downcast_ref::<UnknownIssuer>() {
        return unknown_issuer(*unknown).to_owned();
    }
    match error.downcast_ref::<Why>() {
        Some(Why::CaUsedAsEndEntity) => "it is an authority's certificate, which signs other \
             certificates and cannot be used by a server; give the server its own certificate, \
             signed by this authority, and give the authority's certificate only to clients"
            .to_owned(),
        Some(Why::EndEntityUsedAsCa) => {
            format!("it is signed with a server's certificate instead of an authority's; {REPLACE}")
        }
        Some(Why::NameConstraintViolation) => {
            format!("its authority may not sign certificates for its names; {REPLACE}")
        }
        Some(Why::PathLenConstraintViolated | Why::MaximumPathDepthExceeded) => {
            format!("there are too many authorities between it and a trusted authority; {REPLACE}")
        }
        Some(Why::UnsupportedCertVersion) => {
            format!("it uses an old version of X.509, but version 3 is required; {REPLACE}")
        }
        Some(Why::UnsupportedCriticalExtension) => {
            format!("it requires an extension that is not supported; {REPLACE}")
        }
        // The enum is non-exhaustive.
        Some(_) | None => format!("it is not a valid certificate; {REPLACE}"),
    }
}

fn unknown_issuer(issuer: UnknownIssuer) -> &'static str {
    match (issuer.is_self_signed, issuer.has_extra) {
        (false, false) => {
            "it comes from an authority that is not trusted; for a private authority, give the \
             authority's certificate with --ca-cert"
        }
        (false, true) => {
            "it comes from an authority that neither the system nor --ca-cert has; ask the \
             server's operator which authority it is, and whether the server sends all \
             intermediate certificates"
        }
        (true, false) => {
            "it is self-signed, so no authority vouches for it; if it is the certificate that \
             the server should have, give it with --ca-cert"
        }
        (true, true) => {
            "it is self-signed, and not the certificate of --ca-cert; ask the server's operator \
             for its current certificate"
        }
    }
}

/// Lists the names that rustls formats as `DnsName("a.example")`.
fn names(presented: &[String]) -> String {
    let bare = |name: &String| {
        let inner = name
            .split_once('(')
            .and_then(|(_, rest)| rest.strip_suffix(')'));
        inner.unwrap_or(name).trim_matches('"').to_owned()
    };
    if presented.is_empty() {
        return "no name at all".to_owned();
    }
    let mut shown: Vec<_> = presented.iter().take(NAMES).map(bare).collect();
    if let Some(more @ 1..) = presented.len().checked_sub(NAMES) {
        shown.push(format!("{more} more"));
    }
    shown.join(", ")
}

/// The first second of the year 10000, which HTTP dates cannot represent.
const YEAR_10000: u64 = 253_402_300_800;

fn date(time: UnixTime) -> String {
    match time.as_secs() {
        seconds @ ..YEAR_10000 => {
            httpdate::fmt_http_date(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds))
        }
        _ => "a time after the year 9999".to_owned(),
    }
}

#[cfg(test)]
mod tests;
