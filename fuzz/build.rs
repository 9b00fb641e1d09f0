//! Compiles the reader in C, where it is asked for; what is undefined there is a trap.

fn main() {
    if std::env::var_os("CARGO_FEATURE_SECOND_READER").is_none() {
        return;
    }
    let folder = "../tests/c-reader";
    let parts = [
        "kserial_read",
        "refuse",
        "bytes",
        "crc",
        "values",
        "layout",
        "image",
        "rows",
        "grade",
        "convert",
        "tables",
        "note",
        "json",
    ];
    let mut build = cc::Build::new();
    for part in parts {
        let file = format!("{folder}/{part}.c");
        println!("cargo:rerun-if-changed={file}");
        build.file(file);
    }
    build.flag("-std=c99").flag("-fsanitize=undefined").flag("-fsanitize-undefined-trap-on-error");
    build.compile("kserial_read");
}
