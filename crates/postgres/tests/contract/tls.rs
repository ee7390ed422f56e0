//! TLS handshakes with a server that has a certificate of its own.

use crate::fixture::admin;
use faultbook_domain::monitoring::HealthProbe;
use faultbook_domain::system::{SystemClock, SystemIds};
use faultbook_postgres::{ConnectError, PostgresSettings, PostgresStore};
use faultbook_testkit::postgres::Instance;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use std::path::PathBuf;
use std::sync::Arc;
use tempfile::TempDir;

/// A server with TLS on, and files of certificates.
struct Secured {
    server: Instance,
    folder: TempDir,
}

impl Secured {
    /// With a certificate for these names, signed by an authority of its own.
    async fn start(names: &[&str]) -> Self {
        let authority_key = KeyPair::generate().unwrap();
        let mut authority = CertificateParams::new(Vec::new()).unwrap();
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority_pem = authority.self_signed(&authority_key).unwrap().pem();
        let issuer = Issuer::new(authority, authority_key);
        let key = KeyPair::generate().unwrap();
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let certificate = CertificateParams::new(names)
            .unwrap()
            .signed_by(&key, &issuer)
            .unwrap();
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("authority.pem"), authority_pem).unwrap();
        std::fs::write(folder.path().join("server.pem"), certificate.pem()).unwrap();
        let other = CertificateParams::new(vec!["elsewhere".to_owned()])
            .unwrap()
            .self_signed(&KeyPair::generate().unwrap())
            .unwrap();
        std::fs::write(folder.path().join("stranger.pem"), other.pem()).unwrap();
        let server = Instance::start().await;
        enable(&server.url(), &certificate.pem(), &key.serialize_pem()).await;
        Self { server, folder }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    async fn connect(&self, parameters: &str) -> Result<PostgresStore, ConnectError> {
        let url = self.server.url();
        let url = url.split('?').next().unwrap();
        PostgresStore::connect(
            &PostgresSettings::new(format!("{url}?{parameters}")),
            Arc::new(SystemIds::default()),
            Arc::new(SystemClock),
        )
        .await
    }

    /// Whether the store's connections are encrypted; all are of one kind.
    async fn encrypted(&self, parameters: &str) -> bool {
        let name = format!("n{}", parameters.len());
        let store = self
            .connect(&format!("{parameters}&application_name={name}"))
            .await
            .unwrap();
        store.ping().await.unwrap();
        let rows = admin(&self.server.url())
            .await
            .query(
                "SELECT DISTINCT s.ssl FROM pg_stat_ssl s JOIN pg_stat_activity a USING (pid) \
                 WHERE a.application_name = $1",
                &[&name],
            )
            .await
            .unwrap();
        assert_eq!(rows.len(), 1, "one kind for {parameters}");
        rows[0].get(0)
    }
}

/// Writes the files as the server's own account, whose key nobody else may read, and waits for the
/// server to take them up.
async fn enable(url: &str, certificate: &str, key: &str) {
    let client = admin(url).await;
    for (file, pem) in [("server.crt", certificate), ("server.key", key)] {
        assert!(!pem.contains('\''));
        client
            .batch_execute(&format!(
                "COPY (SELECT unnest(string_to_array('{}', E'\\n'))) \
                 TO PROGRAM 'umask 077; cat > {file}'",
                pem.trim_end()
            ))
            .await
            .unwrap();
    }
    client
        .batch_execute("ALTER SYSTEM SET ssl = on")
        .await
        .unwrap();
    client
        .batch_execute("SELECT pg_reload_conf()")
        .await
        .unwrap();
    loop {
        let row = admin(url).await.query_one("SHOW ssl", &[]).await.unwrap();
        if row.get::<_, &str>(0) == "on" {
            return;
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_mode_encrypts_as_libpq_does() {
    let server = Secured::start(&["127.0.0.1", "localhost"]).await;
    let authority = server.file("authority.pem");
    let authority = authority.to_str().unwrap();
    assert!(!server.encrypted("sslmode=disable").await);
    assert!(!server.encrypted("sslmode=allow").await);
    assert!(server.encrypted("sslmode=prefer").await);
    assert!(server.encrypted("sslmode=require").await);
    let verified = format!("sslmode=verify-ca&sslrootcert={authority}");
    assert!(server.encrypted(&verified).await);
    let verified = format!("sslmode=verify-full&sslrootcert={authority}");
    assert!(server.encrypted(&verified).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_certificate_must_prove_what_the_mode_asks() {
    let server = Secured::start(&["db.elsewhere.example"]).await;
    let path = |name| server.file(name).to_str().unwrap().to_owned();
    let (authority, stranger) = (path("authority.pem"), path("stranger.pem"));
    let pinned = path("server.pem");
    let accepts = [
        "sslmode=require".to_owned(),
        format!("sslmode=verify-ca&sslrootcert={authority}"),
        format!("sslmode=require&sslrootcert={authority}"),
        format!("sslmode=verify-ca&sslrootcert={pinned}"),
    ];
    for parameters in accepts {
        assert!(server.encrypted(&parameters).await, "{parameters}");
    }
    let refuses = [
        format!("sslmode=verify-full&sslrootcert={authority}"),
        format!("sslmode=verify-full&sslrootcert={pinned}"),
        format!("sslmode=verify-ca&sslrootcert={stranger}"),
        format!("sslmode=require&sslrootcert={stranger}"),
        "sslmode=verify-ca".to_owned(),
        "sslmode=verify-full&sslrootcert=system".to_owned(),
    ];
    for parameters in refuses {
        let refused = server.connect(&parameters).await;
        assert!(
            matches!(&refused, Err(ConnectError::Unreachable(text, _)) if text.contains("certificate")),
            "{parameters}: {refused:?}"
        );
    }
    let missing = server
        .connect("sslmode=verify-ca&sslrootcert=/nowhere.pem")
        .await;
    assert!(matches!(missing, Err(ConnectError::Tls(_))), "{missing:?}");
}
