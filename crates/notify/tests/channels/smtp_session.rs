//! The receiving side of one SMTP conversation.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use std::collections::HashMap;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio_rustls::TlsAcceptor;

/// How a server behaves.
#[derive(Clone, Default)]
pub struct Manners {
    /// Upgrades to TLS when asked to, and says that it can.
    pub starttls: bool,
    /// Speaks TLS from the first byte.
    pub tls: bool,
    /// Wants this user and password, by this mechanism.
    pub login: Option<(&'static str, &'static str, &'static str)>,
    /// Answers commands that begin so with these words instead.
    pub refusals: HashMap<&'static str, &'static str>,
    /// Never says goodbye.
    pub clings: bool,
}

/// What a server learned from one connection.
#[derive(Debug, Clone, Default)]
pub struct Conversation {
    /// Every command line, in order.
    pub commands: Vec<String>,
    /// Whether it was encrypted when the letter came.
    pub encrypted: bool,
    /// Whether somebody logged in.
    pub logged_in: bool,
    /// The recipients that were accepted.
    pub recipients: Vec<String>,
    /// The letter.
    pub letter: Option<String>,
}

trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

/// One conversation under way.
pub struct Session {
    stream: Box<dyn Stream>,
    manners: Manners,
    acceptor: Option<TlsAcceptor>,
    /// What was learned.
    pub learned: Conversation,
}

impl Session {
    /// Takes a connection over.
    pub async fn begin(
        stream: tokio::net::TcpStream,
        manners: Manners,
        acceptor: Option<TlsAcceptor>,
    ) -> Option<Self> {
        let mut session = Self {
            stream: Box::new(stream),
            acceptor,
            learned: Conversation::default(),
            manners,
        };
        if session.manners.tls {
            session.upgrade().await?;
        }
        Some(session)
    }

    async fn upgrade(&mut self) -> Option<()> {
        let acceptor = self.acceptor.clone()?;
        let bare = std::mem::replace(&mut self.stream, Box::new(tokio::io::empty()));
        self.stream = Box::new(acceptor.accept(bare).await.ok()?);
        self.learned.encrypted = true;
        Some(())
    }

    async fn say(&mut self, line: &str) -> Option<()> {
        // One write a line: two would wait for each other's acknowledgement.
        let line = format!("{line}\r\n");
        self.stream.write_all(line.as_bytes()).await.ok()?;
        self.stream.flush().await.ok()
    }

    async fn hear(&mut self) -> Option<String> {
        let mut line = Vec::new();
        while !line.ends_with(b"\r\n") {
            line.push(self.stream.read_u8().await.ok()?);
        }
        line.truncate(line.len() - 2);
        String::from_utf8(line).ok()
    }

    /// Talks until the client leaves.
    pub async fn talk(&mut self) -> Option<()> {
        self.say("220 mail.test ready").await?;
        loop {
            let line = self.hear().await?;
            self.learned.commands.push(line.clone());
            let refusals = self.manners.refusals.clone();
            if let Some((_, words)) = refusals.iter().find(|(start, _)| line.starts_with(**start)) {
                self.say(words).await?;
                continue;
            }
            let verb = line.split([' ', ':']).next().unwrap_or_default();
            match verb {
                "EHLO" => self.capabilities().await?,
                "STARTTLS" => {
                    self.say("220 go ahead").await?;
                    self.upgrade().await?;
                }
                "AUTH" => self.login(&line).await?,
                "MAIL" if self.manners.login.is_some() && !self.learned.logged_in => {
                    self.say("530 5.7.0 log in first").await?;
                }
                "RCPT" => {
                    self.learned.recipients.push(line);
                    self.say("250 ok").await?;
                }
                "DATA" => self.letter().await?,
                "QUIT" if self.manners.clings => std::future::pending().await,
                "QUIT" => return self.say("221 bye").await,
                _ => self.say("250 ok").await?,
            }
        }
    }

    async fn capabilities(&mut self) -> Option<()> {
        self.say("250-mail.test").await?;
        if self.manners.starttls && !self.learned.encrypted {
            self.say("250-STARTTLS").await?;
        }
        if let Some((mechanism, _, _)) = self.manners.login {
            self.say(&format!("250-AUTH {mechanism}")).await?;
        }
        self.say("250 8BITMIME").await
    }

    async fn login(&mut self, line: &str) -> Option<()> {
        let (mechanism, user, password) = self.manners.login?;
        let given = if mechanism == "PLAIN" {
            line.strip_prefix("AUTH PLAIN ")?.to_owned()
        } else {
            self.say("334 VXNlcm5hbWU6").await?;
            let user = self.hear().await?;
            self.say("334 UGFzc3dvcmQ6").await?;
            format!("{user} {}", self.hear().await?)
        };
        let right = if mechanism == "PLAIN" {
            BASE64_STANDARD.encode(format!("\0{user}\0{password}"))
        } else {
            format!(
                "{} {}",
                BASE64_STANDARD.encode(user),
                BASE64_STANDARD.encode(password)
            )
        };
        self.learned.logged_in = given == right;
        if self.learned.logged_in {
            self.say("235 welcome").await
        } else {
            self.say(&format!("535 5.7.8 wrong: {password} was expected"))
                .await
        }
    }

    async fn letter(&mut self) -> Option<()> {
        self.say("354 go on").await?;
        let mut letter = String::new();
        loop {
            let line = self.hear().await?;
            if line == "." {
                break;
            }
            letter.push_str(line.strip_prefix('.').unwrap_or(&line));
            letter.push_str("\r\n");
        }
        self.learned.letter = Some(letter);
        self.say("250 accepted").await
    }
}
