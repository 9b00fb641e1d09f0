//! Conditions as data: what must hold for a conditional verdict to come true.

use std::fmt;

use kserial::Check;
use serde::Serialize;

use crate::schema::Number;

/// What must hold.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Condition {
    /// Every row's member lies in one of these intervals.
    Values {
        /// The record.
        record: String,
        /// The member's path of IDs.
        member: String,
        /// Its name in the writer.
        name: String,
        /// The elements that are looked at: from the first up to, not including, the second.
        elements: [u32; 2],
        /// The intervals, both ends included. None: no row passes.
        #[cfg_attr(test, schemars(with = "Vec<[i64; 2]>"))]
        allowed: Vec<[Number; 2]>,
        /// What happens to rows that do not.
        otherwise: Otherwise,
    },
    /// There is none of this.
    None {
        /// Of what.
        of: String,
    },
    /// The module is loaded before the first open of `/dev/liveupdate`.
    Module {
        /// Its name.
        module: String,
        /// Into which kernel.
        kernel: String,
    },
    /// The kernel is started with this on its command line.
    Boot {
        /// The parameter.
        parameter: String,
        /// Which kernel.
        kernel: String,
    },
    /// Something that nobody can tell from what was given.
    Known {
        /// What would have to be known.
        what: String,
    },
}

/// What happens to rows that do not meet a condition.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Otherwise {
    /// They are refused, and with them their table.
    Refuses,
    /// They are taken, and a loss is reported.
    Loses,
}

impl Condition {
    /// The condition that a plan's check is.
    #[must_use]
    pub fn of_check(record: &str, check: &Check<'_>) -> Self {
        let member = check.member();
        let kind = member.kind();
        Self::Values {
            record: record.to_owned(),
            member: member.path().to_string(),
            name: member.name().to_owned(),
            elements: [check.elements().start, check.elements().end],
            allowed: check
                .allowed()
                .map(|(low, high)| [Number::of(kind, low), Number::of(kind, high)])
                .collect(),
            otherwise: match check.effect() {
                kserial::Effect::Refuse => Otherwise::Refuses,
                kserial::Effect::Lose => Otherwise::Loses,
            },
        }
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Values { record, name, elements, allowed, otherwise, .. } => {
                let otherwise = match otherwise {
                    Otherwise::Refuses => "else refused",
                    Otherwise::Loses => "else lost",
                };
                if allowed.is_empty() {
                    return write!(f, "no {record} row at all, {otherwise}");
                }
                f.write_str(name)?;
                if *elements != [0, 1] {
                    write!(f, "[{}..{}]", elements[0], elements[1])?;
                }
                for (index, [low, high]) in allowed.iter().enumerate() {
                    f.write_str(if index == 0 { " " } else { " or " })?;
                    match low == high {
                        true => write!(f, "= {low}")?,
                        false if low.0 == 0 => write!(f, "≤ {high}")?,
                        false => write!(f, "in {low}..={high}")?,
                    }
                }
                write!(f, ", {otherwise}")
            }
            Self::None { of } => write!(f, "there are no {of}"),
            Self::Module { module, kernel } => {
                write!(f, "{module} is loaded in {kernel} before the first open of /dev/liveupdate")
            }
            Self::Boot { parameter, kernel } => write!(f, "{kernel} is started with {parameter}"),
            Self::Known { what } => f.write_str(what),
        }
    }
}
