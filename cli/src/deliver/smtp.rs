//! One mail: its subject and body are the message's, its Message-ID the send's key, so that a reader who gets it
//! twice can tell. The server is looked up through the guard and connected to by the address found.

use super::config::Channel;
use super::guard::{Guard, Way};
use super::{doubtful, not_sent, rejected};
use journey_runtime::outbox::{Job, Outcome};
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message, MultiPart, SinglePart};
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use reqwest::Url;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

#[derive(Debug)]
pub(super) struct Mail {
    host: String,
    way: Way,
    tls: Security,
    credentials: Option<Credentials>,
    from: Mailbox,
    /// of Message-IDs
    domain: String,
    unsubscribe: Option<String>,
    guard: Arc<Guard>,
    /// authorities that are trusted beside the system's
    roots: Vec<Certificate>,
    deadline: Duration,
}

#[derive(Clone, Copy, Debug)]
enum Security {
    /// from the first byte
    Whole,
    /// once the server has said that it can
    Upgraded,
    None,
}

/// What a mail is made of: the action's line.
#[derive(Deserialize)]
struct Line {
    to: String,
    #[serde(default)]
    content: BTreeMap<String, String>,
}

impl Mail {
    pub(super) fn new(
        text: &str,
        (said, roots): (&Channel, Vec<Certificate>),
        guard: Arc<Guard>,
        deadline: Duration,
    ) -> Result<Self, String> {
        let known = "write `smtps://host`, `smtp+starttls://host` or `smtp://host`";
        let url = Url::parse(text).map_err(|_| format!("the server is no address: {known}"))?;
        let (tls, port) = match url.scheme() {
            "smtps" => (Security::Whole, 465),
            "smtp+starttls" => (Security::Upgraded, 587),
            "smtp" => (Security::None, 25),
            _ => return Err(format!("the server is no address: {known}")),
        };
        let host = url.host_str().unwrap_or_default();
        let host = host
            .trim_start_matches('[')
            .trim_end_matches(']')
            .to_owned();
        let way = Way {
            port: url.port().unwrap_or(port),
            secure: !matches!(tls, Security::None),
            mail: true,
        };
        guard.host(&host, way).map_err(|blocked| blocked.0)?;
        let from = said
            .from
            .as_deref()
            .ok_or("mail needs a `from` in the configuration")?;
        let from = from.parse::<Mailbox>();
        let from = from.map_err(|_| "`from` is no address of mail".to_owned())?;
        let credentials = match (url.username(), url.password()) {
            ("", _) => None,
            (user, password) => {
                let password = decoded(password.unwrap_or_default());
                Some(Credentials::new(decoded(user), password))
            }
        };
        Ok(Self {
            host,
            way,
            tls,
            credentials,
            domain: from.email.domain().to_owned(),
            from,
            unsubscribe: said.unsubscribe.clone(),
            guard,
            roots,
            deadline,
        })
    }

    pub(super) async fn carry(&self, job: &Job) -> Outcome {
        if job.ask {
            return doubtful("a mail server can't be asked");
        }
        let message = match self.message(job) {
            Ok(message) => message,
            Err(why) => return rejected(why),
        };
        let found = match self.guard.resolve(&self.host, self.way).await {
            Ok(found) => found,
            Err(error) => return not_sent(error.to_string()),
        };
        let mut last = "the server has no address".to_owned();
        for address in found {
            let transport = match self.transport(&address.to_string()) {
                Ok(transport) => transport,
                Err(why) => return rejected(why),
            };
            // who answers is where it is sent; who does not is not tried again by this attempt
            match transport.test_connection().await {
                Ok(true) => return sent(transport.send(message).await.map(|_| ())),
                Ok(false) => "the server is not there".clone_into(&mut last),
                Err(error) => last = said(&error),
            }
        }
        not_sent(last)
    }

    fn transport(&self, address: &str) -> Result<AsyncSmtpTransport<Tokio1Executor>, String> {
        let parameters = || {
            let mut parameters = TlsParameters::builder(self.host.clone());
            for root in &self.roots {
                parameters = parameters.add_root_certificate(root.clone());
            }
            let parameters = parameters.build_rustls();
            parameters.map_err(|e| format!("can't speak to the server: {e}"))
        };
        let tls = match self.tls {
            Security::Whole => Tls::Wrapper(parameters()?),
            Security::Upgraded => Tls::Required(parameters()?),
            Security::None => Tls::None,
        };
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(address)
            .port(self.way.port)
            .timeout(Some(self.deadline))
            .tls(tls);
        if let Some(credentials) = &self.credentials {
            builder = builder.credentials(credentials.clone());
        }
        Ok(builder.build())
    }

    fn message(&self, job: &Job) -> Result<Message, String> {
        let line: Line = serde_json::from_str(&job.line).map_err(|_| "the send has no address")?;
        let to = line.to.parse::<Mailbox>();
        let to = to.map_err(|_| "the address is no address of mail".to_owned())?;
        let part = |name: &str| line.content.get(name).map(String::as_str);
        let mut builder = Message::builder()
            .from(self.from.clone())
            .to(to)
            .message_id(Some(format!("<{}@{}>", job.key, self.domain)));
        if let Some(subject) = part("subject") {
            builder = builder.subject(subject);
        }
        if let Some(url) = &self.unsubscribe {
            let url = url.replace("{send}", &job.key);
            let raw = |name: &'static str, value: String| {
                HeaderValue::new(HeaderName::new_from_ascii_str(name), value)
            };
            builder = builder
                .raw_header(raw("List-Unsubscribe", format!("<{url}>")))
                .raw_header(raw(
                    "List-Unsubscribe-Post",
                    "List-Unsubscribe=One-Click".to_owned(),
                ));
        }
        let body = part("body")
            .or(part("html"))
            .or(part("text"))
            .unwrap_or_default();
        let is_html = part("html").is_some() || body.trim_start().starts_with('<');
        let built = match part("text") {
            Some(text) if is_html => {
                let both = MultiPart::alternative_plain_html(text.to_owned(), body.to_owned());
                builder.multipart(both)
            }
            Some(_) | None => {
                let kind = if is_html {
                    ContentType::TEXT_HTML
                } else {
                    ContentType::TEXT_PLAIN
                };
                builder.singlepart(SinglePart::builder().header(kind).body(body.to_owned()))
            }
        };
        built.map_err(|e| format!("it makes no mail: {e}"))
    }
}

/// What the server's answer says.
fn sent(done: Result<(), Error>) -> Outcome {
    match done {
        Ok(()) => Outcome::Accepted,
        // it has said no, for now or for good: it has not got it
        Err(error) if error.is_transient() => not_sent(said(&error)),
        Err(error) if error.is_permanent() => rejected(said(&error)),
        Err(error) => doubtful(said(&error)),
    }
}

/// The server's code, without its words: they may repeat who it was for.
fn said(error: &Error) -> String {
    match error.status() {
        Some(code) => format!("the server answered {code}"),
        None if error.is_timeout() => "no answer in time".to_owned(),
        None => "the server does not speak to us".to_owned(),
    }
}

/// `%40` and its like.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let hex = tail.get(..2).and_then(|two| std::str::from_utf8(two).ok());
        let byte = hex.and_then(|two| u8::from_str_radix(two, 16).ok());
        match byte {
            Some(byte) if *first == b'%' => {
                bytes.push(byte);
                rest = tail.get(2..).unwrap_or_default();
            }
            Some(_) | None => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
