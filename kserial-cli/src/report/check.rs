//! The outcome of `kserial check`.

use serde::Serialize;

use crate::judge::{Direction, Verdict};
use crate::kernel::Kernel;

use super::Exit;

/// Two kernels and what was found between them.
pub struct Report<'k> {
    /// The kernel before the update.
    pub old: &'k Kernel,
    /// The kernel after it.
    pub new: &'k Kernel,
    /// The directions that were asked for.
    pub checked: Vec<Checked>,
    /// Whether the text lists what merely changed, member by member.
    pub with_changes: bool,
    /// The state that answered conditions, if one was given.
    pub state: Option<StateInput>,
}

/// A state, and which exactly.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct StateInput {
    /// The last part of its path.
    pub name: String,
    /// Whether it is memory or a manifest.
    pub kind: StateKind,
    /// The sum of the file; of a folder, that of the list that `LC_ALL=C sha256sum *` prints in it; none
    /// of memory that is in use.
    pub sha256: Option<String>,
}

/// What a state is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum StateKind {
    /// Memory that a kernel left.
    Memory,
    /// What an orchestrator knows.
    Manifest,
}

/// One direction.
pub struct Checked {
    /// Which.
    pub direction: Direction,
    /// What was found.
    pub verdict: Verdict,
}

impl<'k> Report<'k> {
    /// Judges these directions; `at_hand` are kernels that may serve as a bridge.
    #[must_use]
    pub fn of(
        old: &'k Kernel,
        new: &'k Kernel,
        directions: &[Direction],
        at_hand: &[&Kernel],
    ) -> Self {
        let check = |direction: &Direction| {
            let (writer, reader) = match direction {
                Direction::Update => (old, new),
                Direction::Rollback => (new, old),
            };
            Checked { direction: *direction, verdict: Verdict::with_fixes(writer, reader, at_hand) }
        };
        let checked = directions.iter().map(check).collect();
        Self { old, new, checked, with_changes: false, state: None }
    }

    /// How the check ended.
    #[must_use]
    pub fn exit(&self) -> Exit {
        Exit::worst(self.checked.iter().map(|checked| Exit::of(&checked.verdict)))
    }

    /// Writer and reader of a direction.
    pub(super) fn sides(&self, direction: Direction) -> (&'k Kernel, &'k Kernel) {
        match direction {
            Direction::Update => (self.old, self.new),
            Direction::Rollback => (self.new, self.old),
        }
    }
}

impl Direction {
    /// The word for it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Update => "update",
            Self::Rollback => "rollback",
        }
    }
}
