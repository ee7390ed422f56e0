//! A mail server that notes what it is told.

use crate::fixture::open;
use crate::smtp_session::{Conversation, Manners, Session};
use crate::tls_server::TlsServer;
use faultbook_notify::NotifySettings;
use tokio::net::TcpListener;
use tokio::sync::mpsc;

/// A running mail server, `mail.test`.
pub struct SmtpServer {
    /// Its port.
    pub port: u16,
    certificate: Vec<u8>,
    conversations: mpsc::UnboundedReceiver<Conversation>,
}

impl SmtpServer {
    /// Starts one on 127.0.0.1, with a certificate of its own for `mail.test`.
    pub async fn start(manners: Manners) -> Self {
        let TlsServer {
            certificate,
            acceptor,
        } = TlsServer::named("mail.test");
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (sender, conversations) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (manners, acceptor) = (manners.clone(), acceptor.clone());
                let sender = sender.clone();
                tokio::spawn(async move {
                    let session = Session::begin(stream, manners, Some(acceptor)).await;
                    let mut learned = Conversation::default();
                    if let Some(mut session) = session {
                        // The client may leave at any point; what was learned counts.
                        let _: Option<()> = session.talk().await;
                        learned = session.learned;
                    }
                    drop(sender.send(learned));
                });
            }
        });
        Self {
            port,
            certificate,
            conversations,
        }
    }

    /// Settings that trust this server's certificate.
    pub fn trusted(&self) -> NotifySettings {
        NotifySettings {
            authorities: vec![self.certificate.clone()],
            ..open()
        }
    }

    /// The next finished conversation.
    pub async fn conversation(&mut self) -> Conversation {
        self.conversations.recv().await.unwrap()
    }
}
