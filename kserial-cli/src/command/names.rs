//! Names by which reports tell inputs apart.

use std::collections::BTreeSet;

use crate::kernel::Kernel;

/// Two files may have one name in two folders: then their releases tell them apart, or their place
/// on the command line. Two builds may have one release: then sentences use their names.
pub(super) fn tell_apart(kernels: &mut [&mut Kernel]) {
    let is_ambiguous = |names: Vec<String>| {
        let distinct: BTreeSet<&String> = names.iter().collect();
        distinct.len() < names.len()
    };
    let names = |kernels: &[&mut Kernel]| kernels.iter().map(|k| k.name().to_owned()).collect();
    if is_ambiguous(names(kernels)) {
        for kernel in kernels.iter_mut() {
            if let Some(release) = kernel.identity.release.clone() {
                if !kernel.identity.name.contains(&release) {
                    kernel.identity.name = format!("{} ({release})", kernel.identity.name);
                }
            }
        }
    }
    if is_ambiguous(names(kernels)) {
        for (index, kernel) in kernels.iter_mut().enumerate() {
            kernel.identity.name = format!("{} #{}", kernel.identity.name, index + 1);
        }
    }
    let releases: Vec<_> = kernels.iter().map(|kernel| kernel.identity.release.clone()).collect();
    for (kernel, release) in kernels.iter_mut().zip(&releases) {
        kernel.is_of_shared_release = releases.iter().filter(|other| *other == release).count() > 1;
    }
}
