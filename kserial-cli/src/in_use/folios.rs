//! Folios larger than a page, and the machine that an image is of.

use std::collections::BTreeMap;

use kserial::{Image, Machine};

use super::answer::{name, not_read};
use super::{InUse, Owner};
use crate::image::parts_of;
use crate::judge::{huge_pages, Finding, Pair};
use crate::kernel::{Carrier, Kernel};
use crate::source::Architecture;

impl InUse {
    /// What remains of a finding about folios that the next kernel does not know.
    pub(super) fn huge_folios(
        &self,
        writer: &Kernel,
        reader: &Kernel,
        mut finding: Finding,
    ) -> Option<Finding> {
        let files = || self.files_of(&finding.subject);
        let huge = files().filter(|file| file.max_order.is_some_and(|order| order > 0));
        let huge: Vec<Owner> = huge.map(|file| file.owner()).collect();
        if !huge.is_empty() {
            name(&mut finding, huge.into_iter());
            return Some(huge_pages::met(reader, finding));
        }
        let mut records = [writer, reader].into_iter().flat_map(|kernel| &kernel.records);
        let is_elsewhere = records.any(|record| {
            let carrier = record.carrier;
            record.layout.name == finding.subject
                && !matches!(carrier, Carrier::File | Carrier::Rows)
                && self.holds(carrier, &finding.subject) != Some(false)
        });
        let is_open = is_elsewhere || files().any(|file| file.max_order.is_none());
        is_open.then_some(finding)
    }

    /// A finding for each kind of image that tells of folios which the next kernel does not know.
    pub(super) fn huge_images(&self, pair: Pair<'_>) -> Vec<Finding> {
        let mut huge: BTreeMap<String, Vec<Owner>> = BTreeMap::new();
        for (owner, machine) in self.machines() {
            if machine.max_order > 0 {
                let record = String::from_utf8_lossy(owner.name()).into_owned();
                huge.entry(record).or_default().push(owner.clone());
            }
        }
        let found = huge.into_iter().filter_map(|(record, owners)| {
            let mut finding = huge_pages::of_images(pair, &record)?;
            name(&mut finding, owners.into_iter());
            Some(huge_pages::met(pair.reader, finding))
        });
        found.collect()
    }

    /// The images that neither of the two kernels can have written.
    pub(super) fn other_machine(&self, writer: &Kernel, reader: &Kernel) -> Option<Finding> {
        let is_other = |machine: &Machine| {
            [writer, reader].iter().any(|kernel| {
                let arch = kernel.identity.arch.as_deref().and_then(Architecture::named);
                let page = 1_u32.checked_shl(machine.page_shift.into());
                arch.is_some_and(|arch| arch.number() != machine.arch)
                    || kernel.identity.page_size.is_some_and(|size| Some(size) != page)
            })
        };
        let others = self.machines().filter(|(_, machine)| is_other(machine));
        let others: Vec<Owner> = others.map(|(owner, _)| owner.clone()).collect();
        if others.is_empty() {
            return None;
        }
        let mut finding = not_read()
            .because("images of a machine that is not that of the kernels:")
            .fixed_by(format!("give what {} preserved", writer.name()));
        name(&mut finding, others.into_iter());
        Some(finding)
    }

    fn machines(&self) -> impl Iterator<Item = (&Owner, Machine)> {
        self.images.iter().filter_map(|image| {
            // One that is damaged was reported where it was read.
            let parts = parts_of(&image.segments);
            let machine = Image::inspect(&parts, crc32fast::hash).ok()?.machine();
            Some((&image.owner, machine))
        })
    }
}
