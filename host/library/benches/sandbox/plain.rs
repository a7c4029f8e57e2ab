//! The plain client: hyper and serde, as in an SDK.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::Request;
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use stytch_emulator::{PROJECT_ID, SECRET};

#[derive(Clone)]
pub(crate) struct Client {
    client: legacy::Client<HttpConnector, Full<Bytes>>,
    base_url: String,
    authorization: String,
}

impl Client {
    pub(crate) fn new(base_url: &str) -> Self {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        let pair = BASE64_STANDARD.encode(format!("{PROJECT_ID}:{SECRET}"));
        Self {
            client: legacy::Client::builder(TokioExecutor::new()).build(connector),
            base_url: base_url.to_owned(),
            authorization: format!("Basic {pair}"),
        }
    }

    pub(crate) async fn retrieve(&self, user_id: &str) -> User {
        decode(&self.user_body(user_id).await)
    }

    /// The page at `cursor`, or the first one.
    pub(crate) async fn search(&self, limit: u32, cursor: Option<&str>) -> Page {
        decode(&self.page_body(limit, cursor).await)
    }

    pub(crate) async fn user_body(&self, user_id: &str) -> Bytes {
        let request = Request::get(format!("{}/v1/users/{user_id}", self.base_url));
        self.send(request, Bytes::new()).await
    }

    pub(crate) async fn page_body(&self, limit: u32, cursor: Option<&str>) -> Bytes {
        let request = Request::post(format!("{}/v1/users/search", self.base_url))
            .header("content-type", "application/json");
        let body = serde_json::json!({"limit": limit, "cursor": cursor}).to_string();
        self.send(request, body.into()).await
    }

    async fn send(&self, request: http::request::Builder, body: Bytes) -> Bytes {
        let request = request
            .header("authorization", &self.authorization)
            .body(Full::new(body))
            .unwrap();
        let response = self.client.request(request).await.unwrap();
        assert!(response.status().is_success());
        response.into_body().collect().await.unwrap().to_bytes()
    }
}

fn decode<T: DeserializeOwned>(body: &[u8]) -> T {
    serde_json::from_slice(body).unwrap()
}

/// Structs as in an SDK.
macro_rules! structs {
    ($($name:ident { $($member:ident: $type:ty),+ $(,)? })+) => {$(
        #[derive(Deserialize, Serialize)]
        pub(crate) struct $name { $(pub(crate) $member: $type),+ }
    )+};
}

type Text = Option<String>;
type List<T> = Option<Vec<T>>;

structs! {
    Page { request_id: Text, results: Vec<User>, results_metadata: Metadata }
    Metadata { total: Option<i64>, next_cursor: Text }
    User {
        user_id: String, emails: List<Email>, status: Text, phone_numbers: List<PhoneNumber>,
        webauthn_registrations: List<Webauthn>, providers: List<Provider>, totps: List<Totp>,
        crypto_wallets: List<CryptoWallet>, biometric_registrations: List<Biometric>,
        is_locked: Option<bool>, roles: List<String>, name: Option<Name>, created_at: Text,
        password: Option<Password>, trusted_metadata: Option<Box<RawValue>>,
        untrusted_metadata: Option<Box<RawValue>>, external_id: Text, lock_created_at: Text,
        lock_expires_at: Text,
    }
    Email { email_id: Text, email: Text, verified: Option<bool> }
    PhoneNumber { phone_id: Text, phone_number: Text, verified: Option<bool> }
    Webauthn {
        webauthn_registration_id: Text, domain: Text, user_agent: Text, verified: Option<bool>,
        authenticator_type: Text, name: Text,
    }
    Provider {
        provider_type: Text, provider_subject: Text, profile_picture_url: Text, locale: Text,
        oauth_user_registration_id: Text,
    }
    Totp { totp_id: Text, verified: Option<bool> }
    CryptoWallet {
        crypto_wallet_id: Text, crypto_wallet_address: Text, crypto_wallet_type: Text,
        verified: Option<bool>,
    }
    Biometric { biometric_registration_id: Text, verified: Option<bool> }
    Name { first_name: Text, middle_name: Text, last_name: Text }
    Password { password_id: Text, requires_reset: Option<bool> }
}
