//! A browser without a window: it keeps cookies, and sends forms.

use crate::client::{Client, Response};
use http::Method;
use std::sync::{Mutex, PoisonError};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

pub(crate) struct Browser {
    client: Client,
    /// Those that were set, as the next request sends them.
    cookies: Mutex<Vec<(String, String)>>,
}

/// The responses of the console say all of this.
pub(crate) fn assert_strict(page: &Response, path: &str) {
    let policy = page.header("content-security-policy");
    for part in [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ] {
        assert!(policy.contains(part), "{path}: {policy}");
    }
    assert!(!policy.contains("unsafe"), "{path}: {policy}");
    for (name, value) in [
        ("cache-control", "no-store"),
        ("referrer-policy", "no-referrer"),
        ("x-content-type-options", "nosniff"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
    ] {
        assert_eq!(page.header(name), value, "{path}: {name}");
    }
    for absent in [
        "<script>",
        "<style",
        " style=",
        " onclick=",
        "http://",
        "javascript:",
    ] {
        let is_ours = page.body.replace("\"http://127.0.0.1", "");
        let is_ours = is_ours.replace(">http://127.0.0.1", "");
        assert!(
            !is_ours.contains(absent),
            "{path}: {absent} in {}",
            page.body
        );
    }
}

impl Browser {
    /// `client` has the token of the service, which the browser does not send.
    pub(crate) fn new(client: Client) -> Self {
        Self {
            client,
            cookies: Mutex::default(),
        }
    }

    /// The client with the token.
    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    pub(crate) fn token(&self) -> &str {
        let (_, token) = self.client.authorization().split_once(' ').unwrap();
        token
    }

    /// Another browser at the same service.
    pub(crate) fn another(&self) -> Self {
        Self::new(self.client.clone())
    }

    fn cookies(&self) -> String {
        let cookies = self.cookies.lock().unwrap_or_else(PoisonError::into_inner);
        let pairs: Vec<_> = cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        pairs.join("; ")
    }

    /// The ID of the session.
    pub(crate) fn session(&self) -> String {
        let cookies = self.cookies.lock().unwrap();
        let found = cookies
            .iter()
            .find(|(name, _)| name.starts_with("stytch_session"));
        found.map(|(_, value)| value.clone()).unwrap_or_default()
    }

    fn keep_cookies(&self, response: &Response) {
        let mut cookies = self.cookies.lock().unwrap();
        for header in response.headers.get_all("set-cookie") {
            let header = header.to_str().unwrap();
            assert!(header.contains("; HttpOnly; SameSite=Strict"), "{header}");
            let (pair, rest) = header.split_once(';').unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            cookies.retain(|(other, _)| other != name);
            if !rest.contains("Max-Age=0") {
                cookies.push((name.to_owned(), value.to_owned()));
            }
        }
    }

    pub(crate) async fn get(&self, path: &str) -> Response {
        self.send(Method::GET, path, "", &[]).await
    }

    pub(crate) async fn get_with(&self, path: &str, headers: &[(&'static str, &str)]) -> Response {
        self.send(Method::GET, path, "", headers).await
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        body: &str,
        headers: &[(&'static str, &str)],
    ) -> Response {
        let mut client = self.client.with("cookie", &self.cookies());
        client.headers.remove("authorization");
        for (name, value) in headers {
            client = client.with(name, value);
        }
        let response = client.send(method, path, body).await;
        self.keep_cookies(&response);
        response
    }

    /// Sends a form of a page, with the token of the page.
    pub(crate) async fn post(&self, page: &str, path: &str, fields: &[(&str, &str)]) -> Response {
        let page = self.get(page).await;
        let token = form_token(&page);
        let fields = [&[("form_token", token.as_str())], fields].concat();
        self.post_without_page(path, &fields, &[]).await
    }

    pub(crate) async fn post_without_page(
        &self,
        path: &str,
        fields: &[(&str, &str)],
        headers: &[(&'static str, &str)],
    ) -> Response {
        let body: Vec<_> = fields
            .iter()
            .map(|(name, value)| format!("{name}={}", encoded(value)))
            .collect();
        let form = [("content-type", "application/x-www-form-urlencoded")];
        let headers = [&form, headers].concat();
        self.send(Method::POST, path, &body.join("&"), &headers)
            .await
    }

    /// Signs in with the token of the service.
    pub(crate) async fn sign_in(&self) {
        self.sign_in_with(self.token()).await;
    }

    pub(crate) async fn sign_in_with(&self, token: &str) -> Response {
        let fields = [("token", token), ("next", "/console/search")];
        self.post("/console", "/console/sign-in", &fields).await
    }

    async fn open(&self, path: &str) -> TcpStream {
        let address = self.client.address;
        let mut stream = TcpStream::connect(address).await.unwrap();
        let cookies = self.cookies();
        let request =
            format!("GET {path} HTTP/1.1\r\nhost: {address}\r\ncookie: {cookies}\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        stream
    }

    /// Requests a response, and closes the connection after its first bytes.
    pub(crate) async fn read_a_part_of(&self, path: &str) {
        let mut stream = self.open(path).await;
        let mut part = [0; 256];
        assert!(stream.read(&mut part).await.unwrap() > 0);
    }

    /// Whether a response ends before its last chunk.
    pub(crate) async fn is_cut_off(&self, path: &str) -> bool {
        let mut stream = self.open(path).await;
        let mut response = Vec::new();
        // It may end with a reset.
        let _ = stream.read_to_end(&mut response).await;
        assert!(response.starts_with(b"HTTP/1.1 200"), "it has begun");
        !response.ends_with(b"0\r\n\r\n")
    }
}

/// The token of the forms of a page.
pub(crate) fn form_token(page: &Response) -> String {
    let (_, rest) = page
        .body
        .split_once("name=\"form_token\" value=\"")
        .unwrap();
    rest.split_once('"').unwrap().0.to_owned()
}

fn encoded(text: &str) -> String {
    let bytes = text.bytes().map(|byte| match byte {
        byte if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    });
    bytes.collect()
}
