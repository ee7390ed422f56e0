//! Alert rules, their editor, and what they sent.

mod condition;
mod deliveries;
mod editor;
mod list;
mod preview;

pub use editor::{Channel, Checked, CheckedMessage, EditorPage, RuleForm, changed};
pub use list::{AlertsPage, DeliveryFilter, RuleShown, Standing};
pub use preview::{Preview, PreviewCard, PreviewShown, Spell};
