//! The same service without a sandbox: axum, hyper and serde, and around them what the
//! service does for each request. It checks the host and the token, bounds the calls in
//! flight and their duration, measures and logs. It decodes the user, and encodes it again.

use super::load::Target;
use super::peers::serve;
use super::{USER, plain};
use axum::Router;
use axum::body::Body;
use axum::extract::{MatchedPath, Path, Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, HOST};
use http::uri::Authority;
use http::{HeaderMap, StatusCode};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use sha2::{Digest, Sha256};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use stytch_emulator::Emulator;
use stytch_service::LineLog;
use subtle::ConstantTimeEq;
use tokio::sync::Semaphore;

const TOKEN: &str = "sth_0123456789ab_0123456789abcdefghijklmnopqrstuvwxyzABCDEFG";
const DEADLINE: Duration = Duration::from_mins(1);
const BUCKETS: [f64; 5] = [0.001, 0.005, 0.025, 0.1, 1.0];

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    method: String,
    route: String,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CallLabels {
    credential: String,
    code: &'static str,
}

struct Service {
    client: plain::Client,
    /// The SHA-256 of the token.
    token: [u8; 32],
    /// Of the credential, and of the service.
    permits: [Arc<Semaphore>; 2],
    requests: Family<RequestLabels, Histogram, fn() -> Histogram>,
    calls: Family<CallLabels, Counter>,
    log: LineLog,
}

pub(crate) async fn start(emulator: &Emulator) -> Target {
    let service = Arc::new(Service {
        client: plain::Client::new(&emulator.base_url()),
        token: Sha256::digest(TOKEN).into(),
        permits: [64, 1000].map(|permits| Arc::new(Semaphore::new(permits))),
        requests: Family::new_with_constructor(|| Histogram::new(BUCKETS)),
        calls: Family::default(),
        log: LineLog::new(Some(Box::new(std::io::sink()))),
    });
    let router = Router::new()
        .route("/v1/credentials/{name}/users/{user_id}", get(user))
        .layer(from_fn_with_state(service.clone(), observe))
        .with_state(service);
    let address = serve(router).await;
    Target {
        name: "no sandbox",
        url: format!("http://{address}/v1/credentials/emulator/users/{USER}"),
        authorization: format!("Bearer {TOKEN}"),
    }
}

async fn user(
    State(service): State<Arc<Service>>,
    Path((credential, user_id)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    let token = headers.get(AUTHORIZATION).unwrap().to_str().unwrap();
    let token = Sha256::digest(token.strip_prefix("Bearer ").unwrap());
    if !bool::from(service.token.ct_eq(&token)) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let [credential_permits, all_permits] = &service.permits;
    let _permit = credential_permits.clone().acquire_owned().await.unwrap();
    let _permit = all_permits.clone().acquire_owned().await.unwrap();
    let call = tokio::time::timeout(DEADLINE, service.client.retrieve(&user_id));
    let user = call.await.unwrap();
    let code = "ok";
    let labels = CallLabels { credential, code };
    service.calls.get_or_create(&labels).inc();
    let body = Body::from(serde_json::to_vec(&user).unwrap());
    let headers = [
        (CONTENT_TYPE, "application/json"),
        (CACHE_CONTROL, "no-store"),
    ];
    (headers, body).into_response()
}

async fn observe(State(service): State<Arc<Service>>, request: Request, next: Next) -> Response {
    let start = Instant::now();
    let host: Authority = request.headers()[HOST].to_str().unwrap().parse().unwrap();
    if host.host().parse::<IpAddr>().is_err() {
        return StatusCode::MISDIRECTED_REQUEST.into_response();
    }
    let route = request.extensions().get::<MatchedPath>().unwrap().clone();
    let method = request.method().clone();
    let response = next.run(request).await;
    let labels = RequestLabels {
        method: method.to_string(),
        route: route.as_str().to_owned(),
        status: response.status().as_u16(),
    };
    let duration = start.elapsed().as_secs_f64();
    service.requests.get_or_create(&labels).observe(duration);
    service.log.write(&serde_json::json!({
        "time": jiff::Timestamp::now(), "method": labels.method, "route": labels.route,
        "status": labels.status, "duration_ms": duration * 1000.0, "token": "this run",
    }));
    response
}
