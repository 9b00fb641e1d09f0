//! Plans: what lies between two layouts of one record, settled before the first row.
/// How one member moves.
#[derive(Clone, Copy, Debug)]
pub enum Step {
    /// Not at all.
    Skip,
}
