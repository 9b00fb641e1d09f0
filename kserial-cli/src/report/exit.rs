//! Exit codes. Not 1 and not 101: those are crashes.

use kserial::Grade;

use crate::judge::Verdict;

/// How a command ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Exit {
    /// Everything crosses.
    Compatible,
    /// It depends on what the report says.
    Conditional,
    /// It does not work.
    Incompatible,
    /// Something could not be read.
    Incomplete,
    /// The command line made no sense.
    Usage,
}

impl Exit {
    /// The process's exit code.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::Compatible => 0,
            Self::Conditional => 10,
            Self::Incompatible => 20,
            Self::Incomplete => 30,
            Self::Usage => 2,
        }
    }

    /// How one direction ended.
    #[must_use]
    pub fn of(verdict: &Verdict) -> Self {
        match (verdict.grade, verdict.incomplete) {
            (Grade::Incompatible, _) => Self::Incompatible,
            (_, true) => Self::Incomplete,
            (Grade::Conditional, _) => Self::Conditional,
            _ => Self::Compatible,
        }
    }

    /// The one that counts of several: 2, then 20, 30, 10, 0.
    #[must_use]
    pub fn worst(all: impl IntoIterator<Item = Self>) -> Self {
        let rank = |exit: &Self| match exit {
            Self::Compatible => 0,
            Self::Conditional => 1,
            Self::Incomplete => 2,
            Self::Incompatible => 3,
            Self::Usage => 4,
        };
        all.into_iter().max_by_key(rank).unwrap_or(Self::Compatible)
    }

    /// The word for it in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Compatible => "compatible",
            Self::Conditional => "conditional",
            Self::Incompatible => "incompatible",
            Self::Incomplete => "incomplete",
            Self::Usage => "usage",
        }
    }
}
