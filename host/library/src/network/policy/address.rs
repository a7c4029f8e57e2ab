//! Checks the addresses that a name resolved to. The owner of a permitted name, or a
//! resolver, must not be able to direct requests to this machine, its network or a cloud's
//! metadata service.

use super::Denial;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// Checks that every address that `host` resolved to may be dialled. A single forbidden
/// address denies all: it shows that the name cannot be trusted.
pub(crate) fn check_addresses(host: &str, addresses: &[SocketAddr]) -> Result<(), Denial> {
    // The only name for this machine, which must not resolve to another one.
    let local = host.eq_ignore_ascii_case("localhost");
    let allowed = |ip: IpAddr| {
        if local {
            ip.is_loopback()
        } else {
            is_public(ip)
        }
    };
    match addresses.iter().find(|address| !allowed(address.ip())) {
        None => Ok(()),
        Some(address) => Err(Denial {
            asked: format!("connect to {host}"),
            reason: format!(
                "the name resolves to {}, which is not a public address",
                address.ip()
            ),
            remedy: "to reach a private address, write the address itself into --base-url"
                .to_owned(),
        }),
    }
}

/// Returns whether `ip` is a loopback or private address. IPv4 addresses embedded in IPv6
/// addresses, and the addresses of clouds' metadata services, do not count.
pub(super) fn is_loopback_or_private(ip: IpAddr) -> bool {
    /// The metadata services of EC2 and of Google's cloud over IPv6, in the range
    /// of private networks.
    const METADATA: [Ipv6Addr; 2] = [
        Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254),
        Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254),
    ];
    match ip {
        IpAddr::V4(ip) => ip.is_loopback() || ip.is_private(),
        IpAddr::V6(ip) => ip.is_loopback() || (ip.is_unique_local() && !METADATA.contains(&ip)),
    }
}

/// Returns whether `ip` is a unicast address of the public internet. An IPv4 address that
/// is embedded in an IPv6 address is extracted first.
///
/// Source: the IANA special-purpose address registries (RFC 6890).
pub(super) fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => is_public_v6(ip),
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    /// Azure's `WireServer`, which gives machines their secrets: a public address that is
    /// not on the internet.
    const WIRE_SERVER: Ipv4Addr = Ipv4Addr::new(168, 63, 129, 16);
    let [a, b, c, _] = ip.octets();
    !(a == 0 // this network
        || ip.is_private()
        || (a == 100 && (64..128).contains(&b)) // shared by carriers, RFC 6598
        || ip.is_loopback()
        || ip.is_link_local() // and the clouds' metadata services
        || (a == 192 && b == 0 && c == 0) // protocol assignments
        || ip.is_documentation()
        || (a == 192 && b == 88 && c == 99) // 6to4 relays, RFC 7526
        || (a == 198 && (18..20).contains(&b)) // benchmarks, RFC 2544
        || ip == WIRE_SERVER
        || a >= 224) // multicast, reserved, broadcast
}

fn is_public_v6(ip: Ipv6Addr) -> bool {
    if let Some(ip) = embedded_v4(ip) {
        return is_public_v4(ip);
    }
    match ip.segments() {
        // Protocol assignments with Teredo and ORCHID, and documentation.
        [0x2001, 0..0x200 | 0xdb8, ..] | [0x3fff, 0..0x1000, ..] => false,
        // The rest of the range that is assigned as global unicast. Unique local,
        // link-local, site-local, multicast and unassigned addresses are not public.
        [0x2000..0x4000, ..] => true,
        _ => false,
    }
}

/// Returns the IPv4 address that is embedded in an IPv6 address.
fn embedded_v4(ip: Ipv6Addr) -> Option<Ipv4Addr> {
    match ip.segments() {
        // IPv4-compatible (with `::` and `::1`) and IPv4-mapped, RFC 4291;
        // NAT64, RFC 6052; 6to4, RFC 3056.
        [0, 0, 0, 0, 0, 0 | 0xffff, high, low]
        | [0x64, 0xff9b, 0, 0, 0, 0, high, low]
        | [0x2002, high, low, ..] => Some(Ipv4Addr::from((u32::from(high) << 16) | u32::from(low))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_public_addresses() {
        for ip in [
            "8.8.8.8",
            "1.1.1.1",
            "104.16.0.1",
            "223.255.255.255",
            "2606:4700::1",
            "2a00:1450::1",
            "::ffff:8.8.8.8",
            "64:ff9b::8.8.8.8",
            "2002:808:808::1",
        ] {
            assert!(is_public(ip.parse().unwrap()), "{ip}");
        }
    }

    #[test]
    fn refuses_special_purpose_addresses() {
        for ip in [
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "100.64.0.1",
            "100.127.255.255",
            "127.0.0.1",
            "127.255.255.254",
            "100.100.100.200",
            "168.63.129.16",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.1",
            "192.0.0.192",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::127.0.0.1",
            "::ffff:127.0.0.1",
            "::ffff:169.254.169.254",
            "::ffff:0:127.0.0.1",
            "64:ff9b::127.0.0.1",
            "64:ff9b::10.0.0.1",
            "64:ff9b:1::1",
            "100::1",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::1",
            "2002:a00:1::1",
            "2002:a9fe:a9fe::1",
            "3fff::1",
            "5f00::1",
            "fc00::1",
            "fd00:ec2::254",
            "fd20:ce::254",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert!(!is_public(ip.parse().unwrap()), "{ip}");
        }
    }

    #[test]
    fn one_private_address_denies_a_name() {
        let address = |ip: &str| SocketAddr::new(ip.parse().unwrap(), 443);
        let (public, private) = (address("8.8.8.8"), address("10.0.0.1"));
        assert!(check_addresses("a.example", &[public]).is_ok());
        assert!(check_addresses("a.example", &[public, private]).is_err());
        assert!(check_addresses("a.example", &[address("127.0.0.1")]).is_err());
        assert!(check_addresses("localhost", &[address("127.0.0.1"), address("::1")]).is_ok());
        assert!(check_addresses("localhost", &[private]).is_err());
        assert!(check_addresses("localhost", &[public]).is_err());
        assert!(check_addresses("localhost.", &[address("127.0.0.1")]).is_err());
    }
}
