//! Notification channels: e-mail, Slack, signed webhooks and SMS.
//!
//! Each kind of channel is a file (`email.rs`, `slack.rs`, `webhook.rs`, `sms.rs`) that implements
//! `ChannelType` and is named in `registry.rs`. A new kind is one file and one line there;
//! `config/default.toml` and `README.md` document its settings.
//!
//! [`ChannelTypes`] implements the domain's `ChannelRegistry`, [`Channels`] its `Notifier` and
//! `TransactionalMailer`. Where to connect is decided by [`Guard`], for
//! all channels alike: no address that is not public (unless allowed), no redirects, no proxy from the
//! environment, no more than 64 KiB of any answer, no longer than the timeout.

mod address;
mod bounded;
mod channel_type;
mod email;
mod email_settings;
mod fields;
mod guard;
mod http;
mod letter;
mod message;
mod recipients;
mod registry;
mod slack;
mod sms;
mod smtp;
mod text;
mod tls;
mod webhook;

pub use guard::{CheckedUrl, Guard, Resolver, SystemResolver, TargetError};
pub use registry::{ChannelTypes, Channels, NotifySettings, SetupError};
pub use webhook::{InvalidSecret, Signer};
