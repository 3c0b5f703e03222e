//! Where nothing may go. A target is looked at as a text, and again as the addresses that its name has at the
//! moment of each attempt: all of them must be global, and it is one of these that is connected to. So neither a
//! name that points inward, nor one that changes between two looks, reaches what is not public.

use super::address::blocked;
use ipnet::IpNet;
use reqwest::Url;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::fmt;
use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;

/// Ports of a public receiver.
const PORTS: [u16; 2] = [443, 8443];
const MAIL_PORTS: [u16; 4] = [25, 465, 587, 2525];
const NAME_BYTES_MAX: usize = 253;

/// What a name stands for, asked anew each time.
pub trait Lookup: Send + Sync {
    fn lookup(&self, host: &str) -> Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send>>;
}

/// The system's.
#[derive(Clone, Copy, Debug)]
pub struct System;

impl Lookup for System {
    fn lookup(&self, host: &str) -> Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send>> {
        let host = host.to_owned();
        Box::pin(async move {
            let found = tokio::net::lookup_host((host, 0)).await?;
            Ok(found.map(|address| address.ip()).collect())
        })
    }
}

/// An address that may be called though it is not public.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowed {
    net: IpNet,
    /// None: any
    port: Option<u16>,
}

impl Allowed {
    /// `127.0.0.1`, `127.0.0.1:9000`, `[::1]:9000`, `10.0.0.0/8`
    pub fn parse(text: &str) -> Result<Self, String> {
        if let Ok(address) = text.parse::<SocketAddr>() {
            let (net, port) = (IpNet::from(address.ip()), Some(address.port()));
            return Ok(Self { net, port });
        }
        let net = text.parse::<IpNet>();
        let net = net.or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
        match net {
            Ok(net) => Ok(Self { net, port: None }),
            Err(_) => Err(format!(
                "`{text}` is no address: write `10.0.0.0/8`, `127.0.0.1` or `127.0.0.1:9000`"
            )),
        }
    }
}

pub struct Guard {
    allow: Vec<Allowed>,
    lookup: Arc<dyn Lookup>,
}

impl fmt::Debug for Guard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guard")
            .field("allow", &self.allow)
            .finish_non_exhaustive()
    }
}

/// How a target is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Way {
    pub port: u16,
    /// what is said is encrypted
    pub secure: bool,
    pub mail: bool,
}

/// Why a target is not called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blocked(pub String);

impl fmt::Display for Blocked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
impl std::error::Error for Blocked {}

impl Guard {
    pub fn new(allow: Vec<Allowed>, lookup: Arc<dyn Lookup>) -> Self {
        Self { allow, lookup }
    }

    /// The connect hook: every address that is connected to has passed it.
    pub fn admit(&self, address: IpAddr, way: Way) -> Result<(), Blocked> {
        let mut allow = self.allow.iter();
        let listed = allow.any(|allowed| {
            allowed.net.contains(&address) && allowed.port.is_none_or(|port| port == way.port)
        });
        if listed {
            return Ok(());
        }
        let listing = "unless `allow` lists the address";
        if !way.secure {
            let what = format!("what is not encrypted goes nowhere, {listing}");
            return Err(Blocked(what));
        }
        let ports = if way.mail {
            &MAIL_PORTS[..]
        } else {
            &PORTS[..]
        };
        if !ports.contains(&way.port) {
            let what = format!("nothing is sent to port {}, {listing}", way.port);
            return Err(Blocked(what));
        }
        match blocked(address) {
            Some(kind) => {
                let what =
                    format!("`{address}` is not public ({kind}): nothing is sent there, {listing}");
                Err(Blocked(what))
            }
            None => Ok(()),
        }
    }

    /// A webhook's address as it is written: what can be refused without asking anyone.
    pub fn url(&self, text: &str) -> Result<(Url, Way), Blocked> {
        let wrong = |what: &str| Err(Blocked(what.to_owned()));
        if text.chars().any(|c| c.is_control() || c.is_whitespace()) {
            return wrong("the address has a space or a control character in it");
        }
        let Ok(url) = Url::parse(text) else {
            return wrong("it is no address: write `https://host/path`");
        };
        let secure = match url.scheme() {
            "https" => true,
            "http" => false,
            _ => return wrong("the address begins with `https://`"),
        };
        if !url.username().is_empty() || url.password().is_some() || before_path(text).contains('@')
        {
            return wrong("the address names a user");
        }
        let Some(port) = url.port_or_known_default() else {
            return wrong("the address has no port");
        };
        let (mail, host) = (false, url.host_str().unwrap_or_default());
        let way = Way { port, secure, mail };
        self.host(host, way)?;
        Ok((url, way))
    }

    /// A host as it is written: an address is looked at, a name is looked up later.
    pub fn host(&self, host: &str, way: Way) -> Result<(), Blocked> {
        let literal = host
            .strip_prefix('[')
            .and_then(|host| host.strip_suffix(']'));
        if let Ok(address) = literal.unwrap_or(host).parse::<IpAddr>() {
            return self.admit(address, way);
        }
        let name = host.strip_suffix('.').unwrap_or(host);
        let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
        if name.is_empty() || name.len() > NAME_BYTES_MAX || !name.chars().all(fits) {
            return Err(Blocked("the address has no host".to_owned()));
        }
        let last = name.rsplit('.').next().unwrap_or_default();
        if last.starts_with(|c: char| c.is_ascii_digit()) {
            return Err(Blocked("the host is a number, and no address".to_owned()));
        }
        if !way.secure && self.allow.is_empty() {
            // nothing that it could stand for is listed
            let what = "what is not encrypted goes nowhere, unless `allow` lists the address";
            return Err(Blocked(what.to_owned()));
        }
        Ok(())
    }

    /// The addresses that a host has now, all of which may be called.
    pub async fn resolve(&self, host: &str, way: Way) -> io::Result<Vec<IpAddr>> {
        if let Ok(address) = host.parse::<IpAddr>() {
            self.admit(address, way).map_err(io::Error::other)?;
            return Ok(vec![address]);
        }
        let found = self.lookup.lookup(host).await?;
        if found.is_empty() {
            return Err(io::Error::other("the host has no address"));
        }
        for address in &found {
            self.admit(*address, way).map_err(io::Error::other)?;
        }
        Ok(found)
    }
}

/// What stands between the scheme and the path: the authority as it is written.
fn before_path(text: &str) -> &str {
    let rest = text.split_once(':').map_or(text, |(_, rest)| rest);
    let rest = rest.trim_start_matches(['/', '\\']);
    rest.split(['/', '\\', '?', '#']).next().unwrap_or(rest)
}

/// One endpoint's names, looked up through the guard at each connection.
pub(super) struct Admitting {
    pub guard: Arc<Guard>,
    pub way: Way,
}

impl Resolve for Admitting {
    fn resolve(&self, name: Name) -> Resolving {
        let (guard, way) = (Arc::clone(&self.guard), self.way);
        Box::pin(async move {
            let found = guard.resolve(name.as_str(), way).await?;
            let addresses = found.into_iter().map(|address| SocketAddr::new(address, 0));
            let addresses: Addrs = Box::new(addresses);
            Ok(addresses)
        })
    }
}
