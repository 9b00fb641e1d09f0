//! `kserial matrix`: every pair.

use super::arguments::{Format, MatrixArguments};
use super::check::allowed;
use super::names::tell_apart;
use super::{open, print, Failure};
use crate::report::{Exit, Matrix, Paint};

pub(super) fn run(arguments: &MatrixArguments) -> Result<Exit, Failure> {
    let kernels: Result<Vec<_>, _> = arguments.sources.iter().map(|spec| open(spec)).collect();
    let mut kernels = kernels?;
    tell_apart(&mut kernels.iter_mut().collect::<Vec<_>>());
    let matrix = Matrix::of(&kernels);
    match arguments.format.format {
        Format::Text => print(matrix.text(Paint::of_stdout()))?,
        Format::Json => print(matrix.json())?,
    }
    Ok(allowed(matrix.exit(), arguments.allow_conditional))
}
