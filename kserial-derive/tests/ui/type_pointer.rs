use kserial::KSerial;

#[derive(KSerial, Clone)]
#[kserial(record = "memfd")]
#[repr(C)]
struct Memfd {
    #[kserial(id = 1)]
    file: *const u8,
    #[kserial(id = 2)]
    name: &'static str,
    #[kserial(id = 3)]
    folios: [*mut u8; 4],
    #[kserial(id = 4)]
    page: Option<Box<u8>>,
}

fn main() {}
