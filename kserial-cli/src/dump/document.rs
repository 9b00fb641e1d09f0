//! The JSON of a dump: everything that was read, and enough to write it again.
//!
//! Addresses and tokens are strings in hexadecimal, for many programs lose digits of numbers that
//! are as large; counts and lengths are numbers. Names are text where they are UTF-8, and otherwise
//! an object with their bytes. Folios, preserved pages and tables are runs, which lose nothing.
//!
//! `F` is where the runs of a memfd's folios come from: read while they are written out, for there
//! may be millions, or a list that was read back. `I` is what a KSerial image holds, in the same way.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The name and version of the form.
pub(super) const SCHEMA: &str = "kserial-dump/1";

/// All of it.
#[derive(Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct Document<F, I> {
    #[cfg_attr(test, schemars(extend("const" = SCHEMA)))]
    pub(super) schema: String,
    pub(super) tool: String,
    pub(super) input: Input,
    pub(super) kho: Kho<I>,
    /// Absent where there is none, or its root could not be read.
    pub(super) luo: Option<Luo<F, I>>,
    /// What was wrong.
    pub(super) faults: Vec<FaultDoc>,
    /// How many more of the same sorts.
    pub(super) more_faults: u64,
}

#[derive(Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// The last part of the path.
    pub(super) name: String,
    /// Of the file; of a folder, that of the list that `LC_ALL=C sha256sum *` prints in it; absent for
    /// what runs.
    pub(super) sha256: Option<String>,
    pub(super) page_size: usize,
}

#[derive(Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct Kho<I> {
    pub(super) version: String,
    /// Absent where the root came in a file of its own.
    pub(super) root: Option<Hex>,
    pub(super) root_bytes: usize,
    pub(super) map: Hex,
    /// The pages of the map: of a radix tree, or of a list.
    pub(super) nodes: Vec<NodeDoc>,
    pub(super) chunks: Vec<ChunkDoc>,
    pub(super) preserved_pages: u64,
    pub(super) preserved: Vec<RunDoc>,
    pub(super) unclaimed: Vec<RunDoc>,
    pub(super) subtrees: Vec<Subtree<I>>,
    /// The memory that the next kernel boots in, where boot parameters say so: nothing of it is
    /// preserved.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) scratch: Vec<AreaDoc>,
}

#[derive(Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct NodeDoc {
    pub(super) at: Hex,
    pub(super) level: u32,
    pub(super) prefix: Hex,
}

#[derive(Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct ChunkDoc {
    pub(super) at: Hex,
    pub(super) order: u32,
    /// Where each bitmap begins to count, and where it is.
    pub(super) bitmaps: Vec<(Hex, Hex)>,
}

/// Pages of one order, side by side.
#[derive(Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct RunDoc {
    pub(super) order: u32,
    pub(super) pfn: Hex,
    pub(super) count: u64,
}

#[derive(Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct Subtree<I> {
    pub(super) name: String,
    pub(super) data: Hex,
    pub(super) size: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) previous_release: Option<NameDoc>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) kexec_count: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) reserve_mem: Option<Vec<Area>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) image: Option<ImageDoc<I>>,
}

/// A stretch of memory.
#[derive(Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct AreaDoc {
    pub(super) start: Hex,
    pub(super) size: u64,
}

#[derive(Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct Area {
    pub(super) name: String,
    pub(super) start: Hex,
    pub(super) size: u64,
}

#[derive(Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct Luo<F, I> {
    pub(super) version: String,
    pub(super) at: Hex,
    pub(super) liveupdate_number: u64,
    /// `null`: not serialized, or not readable. Never the same as none.
    pub(super) sessions: Option<Vec<SessionDoc<F, I>>>,
    pub(super) session_blocks: Vec<Hex>,
    pub(super) flbs_at: Hex,
    pub(super) flb_pages: u64,
    pub(super) flbs: Vec<FlbDoc<I>>,
}

#[derive(Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct SessionDoc<F, I> {
    pub(super) name: NameDoc,
    pub(super) stated_files: u64,
    pub(super) blocks: Vec<Hex>,
    pub(super) files: Vec<FileDoc<F, I>>,
}

#[derive(Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct FileDoc<F, I> {
    pub(super) token: Hex,
    pub(super) handler: NameDoc,
    pub(super) data: Hex,
    /// Preserved pages that it is known to be.
    pub(super) pages: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) memfd: Option<MemfdDoc<F>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) image: Option<ImageDoc<I>>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) unread: bool,
}

/// A KSerial image: where its segments are and how long, and what it holds.
#[derive(Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "ImageInMemory"))]
#[serde(deny_unknown_fields)]
pub(super) struct ImageDoc<I> {
    pub(super) root: Option<(Hex, usize)>,
    pub(super) segments: Vec<(Hex, usize)>,
    /// The records, and how many rows of each.
    pub(super) tables: Vec<(String, usize)>,
    /// All of it; `null` where it is damaged.
    pub(super) content: I,
}

#[derive(Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct MemfdDoc<F> {
    pub(super) pos: u64,
    pub(super) size: u64,
    pub(super) seals: u32,
    pub(super) seal_names: Vec<String>,
    pub(super) flags: u32,
    pub(super) nr_folios: u64,
    pub(super) table: TableDoc,
    pub(super) folios: F,
}

/// `kho_vmalloc`.
#[derive(Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct TableDoc {
    pub(super) order: u32,
    pub(super) flags: u16,
    pub(super) chunks: Vec<Hex>,
    /// The first address of pages side by side, and how many.
    pub(super) pages: Vec<(Hex, u64)>,
}

/// Folios side by side in the file and in memory.
#[derive(Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct FoliosDoc {
    pub(super) index: u64,
    pub(super) pfn: Hex,
    pub(super) order: u32,
    pub(super) count: u64,
    pub(super) flags: u64,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) not_preserved: bool,
}

#[derive(Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct FlbDoc<I> {
    pub(super) name: NameDoc,
    pub(super) data: Hex,
    pub(super) users: u64,
    pub(super) pages: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) image: Option<ImageDoc<I>>,
}

#[derive(Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct FaultDoc {
    pub(super) at: Hex,
    pub(super) part: String,
    pub(super) what: String,
    /// It could be read, and contradicts something else.
    pub(super) disagreement: bool,
}

/// A number of 64 bits as text: `0x6ed000`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(transparent))]
pub(crate) struct Hex(
    #[cfg_attr(test, schemars(with = "String", regex(pattern = "^0x[0-9a-f]+$")))] pub(crate) u64,
);

impl Serialize for Hex {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{:#x}", self.0))
    }
}

impl<'de> Deserialize<'de> for Hex {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let digits = text.strip_prefix("0x").and_then(|hex| u64::from_str_radix(hex, 16).ok());
        digits.map(Self).ok_or_else(|| {
            serde::de::Error::custom(format!("\"{text}\" is no number such as 0x6ed000"))
        })
    }
}

/// A name of any bytes: text where it is UTF-8, otherwise an object with its bytes.
#[derive(Clone, PartialEq, Eq, Debug)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(transparent))]
pub(crate) struct NameDoc(#[cfg_attr(test, schemars(with = "NameForm"))] pub(crate) Vec<u8>);

#[derive(Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(untagged, deny_unknown_fields)]
enum NameForm {
    Text(String),
    Bytes { bytes: String },
}

impl Serialize for NameDoc {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match std::str::from_utf8(&self.0) {
            Ok(text) => serializer.serialize_str(text),
            Err(_) => {
                let bytes = self.0.iter().map(|byte| format!("{byte:02x}")).collect();
                NameForm::Bytes { bytes }.serialize(serializer)
            }
        }
    }
}

impl<'de> Deserialize<'de> for NameDoc {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match NameForm::deserialize(deserializer)? {
            NameForm::Text(text) => Ok(Self(text.into_bytes())),
            NameForm::Bytes { bytes } => {
                let pairs = bytes.as_bytes().chunks(2);
                let byte = |pair: &[u8]| {
                    std::str::from_utf8(pair).ok().and_then(|hex| u8::from_str_radix(hex, 16).ok())
                };
                let decoded: Option<Vec<u8>> = pairs.map(byte).collect();
                decoded.map(Self).ok_or_else(|| {
                    serde::de::Error::custom(format!("\"{bytes}\" are no bytes in hexadecimal"))
                })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image;

    #[test]
    fn the_published_schema_is_that_of_the_document() {
        type Whole = Document<Vec<FoliosDoc>, Option<image::ImageDoc<image::RowsDoc>>>;
        crate::report::assert_published::<Whole>("dump.schema.json");
    }
}
