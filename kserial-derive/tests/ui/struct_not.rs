use kserial::KSerial;

#[derive(KSerial)]
#[kserial(record = "vendor")]
#[repr(u8)]
enum Vendor {
    Intel,
}

#[derive(KSerial)]
#[kserial(record = "vendor")]
#[repr(C)]
union Either {
    a: u32,
    b: i32,
}

fn main() {}
