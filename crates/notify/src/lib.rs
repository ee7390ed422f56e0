//! How Faultbook reaches people: mail, Slack, signed webhooks and text messages.
//!
//! [`Channels`] implements the domain's `Notifier`. Where to connect is decided by [`Guard`], for
//! all four alike: no address that is not public (unless allowed), no redirects, no proxy from the
//! environment, no more than 64 KiB of any answer, no longer than the timeout.

mod address;
mod bounded;
mod channels;
mod email;
mod guard;
mod http;
mod message;
mod recipients;
mod slack;
mod sms;
mod smtp;
mod text;
mod tls;
mod webhook;

pub use channels::{Channels, NotifySettings, SetupError};
pub use guard::{CheckedUrl, Guard, Resolver, SystemResolver, TargetError};
pub use webhook::{InvalidSecret, Signer};
