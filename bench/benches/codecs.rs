//! For daily work: what a change did to KSerial, against the last run on the same machine.
//!
//!     cargo bench -- W1/kserial            # what of W1 is KSerial's
//!     cargo bench -- --save-baseline main  # to compare with later: `-- --baseline main`
//!
//! A tenth of the data, once warm: the caches hold more of it than when an update runs. What is
//! published comes from `cargo xtask bench`, in random order and several processes.

use std::time::Duration;

use criterion::{criterion_group, criterion_main, Criterion, Throughput};
use kserial_bench::codec::{all, Workloads};
use kserial_bench::workload::{memfd, pci, sessions};

fn codecs(criterion: &mut Criterion) {
    let workloads = Workloads::generate(20_261_101, 10);
    let payload = |workload| match workload {
        "W1" => memfd::payload(&workloads.folios),
        "W2" => sessions::payload(&workloads.sessions),
        _ => pci::payload(&workloads.devices),
    };
    for mut operation in all(&workloads) {
        let direction = format!("{:?}", operation.direction).to_lowercase();
        let mut group = criterion.benchmark_group(operation.workload);
        group.throughput(Throughput::Bytes(payload(operation.workload) as u64));
        let name = format!("{}/{direction}", operation.codec);
        group.bench_function(name, |bencher| bencher.iter(|| (operation.run)()));
        group.finish();
    }
}

criterion_group! {
    name = daily;
    config = Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1));
    targets = codecs
}
criterion_main!(daily);
