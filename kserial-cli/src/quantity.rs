//! Numbers for people.

use std::fmt::{self, Display};

/// A number with commas.
pub(crate) struct Count(pub(crate) u64);

impl Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.0.to_string();
        for (n, digit) in digits.chars().enumerate() {
            if n > 0 && (digits.len() - n).is_multiple_of(3) {
                f.write_str(",")?;
            }
            write!(f, "{digit}")?;
        }
        Ok(())
    }
}

/// A length in bytes: exact below 1 MiB and where it is even, otherwise with one digit behind the
/// point.
pub(crate) struct Bytes(pub(crate) u64);

impl Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const UNITS: [(u32, &str); 6] =
            [(60, "EiB"), (50, "PiB"), (40, "TiB"), (30, "GiB"), (20, "MiB"), (10, "KiB")];
        let Some((shift, unit)) = UNITS.into_iter().find(|(shift, _)| self.0 >> shift > 0) else {
            return write!(f, "{} B", self.0);
        };
        let one = 1_u128 << shift;
        if u128::from(self.0).is_multiple_of(one) {
            return write!(f, "{} {unit}", Count(self.0 >> shift));
        }
        if shift == 10 {
            return write!(f, "{} B", Count(self.0));
        }
        let tenths = (u128::from(self.0) * 10 + one / 2) / one;
        write!(f, "{}.{} {unit}", tenths / 10, tenths % 10)
    }
}
