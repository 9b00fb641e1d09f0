//! How long reading a kernel takes. A check reads two, and nobody waits for a check.
//!
//! Times of a debug build say nothing, so this exists in release builds only:
//! `cargo test --release -p kserial-cli --test speed -- --ignored --nocapture`.

#![cfg(not(debug_assertions))]
#![allow(clippy::print_stdout, reason = "the times are what this shows")]

use std::fs;
use std::path::Path;
use std::time::Duration;

use kserial_cli::source::Kernel;

/// Structs that a check of upstream's ABI looks for, and some large ones that every kernel has.
const STRUCTS: [&str; 20] = [
    "kho_block_header_ser",
    "kho_data",
    "kho_kexec_metadata",
    "kho_radix_leaf",
    "kho_radix_node",
    "kho_scratch",
    "kho_vmalloc",
    "kho_vmalloc_chunk",
    "luo_file_ser",
    "luo_file_set_ser",
    "luo_flb_header_ser",
    "luo_flb_ser",
    "luo_ser",
    "luo_session_ser",
    "memfd_luo_folio_ser",
    "memfd_luo_ser",
    "file",
    "page",
    "sk_buff",
    "task_struct",
];

/// The time that this thread spent on a processor: other work on the machine is not measured.
fn spent_so_far() -> Duration {
    let told = fs::read_to_string("/proc/thread-self/schedstat").expect("procfs");
    Duration::from_nanos(told.split(' ').next().and_then(|ns| ns.parse().ok()).expect("a number"))
}

fn timed<T>(what: &str, times: &mut Vec<String>, work: impl FnOnce() -> T) -> T {
    let start = spent_so_far();
    let done = work();
    times.push(format!("{what} {:.1} ms", (spent_so_far() - start).as_secs_f64() * 1e3));
    done
}

#[test]
#[ignore = "needs kernels in KSERIAL_KERNELS, colon-separated"]
fn a_kernel_is_read_in_well_under_a_third_of_a_second() {
    let kernels = std::env::var_os("KSERIAL_KERNELS").expect("KSERIAL_KERNELS");
    for path in std::env::split_paths(&kernels) {
        // The best of a few: the first may have to wait for the disk.
        let spent = (0..5).map(|_| read(&path)).min().expect("five times");
        assert!(spent < Duration::from_millis(300), "{spent:?}");
    }
}

fn read(path: &Path) -> Duration {
    let start = spent_so_far();
    let mut times = Vec::new();
    let kernel = timed("open", &mut times, || Kernel::open(path)).expect("a kernel");
    let binary = kernel.binary().expect("a kernel");
    let btf = timed("BTF", &mut times, || kernel.btf()).expect("BTF").expect("BTF");
    let found = timed("20 structs", &mut times, || {
        STRUCTS
            .iter()
            .flat_map(|name| btf.composites(name).expect("names"))
            .map(|composite| composite.members().expect("members").len())
            .collect::<Vec<_>>()
    });
    assert!(found.len() >= 4, "every kernel has the last four");
    let texts = timed("texts", &mut times, || {
        binary.find_texts(|text| {
            ["kho-v", "luo-v", "memfd-v", "luo-"].iter().any(|start| text.starts_with(start))
        })
    });
    let texts = texts.expect("data");
    let spent = spent_so_far() - start;
    timed("sha256", &mut times, || binary.sha256());
    let texts: Vec<_> = texts.iter().map(|text| text.text.as_str()).collect();
    println!(
        "{}: {:.1} ms ({}); {} structs, {texts:?}, config {}",
        path.display(),
        spent.as_secs_f64() * 1e3,
        times.join(", "),
        found.len(),
        binary.config().map_or(0, |config| config.iter().count()),
    );
    spent
}
