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

/// Fifty extracts, every pair both ways: below a second, and as many pairs take as much longer.
#[test]
fn a_matrix_of_fifty_extracts_takes_less_than_a_second_and_grows_with_its_pairs() {
    let folder = tempfile::tempdir().expect("a folder");
    let releases = ["6.19", "7.0", "7.1", "7.2", "7.3"];
    let extracts: Vec<_> = (0..50)
        .map(|n| {
            let kernel = kserial_cli::kernel::Kernel::of_linux(releases[n % 5]).expect("a release");
            let path = folder.path().join(format!("{n}.toml"));
            fs::write(&path, kernel.to_toml()).expect("a file");
            path
        })
        .collect();
    let spent = |count: usize| {
        let start = spent_so_far();
        let open = |path: &std::path::PathBuf| {
            kserial_cli::observe::open(path.to_str().expect("a path")).expect("an extract")
        };
        let kernels: Vec<_> = extracts[..count].iter().map(open).collect();
        let matrix = kserial_cli::report::Matrix::of(&kernels);
        let text = matrix.json();
        assert!(text.len() > count * count);
        spent_so_far() - start
    };
    let best = |count| (0..5).map(|_| spent(count)).min().expect("five times");
    let times = [10, 25, 50].map(|count| (count, best(count)));
    for (count, time) in times {
        let pairs = (count * count) as f64;
        println!(
            "{count} × {count}: {:.0} ms, {:.1} µs a pair",
            time.as_secs_f64() * 1e3,
            time.as_secs_f64() * 1e6 / pairs
        );
    }
    let [_, (_, of_25), (_, of_50)] = times;
    assert!(of_50 < Duration::from_secs(1), "{of_50:?}");
    // Four times the pairs; reading the files grows less.
    assert!(of_50 < of_25 * 6, "{of_25:?}, then {of_50:?}");
}
