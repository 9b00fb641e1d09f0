//! All users at once, each in a session of its own: memfds, a device's configuration, its tables.

use lab_guest::Step;

use super::scenario::Evidence;
use super::transcript::Transcript;
use super::{held, iommu, memfd, pci};

/// What each of them does alone, one after the other, in each stage.
///
/// The process that takes the device comes before its configuration is read: it changes that.
pub(crate) fn script(stages: usize) -> Vec<Vec<Step>> {
    side_by_side(stages, &[iommu::script(stages), pci::script(stages), memfd::ours(stages)])
}

/// What users do alone, one after the other in each stage, and one kexec.
pub(crate) fn side_by_side(stages: usize, users: &[Vec<Vec<Step>>]) -> Vec<Vec<Step>> {
    (0..stages)
        .map(|stage| {
            let steps = users.iter().filter_map(|user| user.get(stage)).flatten();
            // Every handler must be there before the first session is asked for.
            let (mut all, others): (Vec<_>, Vec<_>) =
                steps.cloned().partition(|step| matches!(step, Step::LoadModule { .. }));
            all.extend(others.into_iter().filter(|step| *step != Step::Kexec));
            if stage + 1 < stages {
                all.push(Step::Kexec);
            }
            all
        })
        .collect()
}

/// Each of them must find what is its own.
pub(crate) fn came_across(transcript: &Transcript, stages: usize) -> Evidence {
    let mut evidence = iommu::is_verified(transcript, stages);
    for other in [pci::is_unchanged(transcript, stages), memfd::came_across(transcript, stages)] {
        evidence.good.extend(other.good);
        evidence.bad.extend(other.bad);
    }
    let last = u32::try_from(stages).unwrap_or(u32::MAX);
    for stage in 2..=last {
        // The last stage does not finish the session of the tables: its block of files stays held.
        held::all_but(transcript, stage, u64::from(stage == last), &mut evidence);
    }
    evidence.bad.dedup();
    evidence
}
