//! The kinds of channels that an installation has.

use super::channel::{ChannelKind, ChannelSettings};
use std::borrow::Cow;

/// Knows the kinds of channels: how the settings of each are checked and which of them are secret.
///
/// Sending is the business of [`Notifier`](super::Notifier). An adapter usually implements both.
#[cfg_attr(feature = "testing", mockall::automock)]
pub trait ChannelRegistry: Send + Sync {
    /// Every kind, in the order in which channels are listed.
    fn kinds(&self) -> Vec<ChannelKind>;

    /// Checks settings.
    ///
    /// # Errors
    /// Every field at fault. A kind that is not registered has no valid settings.
    fn validate(
        &self,
        kind: ChannelKind,
        settings: &ChannelSettings,
    ) -> Result<(), Vec<FieldFault>>;

    /// The fields that hold secrets, of all kinds: a field is masked in whatever channel it stands.
    fn secret_fields(&self) -> SecretFields;

    /// Where these settings send their secrets and how the way there is protected, in a form that
    /// can be compared: two settings with equal destinations may share secrets.
    ///
    /// MUST be `None` when the settings name no such place.
    fn destination(&self, kind: ChannelKind, settings: &ChannelSettings) -> Option<String>;

    /// Continues "field 'password'" for a stored secret that may not go to a new destination.
    fn moved_secret_message(&self, kind: ChannelKind) -> &'static str;

    /// To whom these settings send, without addresses: `3 people`, `#alerts`, `1 number`, a host.
    fn receivers(&self, kind: ChannelKind, settings: &ChannelSettings) -> Option<String>;

    /// The field that lists the recipients, which are limited in number.
    fn recipients_field(&self, kind: ChannelKind) -> Option<&'static str>;
}

/// Fields that are not shown, by how they are masked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SecretFields {
    /// Never shown: `***`.
    pub hidden: Vec<&'static str>,
    /// URLs whose path often is a secret: shown as `https://host/...`.
    pub addresses: Vec<&'static str>,
}

/// A field at fault; `message` continues the sentence "field 'x' ...".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldFault {
    /// The field.
    pub field: &'static str,
    /// What is wrong with it.
    pub message: Cow<'static, str>,
}

impl FieldFault {
    /// A fault of this field.
    #[must_use]
    pub fn new(field: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        let message = message.into();
        Self { field, message }
    }
}
