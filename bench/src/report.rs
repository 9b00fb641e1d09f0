//! From times of many processes to ratios, and whether they can be relied on.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::codec::{Direction, MEMCPY};
use crate::measure::Times;

/// One cell of the table.
#[derive(Debug, Serialize)]
pub struct Row {
    pub workload: String,
    pub codec: String,
    pub direction: Direction,
    /// The best time of all processes over the best of memcpy's.
    pub best: f64,
    /// The median over all processes of: median of its times over median of memcpy's.
    pub ratio: f64,
    /// The largest of these over the smallest.
    pub spread: f64,
    /// Bytes of the encoding, as a multiple of the payload.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<f64>,
}

/// All of them.
#[derive(Debug, Serialize)]
pub struct Report {
    /// What the numbers of `rows` mean, for those who find the file.
    pub unit: &'static str,
    pub processes: usize,
    pub rounds: usize,
    /// For each workload, the largest best time of memcpy in a process over the smallest.
    pub memcpy_spread: BTreeMap<String, f64>,
    pub rows: Vec<Row>,
}

/// memcpy's own spread above which nothing is reported.
pub const MAX_SPREAD: f64 = 1.5;

/// A codec's cell: the same operation in every process.
type Key = (String, Direction, String);

/// What the processes measured, as ratios.
pub fn report(processes: &[Vec<Times>]) -> Report {
    let rounds = processes.iter().flatten().map(|t| t.nanoseconds.len()).min().unwrap_or(0);
    let mut memcpy_spread = BTreeMap::new();
    let mut rows = Vec::new();
    let Some(first) = processes.first() else {
        return Report { unit: UNIT, processes: 0, rounds, memcpy_spread, rows };
    };
    for times in first {
        let key = (times.workload.clone(), times.direction, times.codec.clone());
        let base = (times.workload.clone(), Direction::Encode, MEMCPY.to_owned());
        let bests = |key: &Key| processes.iter().map(|p| find(p, key).map_or(1, best)).collect();
        let (own, memcpy): (Vec<u64>, Vec<u64>) = (bests(&key), bests(&base));
        if times.codec == MEMCPY {
            let all = memcpy.iter().map(|n| *n as f64);
            memcpy_spread.insert(times.workload.clone(), spread(all));
        }
        let median_of = |p: &[Times], key: &Key| find(p, key).map_or(1.0, median_time);
        let mut ratios: Vec<f64> =
            processes.iter().map(|p| median_of(p, &key) / median_of(p, &base)).collect();
        rows.push(Row {
            workload: times.workload.clone(),
            codec: times.codec.clone(),
            direction: times.direction,
            best: least(&own) as f64 / least(&memcpy) as f64,
            spread: spread(ratios.iter().copied()),
            ratio: median(&mut ratios),
            size: (times.size > 0.0).then_some(times.size),
        });
    }
    Report { unit: UNIT, processes: processes.len(), rounds, memcpy_spread, rows }
}

const UNIT: &str = "multiples of one memcpy of the payload in the same process";

impl Report {
    /// Whether memcpy itself was steady; without that the ratios say nothing.
    pub fn is_steady(&self) -> bool {
        self.memcpy_spread.values().all(|spread| *spread <= MAX_SPREAD)
    }

    /// The geometric mean over the workloads of a codec's encode and decode together. A row that is
    /// only another way to decode counts with the encode of the codec that it begins with.
    fn mean(&self, codec: &str) -> Option<f64> {
        let best = |codec: &str, workload, direction| {
            let of = |row: &&Row| {
                row.codec == codec && row.workload == workload && row.direction == direction
            };
            self.rows.iter().find(of).map(|row| row.best)
        };
        let family = codec.split(',').next().unwrap_or(codec);
        let mut product = 1.0;
        for workload in ["W1", "W2", "W3"] {
            let encode = best(codec, workload, Direction::Encode)
                .or_else(|| best(family, workload, Direction::Encode))?;
            product *= encode + best(codec, workload, Direction::Decode)?;
        }
        Some(f64::cbrt(product))
    }

    /// The table: a codec to a line, `best (median ±spread)` for each workload and direction.
    pub fn print(&self) {
        let mut lines: Vec<(&str, Direction)> = Vec::new();
        for row in &self.rows {
            if !lines.contains(&(&row.codec, row.direction)) {
                lines.push((&row.codec, row.direction));
            }
        }
        println!(
            "multiples of memcpy: best of {0} processes × {1} rounds, (median of the processes' \
             medians, spread)",
            self.processes, self.rounds
        );
        println!("{:<40} {:<9} {:>24} {:>24} {:>24}  size W1/W2/W3", "", "", "W1", "W2", "W3");
        lines.sort_by_key(|line| line.1);
        for (codec, direction) in lines {
            let of = |workload| {
                self.rows.iter().find(|row| {
                    row.codec == codec && row.direction == direction && row.workload == workload
                })
            };
            let rows = ["W1", "W2", "W3"].map(of);
            let cells = rows.map(|row| {
                row.map_or_else(String::new, |row| {
                    format!("{:.2} ({:.2}, {:.2})", row.best, row.ratio, row.spread)
                })
            });
            let sizes = rows.map(|row| {
                row.and_then(|row| row.size).map_or_else(|| "–".to_owned(), |s| format!("{s:.3}"))
            });
            let direction = format!("{direction:?}").to_lowercase();
            let [w1, w2, w3] = cells;
            println!("{codec:<40} {direction:<9} {w1:>24} {w2:>24} {w3:>24}  {}", sizes.join("/"));
        }
        println!("\ngeometric mean of encode + decode over the workloads:");
        for codec in self
            .rows
            .iter()
            .filter(|row| row.workload == "W3" && row.direction == Direction::Decode)
            .map(|row| &row.codec)
        {
            let Some(mean) = self.mean(codec) else { continue };
            println!("{codec:<40} {mean:.2}");
        }
        for (workload, spread) in &self.memcpy_spread {
            println!("memcpy of {workload} spread by {spread:.2} between processes");
        }
    }
}

fn find<'t>(process: &'t [Times], key: &Key) -> Option<&'t Times> {
    process.iter().find(|t| t.workload == key.0 && t.direction == key.1 && t.codec == key.2)
}

fn best(times: &Times) -> u64 {
    least(&times.nanoseconds)
}

fn least(times: &[u64]) -> u64 {
    times.iter().copied().min().unwrap_or(1)
}

fn median_time(times: &Times) -> f64 {
    median(&mut times.nanoseconds.iter().map(|n| *n as f64).collect::<Vec<_>>())
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

fn spread(values: impl Iterator<Item = f64>) -> f64 {
    let (low, high) = values
        .fold((f64::INFINITY, 0.0_f64), |(low, high), value| (low.min(value), high.max(value)));
    high / low
}
