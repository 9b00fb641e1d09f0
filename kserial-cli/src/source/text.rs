//! Finding text in a kernel: version strings, above all.
//!
//! A version string is a constant in the data of a kernel: a literal among others, or an array
//! inside a struct with a pointer before it. It ends with NUL. What precedes it tells little: a NUL
//! after another literal, the upper byte of a pointer, anything. So *a text* here is a longest run
//! of printable bytes that NUL ends, and the version string must be the whole of it.
//!
//! One thing can hide a literal: a linker that finds it at the end of a longer one keeps only the
//! longer (`pci` at the end of `virtio-pci`). So absence proves nothing of short names. Of the version
//! strings it does: those of handlers and objects are arrays in structs, which linkers leave alone, and
//! no other text of a kernel ends with one of the rest (`kho-v4`).

use super::error::Place;

/// A text found in a kernel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// The text, without the NUL that ends it.
    pub text: String,
    /// Where: the offset is in the unpacked file.
    pub place: Place,
}

/// Calls `seen` with every text in the data and where it begins.
pub(super) fn each<'a>(data: &'a [u8], mut seen: impl FnMut(usize, &'a str)) {
    let mut from = 0;
    while let Some(nul) = memchr::memchr(0, &data[from..]) {
        let run = &data[from..from + nul];
        // Nearly all runs are short: walking back is quick, and stops at the first byte that is
        // not text.
        let len = run.iter().rev().take_while(|&&byte| is_text(byte)).count();
        if len != 0 {
            let start = from + nul - len;
            if let Ok(text) = std::str::from_utf8(&data[start..from + nul]) {
                seen(start, text);
            }
        }
        from += nul + 1;
        // Data is mostly zeros.
        from += data[from..].iter().take_while(|&&byte| byte == 0).count();
    }
}

fn is_text(byte: u8) -> bool {
    byte.is_ascii_graphic() || matches!(byte, b' ' | b'\t' | b'\n')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(data: &[u8]) -> Vec<(usize, &str)> {
        let mut found = Vec::new();
        each(data, |at, text| found.push((at, text)));
        found
    }

    #[test]
    fn a_text_is_what_nul_ends_and_nothing_printable_precedes() {
        type Case<'a> = (&'a [u8], &'a [(usize, &'a str)]);
        let cases: [Case<'_>; 7] = [
            (b"kho-v1\0luo-v1\0", &[(0, "kho-v1"), (7, "luo-v1")]),
            // An array in a struct, a kernel pointer before it and padding behind.
            (b"\x60\x12\x8c\x83\xff\xff\xff\xffmemfd-v2\0\0\0\0", &[(8, "memfd-v2")]),
            (b"not kho-v1\0", &[(0, "not kho-v1")]),
            (b"\0\0\0\0x\0\0", &[(4, "x")]),
            // Without its end it is no text.
            (b"kho-v1", &[]),
            (b"", &[]),
            ("\u{b5}kho-v1\0".as_bytes(), &[(2, "kho-v1")]),
        ];
        for (data, expected) in cases {
            assert_eq!(texts(data), expected, "{data:?}");
        }
    }
}
