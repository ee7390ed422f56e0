//! Requests as types: `request!` writes a struct that the OpenAPI document shows and that reads itself out of a body,
//! so that what is documented is what is read, and every field at fault is named at once.

use super::error::ApiResult;
use super::fields::{Fields, TextLimits};
use faultbook_domain::errors::Severity;
use faultbook_domain::identity::MemberStatus;
use faultbook_domain::tenancy::Slug;
use serde_json::Value;
use time::OffsetDateTime;

/// The body of a request.
pub struct JsonBody {
    /// The body as it was parsed.
    pub value: Value,
    is_v1: bool,
    limits: TextLimits,
}

impl JsonBody {
    /// A body. `is_v1` tells whether a value that breaks a rule is answered 422.
    #[must_use]
    pub fn new(value: Value, is_v1: bool) -> Self {
        let limits = TextLimits::default();
        Self {
            value,
            is_v1,
            limits,
        }
    }

    /// With the limits of texts that are configured.
    #[must_use]
    pub fn limited(self, limits: impl Into<TextLimits>) -> Self {
        let limits = limits.into();
        Self { limits, ..self }
    }

    /// Gets the fields of an object.
    ///
    /// # Errors
    /// 400 for anything else.
    pub(crate) fn fields(self) -> ApiResult<Fields> {
        let fields = if self.is_v1 {
            Fields::v1(self.value)
        } else {
            Fields::of(self.value)
        };
        Ok(fields?.limited(self.limits))
    }

    /// Reads a request.
    ///
    /// # Errors
    /// 400 (below `/api/v1` also 422) naming every field at fault.
    pub fn read<T: Request>(self) -> ApiResult<T> {
        let mut fields = self.fields()?;
        let read = T::read(&mut fields);
        fields.conclude(read)
    }
}

/// What a body holds.
pub trait Request: Sized {
    /// Reads the fields; nothing where one of them is at fault, which is noted.
    fn read(fields: &mut Fields) -> Option<Self>;
}

/// A field of a request, which may have to be there.
pub trait Field: Sized {
    /// Reads the field; nothing where it is at fault, which is noted.
    fn read(fields: &mut Fields, name: &str) -> Option<Self>;
}

/// A value that a field holds.
pub trait FieldValue: Sized {
    /// Takes the value of a field; nothing where there is none, or where it is at fault, which is noted.
    fn take(fields: &mut Fields, name: &str) -> Option<Self>;
}

/// A field that may be left out, or be null.
impl<T: FieldValue> Field for Option<T> {
    fn read(fields: &mut Fields, name: &str) -> Option<Self> {
        let faults = fields.faults();
        let value = T::take(fields, name);
        (fields.faults() == faults).then_some(value)
    }
}

/// A field that may be left out; null clears what it names.
impl<T: FieldValue> Field for Option<Option<T>> {
    fn read(fields: &mut Fields, name: &str) -> Option<Self> {
        if fields.has(name) {
            Option::<T>::read(fields, name).map(Some)
        } else {
            Some(None)
        }
    }
}

/// A text that must be there and not blank.
impl Field for String {
    fn read(fields: &mut Fields, name: &str) -> Option<Self> {
        let faults = fields.faults();
        let text = fields.required(name);
        (fields.faults() == faults).then_some(text)
    }
}

/// A name of people's choice: not blank, of bounded length, without control characters.
pub struct Name(pub String);

/// An e-mail address, lowercase.
pub struct Email(pub String);

/// Says how values of these types are taken out of a body, and that a field of such a type must be there.
macro_rules! values {
    ($($type:ty: |$fields:ident, $name:ident| $take:expr;)+) => {$(
        impl $crate::http::request::FieldValue for $type {
            fn take($fields: &mut $crate::http::fields::Fields, $name: &str) -> Option<Self> {
                $take
            }
        }

        impl $crate::http::request::Field for $type {
            fn read(fields: &mut $crate::http::fields::Fields, name: &str) -> Option<Self> {
                let value = <Self as $crate::http::request::FieldValue>::take(fields, name);
                fields.demand(name, value)
            }
        }
    )+};
}

values! {
    Name: |fields, name| fields.name(name).map(Self);
    Email: |fields, name| fields.email(name).map(Self);
    Slug: |fields, name| fields.slug(name);
    bool: |fields, name| fields.flag(name);
    OffsetDateTime: |fields, name| fields.time(name);
    MemberStatus: |fields, name| fields.parsed(name, "must be active or suspended", |text| text.parse().ok());
    Severity: |fields, name| fields.parsed(name, "must be one of low, medium, high, critical", |text| {
        text.to_ascii_lowercase().parse().ok()
    });
}

impl FieldValue for String {
    fn take(fields: &mut Fields, name: &str) -> Option<Self> {
        fields.text(name)
    }
}

/// Writes a request: a struct with a schema, read field by field in the order in which they are declared.
macro_rules! request {
    (
        $(#[$meta:meta])*
        $vis:vis struct $request:ident {
            $($(#[$field_meta:meta])* $field_vis:vis $field:ident: $type:ty,)+
        }
    ) => {
        #[derive(utoipa::ToSchema)]
        $(#[$meta])*
        $vis struct $request {
            $($(#[$field_meta])* $field_vis $field: $type,)+
        }

        impl $crate::http::request::Request for $request {
            fn read(fields: &mut $crate::http::fields::Fields) -> Option<Self> {
                // All are read before one is missed, so that each fault is noted.
                $(let $field = <$type as $crate::http::request::Field>::read(fields, stringify!($field));)+
                Some(Self { $($field: $field?,)+ })
            }
        }
    };
}

pub(crate) use {request, values};
