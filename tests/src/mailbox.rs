//! A mail server that takes every letter and keeps it.

use serde_json::{Value, json};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Mutex;

/// A letter that arrived.
#[derive(Debug, Clone)]
pub struct Letter {
    /// Its recipients.
    pub to: Vec<String>,
    /// Headers and body, with soft line breaks and `=3D` of quoted-printable undone.
    pub text: String,
}

/// A mail server on a free port of this machine, without TLS.
#[derive(Debug, Clone)]
pub struct Mailbox {
    port: u16,
    letters: Arc<Mutex<Vec<Letter>>>,
}

impl Mailbox {
    /// Starts one.
    ///
    /// # Panics
    /// When there is no free port.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mailbox = Self {
            port: listener.local_addr().unwrap().port(),
            letters: Arc::default(),
        };
        let own = mailbox.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(own.clone().serve(stream));
            }
        });
        mailbox
    }

    /// The settings of a channel that sends through it.
    #[must_use]
    pub fn settings(&self) -> Value {
        json!({
            "smtp_server": "127.0.0.1", "smtp_port": self.port, "smtp_security": "none",
            "from_email": "faultbook@example.com", "recipients": ["team@example.com"],
        })
    }

    /// The letters to an address so far.
    pub async fn letters_to(&self, address: &str) -> Vec<Letter> {
        let letters = self.letters.lock().await;
        let sent = letters.iter();
        let own = sent.filter(|letter| letter.to.iter().any(|to| to == address));
        own.cloned().collect()
    }

    /// Waits until there are so many letters to an address, and returns them.
    ///
    /// # Panics
    /// When they do not arrive.
    pub async fn wait_for(&self, address: &str, count: usize) -> Vec<Letter> {
        let began = Instant::now();
        loop {
            let letters = self.letters_to(address).await;
            if letters.len() >= count {
                return letters;
            }
            let left = began.elapsed() < Duration::from_secs(20);
            assert!(left, "{count} letters to {address} wanted: {letters:?}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    async fn serve(self, stream: TcpStream) -> Option<()> {
        let mut stream = BufReader::new(stream);
        stream.write_all(b"220 mailbox\r\n").await.ok()?;
        let mut to = Vec::new();
        loop {
            let line = read_line(&mut stream).await?;
            let command = line.to_ascii_uppercase();
            if let Some(address) = command.strip_prefix("RCPT TO:<").map(|_| &line[9..]) {
                to.push(address.split('>').next()?.to_owned());
            }
            let answer: &[u8] = if command.starts_with("DATA") {
                stream.write_all(b"354 go on\r\n").await.ok()?;
                let text = read_letter(&mut stream).await?;
                let to = std::mem::take(&mut to);
                self.letters.lock().await.push(Letter { to, text });
                b"250 kept\r\n"
            } else if command.starts_with("QUIT") {
                b"221 bye\r\n"
            } else {
                b"250 ok\r\n"
            };
            stream.write_all(answer).await.ok()?;
        }
    }
}

async fn read_line(stream: &mut BufReader<TcpStream>) -> Option<String> {
    let mut line = String::new();
    let read = stream.read_line(&mut line).await.ok()?;
    (read > 0).then(|| line.trim_end().to_owned())
}

async fn read_letter(stream: &mut BufReader<TcpStream>) -> Option<String> {
    let mut text = String::new();
    loop {
        let line = read_line(stream).await?;
        if line == "." {
            return Some(text.replace("=3D", "="));
        }
        match line.strip_suffix('=') {
            Some(part) => text.push_str(part),
            None => {
                text.push_str(&line);
                text.push('\n');
            }
        }
    }
}
