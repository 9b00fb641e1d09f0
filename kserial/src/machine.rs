//! The machine that state belongs to.

/// What must be equal, or nearly so, on both sides of a live update.
///
/// ```
/// use kserial::Machine;
/// let machine = Machine { arch: Machine::X86_64, page_shift: 12, max_order: 10, encrypted: false };
/// assert!(machine.accepts(&machine));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Machine {
    /// The architecture, as ELF's `e_machine` numbers it.
    pub arch: u16,
    /// log2 of the page size in bytes.
    pub page_shift: u8,
    /// Of a writer, the largest order of the folios that its rows name, 0 if they name none; of a reader,
    /// the largest that it can use.
    pub max_order: u8,
    /// Whether memory encryption is active.
    pub encrypted: bool,
}

impl Machine {
    /// `e_machine` of x86-64.
    pub const X86_64: u16 = 62;
    /// `e_machine` of 64-bit ARM.
    pub const AARCH64: u16 = 183;

    /// Whether this machine, as the reader, can take the state of `writer`: all equal, and folios
    /// at most as large as its own.
    pub fn accepts(&self, writer: &Self) -> bool {
        let same = |m: &Self| (m.arch, m.page_shift, m.encrypted);
        same(self) == same(writer) && self.max_order >= writer.max_order
    }
}
