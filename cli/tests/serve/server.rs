//! A server of our own for a test: the real binary on a free port of this machine, and a client that says exactly
//! what it is told to.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tempfile::TempDir;

/// The program that most tests serve.
pub(crate) const SHOP: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/serve/shop.journey");

pub(crate) struct Server {
    child: Child,
    pub(crate) address: SocketAddr,
    stderr: Option<std::thread::JoinHandle<String>>,
}

/// An answer: status, headers as they came, body.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|e| panic!("{e}: {}", self.body))
    }
}

impl Server {
    pub(crate) fn start(folder: &Path) -> Self {
        Self::with(folder, SHOP, "")
    }

    /// Serves a program out of a folder for all that it keeps: `state`, `actions.jsonl`, `letters.jsonl`.
    pub(crate) fn with(folder: &Path, program: &str, config: &str) -> Self {
        Self::with_args(folder, program, config, &[])
    }

    /// The same with more arguments.
    pub(crate) fn with_args(folder: &Path, program: &str, config: &str, more: &[&str]) -> Self {
        let (config_file, state) = (folder.join("serve.toml"), folder.join("state"));
        std::fs::write(&config_file, config).unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_journey"))
            .args(["serve", program, "--listen", "127.0.0.1:0", "--interpret"])
            .arg("--state")
            .arg(&state)
            .arg("--config")
            .arg(&config_file)
            .arg("--actions")
            .arg(folder.join("actions.jsonl"))
            .arg("--dead-letters")
            .arg(folder.join("letters.jsonl"))
            .args(more)
            .env("NO_COLOR", "1")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut errors = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        errors.read_line(&mut line).unwrap();
        while line.starts_with("note: ") {
            line.clear();
            errors.read_line(&mut line).unwrap();
        }
        let address = line.trim().rsplit('/').next().unwrap();
        let address = address.parse().unwrap_or_else(|_| {
            let mut rest = String::new();
            errors.read_to_string(&mut rest).unwrap();
            panic!("no address: {line}{rest}")
        });
        let stderr = std::thread::spawn(move || {
            let mut rest = String::new();
            let _ = errors.read_to_string(&mut rest);
            rest
        });
        let server = Self {
            child,
            address,
            stderr: Some(stderr),
        };
        server.wait_until_ready();
        server
    }

    fn wait_until_ready(&self) {
        for _ in 0..500 {
            if self
                .get("/readyz")
                .is_some_and(|answer| answer.status == 200)
            {
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        panic!("the server does not get ready");
    }

    fn get(&self, path: &str) -> Option<Answer> {
        request(self.address, "GET", path, &[], b"")
    }

    pub(crate) fn ask(&self, path: &str) -> Answer {
        self.get(path).expect("an answer")
    }

    pub(crate) fn post(&self, path: &str, body: impl AsRef<[u8]>) -> Answer {
        self.send("POST", path, &[], body)
    }

    pub(crate) fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[&str],
        body: impl AsRef<[u8]>,
    ) -> Answer {
        request(self.address, method, path, headers, body.as_ref()).expect("an answer")
    }

    /// What no process can help.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// The same, from among its clients.
    pub(crate) fn kill_now(&self) {
        let id = self.child.id().to_string();
        let done = Command::new("kill").args(["-KILL", &id]).status().unwrap();
        assert!(done.success());
    }

    /// Asks it to stop; its exit code and what it said.
    pub(crate) fn stop(mut self) -> (i32, String) {
        self.terminate();
        self.end()
    }

    pub(crate) fn terminate(&self) {
        let id = self.child.id().to_string();
        let done = Command::new("kill").args(["-TERM", &id]).status().unwrap();
        assert!(done.success());
    }

    /// Waits for its end.
    pub(crate) fn end(&mut self) -> (i32, String) {
        let status = self.child.wait().unwrap();
        let said = self.stderr.take().unwrap().join().unwrap();
        (status.code().unwrap_or(-1), said)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// One request on a connection of its own. None: it was not answered.
pub(crate) fn request(
    address: SocketAddr,
    method: &str,
    path: &str,
    headers: &[&str],
    body: &[u8],
) -> Option<Answer> {
    let mut head = format!(
        "{method} {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\ncontent-length: {}\r\n",
        body.len()
    );
    for header in headers {
        head.push_str(header);
        head.push_str("\r\n");
    }
    head.push_str("\r\n");
    raw(address, &[head.as_bytes(), body].concat())
}

/// Exactly these bytes.
pub(crate) fn raw(address: SocketAddr, bytes: &[u8]) -> Option<Answer> {
    let mut stream = TcpStream::connect(address).ok()?;
    stream
        .set_read_timeout(Some(Duration::from_secs(30)))
        .unwrap();
    // it may be answered before it is read to its end
    let _ = stream.write_all(bytes);
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    let answer = String::from_utf8(answer).ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    Some(Answer {
        status: head.split(' ').nth(1)?.parse().ok()?,
        head: head.to_owned(),
        body: body.to_owned(),
    })
}

pub(crate) fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

/// The lines of a file, none if there is no file.
pub(crate) fn lines(folder: &Path, name: &str) -> Vec<String> {
    let text = std::fs::read_to_string(folder.join(name)).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

/// An order as the canonical envelope.
pub(crate) fn order(id: &str, who: &str) -> String {
    format!(
        r#"{{"type":"order_placed","id":"{id}","ids":{{"user_id":"{who}"}},"data":{{"order_id":"{id}","total":10}}}}"#
    )
}
