//! `journey serve`: the live runtime. HTTP in, decisions logged and durable, actions out.
//!
//! Read in this order: `config` and `keys` (what an operator says), `live` (the engine's thread; `handle`, the
//! way to it; `clock`; `timeline`, what was decided of late), `http` (requests,
//! one file a route; `rates`, how often), `sending` (what goes out), `net` (sockets).
//! What is done with actions is an `Outlet`: it is told of those that no crash can take back.

mod clock;
pub mod config;
pub mod handle;
pub mod http;
pub mod keys;
pub mod live;
mod net;
pub mod rates;
pub mod sending;
mod timeline;

use crate::disk::{Folder, Outside};
use crate::failure::Failure;
use crate::kept::{self, Given, Opened, Terms, failed};
use crate::rights::erasures;
use crate::terminal;
use config::Config;
use handle::Handle;
use http::app::App;
use http::decode::Decoder;
use journey_program::plan::Program;
use live::{Inbox, Live};
use net::Net;
use sending::Sending;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::oneshot;

/// What is served, and where it is kept.
pub struct Start {
    pub config: Config,
    pub given: Given,
    pub terms: Terms,
    pub state: PathBuf,
    /// the folder is an older copy of itself
    pub restored: bool,
    /// files of the outputs
    pub outside: BTreeMap<&'static str, Outside>,
}

impl std::fmt::Debug for Start {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Start")
            .field("config", &self.config)
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}

/// Serves until it is told to stop, or until the disk fails. The engine runs on this thread, where its code was
/// made; the network has its own.
pub fn serve(start: Start) -> Result<(), Failure> {
    check(&start.config)?;
    let (handle, inbox) = live::queue(start.config.limits.queue_bytes);
    let keeps_refused = start.terms.dead_letters.is_some();
    let app = Arc::new(App::new(
        &start.config,
        handle.clone(),
        (&start.state, keeps_refused),
    ));
    let sending = Arc::new(Sending::new(handle.clone()));
    let sends = http::sends::routes(&app, &sending);
    let routes = http::routes(Arc::clone(&app)).merge(sends);
    let routes = http::around(routes, Arc::clone(&app));
    let net = Net::new(&start.config, routes)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|e| Failure::outside(format!("can't start: {e}")))?;
    let listener = runtime.block_on(listen(&start.config))?;
    let (ended, end) = oneshot::channel::<()>();
    let stopping = Stopping(handle, Arc::clone(&app));
    let (network_of, under_way) = (runtime.handle().clone(), Arc::clone(&sending));
    let network = std::thread::spawn(move || {
        runtime.block_on(async {
            net.run(listener, stop(end)).await;
            under_way.end().await;
        });
        drop(stopping);
    });
    let done = engine(start, inbox, &app, (&sending, network_of));
    // whoever waits for an answer now has nothing more to wait for
    drop(ended);
    done?;
    let gone = |_| Failure::outside("the network's thread has failed");
    network.join().map_err(gone)
}

/// A server without keys is for this machine.
fn check(config: &Config) -> Result<(), Failure> {
    let listen = config.listen;
    if config.has_keys() || listen.ip().is_loopback() {
        return Ok(());
    }
    Err(Failure::usage(format!(
        "without keys the server listens on this machine only, not on `{listen}`: \
         `journey serve --new-key write` makes one for the configuration"
    )))
}

async fn listen(config: &Config) -> Result<TcpListener, Failure> {
    let listen = config.listen;
    let taken = |e: &std::io::Error| Failure::outside(format!("can't listen on `{listen}`: {e}"));
    let listener = TcpListener::bind(listen).await.map_err(|e| taken(&e))?;
    say(config, listener.local_addr().map_err(|e| taken(&e))?);
    Ok(listener)
}

/// The network has ended: so does the engine, once it has done what it was given.
struct Stopping(Handle, Arc<App>);

impl Drop for Stopping {
    fn drop(&mut self) {
        self.1.end();
        self.0.stop();
    }
}

fn engine(
    start: Start,
    inbox: Inbox,
    app: &App,
    (sending, network): (&Arc<Sending>, tokio::runtime::Handle),
) -> Result<(), Failure> {
    let folder = Folder::open(&start.state, start.outside)?;
    let Opened {
        mut durable,
        execution,
    } = kept::open(folder, start.given, start.terms)?;
    // an erasure that broke off is finished before anything is asked
    let unfinished = durable.finish_erasing().map_err(|e| failed(&e))?;
    if let Some(erased) = unfinished {
        let salt = durable.progress().salt.clone();
        erasures::told(
            &start.state,
            &erased,
            clock::now_ms(),
            (&salt, "unfinished"),
        )?;
    }
    if start.restored {
        let held = durable.restored(clock::now_ms()).map_err(|e| failed(&e))?;
        terminal::complain(&format!(
            "note: the folder was restored: {held} sends are held that may have gone out since; \
             `GET /v1/sends?state=unknown` lists them\n"
        ));
    }
    // requests look at it until the process ends
    let program: &'static Program = Box::leak(Box::new(execution.plan));
    let decoder = Decoder::new(program);
    if let Some(source) = &start.config.segment_source {
        let known = decoder.segment_source(Some(source));
        known.map_err(Failure::usage)?;
    }
    let outlet = sending.begin(program, &start.config, &mut durable, network)?;
    let live = Live::new(durable, inbox, Arc::clone(&app.timeline), outlet);
    app.begin(decoder);
    live.run().map_err(|e| failed(&e))
}

fn say(config: &Config, address: SocketAddr) {
    let scheme = if config.tls_cert.is_some() {
        "https"
    } else {
        "http"
    };
    terminal::complain(&format!("listening on {scheme}://{address}\n"));
    if !config.has_keys() {
        terminal::complain("note: there are no keys, so every program on this machine may ask\n");
    }
}

/// Until a signal says so, or the engine is gone.
async fn stop(end: oneshot::Receiver<()>) {
    let (Ok(mut term), Ok(mut int)) = (
        signal(SignalKind::terminate()),
        signal(SignalKind::interrupt()),
    ) else {
        return;
    };
    tokio::select! {
        _ = term.recv() => terminal::complain("stopping\n"),
        _ = int.recv() => terminal::complain("stopping\n"),
        _ = end => {}
    }
}
