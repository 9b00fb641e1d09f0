//! One process: every operation, several times, in an order that is new each round.

use serde::{Deserialize, Serialize};

use crate::codec::{Direction, Operation};
use crate::workload::Numbers;

/// How long one operation took, each time.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Times {
    /// `W1` to `W3`.
    pub workload: String,
    /// The codec.
    pub codec: String,
    /// Which way.
    pub direction: Direction,
    /// Bytes of the encoding, as a multiple of the payload; 0 where another row says it.
    pub size: f64,
    /// Nanoseconds, one per round.
    pub nanoseconds: Vec<u64>,
}

/// Runs all operations `rounds` times. What has run just before, and so what lies in the caches,
/// differs in each round.
pub fn measure(operations: &mut [Operation<'_>], rounds: usize, seed: u64) -> Vec<Times> {
    let mut times: Vec<Times> = operations.iter().map(times_of).collect();
    let mut numbers = Numbers::seeded(seed);
    let mut order: Vec<usize> = (0..operations.len()).collect();
    for _ in 0..rounds {
        for n in (1..order.len()).rev() {
            order.swap(n, numbers.below(n as u64 + 1) as usize);
        }
        for &n in &order {
            let start = processor_time();
            (operations[n].run)();
            times[n].nanoseconds.push(processor_time() - start);
        }
    }
    times
}

/// Nanoseconds that this thread has run for: others on the machine take time away, but not from
/// this clock.
fn processor_time() -> u64 {
    let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the call writes one `timespec`, which this is.
    let failed = unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &raw mut now) } != 0;
    assert!(!failed, "every Linux has this clock");
    now.tv_sec as u64 * 1_000_000_000 + now.tv_nsec as u64
}

fn times_of(operation: &Operation<'_>) -> Times {
    Times {
        workload: operation.workload.to_owned(),
        codec: operation.codec.to_owned(),
        direction: operation.direction,
        size: operation.size,
        nanoseconds: Vec::new(),
    }
}

/// Keeps this process on the processor `number`, or on one of those there are.
pub fn pin(number: usize) {
    let count = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    // SAFETY: a set of processors is plain bits; it is written within its size and only read by
    // the call.
    let failed = unsafe {
        let mut set: libc::cpu_set_t = std::mem::zeroed();
        libc::CPU_SET(number % count, &mut set);
        libc::sched_setaffinity(0, size_of::<libc::cpu_set_t>(), &raw const set) != 0
    };
    if failed {
        eprintln!("not pinned: {}", std::io::Error::last_os_error());
    }
}
