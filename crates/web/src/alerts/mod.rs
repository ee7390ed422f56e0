//! Alert rules, their editor, and what they sent.

mod condition;
mod deliveries;
mod editor;
mod list;

pub use editor::{
    Channel, Checked, CheckedMessage, EditorPage, PreviewCard, PreviewShown, RuleForm, Spell,
    changed,
};
pub use list::{AlertsPage, DeliveryFilter, RuleShown, Standing};
