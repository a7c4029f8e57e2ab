//! Which hosts a request may be for, so that no web page reaches the emulator by way of a name
//! that it points here (DNS rebinding): a page's own requests carry the page's own name.

use std::net::{IpAddr, SocketAddr};

use http::{HeaderMap, Uri, Version, header::HOST, uri::Authority};

use super::failure::Failure;

/// What requests may be for. An address is nothing that a page elsewhere can have for its name.
#[derive(Debug)]
pub(super) struct Hosts {
    listening: SocketAddr,
    /// Further names, in lower case.
    names: Vec<String>,
}

impl Hosts {
    pub(super) fn new(listening: SocketAddr, names: &[String]) -> Self {
        Self {
            listening,
            names: names.iter().map(|name| name.to_ascii_lowercase()).collect(),
        }
    }

    /// Where this machine reaches the server; for "all addresses" that is the loopback one.
    pub(super) fn base_url(&self) -> String {
        let address = self.listening;
        let ip = match address.ip().to_canonical() {
            IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::from([127, 0, 0, 1]),
            IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::from([0, 0, 0, 0, 0, 0, 0, 1_u16]),
            ip => ip,
        };
        format!("http://{}", SocketAddr::new(ip, address.port()))
    }

    /// Whether only this machine reaches the server.
    pub(super) fn is_local(&self) -> bool {
        self.listening.ip().to_canonical().is_loopback()
    }

    /// Checks what a request is for: its `Host`, and its target where that names a host.
    ///
    /// # Errors
    ///
    /// 400 if it does not say, and 421 if it is for another host.
    pub(super) fn check(
        &self,
        version: Version,
        uri: &Uri,
        headers: &HeaderMap,
    ) -> Result<(), Failure> {
        let mut hosts = headers.get_all(HOST).iter();
        let host = match (hosts.next(), hosts.next()) {
            (Some(host), None) => Some(host.as_bytes()),
            // No browser speaks it any more.
            (None, None) if version < Version::HTTP_11 => None,
            _ => {
                let message = "The request must have exactly one Host header.";
                return Err(Failure::bad_request(message));
            }
        };
        let host = host.map(Authority::try_from).transpose();
        let allowed = host.is_ok_and(|host| {
            let mut asked = host.iter().chain(uri.authority());
            asked.all(|authority| self.allows(authority))
        });
        if allowed {
            return Ok(());
        }
        let message = format!(
            "The request is for a host that this emulator does not serve. Send it to {}, or start \
             the emulator with --allow-host and the name.",
            self.base_url()
        );
        Err(Failure::new(421, "misdirected_request", message))
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
        // By whichever address others reach this machine, a container's mapped port included.
        local || ip.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(hosts: &Hosts, target: &str, headers: &[&str]) -> Option<u16> {
        let mut map = HeaderMap::new();
        for host in headers {
            map.append(HOST, host.parse().unwrap());
        }
        let answer = hosts.check(Version::HTTP_11, &target.parse().unwrap(), &map);
        answer.err().map(|failure| failure.status)
    }

    #[test]
    fn on_loopback_only_loopback_names_with_the_port_are_served() {
        let hosts = Hosts::new("127.0.0.1:4010".parse().unwrap(), &[]);
        assert!(hosts.is_local());
        for (host, refused) in [
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
            assert_eq!(check(&hosts, "/v1/users/x", &[host]), refused, "{host}");
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
    fn beyond_this_machine_every_address_is_served_and_no_name() {
        for listening in ["0.0.0.0:4010", "[::]:4010", "192.168.1.2:4010"] {
            let hosts = Hosts::new(listening.parse().unwrap(), &["Stytch.internal".into()]);
            assert!(!hosts.is_local());
            for (host, refused) in [
                ("127.0.0.1:4010", None),
                ("localhost:8080", None),
                ("192.168.1.2:4010", None),
                ("[fd00::7]", None),
                ("stytch.internal:4010", None),
                ("stytch.internal", None),
                ("attacker.example:4010", Some(421)),
                ("stytch.internal.attacker.example", Some(421)),
            ] {
                assert_eq!(check(&hosts, "/", &[host]), refused, "{host}");
            }
        }
    }

    #[test]
    fn the_base_url_is_one_that_can_be_called() {
        for (listening, expected) in [
            ("127.0.0.1:4010", "http://127.0.0.1:4010"),
            ("0.0.0.0:4010", "http://127.0.0.1:4010"),
            ("[::]:4010", "http://[::1]:4010"),
            ("[::1]:4010", "http://[::1]:4010"),
            ("[::ffff:127.0.0.1]:4010", "http://127.0.0.1:4010"),
            ("192.168.1.2:80", "http://192.168.1.2:80"),
        ] {
            let hosts = Hosts::new(listening.parse().unwrap(), &[]);
            assert_eq!(hosts.base_url(), expected);
        }
    }
}
