//! The host check, which prevents DNS rebinding: a web page that points its host name at the
//! emulator sends requests with that name, which are rejected.

use std::net::{IpAddr, SocketAddr};

use http::{HeaderMap, Uri, Version, header::HOST, uri::Authority};

use crate::api_error::ApiError;

/// The hosts that requests may be for. Addresses are safe, because the origin of another web page
/// cannot be one.
#[derive(Debug)]
pub(crate) struct AllowedHosts {
    listening: SocketAddr,
    /// Additional names, in lower case.
    names: Vec<String>,
}

impl AllowedHosts {
    pub(crate) fn new(listening: SocketAddr, names: &[String]) -> Self {
        Self {
            listening,
            names: names.iter().map(|name| name.to_ascii_lowercase()).collect(),
        }
    }

    /// Returns the URL for programs on this machine. If the server listens on all addresses, it has
    /// the loopback address.
    pub(crate) fn base_url(&self) -> String {
        let address = self.listening;
        let ip = match address.ip().to_canonical() {
            IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::from([127, 0, 0, 1]),
            IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::from([0, 0, 0, 0, 0, 0, 0, 1_u16]),
            ip => ip,
        };
        format!("http://{}", SocketAddr::new(ip, address.port()))
    }

    /// Returns whether only this machine can reach the server.
    pub(crate) fn is_local(&self) -> bool {
        self.listening.ip().to_canonical().is_loopback()
    }

    /// Checks the `Host` header of a request, and the host in an absolute request target.
    ///
    /// # Errors
    ///
    /// 400 if there is not exactly one `Host` header, and 421 if the host is not allowed.
    pub(crate) fn check(
        &self,
        version: Version,
        uri: &Uri,
        headers: &HeaderMap,
    ) -> Result<(), ApiError> {
        let mut hosts = headers.get_all(HOST).iter();
        let host = match (hosts.next(), hosts.next()) {
            (Some(host), None) => Some(host.as_bytes()),
            // HTTP/1.0 does not require `Host`, and no browser uses it.
            (None, None) if version < Version::HTTP_11 => None,
            _ => {
                let message = "The request must have exactly one Host header.";
                return Err(ApiError::bad_request(message));
            }
        };
        let host = host.map(Authority::try_from).transpose();
        let allowed = host.is_ok_and(|host| {
            let mut authorities = host.iter().chain(uri.authority());
            authorities.all(|authority| self.allows(authority))
        });
        if allowed {
            return Ok(());
        }
        let message = format!(
            "The request is for a host that this emulator does not serve. Send it to {}, or start \
             the emulator with --allow-host and the host name.",
            self.base_url()
        );
        Err(ApiError::new(421, "misdirected_request", message))
    }

    fn allows(&self, authority: &Authority) -> bool {
        let host = authority.host().to_ascii_lowercase();
        if authority.as_str().contains('@') {
            return false;
        }
        if self.names.contains(&host) {
            return true;
        }
        let v6 = host
            .strip_prefix('[')
            .and_then(|host| host.strip_suffix(']'));
        let ip: Option<IpAddr> = v6.unwrap_or(&host).parse().ok();
        let ip = ip.map(|ip| ip.to_canonical());
        let local = host == "localhost" || ip.is_some_and(|ip| ip.is_loopback());
        if self.is_local() {
            return local && authority.port_u16().unwrap_or(80) == self.listening.port();
        }
        // Any address and port, because others may reach this machine through a mapped port.
        local || ip.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(hosts: &AllowedHosts, target: &str, headers: &[&str]) -> Option<u16> {
        let mut map = HeaderMap::new();
        for host in headers {
            map.append(HOST, host.parse().unwrap());
        }
        let result = hosts.check(Version::HTTP_11, &target.parse().unwrap(), &map);
        result.err().map(|error| error.status)
    }

    #[test]
    fn on_loopback_serves_only_loopback_hosts_with_its_port() {
        let hosts = AllowedHosts::new("127.0.0.1:4010".parse().unwrap(), &[]);
        assert!(hosts.is_local());
        for (host, status) in [
            ("127.0.0.1:4010", None),
            ("localhost:4010", None),
            ("LOCALHOST:4010", None),
            ("[::1]:4010", None),
            ("127.0.0.2:4010", None),
            ("127.0.0.1", Some(421)),
            ("localhost:80", Some(421)),
            ("attacker.example:4010", Some(421)),
            ("attacker.example", Some(421)),
            ("localhost.attacker.example:4010", Some(421)),
            ("127.0.0.1.attacker.example:4010", Some(421)),
            ("localhost@attacker.example:4010", Some(421)),
            ("attacker@localhost:4010", Some(421)),
            ("192.168.1.2:4010", Some(421)),
            ("", Some(421)),
            ("/", Some(421)),
        ] {
            assert_eq!(check(&hosts, "/v1/users/x", &[host]), status, "{host}");
        }
        let good = "127.0.0.1:4010";
        assert_eq!(check(&hosts, "/", &[]), Some(400));
        assert_eq!(check(&hosts, "/", &[good, good]), Some(400));
        assert_eq!(check(&hosts, "http://localhost:4010/", &[good]), None);
        assert_eq!(
            check(&hosts, "http://attacker.example/", &[good]),
            Some(421)
        );
    }

    #[test]
    fn beyond_loopback_serves_any_address_but_only_allowed_names() {
        for listening in ["0.0.0.0:4010", "[::]:4010", "192.168.1.2:4010"] {
            let hosts = AllowedHosts::new(listening.parse().unwrap(), &["Stytch.internal".into()]);
            assert!(!hosts.is_local());
            for (host, status) in [
                ("127.0.0.1:4010", None),
                ("localhost:8080", None),
                ("192.168.1.2:4010", None),
                ("[fd00::7]", None),
                ("stytch.internal:4010", None),
                ("stytch.internal", None),
                ("attacker.example:4010", Some(421)),
                ("stytch.internal.attacker.example", Some(421)),
            ] {
                assert_eq!(check(&hosts, "/", &[host]), status, "{host}");
            }
        }
    }

    #[test]
    fn the_base_url_is_reachable_from_this_machine() {
        for (listening, expected) in [
            ("127.0.0.1:4010", "http://127.0.0.1:4010"),
            ("0.0.0.0:4010", "http://127.0.0.1:4010"),
            ("[::]:4010", "http://[::1]:4010"),
            ("[::1]:4010", "http://[::1]:4010"),
            ("[::ffff:127.0.0.1]:4010", "http://127.0.0.1:4010"),
            ("192.168.1.2:80", "http://192.168.1.2:80"),
        ] {
            let hosts = AllowedHosts::new(listening.parse().unwrap(), &[]);
            assert_eq!(hosts.base_url(), expected);
        }
    }
}
