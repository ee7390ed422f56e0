//! TLS on the receiving side.

use std::sync::Arc;
use tokio_rustls::TlsAcceptor;

/// A certificate of its own for a host, and what presents it.
pub struct TlsServer {
    /// The certificate (DER), which is its own authority.
    pub certificate: Vec<u8>,
    /// Answers handshakes.
    pub acceptor: TlsAcceptor,
}

impl TlsServer {
    /// Makes a certificate for this host.
    pub fn named(host: &str) -> Self {
        let made = rcgen::generate_simple_self_signed([host.to_owned()]).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let key = rustls::pki_types::PrivateKeyDer::try_from(made.signing_key.serialize_der());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key.unwrap())
            .unwrap();
        Self {
            certificate: made.cert.der().to_vec(),
            acceptor: TlsAcceptor::from(Arc::new(config)),
        }
    }
}
