//! The server, which replays recorded responses of the emulator, so that it costs little.

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Arc;
use stytch_emulator::{self as emulator, Emulator, Options};
use stytch_host::{Credential, Secret};
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};

/// The user ID, or the cursor, whose response is a redirect with a full body, which a
/// component reads but does not decode.
pub(crate) const REDIRECTED: &str = "redirected";

/// The one whose response ends with a user without an ID, which a component decodes but
/// does not return.
pub(crate) const BROKEN: &str = "broken";

/// The sizes of the recorded pages.
pub(crate) const PAGES: [u32; 2] = [100, 1000];

pub(crate) struct Server {
    pub(crate) base_url: String,
    /// A user with every attribute.
    pub(crate) user_id: &'static str,
    _runtime: Runtime,
}

struct Answers {
    user: Bodies,
    pages: BTreeMap<u32, Bodies>,
}

/// A response as recorded, and with a user without an ID at its end.
struct Bodies {
    good: Bytes,
    broken: Bytes,
}

impl Server {
    /// Runs on its own thread.
    pub(crate) fn start() -> Self {
        let user_id = "ada.lovelace";
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let base_url = runtime.block_on(async {
            let answers = Arc::new(Answers::record(user_id).await);
            let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
            let address = listener.local_addr().unwrap();
            tokio::spawn(serve(listener, answers));
            format!("http://{address}")
        });
        Self {
            base_url,
            user_id,
            _runtime: runtime,
        }
    }

    pub(crate) fn credential(&self) -> Credential {
        Credential::new(emulator::PROJECT_ID, Secret::new(emulator::SECRET.into()))
            .with_base_url(&self.base_url)
            .unwrap()
    }
}

impl Answers {
    async fn record(user_id: &str) -> Self {
        let mut options = Options::default();
        options.users = 2000;
        let emulator = Emulator::start(([127, 0, 0, 1], 0).into(), options)
            .await
            .unwrap();
        let client = crate::plain::Client::new(&emulator.base_url());
        let mut pages = BTreeMap::new();
        for limit in PAGES {
            pages.insert(limit, Bodies::of(client.page_body(limit, None).await));
        }
        Self {
            user: Bodies::of(client.user_body(user_id).await),
            pages,
        }
    }

    async fn answer(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let (head, body) = request.into_parts();
        let sent = body.collect().await.unwrap().to_bytes();
        if head.method == Method::GET {
            let user_id = head.uri.path().rsplit('/').next();
            return self.user.answer(user_id);
        }
        let search: serde_json::Value = serde_json::from_slice(&sent).unwrap();
        let limit = search["limit"].as_u64().unwrap();
        let page = &self.pages[&u32::try_from(limit).unwrap()];
        page.answer(search["cursor"].as_str())
    }
}

impl Bodies {
    fn of(good: Bytes) -> Self {
        let text = str::from_utf8(&good).unwrap();
        let (before, after) = text.rsplit_once("\"user_id\"").unwrap();
        let broken = format!("{before}\"used_id\"{after}").into();
        Self { good, broken }
    }

    fn answer(&self, asked: Option<&str>) -> Response<Full<Bytes>> {
        let (status, body) = match asked {
            Some(REDIRECTED) => (StatusCode::FOUND, &self.good),
            Some(BROKEN) => (StatusCode::OK, &self.broken),
            _ => (StatusCode::OK, &self.good),
        };
        Response::builder()
            .status(status)
            .header("content-type", "application/json")
            .body(Full::new(body.clone()))
            .unwrap()
    }
}

async fn serve(listener: TcpListener, answers: Arc<Answers>) {
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        stream.set_nodelay(true).unwrap();
        let answers = Arc::clone(&answers);
        let service = service_fn(move |request| {
            let answers = Arc::clone(&answers);
            async move { Ok::<_, Infallible>(answers.answer(request).await) }
        });
        let connection = hyper::server::conn::http1::Builder::new()
            .serve_connection(TokioIo::new(stream), service);
        tokio::spawn(async {
            // Fails when the client closes the connection.
            let _ = connection.await;
        });
    }
}
