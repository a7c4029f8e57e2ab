//! Probing an origin, step by step.

use crate::tls::TlsServer;
use crate::{builder, plugin};
use stytch_host::Proxy;
use stytch_testkit::{Answer, ScriptedServer};

#[tokio::test]
async fn a_tls_server_is_described() {
    for (protocols, http) in [(&["h2"][..], "2"), (&[], "1.1")] {
        let server = TlsServer::start(&["127.0.0.1"], protocols).await;
        let plugin = builder().ca_file(server.ca_file()).build().unwrap();
        let probe = plugin.probe(server.credential().origin()).await;
        let connection = probe.connection.unwrap().unwrap();
        assert_eq!(connection.tls.as_deref(), Some("1.3"));
        assert_eq!(connection.http, http);
        assert!(connection.server_time.is_some());
        let authorities = probe.authorities.unwrap();
        assert_eq!(authorities.extra, 1);
        // Depends on the machine's store and variables.
        let found = [
            authorities.system,
            authorities.variables,
            authorities.bundled,
        ];
        assert_eq!(found.iter().filter(|count| **count > 0).count(), 1);
        assert_eq!(probe.addresses.unwrap(), [std::net::Ipv4Addr::LOCALHOST]);
        assert_eq!(probe.proxy, None);
    }
}

#[tokio::test]
async fn an_untrusted_certificate_is_named() {
    let server = TlsServer::start(&["127.0.0.1"], &[]).await;
    let probe = plugin().probe(server.credential().origin()).await;
    let problem = probe.connection.unwrap().unwrap_err();
    assert!(problem.message.contains("certificate"), "{problem}");
}

#[tokio::test]
async fn an_invalid_server_time_is_omitted() {
    for headers in [&[][..], &["date: yesterday"], &["date: \u{ff}"]] {
        let server = ScriptedServer::start(Answer::http("404 Not Found", headers, ""));
        let origin = server.base_url().parse().unwrap();
        let probe = plugin().probe(&origin).await;
        let connection = probe.connection.unwrap().unwrap();
        assert_eq!((connection.tls, connection.server_time), (None, None));
        assert_eq!(probe.authorities, None);
    }
}

#[tokio::test]
async fn a_name_that_cannot_be_resolved_ends_the_probe() {
    let proxy = Proxy::new("http://proxy.invalid:3128").unwrap();
    for plugin in [plugin(), builder().proxy(proxy).build().unwrap()] {
        let probe = plugin
            .probe(&"https://nowhere.invalid".parse().unwrap())
            .await;
        assert!(
            probe
                .addresses
                .unwrap_err()
                .contains("could not be resolved")
        );
        assert!(probe.connection.is_none());
    }
}
