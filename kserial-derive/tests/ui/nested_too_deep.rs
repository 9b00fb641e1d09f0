use kserial::KSerial;
use zerocopy_derive::{FromBytes, Immutable, IntoBytes, KnownLayout};

macro_rules! around {
    ($outer:ident, $name:literal, $inner:ty) => {
        #[derive(KSerial, Clone, FromBytes, IntoBytes, Immutable, KnownLayout)]
        #[kserial(record = $name)]
        #[repr(C)]
        struct $outer {
            #[kserial(id = 1, nested)]
            inner: $inner,
        }
    };
}

#[derive(KSerial, Clone, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[kserial(record = "one")]
#[repr(C)]
struct One {
    #[kserial(id = 1)]
    value: u64,
}

around!(Two, "two", One);
around!(Three, "three", Two);
around!(Four, "four", Three);

#[derive(KSerial, Clone, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[kserial(record = "five")]
#[repr(C)]
struct Five {
    #[kserial(id = 1, nested)]
    four: Four,
}

fn main() {}
