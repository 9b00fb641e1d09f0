//! Everything of KHO itself that a kernel hands over.

use std::string::String;
use std::vec::Vec;

use dtoolkit::Node;
use zerocopy::IntoBytes;

use super::image::{self, Stored, Summary};
use super::map::{self, Chunk, Node as RadixNode};
use super::{rows, tree, Metadata, Named, ReserveMem, Root, Walk, Wrong};
use crate::{PhysAddr, Record};

/// What a kernel hands over, as far as KHO knows of it.
#[derive(Clone, Debug)]
pub struct Handover {
    /// The root.
    pub root: Root,
    /// Where the map of preserved memory has its pages.
    pub map: Map,
    /// What the subsystems hand over, LUO aside, in the order of the root's nodes.
    pub blobs: Vec<Blob>,
    /// How many pages the root itself is.
    pub root_pages: u64,
}

/// Where the map of preserved memory has its pages.
#[derive(Clone, Debug)]
pub enum Map {
    /// A list: its pages.
    List(Vec<Chunk>),
    /// A radix tree: its nodes.
    Radix(Vec<RadixNode>),
}

/// What a subsystem hands over.
#[derive(Clone, Debug)]
pub struct Blob {
    /// Its name and its place.
    pub named: Named,
    /// How many preserved pages it is, with what it leads to.
    pub pages: u64,
    /// What it says.
    pub content: Content,
}

/// What a subsystem says.
#[derive(Clone, Debug)]
pub enum Content {
    /// Who ran before.
    Metadata {
        /// The release.
        previous_release: Vec<u8>,
        /// How many kexecs since power-on.
        kexec_count: u32,
    },
    /// Areas of `reserve_mem=`, by their names.
    ReserveMem(Vec<(String, ReserveMem)>),
    /// A KSerial image, whatever is in it: where it lies, and its tables in short.
    Image(Stored, Vec<Summary>),
    /// A subsystem that is not known here.
    Unknown,
}

/// The name of LUO's subtree.
const LUO: &str = "LUO";

impl Handover {
    /// Reads what `root` leads to into `walk`; LUO's subtree is left to [`luo`](crate::luo).
    pub fn read(walk: &mut Walk<'_>, root: Root) -> Self {
        for (name, wrong) in &root.unread {
            let at = root.at.unwrap_or(PhysAddr(0));
            walk.faults.note(at, std::format!("node {name} of the KHO root"), wrong.clone());
        }
        let map = if root.version.has_radix_tree() {
            Map::Radix(map::radix(walk, root.map))
        } else {
            Map::List(map::list(walk, root.map))
        };
        let overlaps: Vec<_> = walk.preserved.overlaps().take(64).collect();
        for key in overlaps {
            let at = walk.pages.at(key.frame).unwrap_or(PhysAddr(u64::MAX));
            walk.faults.note(at, "map of preserved memory", Wrong::Overlap);
        }
        let bytes = u64::try_from(root.bytes).unwrap_or(u64::MAX);
        let root_pages = root.at.map_or(0, |at| walk.claim(at, bytes, "KHO root"));
        let others = root.subtrees.iter().filter(|named| named.name != LUO);
        let blobs = others.map(|named| Blob::read(walk, named)).collect();
        Self { root, map, blobs, root_pages }
    }
}

impl Blob {
    fn read(walk: &mut Walk<'_>, named: &Named) -> Self {
        let part = std::format!("subtree {}", named.name);
        let (content, bytes) = match named.name.as_str() {
            "kexec-metadata" => (metadata(walk, named, &part), named.size),
            "memblock" => reserve_mem(walk, named, &part),
            _ if image::is_at(walk.memory, named.data) => return Self::image(walk, named, &part),
            _ => (Content::Unknown, named.size),
        };
        let mut pages = walk.claim(named.data, bytes.max(1), part.as_str());
        if let Content::ReserveMem(areas) = &content {
            for (name, area) in areas {
                let part = std::format!("reserve_mem {name}");
                pages = pages.saturating_add(walk.claim(area.start, area.size, part));
            }
        }
        Self { named: named.clone(), pages, content }
    }

    /// A subtree that says itself what it is.
    fn image(walk: &mut Walk<'_>, named: &Named, part: &str) -> Self {
        let (content, pages) = match Stored::find(walk.memory, named.data) {
            Ok(stored) => {
                let (pages, tables) = stored.claim(walk, part);
                (Content::Image(stored, tables), pages)
            }
            Err(wrong) => {
                walk.faults.note(named.data, part, wrong);
                (Content::Unknown, walk.claim(named.data, named.size.max(1), part))
            }
        };
        Self { named: named.clone(), pages, content }
    }
}

fn metadata(walk: &mut Walk<'_>, named: &Named, part: &str) -> Content {
    let stride = rows::stride(Metadata::SHAPE);
    let least = u64::try_from(stride).unwrap_or(u64::MAX);
    if named.size < least {
        let differs = Wrong::Differs { what: "bytes", stated: named.size, found: least };
        walk.faults.note(named.data, part, differs);
        return Content::Unknown;
    }
    let Some(bytes) = walk.bytes(named.data, stride, part) else { return Content::Unknown };
    match rows::read_one::<Metadata>(Metadata::SHAPE, &bytes) {
        Ok(row) if row.version == 1 => {
            let release = row.previous_release;
            let (text, ended) = rows::text(release.as_bytes());
            if !ended {
                walk.faults.note(named.data, part, Wrong::Text);
            }
            Content::Metadata { previous_release: text.to_vec(), kexec_count: row.kexec_count }
        }
        Ok(row) => {
            let version = std::format!("{}", { row.version });
            walk.faults.note(named.data, part, Wrong::Version(version));
            Content::Unknown
        }
        Err(wrong) => {
            walk.faults.note(named.data, part, wrong);
            Content::Unknown
        }
    }
}

fn reserve_mem(walk: &mut Walk<'_>, named: &Named, part: &str) -> (Content, u64) {
    let read = walk.visit(named.data).and_then(|()| tree::read(walk.memory, named.data));
    let areas = read.and_then(|bytes| {
        let root = tree::parse(&bytes)?.root();
        tree::expect(root, "memblock-v1")?;
        let areas = root.children().map(|node| {
            tree::expect(node, "reserve-mem-v1")?;
            let row = tree::row(&[node], ReserveMem::SHAPE)?;
            let area = rows::read_one::<ReserveMem>(ReserveMem::SHAPE, &row)?;
            Ok((String::from(node.name()), area))
        });
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        Ok((areas.collect::<Result<Vec<_>, Wrong>>()?, length))
    });
    match areas {
        Ok((areas, length)) => (Content::ReserveMem(areas), length),
        Err(wrong) => {
            walk.faults.note(named.data, part, wrong);
            (Content::Unknown, named.size)
        }
    }
}
