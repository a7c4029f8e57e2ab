//! TLS in front of a plain server.

use crate::tls::server_config;
use std::path::PathBuf;
use std::sync::Arc;
use tempfile::TempDir;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

/// Terminates TLS, and forwards the plaintext. A clean end of the server sends a
/// `close_notify`; a reset ends TLS without one.
pub(super) struct Front {
    port: u16,
    folder: TempDir,
    accepting: JoinHandle<()>,
}

impl Front {
    pub(super) async fn start(server: u16) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = server_config(&["127.0.0.1"], &folder.path().join("ca.pem"));
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let accepting = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let acceptor = acceptor.clone();
                tokio::spawn(async move {
                    let mut server = TcpStream::connect(("127.0.0.1", server)).await.unwrap();
                    if let Ok(mut client) = acceptor.accept(client).await {
                        let _ = copy_bidirectional(&mut client, &mut server).await;
                    }
                });
            }
        });
        Self {
            port,
            folder,
            accepting,
        }
    }

    pub(super) fn base_url(&self) -> String {
        format!("https://127.0.0.1:{}", self.port)
    }

    pub(super) fn ca_file(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }
}

impl Drop for Front {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}
