//! The protocol over HTTP, as a part of the service.

use crate::credential;
use stytch_credentials::Source;
use stytch_host::Plugin;
use stytch_service::{Service, Settings};

/// A running service with these credentials.
pub(crate) struct Running {
    pub(crate) url: String,
    pub(crate) token: String,
}

/// Starts a service whose credentials are at these servers.
pub(crate) async fn serve(credentials: &[(&str, &str)]) -> Running {
    let sources = credentials
        .iter()
        .map(|(name, base_url)| Source::Fixed((*name).to_owned(), credential(base_url)));
    let builder = Plugin::builder();
    let description = builder.describe().unwrap();
    let service = Service::new(
        builder.build().unwrap(),
        &description,
        sources.collect(),
        Settings::default(),
        None,
    );
    let listening = service.unwrap().bind().await.unwrap();
    let url = format!("{}/mcp", listening.url().unwrap());
    let token = listening.token().unwrap().expose().to_owned();
    tokio::spawn(listening.run(std::future::pending()));
    Running { url, token }
}
