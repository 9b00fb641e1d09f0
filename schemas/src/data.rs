//! The data files beside the records, as they were when this was built: names without their ending,
//! and texts.
//!
//! [`LINUX`] is what each Linux release hands over, [`POSTED`] what was posted and is in no release,
//! [`RULES`] what the checker's findings mean. Each folder has a README that says how to read them.

include!(concat!(env!("OUT_DIR"), "/data.rs"));
