//! Connections: accepted one by one, at most so many, plain or by TLS, with a bound on headers and on the time
//! that they take. At a stop no new one is taken, and those at hand end with the request that they carry.

use super::config::{Config, Limits};
use crate::failure::Failure;
use crate::project::read;
use axum::Router;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use hyper_util::service::TowerToHyperService;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_rustls::TlsAcceptor;

/// Requests at once on one connection of HTTP/2.
const STREAMS_MAX: u32 = 128;

/// What makes connections of sockets.
pub(super) struct Net {
    http: Builder<TokioExecutor>,
    tls: Option<TlsAcceptor>,
    limits: Limits,
    routes: Router,
}

impl Net {
    pub(super) fn new(config: &Config, routes: Router) -> Result<Self, Failure> {
        let limits = config.limits;
        let within = Duration::from_secs(limits.header_seconds);
        let mut http = Builder::new(TokioExecutor::new());
        http.http1()
            .timer(TokioTimer::new())
            .header_read_timeout(within)
            .max_buf_size(limits.header_bytes);
        http.http2()
            .timer(TokioTimer::new())
            .keep_alive_interval(Some(within))
            .max_concurrent_streams(STREAMS_MAX)
            .max_header_list_size(u32::try_from(limits.header_bytes).unwrap_or(u32::MAX));
        let tls = match (&config.tls_cert, &config.tls_key) {
            (Some(cert), Some(key)) => Some(acceptor(cert, key)?),
            (None, _) | (_, None) => None,
        };
        Ok(Self {
            http,
            tls,
            limits,
            routes,
        })
    }

    /// Takes connections until `stop`, then lets those at hand end.
    pub(super) async fn run(self, listener: TcpListener, stop: impl Future<Output = ()>) {
        let (net, graceful) = (Arc::new(self), GracefulShutdown::new());
        let slots = Arc::new(Semaphore::new(net.limits.connections));
        let mut stop = std::pin::pin!(stop);
        loop {
            let next = async {
                let slot = Arc::clone(&slots).acquire_owned().await.ok()?;
                Some((slot, listener.accept().await))
            };
            let (slot, accepted) = tokio::select! {
                () = &mut stop => break,
                next = next => match next {
                    Some(next) => next,
                    None => break,
                },
            };
            match accepted {
                Ok((stream, _)) => {
                    let (net, watcher) = (Arc::clone(&net), graceful.watcher());
                    tokio::spawn(async move {
                        net.connection(stream, watcher).await;
                        drop(slot);
                    });
                }
                // one that was gone before it was taken, or too many open files: the next may do better
                Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
            }
        }
        drop(listener);
        let within = Duration::from_secs(net.limits.stop_seconds);
        let _ = tokio::time::timeout(within, graceful.shutdown()).await;
    }

    async fn connection(&self, stream: TcpStream, watcher: Watcher) {
        // answers are small, and are waited for
        let _ = stream.set_nodelay(true);
        match &self.tls {
            None => self.requests(stream, watcher).await,
            Some(tls) => {
                let within = Duration::from_secs(self.limits.header_seconds);
                let shaken = tokio::time::timeout(within, tls.accept(stream)).await;
                if let Ok(Ok(stream)) = shaken {
                    self.requests(stream, watcher).await;
                }
            }
        }
    }

    async fn requests<S>(&self, stream: S, watcher: Watcher)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let service = TowerToHyperService::new(self.routes.clone());
        let connection = self.http.serve_connection(TokioIo::new(stream), service);
        // a client that breaks off is its own affair
        let _ = watcher.watch(connection.into_owned()).await;
    }
}

fn acceptor(cert: &Path, key: &Path) -> Result<TlsAcceptor, Failure> {
    let wrong = |path: &Path, what: &dyn std::fmt::Display| {
        Failure::usage(format!("{}: {what}", path.display()))
    };
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&read(cert)?).collect();
    let chain = chain.map_err(|e| wrong(cert, &e))?;
    let secret = PrivateKeyDer::from_pem_slice(&read(key)?).map_err(|e| wrong(key, &e))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|e| wrong(cert, &e))?;
    let tls = tls.with_no_client_auth().with_single_cert(chain, secret);
    let mut tls = tls.map_err(|e| wrong(cert, &e))?;
    tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(tls)))
}
