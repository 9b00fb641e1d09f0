//! Records of our own, by the helper that others use for theirs.

use kserial_schemas::{luo_session, memfd, memfd_folio};
use kserial_testing::two_generations;
use kserial_tests::records::{Clock, Device, Page};

/// The first byte says which records, the rest is theirs.
pub fn records(bytes: &[u8]) {
    let Some((which, bytes)) = bytes.split_first() else { return };
    match which % 8 {
        0 => two_generations::<memfd::gen1::Memfd, memfd::gen2::Memfd>(bytes),
        1 => two_generations::<memfd::gen2::Memfd, memfd::gen3::Memfd>(bytes),
        2 => two_generations::<memfd::gen1::Memfd, memfd::gen3::Memfd>(bytes),
        3 => two_generations::<memfd_folio::gen1::Folio, memfd_folio::gen3::Folio>(bytes),
        4 => two_generations::<luo_session::gen1::Session, luo_session::gen3::Session>(bytes),
        5 => two_generations::<Device, Device>(bytes),
        6 => two_generations::<Clock, Clock>(bytes),
        _ => two_generations::<Page, Page>(bytes),
    }
}
