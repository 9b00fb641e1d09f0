//! Writing what KHO itself hands over, as the version that it says wrote it.

use std::string::String;
use std::vec::Vec;

use zerocopy::IntoBytes;

use super::tree_write::{self, Left, TreeNode};
use super::write::{self, Written};
use super::{Content, Handover, Map, Metadata, Pages, Root, Run, Version, Wrong};

impl Handover {
    /// Writes the root, the map of what `runs` preserve, and the blobs that are known here.
    ///
    /// # Errors
    /// A preserved page for which the map has no place.
    pub fn write(
        &self,
        memory: &mut Written,
        pages: Pages,
        runs: impl Iterator<Item = Run>,
    ) -> Result<(), Wrong> {
        let at = self.root.at.ok_or(Wrong::Missing)?;
        memory.put(at, &self.root.tree());
        match &self.map {
            Map::Radix(nodes) => write::radix(memory, pages, nodes, runs)?,
            Map::List(chunks) => write::list(memory, pages, chunks, runs)?,
        }
        for blob in &self.blobs {
            match &blob.content {
                Content::Metadata { previous_release, kexec_count } => {
                    let mut release = [0; 65];
                    for (place, byte) in release.iter_mut().zip(previous_release) {
                        *place = *byte;
                    }
                    let (version, kexec_count) = (1, *kexec_count);
                    let row = Metadata { version, previous_release: release, kexec_count };
                    memory.put(blob.named.data, row.as_bytes());
                }
                Content::ReserveMem(areas) => {
                    let children = areas.iter().map(|(name, area)| TreeNode {
                        name: name.clone(),
                        properties: std::vec![
                            compatible("reserve-mem-v1"),
                            ("start", area.start.0.to_le_bytes().to_vec()),
                            ("size", area.size.to_le_bytes().to_vec()),
                        ],
                        children: Vec::new(),
                    });
                    let root = TreeNode {
                        name: String::new(),
                        properties: std::vec![compatible("memblock-v1")],
                        children: children.collect(),
                    };
                    let names = ["size", "start", "compatible"];
                    let tree = tree_write::write(&root, &names, Left::Finished);
                    memory.put(blob.named.data, &tree);
                }
                // What is in it is more than its place: `Stored::write`.
                Content::Image(..) | Content::Unknown => {}
            }
        }
        Ok(())
    }
}

impl Root {
    /// The root's device tree. The order of names is what libfdt makes of how the kernel builds it:
    /// the newest in front of the others until it is finished; since kho-v3 each subsystem's properties
    /// are added to a finished tree, which is then packed.
    pub fn tree(&self) -> Vec<u8> {
        let word = |value: u64| value.to_le_bytes().to_vec();
        let properties = |data: u64, size: u64| match self.version {
            Version::V1 => std::vec![("fdt", word(data))],
            Version::V3 | Version::V4 => {
                std::vec![("blob-size", word(size)), ("preserved-data", word(data))]
            }
        };
        let children = self.subtrees.iter().map(|subtree| TreeNode {
            name: subtree.name.clone(),
            properties: properties(subtree.data.0, subtree.size),
            children: Vec::new(),
        });
        let root = TreeNode {
            name: String::new(),
            properties: std::vec![
                compatible(self.version.name()),
                ("preserved-memory-map", word(self.map.0)),
            ],
            children: children.collect(),
        };
        let (names, left): (&[&str], _) = match self.version {
            Version::V1 => (&["fdt", "preserved-memory-map", "compatible"], Left::Finished),
            _ => (
                &["preserved-memory-map", "compatible", "preserved-data", "blob-size"],
                Left::Packed,
            ),
        };
        tree_write::write(&root, names, left)
    }
}

fn compatible(text: &str) -> (&'static str, Vec<u8>) {
    ("compatible", std::format!("{text}\0").into_bytes())
}
