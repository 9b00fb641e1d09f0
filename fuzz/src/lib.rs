//! The reader in C, called as a function: see `tests/c-reader/kserial_read.h`.
#![cfg(feature = "second-reader")]

use std::ffi::{c_char, c_int, CStr};
use std::ptr;

use kserial_fuzz_targets::{Answer, SecondReader};

extern "C" {
    fn kserial_print(
        what: c_int,
        first: *const u8,
        first_len: usize,
        second: *const u8,
        second_len: usize,
        text: *mut *mut c_char,
        text_len: *mut usize,
        error: *mut c_char,
        error_len: usize,
    ) -> c_int;
    fn kserial_free(text: *mut c_char);
    fn kserial_grade_layouts(
        source: *const u8,
        source_len: usize,
        target: *const u8,
        target_len: usize,
        grade: *mut c_int,
        error: *mut c_char,
        error_len: usize,
    ) -> c_int;
    fn kserial_check_layout(
        bytes: *const u8,
        len: usize,
        error: *mut c_char,
        error_len: usize,
    ) -> c_int;
    fn kserial_check_note(
        bytes: *const u8,
        len: usize,
        error: *mut c_char,
        error_len: usize,
    ) -> c_int;
}

/// `KSERIAL_IMAGE` and `KSERIAL_AS`.
const IMAGE: c_int = 0;
const AS: c_int = 1;

/// The reader in C.
pub struct InC;

/// What a function in C said: its code, and its line.
struct Said {
    line: [c_char; 200],
}

impl Said {
    fn new() -> Self {
        Self { line: [0; 200] }
    }

    fn judge(&self, code: c_int) -> Result<(), String> {
        match code {
            0 => Ok(()),
            1 => {
                // SAFETY: the reader ends its line with NUL within the length it was given.
                let line = unsafe { CStr::from_ptr(self.line.as_ptr()) };
                Err(line.to_string_lossy().into_owned())
            }
            _ => panic!("the reader in C ran out of memory"),
        }
    }
}

fn print(what: c_int, first: &[u8], second: &[u8]) -> Answer {
    let (mut text, mut length, mut said) = (ptr::null_mut(), 0, Said::new());
    // SAFETY: pointers and lengths are those of live slices and of live variables.
    let code = unsafe {
        kserial_print(
            what,
            first.as_ptr(),
            first.len(),
            second.as_ptr(),
            second.len(),
            &mut text,
            &mut length,
            said.line.as_mut_ptr(),
            said.line.len(),
        )
    };
    said.judge(code)?;
    // SAFETY: after 0 the text is a string that ends with NUL, and ours to free.
    unsafe {
        let printed = CStr::from_ptr(text).to_string_lossy().into_owned();
        kserial_free(text);
        Ok(printed)
    }
}

type Check = unsafe extern "C" fn(*const u8, usize, *mut c_char, usize) -> c_int;

fn check(check: Check, bytes: &[u8]) -> Result<(), String> {
    let mut said = Said::new();
    // SAFETY: as in `print`.
    let code =
        unsafe { check(bytes.as_ptr(), bytes.len(), said.line.as_mut_ptr(), said.line.len()) };
    said.judge(code)
}

impl SecondReader for InC {
    fn image(&self, image: &[u8]) -> Result<(), String> {
        print(IMAGE, image, &[]).map(drop)
    }

    fn read_as(&self, layout: &[u8], image: &[u8]) -> Answer {
        print(AS, layout, image)
    }

    fn layout(&self, layout: &[u8]) -> Result<(), String> {
        check(kserial_check_layout, layout)
    }

    fn grade(&self, source: &[u8], target: &[u8]) -> Answer {
        let (mut grade, mut said) = (0, Said::new());
        // SAFETY: as in `print`.
        let code = unsafe {
            kserial_grade_layouts(
                source.as_ptr(),
                source.len(),
                target.as_ptr(),
                target.len(),
                &mut grade,
                said.line.as_mut_ptr(),
                said.line.len(),
            )
        };
        said.judge(code)?;
        let names = ["identical", "compatible", "conditional", "incompatible"];
        let name = usize::try_from(grade).ok().and_then(|grade| names.get(grade));
        name.map(|name| (*name).to_owned()).ok_or_else(|| format!("grade {grade}"))
    }

    fn note(&self, description: &[u8]) -> Result<(), String> {
        check(kserial_check_note, description)
    }
}
