//! Rows whose values sit where two layouts may differ.

use crate::grade::Demand;
use crate::{Member, Row, Set, Shape};

/// A stream of numbers that follows from its seed.
#[derive(Clone, Debug)]
pub struct Dice(pub u64);

impl Dice {
    /// The next number (splitmix64).
    pub fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ z >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ z >> 31
    }

    /// A number below `end`, which is not 0.
    #[allow(clippy::cast_possible_truncation, reason = "below a usize")]
    pub fn below(&mut self, end: usize) -> usize {
        (self.roll() % end as u64) as usize
    }

    fn pick(&mut self, values: &[i128]) -> i128 {
        values[self.below(values.len())]
    }

    /// Any value of the set, which is not empty.
    fn within(&mut self, set: &Set) -> i128 {
        let intervals = set.intervals();
        let (low, high) = intervals[self.below(intervals.len())];
        low + i128::from(self.roll()) % (high - low + 1)
    }
}

/// `count` sound rows of `source`; what `target` says of a member makes some values likelier.
pub fn rows(source: &Shape, target: &Shape, count: usize, dice: &mut Dice) -> Vec<Row> {
    (0..count).map(|_| row(source, target, dice)).collect()
}

fn row(source: &Shape, target: &Shape, dice: &mut Dice) -> Row {
    let mood = dice.below(4);
    source
        .held()
        .map(|member| {
            let taker = target.member(&member.path);
            let elements = (0..member.count).map(|_| element(member, taker, mood, dice));
            (member.path.clone(), elements.collect())
        })
        .collect()
}

fn element(member: &Member, taker: Option<&Member>, mood: usize, dice: &mut Dice) -> i128 {
    let values = member.values();
    let welcome = taker.map_or(values.clone(), |taker| values.and(&taker.values()));
    let careful = dice.below(8) > 0;
    match mood {
        // A row that most readers take: unknown members at their defaults.
        0 if careful && taker.is_none() => member.default.unwrap_or_else(|| dice.within(&values)),
        0 | 1 if careful && !welcome.is_empty() => match member.default {
            Some(default) if welcome.has(default) && dice.below(3) > 0 => default,
            _ => dice.within(&welcome),
        },
        2 => dice.within(&values),
        _ => {
            let mut edges = values.edges();
            if let Some(taker) = taker {
                let near = taker.values().edges();
                let near = near.iter().flat_map(|value| [value - 1, *value, value + 1]);
                edges.extend(near.chain(taker.default).filter(|value| values.has(*value)));
            }
            edges.extend(member.default);
            dice.pick(&edges)
        }
    }
}

/// A row that meets every demand, if there can be one.
pub fn clean_row(source: &Shape, demands: &[Demand], dice: &mut Dice) -> Option<Row> {
    let mut row = rows(source, source, 1, dice).pop()?;
    for demand in demands {
        let welcome = demand.claimed.and(&demand.harmless);
        if welcome.is_empty() {
            return None;
        }
        let elements = row.get_mut(&demand.path)?;
        let range = demand.elements.0 as usize..demand.elements.1 as usize;
        elements[range].iter_mut().for_each(|element| *element = dice.within(&welcome));
    }
    Some(row)
}

/// A row that breaks `demand` in one element.
pub fn harmful_row(source: &Shape, demand: &Demand, dice: &mut Dice) -> Option<Row> {
    let mut row = rows(source, source, 1, dice).pop()?;
    let harmful = demand.claimed.without(&demand.harmless);
    let (first, end) = demand.elements;
    let at = first as usize + dice.below((end - first) as usize);
    *row.get_mut(&demand.path)?.get_mut(at)? = dice.within(&harmful);
    Some(row)
}
