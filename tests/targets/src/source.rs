//! Files of kernels: ELF, bzImages, modules, compressed or not.

use std::sync::{Arc, LazyLock};

use kserial_cli::judge::Direction;
use kserial_cli::kernel::Kernel;
use kserial_cli::observe;
use kserial_cli::report::{Paint, Report};
use kserial_cli::source::{self, Binary};

use crate::state::in_a_file;

static LINUX: LazyLock<Option<Kernel>> = LazyLock::new(|| Kernel::of_linux("7.3").ok());

/// Opens the bytes as a file of a kernel, and judges what they declare.
pub fn source(bytes: &[u8]) {
    in_a_file(bytes, |path| match source::Kernel::open(path) {
        Ok(kernel) => {
            if let Some(binary) = kernel.binary() {
                look(binary);
            }
            match observe::of_source("fuzzed", &kernel) {
                Ok(kernel) => judge(&kernel),
                Err(error) => panic!("the catalogue is broken: {error}"),
            }
        }
        Err(error) => assert!(error.to_string().len() > 20, "{error}"),
    });
}

fn look(binary: &Binary) {
    let _ = (binary.identity(), binary.sha256(), binary.kserial_notes().count());
    let _ = binary.config().map(|config| config.iter().count());
    let _ = binary.find_texts(|text| text.len() > 3).is_ok();
    if let Ok(Some(btf)) = binary.btf(None) {
        let btf = Arc::new(btf);
        let _ = binary.btf(Some(&btf)).is_ok();
        for composite in btf.composites("memfd_luo_ser").unwrap_or_default() {
            let _ = composite.members().is_ok();
        }
    }
}

/// Holds a kernel against one that is known, both ways, and says what came out in every form.
pub(crate) fn judge(kernel: &Kernel) {
    let Some(linux) = &*LINUX else { panic!("the catalogue has no linux:7.3") };
    let directions = [Direction::Update, Direction::Rollback];
    let report = Report::of(kernel, linux, &directions, &[linux]);
    let _ = (report.text(Paint::plain()).to_string(), report.json(), report.exit());
}
