//! Checks the path to the API: name resolution, the connection, and clock skew.

use super::report::Report;
use crate::proxy;
use std::env;
use std::time::{Duration, SystemTime};
use stytch_host::{Authorities, Connection, Origin, Plugin, Probe};

/// The clock skew beyond which there is a warning.
const TOLERANCE: Duration = Duration::from_mins(5);

/// The exit code for failing to reach Stytch.
const UNREACHED: u8 = 3;

/// Checks the network; returns whether `origin` is reachable.
pub(super) async fn check(report: &mut Report, plugin: &Plugin, origin: &Origin) -> bool {
    let probe = plugin.probe(origin).await;
    let host = match &probe.proxy {
        Some(proxy) => format!("the proxy {proxy}"),
        None => origin.host().to_owned(),
    };
    let on_proxy = probe.proxy.as_ref().and_then(|_| proxy::advice());
    match &probe.addresses {
        Ok(addresses) => {
            let addresses: Vec<_> = addresses.iter().map(ToString::to_string).collect();
            report.ok(
                "dns",
                format!("{host} resolves to {}", addresses.join(", ")),
            );
        }
        Err(problem) => {
            let advice = on_proxy.as_deref().unwrap_or(
                "check the network, the DNS resolver of this machine and the base URL; \
                 if only a proxy resolves names, set HTTPS_PROXY",
            );
            report.failure("dns", format!("{host}: {problem}"), advice, UNREACHED);
        }
    }
    match &probe.connection {
        Some(Ok(connection)) => {
            report.ok("connection", describe(connection, &probe));
            clock(report, connection.server_time);
            true
        }
        Some(Err(problem)) => {
            let advice = if problem.is_of_tls {
                "this is a TLS problem, not a network problem; see the message above"
            } else {
                on_proxy.as_deref().unwrap_or(
                    "check the network, any firewall on the way, and the base URL; \
                     set a proxy with HTTPS_PROXY",
                )
            };
            report.failure("connection", problem.to_string(), advice, UNREACHED);
            report.skipped("clock");
            false
        }
        None => {
            report.skipped("connection");
            report.skipped("clock");
            false
        }
    }
}

pub(super) fn skip(report: &mut Report) {
    for name in ["dns", "connection", "clock"] {
        report.skipped(name);
    }
}

fn describe(connection: &Connection, probe: &Probe) -> String {
    let http = format!("HTTP/{}", connection.http);
    match (&connection.tls, probe.authorities) {
        (
            Some(version),
            Some(Authorities {
                system,
                variables,
                bundled,
                extra,
                ..
            }),
        ) => {
            let trusted = match (system, variables, bundled) {
                (0, 0, bundled) => format!("{bundled} bundled authorities (the system has none)"),
                (0, variables, _) => {
                    format!("{variables} authorities of {}", authority_variables())
                }
                (system, ..) => format!("{system} authorities of the system"),
            };
            let extra = match extra {
                0 => String::new(),
                extra => format!(" and {extra} of --ca-cert"),
            };
            format!("{http} over TLS {version}; trusting {trusted}{extra}")
        }
        _ => format!("{http} without TLS"),
    }
}

/// The variables that replace the system's authorities.
fn authority_variables() -> String {
    let variables = ["SSL_CERT_FILE", "SSL_CERT_DIR"];
    let set = variables
        .into_iter()
        .filter(|name| env::var_os(name).is_some());
    set.collect::<Vec<_>>().join(" and ")
}

/// Compares the clocks; the network's latency is far below the tolerance.
fn clock(report: &mut Report, server: Option<SystemTime>) {
    let Some(server) = server else {
        let advice = "make sure that this machine synchronizes its clock, for example with NTP";
        return report.warning("clock", "the server did not send its time", advice);
    };
    let now = SystemTime::now();
    let (skew, direction) = match now.duration_since(server) {
        Ok(skew) => (skew, "ahead of"),
        Err(error) => (error.duration(), "behind"),
    };
    let found = format!("{} {direction} the server's", in_units(skew));
    if skew <= TOLERANCE {
        report.ok("clock", found);
    } else {
        let advice = "correct the clock: certificates and the times in filters depend on it";
        report.warning("clock", found, advice);
    }
}

/// The time in the largest unit of which it has at least two.
fn in_units(time: Duration) -> String {
    let seconds = time.as_secs();
    let units = [(86_400, "days"), (3600, "hours"), (60, "minutes")];
    let unit = units.into_iter().find(|(size, _)| seconds >= 2 * size);
    let (size, name) = unit.unwrap_or((1, "seconds"));
    format!("{} {name}", seconds / size)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_clock(server: Option<SystemTime>) -> String {
        let mut report = Report::default();
        clock(&mut report, server);
        serde_json::to_string(&report).unwrap()
    }

    #[test]
    fn a_clock_that_is_minutes_off_is_a_warning() {
        let now = SystemTime::now();
        let minutes = |count| Duration::from_mins(count);
        for (server, status, expected) in [
            (Some(now), "ok", " seconds "),
            (Some(now - minutes(2000)), "warning", "33 hours ahead of"),
            (Some(now - minutes(4)), "ok", "ahead of"),
            (Some(now - minutes(6)), "warning", "ahead of"),
            (Some(now + minutes(60)), "warning", "behind"),
            (None, "warning", "did not send"),
        ] {
            let report = check_clock(server);
            assert!(
                report.contains(&format!("\"status\":\"{status}\"")),
                "{report}"
            );
            assert!(report.contains(expected), "{report}");
        }
    }
}
