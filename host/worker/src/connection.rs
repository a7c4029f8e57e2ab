//! The connection to Temporal: the variables and the configuration file that all of
//! Temporal's SDKs and its command line read, and flags that take precedence.

use crate::args::Server;
use crate::codec::{Encryption, KEY};
use anyhow::{Context, anyhow};
use std::fs;
use std::path::Path;
use temporalio_client::envconfig::{
    ClientConfigProfile, DataSource, LoadClientConfigProfileOptions,
};
use temporalio_client::{Client, ClientOptions, Connection, ConnectionOptions};
use temporalio_common::data_converters::{
    DataConverter, DefaultFailureConverter, PayloadConverter,
};
use temporalio_common::envconfig::{ClientConfigTLS, load_client_config_profile};

/// The namespace, unless one is named.
const NAMESPACE: &str = "default";

/// How long the first connection may take.
const CONNECT: std::time::Duration = std::time::Duration::from_secs(10);

/// Connects to the server.
pub(crate) async fn connect(server: &Server) -> anyhow::Result<Client> {
    let profile = profile(server)?;
    let address = profile.address.clone();
    let namespace = profile.namespace.clone();
    let mut options = ConnectionOptions::try_from(profile).map_err(|error| {
        anyhow!("the connection to Temporal is not configured correctly: {error}")
    })?;
    options.connect_timeout = Some(CONNECT);
    let address = address.unwrap_or_else(|| options.target.to_string());
    let connection = Connection::connect(options).await.with_context(|| {
        format!(
            "Temporal cannot be reached at {address}: start a server \
             (`temporal server start-dev`), or name yours with --address"
        )
    })?;
    let namespace = namespace.unwrap_or_else(|| NAMESPACE.to_owned());
    let options = ClientOptions::new(namespace).data_converter(data_converter(server)?);
    Ok(Client::new(connection, options.build())?)
}

fn profile(server: &Server) -> anyhow::Result<ClientConfigProfile> {
    let variables = LoadClientConfigProfileOptions::default();
    let mut profile = load_client_config_profile(variables, None).map_err(|error| {
        anyhow!("Temporal's variables or configuration file cannot be read: {error}")
    })?;
    if let Some(address) = &server.address {
        profile.address = Some(address.clone());
    }
    if let Some(namespace) = &server.namespace {
        profile.namespace = Some(namespace.clone());
    }
    if let Some(path) = &server.api_key_file {
        let key = read(path, "the API key")?;
        let key = String::from_utf8(key).context("the API key is not text")?;
        profile.api_key = Some(key.trim().to_owned());
    }
    if server.has_tls() {
        let tls = profile.tls.get_or_insert_with(ClientConfigTLS::default);
        tls.disabled = Some(false);
        if let Some(path) = &server.tls_ca {
            tls.server_ca_cert = Some(source(path));
        }
        if let (Some(certificate), Some(key)) = (&server.tls_cert, &server.tls_key) {
            tls.client_cert = Some(source(certificate));
            tls.client_key = Some(source(key));
        }
        if let Some(name) = &server.tls_server_name {
            tls.server_name = Some(name.clone());
        }
    }
    Ok(profile)
}

fn source(path: &Path) -> DataSource {
    DataSource::Path(path.display().to_string())
}

fn data_converter(server: &Server) -> anyhow::Result<DataConverter> {
    let Some(path) = &server.encryption_key_file else {
        return Ok(DataConverter::default());
    };
    let key = read(path, "the encryption key")?;
    let key: [u8; KEY] = key.try_into().map_err(|_| {
        anyhow!(
            "the encryption key {} is not {KEY} bytes: `openssl rand {KEY}` makes one",
            path.display()
        )
    })?;
    // Failures, too: their messages and details are what an attacker would read first.
    let failures = DefaultFailureConverter::new(true);
    let codec = Encryption::new(&server.encryption_key_id, key);
    Ok(DataConverter::new(
        PayloadConverter::default(),
        failures,
        codec,
    ))
}

fn read(path: &Path, what: &str) -> anyhow::Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("{what} cannot be read from {}", path.display()))
}
