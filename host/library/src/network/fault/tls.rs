//! What is wrong with TLS, in the words of whoever has to mend it: what it is, and
//! what to do about it. None of rustls' own names for it is among them.

use super::Fault;
use crate::network::verify::UnknownIssuer;
use rustls::pki_types::UnixTime;
use rustls::{AlertDescription, CertificateError, InvalidMessage, PeerIncompatible};
use std::time::{Duration, SystemTime};

/// How many names of a certificate are shown.
const NAMES: usize = 5;

const INTERFERED: &str = "something between here and there may interfere with it; ask whoever runs \
                          the server, or try from another network";
const OUTDATED: &str = "it offers neither TLS 1.2 nor TLS 1.3, and older versions are not safe; \
                        whoever runs it has to update it";
const NOTHING_IN_COMMON: &str = "it offers no cipher suite, key exchange or signature that is \
                                 safe; whoever runs it has to update it";

pub(super) fn fault(error: &rustls::Error) -> Fault {
    use rustls::Error;
    match error {
        Error::InvalidCertificate(error) => Fault::Certificate(certificate(error)),
        Error::NoCertificatesPresented => Fault::Certificate(
            "the server sent none; whoever runs it has to give it one".to_owned(),
        ),
        Error::AlertReceived(alert) => Fault::TlsAlert((*alert).into(), refusal(*alert)),
        Error::PeerIncompatible(error) => Fault::Tls(incompatible(error).to_owned()),
        Error::InvalidMessage(
            InvalidMessage::InvalidContentType | InvalidMessage::UnknownProtocolVersion,
        ) => Fault::Tls(
            "what listens there does not speak TLS, such as a server of plain http; check the \
             host and the port of the URL"
                .to_owned(),
        ),
        Error::InvalidMessage(_)
        | Error::InappropriateMessage { .. }
        | Error::InappropriateHandshakeMessage { .. }
        | Error::PeerMisbehaved(_)
        | Error::DecryptError
        | Error::PeerSentOversizedRecord => Fault::Tls(format!(
            "what the server sends is not TLS as it should be; {INTERFERED}"
        )),
        Error::NoApplicationProtocol => Fault::Tls(NO_HTTP.to_owned()),
        Error::UnsupportedNameType => {
            Fault::Tls("the host is not a name that a certificate can be for".to_owned())
        }
        Error::FailedToGetCurrentTime => {
            Fault::Tls("this machine does not know the time; set its clock".to_owned())
        }
        Error::FailedToGetRandomBytes => {
            Fault::Tls("this machine's source of random numbers does not work".to_owned())
        }
        Error::General(text) => Fault::Tls(text.clone()),
        // What is left cannot be met: it is about a server's side, or settings that are
        // not made here. The enum is open to more.
        _ => Fault::Tls(format!("for a reason that is not known here; {INTERFERED}")),
    }
}

const NO_HTTP: &str =
    "it speaks neither HTTP/1.1 nor HTTP/2 there; check the host and the port of the URL";

fn incompatible(error: &PeerIncompatible) -> &'static str {
    use PeerIncompatible as Why;
    match error {
        Why::ServerDoesNotSupportTls12Or13
        | Why::ServerTlsVersionIsDisabledByOurConfig
        | Why::SupportedVersionsExtensionRequired
        | Why::Tls12NotOffered
        | Why::Tls12NotOfferedOrEnabled => OUTDATED,
        // Whatever it lacks, it lacks what every server of today has.
        _ => NOTHING_IN_COMMON,
    }
}

/// What the server means by ending the connection.
fn refusal(alert: AlertDescription) -> String {
    use AlertDescription as Alert;
    match alert {
        // No certificate is ever sent to a server, so none can be a bad one.
        Alert::CertificateRequired
        | Alert::NoCertificate
        | Alert::BadCertificate
        | Alert::UnsupportedCertificate
        | Alert::CertificateRevoked
        | Alert::CertificateExpired
        | Alert::CertificateUnknown
        | Alert::UnknownCA
        | Alert::AccessDenied => "it asks for a client certificate, which this program cannot \
                                  send; use an address of it that asks for none"
            .to_owned(),
        Alert::HandshakeFailure | Alert::InsufficientSecurity => {
            "it has no cipher suite in common with this program, or asks for a client \
             certificate, which this program cannot send; ask whoever runs it which of the two"
                .to_owned()
        }
        Alert::ProtocolVersion | Alert::InappropriateFallback => OUTDATED.to_owned(),
        Alert::UnrecognisedName => {
            "it has no site of this name; check the host of the URL".to_owned()
        }
        Alert::NoApplicationProtocol => NO_HTTP.to_owned(),
        Alert::InternalError => {
            "something failed on its side; try again later, or ask whoever runs it".to_owned()
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
            "it is for {}, and not for {}; {CHECK_HOST}",
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
            format!("its signature is not that of the authority it names; {INTERFERED}")
        }
        Why::UnsupportedSignatureAlgorithmContext { .. }
        | Why::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => {
            format!("it is signed in a way that is outdated or not supported; {REPLACE}")
        }
        Why::InvalidPurpose | Why::InvalidPurposeContext { .. } => {
            format!("it is not meant for servers (its extended key usage); {REPLACE}")
        }
        Why::UnhandledCriticalExtension => {
            format!("it depends on an extension that is not supported; {REPLACE}")
        }
        Why::BadEncoding => format!("it cannot be read; {REPLACE}"),
        Why::Other(other) => other_certificate(&*other.0),
        // What is left is about lists of revoked certificates, which are not used, or is
        // deprecated. The enum is open to more.
        _ => format!("it cannot be verified; {REPLACE}"),
    }
}

const RENEW: &str =
    "whoever runs the server has to renew it, unless the clock is wrong: then set it";
const SET_CLOCK: &str = "set the clock if it is wrong, else wait, or ask whoever runs the server";
const CHECK_HOST: &str = "check the host of the URL, or ask whoever runs the server for a certificate \
                          of this name";
const REPLACE: &str = "whoever runs the server has to replace it";

fn other_certificate(error: &(dyn std::error::Error + 'static)) -> String {
    use webpki::Error as Why;
    if let Some(unknown) = error.downcast_ref::<UnknownIssuer>() {
        return unknown_issuer(*unknown).to_owned();
    }
    match error.downcast_ref::<Why>() {
        Some(Why::CaUsedAsEndEntity) => "it is an authority's certificate, which is for signing \
             others and not for a server; give the server one of its own that this authority \
             has signed, and keep the authority's for those who have to trust it"
            .to_owned(),
        Some(Why::EndEntityUsedAsCa) => format!(
            "it is signed with a certificate that is a server's and not an authority's; {REPLACE}"
        ),
        Some(Why::NameConstraintViolation) => {
            format!("the authority it comes from may not sign for its names; {REPLACE}")
        }
        Some(Why::PathLenConstraintViolated | Why::MaximumPathDepthExceeded) => {
            format!(
                "there are more authorities between it and a trusted one than may be; {REPLACE}"
            )
        }
        Some(Why::UnsupportedCertVersion) => {
            format!("it is of an old version of X.509, where version 3 is needed; {REPLACE}")
        }
        Some(Why::UnsupportedCriticalExtension) => {
            format!("it depends on an extension that is not supported; {REPLACE}")
        }
        // The enum is open to more.
        Some(_) | None => format!("it is not a certificate as it should be; {REPLACE}"),
    }
}

fn unknown_issuer(issuer: UnknownIssuer) -> &'static str {
    match (issuer.is_self_signed, issuer.has_extra) {
        (false, false) => {
            "it comes from an authority that is not trusted; for a private one give the \
             authority's certificate with --ca-cert"
        }
        (false, true) => {
            "it comes from an authority that neither the system nor --ca-cert has; ask whoever \
             runs the server which it is, and whether the server sends all certificates between"
        }
        (true, false) => {
            "it is self-signed, so that no authority vouches for it; if it is the one that the \
             server should have, give it with --ca-cert"
        }
        (true, true) => {
            "it is self-signed, and not the certificate of --ca-cert; ask whoever runs the \
             server for the one that it has now"
        }
    }
}

/// A list of what rustls gives as `DnsName("a.example")`.
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

/// The first second of the year 10000, in which the form for dates has no room for the
/// year.
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
