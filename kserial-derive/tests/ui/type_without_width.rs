use kserial::KSerial;

#[derive(KSerial, Clone)]
#[kserial(record = "memfd")]
#[repr(C)]
struct Memfd {
    #[kserial(id = 1)]
    size: usize,
    #[kserial(id = 2)]
    offset: isize,
    #[kserial(id = 3)]
    sealed: bool,
    #[kserial(id = 4)]
    letter: char,
    #[kserial(id = 5)]
    load: f32,
    #[kserial(id = 6)]
    average: f64,
    #[kserial(id = 7)]
    wide: u128,
    #[kserial(id = 8)]
    pair: (u32, u32),
    #[kserial(id = 9)]
    name: String,
    #[kserial(id = 10)]
    folios: Vec<u64>,
}

fn main() {}
