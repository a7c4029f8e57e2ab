//! Tests that the addresses of a name decide whether it is dialled. No test uses a real
//! name server.

use super::*;
use crate::network::resolve::ResolveError;
use std::error::Error as StdError;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Mutex;
use tokio::net::TcpListener;

const LOOPBACK: Ipv4Addr = Ipv4Addr::LOCALHOST;

/// A name server that gives one response after the other, and then repeats the last one.
#[derive(Clone)]
struct Names(Arc<Mutex<Vec<Vec<IpAddr>>>>, Arc<Mutex<Vec<String>>>);

impl Names {
    fn new(answers: &[&[&str]]) -> Self {
        let parse = |answer: &&[&str]| answer.iter().map(|ip| ip.parse().unwrap()).collect();
        let mut answers: Vec<_> = answers.iter().map(parse).collect();
        answers.reverse();
        Self(Arc::new(Mutex::new(answers)), Arc::default())
    }

    fn lookup(&self) -> Lookup {
        let Self(answers, asked) = self.clone();
        Lookup::of(move |name| {
            asked.lock().unwrap().push(name.to_owned());
            let mut answers = answers.lock().unwrap();
            let answer = match answers.len() {
                1 => answers[0].clone(),
                _ => answers.pop().unwrap(),
            };
            answer.iter().map(|ip| SocketAddr::new(*ip, 0)).collect()
        })
    }

    fn asked(&self) -> Vec<String> {
        self.1.lock().unwrap().clone()
    }

    fn resolver(&self, peer: Peer) -> Resolver {
        Resolver::new(peer, self.lookup())
    }

    fn connector(&self) -> Connector {
        Connector::new(Roots::default(), None, Duration::from_secs(5)).with_lookup(self.lookup())
    }
}

/// The text of the denial that an attempt ends with.
async fn denial(connector: &mut Connector, target: &str) -> String {
    let Err(error) = connector.call(target.parse().unwrap()).await else {
        panic!("{target} was dialled");
    };
    let mut link: Option<&(dyn StdError + 'static)> = Some(&*error);
    while let Some(error) = link {
        if let Some(ResolveError::Denied(denial)) = error.downcast_ref() {
            return denial.to_string();
        }
        link = error.source();
    }
    panic!("{target}: {error:?}");
}

#[tokio::test]
async fn does_not_dial_a_name_with_a_private_address() {
    let listener = TcpListener::bind((LOOPBACK, 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    for answer in [
        &["127.0.0.1"][..],
        &["8.8.8.8", "127.0.0.1"],
        &["127.0.0.1", "8.8.8.8"],
        &["2606:4700::1", "10.0.0.1"],
        &["::ffff:127.0.0.1"],
        &["64:ff9b::7f00:1"],
        &["2002:7f00:1::1"],
        &["169.254.169.254"],
        &["fd00:ec2::254"],
        &["fe80::1"],
        &["0.0.0.0"],
        &["::"],
    ] {
        for scheme in ["http", "https"] {
            let names = Names::new(&[answer]);
            let target = format!("{scheme}://test.stytch.com:{port}");
            let text = denial(&mut names.connector(), &target).await;
            assert!(
                text.starts_with("connect to test.stytch.com: the name resolves to ")
                    && text.contains("which is not a public address; to reach"),
                "{answer:?}: {text}"
            );
            assert_eq!(names.asked(), ["test.stytch.com"]);
        }
    }
    let none = tokio::time::timeout(Duration::ZERO, listener.accept()).await;
    assert!(none.is_err(), "something was dialled: {none:?}");
}

#[tokio::test]
async fn dials_the_address_that_was_checked() {
    let listener = TcpListener::bind((LOOPBACK, 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    // One of two names that may be dialled without a network. A second lookup would return
    // an address where nothing listens.
    let names = Names::new(&[&["127.0.0.1"], &["127.0.0.2"]]);
    let target: Uri = format!("http://localhost:{port}").parse().unwrap();
    let connected = names.connector().call(target).await.unwrap();
    let MaybeHttpsStream::Http(MaybeHttpsStream::Http(stream)) = connected.stream else {
        panic!("TLS");
    };
    let address = (LOOPBACK, port).into();
    assert_eq!(stream.inner().peer_addr().unwrap(), address);
    assert_eq!(names.asked().len(), 1);
}

#[tokio::test]
async fn checks_a_name_for_each_connection() {
    let listener = TcpListener::bind((LOOPBACK, 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let names = Names::new(&[&["127.0.0.1"], &["10.0.0.1"]]);
    let mut connector = names.connector();
    let target = format!("http://localhost:{port}");
    connector.call(target.parse().unwrap()).await.unwrap();
    let text = denial(&mut connector, &target).await;
    assert!(text.contains("10.0.0.1"), "{text}");

    let names = Names::new(&[&["8.8.8.8"], &["127.0.0.1"]]);
    let resolver = names.resolver(Peer::Server);
    let addresses = resolver.resolve("test.stytch.com").await.unwrap();
    assert_eq!(addresses, ["8.8.8.8:0".parse().unwrap()]);
    assert!(resolver.resolve("test.stytch.com").await.is_err());
}

#[tokio::test]
async fn treats_other_spellings_of_localhost_as_ordinary_names() {
    for host in [
        "localhost.",
        "a.localhost",
        "localhost.localdomain",
        "ip6-localhost",
    ] {
        let names = Names::new(&[&["127.0.0.1"]]);
        denial(&mut names.connector(), &format!("https://{host}:1")).await;
    }
    let names = Names::new(&[&["8.8.8.8"]]);
    denial(&mut names.connector(), "http://LocalHost:1").await;
}

#[tokio::test]
async fn a_proxy_may_have_a_private_address() {
    let names = Names::new(&[&["10.0.0.1"]]);
    assert!(names.resolver(Peer::Proxy).resolve("proxy").await.is_ok());
}

/// The system resolves all of these to 127.0.0.1 without a name server.
#[tokio::test]
async fn refuses_disguised_addresses_by_what_they_resolve_to() {
    let system = Resolver::new(Peer::Server, Lookup::of_system());
    for host in [
        "127.1",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "127.0.0.1",
    ] {
        assert!(system.resolve(host).await.is_err(), "{host}");
    }
}
