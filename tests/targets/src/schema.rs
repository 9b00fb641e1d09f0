//! Schemas in TOML: what stands for a kernel, and locks.

use kserial::{Grade, Verdict};
use kserial_cli::kernel::Kernel;
use kserial_cli::lock::{append, Lock, Standing};
use kserial_cli::schema::LayoutDoc;

/// Reads the text as a kernel and as a lock.
pub fn schema(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    match Kernel::from_toml("fuzzed", text) {
        Ok(kernel) => {
            for layout in kernel.layouts() {
                match layout.cells() {
                    Ok(cells) => comes_back(&cells),
                    Err(error) => panic!("read, and no layout: {error}"),
                }
            }
            crate::source::judge(&kernel);
            let again = Kernel::from_toml("fuzzed", &kernel.to_toml());
            assert!(again.is_ok(), "an extract that is none: {:?}", again.err());
        }
        Err(error) => assert!(error.to_string().len() > 8, "{error}"),
    }
    if let Ok(lock) = Lock::parse(text) {
        for generation in lock.generations() {
            let _ = lock.check(generation).is_ok();
            if let Ok(longer) = append(text, generation) {
                let standing = Lock::parse(&longer).and_then(|lock| lock.check(generation));
                assert_eq!(standing.ok(), Some(Standing::Written), "appended, and not written");
            }
        }
    }
}

/// What the words of a layout say is the layout.
fn comes_back(cells: &kserial_cli::schema::Cells) {
    let layout = cells.layout();
    let again = LayoutDoc::of(layout).cells();
    let Ok(again) = again else { panic!("the words of a layout are none: {:?}", again.err()) };
    let grade = Verdict::of(layout, again.layout()).grade();
    assert!(grade <= Grade::Compatible, "the words of a layout are another one: {grade:?}");
}
