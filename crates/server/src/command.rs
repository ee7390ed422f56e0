//! The command line: subcommands of `faultbook`.

use crate::settings::{self, LogFormat, Settings};
use crate::{adapters, openapi_file, serve};
use anyhow::{Context, bail};
use argon2::Argon2;
use argon2::password_hash::PasswordHasher;
use clap::{Args, Parser, Subcommand};
use faultbook_domain::clock::Clock;
use faultbook_domain::id::UserId;
use faultbook_domain::id_source::IdSource;
use faultbook_domain::identity::{Permissions, User};
use faultbook_domain::retention::Expirable;
use faultbook_domain::retention::{RecordCount, Retention, RetentionPreview};
use faultbook_domain::store_error::StoreError;
use faultbook_domain::system::{SystemClock, SystemIds};
use faultbook_domain::tenancy::Slug;
use faultbook_domain::tenancy::{Bootstrap, NewKey};
use std::fmt::Write as _;
use std::io::{IsTerminal, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;
use tracing::Level;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::prelude::*;

/// A self-hosted error log.
#[derive(Debug, Parser)]
#[command(name = "faultbook", version, about)]
pub struct CommandLine {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the API (the default).
    Serve,
    /// Bring the database's schema up to date, then exit.
    Migrate,
    /// Print the effective configuration, secrets as ***.
    Config {
        /// Print the documented defaults instead.
        #[arg(long)]
        defaults: bool,
    },
    /// API keys.
    #[command(subcommand)]
    Key(KeyCommand),
    /// People.
    #[command(subcommand)]
    User(UserCommand),
    /// Remove what is kept no longer, as the server does every hour.
    Retention {
        /// Only print what would go.
        #[arg(long)]
        dry_run: bool,
    },
    /// Print the OpenAPI document.
    Openapi,
    /// Ask the server on this machine whether it is ready; exit code 0 if so.
    Healthcheck,
}

#[derive(Debug, Subcommand)]
enum KeyCommand {
    /// Make a key and print it: it is shown this once.
    Create(NewKeyArgs),
}

#[derive(Debug, Args)]
struct NewKeyArgs {
    /// What to call it.
    #[arg(long, default_value = "Made on the command line")]
    name: String,
    /// read, write, admin, or granular names such as errors:write.
    #[arg(long, value_delimiter = ',', default_value = "write")]
    permissions: Vec<String>,
    /// The tenant's short name.
    #[arg(long, default_value = "default")]
    tenant: Slug,
    /// Stop accepting it after this time, such as 90days.
    #[arg(long, value_parser = humantime::parse_duration)]
    expires_in: Option<Duration>,
}

#[derive(Debug, Subcommand)]
enum UserCommand {
    /// Add a person. The password is read from standard input, or made up and printed when that is a
    /// terminal.
    Create(NewUserArgs),
}

#[derive(Debug, Args)]
struct NewUserArgs {
    /// E-mail address.
    #[arg(long)]
    email: String,
    /// Name; the address's first part when absent.
    #[arg(long)]
    name: Option<String>,
    /// May administer every tenant.
    #[arg(long)]
    platform_admin: bool,
}

/// Does what the command line says.
///
/// # Errors
/// With everything that is needed to understand why it could not be done.
pub async fn run(line: CommandLine) -> anyhow::Result<()> {
    match line.command.unwrap_or(Command::Serve) {
        Command::Config { defaults: true } => print(settings::DEFAULTS),
        Command::Config { defaults: false } => print(&settings::effective()?),
        Command::Openapi => {
            print(&openapi_file::pretty_text().context("the document cannot be read")?)
        }
        Command::Healthcheck => healthcheck(&Settings::load()?),
        Command::Serve => {
            let settings = Settings::load()?;
            log_to_stderr(settings.log_format);
            serve::serve(settings).await
        }
        Command::Migrate => {
            let tools = Tools::open().await?;
            print(&format!("{} is up to date\n", tools.store.name))
        }
        Command::Retention { dry_run } => retention(dry_run).await,
        Command::Key(KeyCommand::Create(args)) => create_key(args).await,
        Command::User(UserCommand::Create(args)) => create_user(args).await,
    }
}

fn print(text: &str) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes())?;
    if !text.ends_with('\n') {
        out.write_all(b"\n")?;
    }
    Ok(())
}

fn log_to_stderr(format: LogFormat) {
    let named = std::env::var("RUST_LOG").unwrap_or_default();
    let (levels, problem) = match named.parse::<Targets>() {
        Ok(levels) if !named.is_empty() => (levels, None),
        Ok(_) => (usual_levels(), None),
        Err(error) => (usual_levels(), Some(error)),
    };
    let levels = if named.contains(HTTP_LAYER) {
        levels
    } else {
        levels.with_target(HTTP_LAYER, LevelFilter::OFF)
    };
    let lines = tracing_subscriber::fmt::layer()
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr);
    let log = tracing_subscriber::registry().with(levels);
    match format {
        LogFormat::Text => log.with(lines).init(),
        LogFormat::Json => log.with(lines.json().flatten_event(true)).init(),
    }
    if let Some(error) = problem {
        tracing::warn!(%error, "RUST_LOG cannot be read and is ignored");
    }
}

fn usual_levels() -> Targets {
    Targets::new()
        .with_default(Level::INFO)
        .with_target("actix_server", Level::WARN)
}

/// Logs an error for each malformed request, which anybody can send: silent unless `RUST_LOG` names it.
const HTTP_LAYER: &str = "actix_http";

/// The store, for commands that end.
struct Tools {
    settings: Settings,
    store: adapters::OpenStore,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdSource>,
}

impl Tools {
    async fn open() -> anyhow::Result<Self> {
        let settings = Settings::load()?;
        log_to_stderr(settings.log_format);
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let ids: Arc<dyn IdSource> = Arc::new(SystemIds::default());
        let store = adapters::open_store(&settings, &ids, &clock).await?;
        Ok(Self {
            settings,
            store,
            clock,
            ids,
        })
    }
}

async fn create_key(args: NewKeyArgs) -> anyhow::Result<()> {
    Permissions::from_names(&args.permissions).context("--permissions")?;
    let tools = Tools::open().await?;
    let tenant = tools.store.store.find_tenant(&args.tenant).await?;
    let tenant = tenant.with_context(|| {
        format!(
            "there is no tenant '{}' (the first start of `serve` makes 'default')",
            args.tenant
        )
    })?;
    let bootstrap = Bootstrap {
        store: tools.store.store.clone(),
        clock: Arc::clone(&tools.clock),
        ids: tools.ids,
    };
    let new = NewKey {
        tenant_id: tenant.id,
        project_id: None,
        name: args.name,
        permission_names: args.permissions,
        platform_admin: false,
        expires_at: args.expires_in.map(|after| tools.clock.now() + after),
        rate_limit: None,
    };
    let (text, _) = bootstrap.create_key(new).await?;
    print(text.reveal())
}

async fn retention(dry_run: bool) -> anyhow::Result<()> {
    let tools = Tools::open().await?;
    let retention = Retention::new(
        tools.store.store.clone(),
        tools.settings.retention,
        tools.clock,
    );
    let RetentionPreview {
        projects,
        mut records,
    } = retention.preview().await?;
    if !dry_run {
        records = retention.run().await?;
    }
    print(&told(&projects, &records, dry_run)?)
}

/// What goes or went: occurrences and counts by project, then records by kind.
fn told(
    projects: &[Expirable],
    records: &[RecordCount],
    dry_run: bool,
) -> Result<String, std::fmt::Error> {
    let mut text =
        String::from("project                                 days  occurrences  hourly counts\n");
    for one in projects {
        let Expirable {
            slug,
            days,
            occurrences,
            counts,
            ..
        } = one;
        let slug = slug.as_str();
        writeln!(
            text,
            "{slug:<38}  {days:>4}  {occurrences:>11}  {counts:>13}"
        )?;
    }
    let verb = if dry_run { "would go" } else { "went" };
    let occurrences: u64 = projects.iter().map(|one| one.occurrences).sum();
    let counts: u64 = projects.iter().map(|one| one.counts).sum();
    writeln!(
        text,
        "{occurrences} occurrences and {counts} hourly counts {verb}; errors stay"
    )?;
    writeln!(text, "\n{:<38}  {:>4}  {verb:>11}", "records", "days")?;
    for RecordCount { kind, days, count } in records {
        writeln!(text, "{:<38}  {days:>4}  {count:>11}", kind.as_str())?;
    }
    Ok(text)
}

async fn create_user(args: NewUserArgs) -> anyhow::Result<()> {
    let email = args.email.trim().to_lowercase();
    let Some((local, _)) = email
        .split_once('@')
        .filter(|(local, host)| !local.is_empty() && !host.is_empty())
    else {
        bail!("--email: '{email}' is no e-mail address");
    };
    let name = args.name.unwrap_or_else(|| local.to_owned());
    let tools = Tools::open().await?;
    let given = if std::io::stdin().is_terminal() {
        None
    } else {
        Some(read_password()?)
    };
    let password = given
        .clone()
        .unwrap_or_else(|| made_up_password(&*tools.ids));
    let salt: [u8; 32] = tools.ids.secret_bytes();
    let hash = Argon2::default()
        .hash_password_with_salt(password.as_bytes(), &salt[..16])
        .map_err(|error| anyhow::anyhow!("the password cannot be hashed: {error}"))?;
    let now = tools.clock.now();
    let user = User {
        id: UserId(tools.ids.next_id(now)),
        email: email.clone(),
        name,
        password_hash: hash.to_string(),
        platform_admin: args.platform_admin,
        created_at: now,
    };
    match tools.store.store.create_user(&user).await {
        Err(StoreError::Conflict(_)) => bail!("there is a user with the address {email} already"),
        other => other?,
    }
    match given {
        Some(_) => print(&format!("{email} may log in")),
        None => print(&format!(
            "{email} may log in with the password {password} (shown this once)"
        )),
    }
}

fn read_password() -> anyhow::Result<String> {
    let mut text = String::new();
    std::io::stdin()
        .read_to_string(&mut text)
        .context("the password cannot be read")?;
    let password = text.trim_end_matches(['\r', '\n']).to_owned();
    if password.chars().count() < 8 {
        bail!("a password has at least 8 characters");
    }
    Ok(password)
}

fn made_up_password(ids: &dyn IdSource) -> String {
    use base64::Engine;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(&ids.secret_bytes()[..18])
}

fn healthcheck(settings: &Settings) -> anyhow::Result<()> {
    let host = match settings.host.as_str() {
        "0.0.0.0" => "127.0.0.1",
        "::" | "[::]" => "::1",
        host => host,
    };
    let limit = Duration::from_secs(3);
    let mut stream = TcpStream::connect((host.trim_matches(['[', ']']), settings.port))
        .with_context(|| format!("nothing listens on {host}:{}", settings.port))?;
    stream.set_read_timeout(Some(limit))?;
    stream.set_write_timeout(Some(limit))?;
    write!(
        stream,
        "GET /readyz HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).context("no answer")?;
    let status = answer.lines().next().unwrap_or_default();
    if status.starts_with("HTTP/1.1 200") {
        Ok(())
    } else {
        bail!("not ready: {status}")
    }
}
