//! Device trees: KHO's root, and what stands below it.

use kserial::kho::write::Written;
use kserial::kho::{find, tree as trees, Pages, Root};
use kserial::PhysAddr;
use kserial_cli::dump::Dump;
use kserial_cli::state::{Hint, Source};

/// Where the bytes are put in memory.
const AT: PhysAddr = PhysAddr(0x1000);

/// Reads the bytes as a device tree, as KHO's root, and as memory in which that lies.
pub fn tree(bytes: &[u8]) {
    let root = Root::parse(bytes);
    if let Ok(fdt) = trees::parse(bytes) {
        let node = fdt.root();
        let _ = (trees::text(node, "compatible"), trees::expect(node, "kho-v4").is_ok());
        let _ = trees::word(node, "preserved-memory-map").is_ok();
    }
    if let Ok(root) = &root {
        let _ = root.subtree("LUO");
    }
    let _ = find::named(bytes);
    for hint in [Hint::At(AT), Hint::Bytes(bytes.to_vec()), Hint::Search] {
        let mut memory = Written::default();
        memory.put(AT, bytes);
        let source = Source { memory: Box::new(memory), hint };
        if let Ok(dump) = Dump::read(source, Pages::OF_4K, &mut |_| {}) {
            crate::handover::show(&dump);
        }
    }
}
