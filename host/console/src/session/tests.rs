use super::*;
use crate::backend::{Failure, Listed, Pages};
use async_trait::async_trait;
use http::Extensions;
use std::sync::atomic::{AtomicBool, Ordering};
use stytch_host::Credential;
use stytch_host::types::{CredentialReport, RetrievedUser, SearchPage, SearchRequest};

/// A caller whose token can be revoked, and who calls nothing.
#[derive(Debug, Clone, Default)]
struct Holder {
    is_revoked: Arc<AtomicBool>,
}

#[async_trait]
impl Caller for Holder {
    fn name(&self) -> &'static str {
        "holder"
    }

    fn is_valid(&self) -> bool {
        !self.is_revoked.load(Ordering::Relaxed)
    }

    fn manages_credentials(&self) -> bool {
        false
    }

    fn of_request(&self, _: &Extensions) -> Option<Arc<dyn Caller>> {
        Some(Arc::new(self.clone()))
    }

    fn credentials(&self) -> Vec<Listed> {
        Vec::new()
    }

    async fn check(&self, _: &str) -> Result<CredentialReport, Failure> {
        unreachable!()
    }

    async fn check_new(&self, _: &Credential) -> Result<CredentialReport, Failure> {
        unreachable!()
    }

    async fn retrieve_user(&self, _: &str, _: &str) -> Result<RetrievedUser, Failure> {
        unreachable!()
    }

    async fn search_users(&self, _: &str, _: &SearchRequest) -> Result<SearchPage, Failure> {
        unreachable!()
    }

    async fn search_all(&self, _: &str, _: SearchRequest) -> Result<Box<dyn Pages>, Failure> {
        unreachable!()
    }

    async fn reload(&self) {}
}

fn holder() -> Arc<dyn Caller> {
    Arc::new(Holder::default())
}

#[test]
fn a_session_ends_when_it_is_idle_too_old_or_ended() {
    let (sessions, start) = (Sessions::default(), Instant::now());
    let idle = sessions.start(holder(), start).unwrap();
    assert!(sessions.find(idle.expose(), start + IDLE).is_some());
    assert!(sessions.find(idle.expose(), start + IDLE * 2).is_some());
    let late = start + IDLE * 3 + Duration::from_secs(1);
    assert!(sessions.find(idle.expose(), late).is_none());

    let busy = sessions.start(holder(), start).unwrap();
    let mut now = start;
    while now <= start + LONGEST {
        assert!(sessions.find(busy.expose(), now).is_some());
        now += IDLE;
    }
    assert!(sessions.find(busy.expose(), now).is_none());

    let ended = sessions.start(holder(), start).unwrap();
    sessions.end(ended.expose());
    assert!(sessions.find(ended.expose(), start).is_none());
    assert!(sessions.find("", start).is_none());
}

#[test]
fn a_session_ends_with_its_token() {
    let (sessions, now) = (Sessions::default(), Instant::now());
    let holder = Holder::default();
    let id = sessions.start(Arc::new(holder.clone()), now).unwrap();
    assert!(sessions.find(id.expose(), now).is_some());
    holder.is_revoked.store(true, Ordering::Relaxed);
    assert!(sessions.find(id.expose(), now).is_none());
    holder.is_revoked.store(false, Ordering::Relaxed);
    assert!(sessions.find(id.expose(), now).is_none(), "it has ended");
}

#[test]
fn there_are_not_more_sessions_than_fit() {
    let (sessions, start) = (Sessions::default(), Instant::now());
    let first = sessions.start(holder(), start).unwrap();
    let second = sessions.start(holder(), start).unwrap();
    let mut now = start;
    for _ in 2..=MOST {
        now += Duration::from_millis(1);
        sessions.find(first.expose(), now).unwrap();
        sessions.start(holder(), now).unwrap();
    }
    assert!(sessions.find(first.expose(), now).is_some());
    assert!(sessions.find(second.expose(), now).is_none(), "the oldest");
}

#[test]
fn a_code_signs_in_once_and_for_a_minute() {
    let (sessions, now) = (Sessions::default(), Instant::now());
    let code = sessions.create_code(now).unwrap();
    let redeem = |session: Option<&str>, now| {
        let redeemed = sessions.redeem(code.expose(), session, holder(), now);
        redeemed.unwrap()
    };
    let Redeemed::Session(id) = redeem(None, now) else {
        panic!("a new session");
    };
    assert!(matches!(redeem(Some(id.expose()), now), Redeemed::Already));
    assert!(sessions.find(id.expose(), now).is_some());
    // Somebody else has seen it.
    assert!(matches!(redeem(None, now), Redeemed::Twice));
    assert!(sessions.find(id.expose(), now).is_none());
    assert!(matches!(redeem(Some("other"), now), Redeemed::Twice));

    let late = now + CODE + Duration::from_secs(1);
    let seen = sessions.create_code(now).unwrap();
    let thief = sessions.redeem(seen.expose(), None, holder(), now);
    let Redeemed::Session(thief) = thief.unwrap() else {
        panic!("a new session");
    };
    sessions.create_code(late).unwrap();
    let owner = sessions.redeem(seen.expose(), None, holder(), late);
    assert!(matches!(owner.unwrap(), Redeemed::Twice));
    assert!(sessions.find(thief.expose(), late).is_none());

    let unused = sessions.create_code(now).unwrap();
    for code in [unused.expose(), "", "unknown"] {
        let redeemed = sessions.redeem(code, None, holder(), late).unwrap();
        assert!(matches!(redeemed, Redeemed::Invalid), "{code}");
    }
}

#[test]
fn ids_are_random_and_not_shown() {
    let (one, other) = (Random::new().unwrap(), Random::new().unwrap());
    assert_eq!(one.expose().len(), 43);
    assert!(one.is(one.expose()) && !one.is(other.expose()) && !one.is(""));
    assert_eq!(format!("{one:?}"), "Random(…)");
}
