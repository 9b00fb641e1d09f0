//! The types that members of rows can be selected as.
//!
//! A tuple does for each of its types what a single one does, and so on inwards: what is not a tuple is
//! a [`Pick`]. Rows are read one by one, or a run at a time: then each member of all rows of the run is
//! read on its own into a column, in a loop short enough for the compiler to vectorize.

use core::fmt;

use super::error::TableError;
use crate::layout::Layout;
use crate::member::Path;
use crate::pick::{Column, Pick};
use crate::record::Field;

/// Types that members can be selected as: a [`Field`], or a tuple of up to eight, nested at will.
///
/// A type must be what the reader's struct has there; for a single value also a wider integer of the same
/// sign. Bit fields, enums and bools come as unsigned integers of at least their width.
pub trait Members: Sized {
    /// A [`Path`] for each type, in a tuple of the same form.
    type Paths: Copy;
    /// How each is had from a row.
    #[doc(hidden)]
    type Picks: fmt::Debug;
    /// Each in all rows of a run.
    #[doc(hidden)]
    type Columns: fmt::Debug;

    #[doc(hidden)]
    fn pick(
        paths: Self::Paths,
        source: Option<Layout<'_>>,
        target: Layout<'_>,
    ) -> Result<Self::Picks, TableError>;

    /// Columns in which members that no row has are filled in already.
    #[doc(hidden)]
    fn columns(picks: &Self::Picks) -> Self::Columns;

    #[doc(hidden)]
    fn read(picks: &Self::Picks, row: &[u8]) -> Self;

    #[doc(hidden)]
    fn fill(picks: &Self::Picks, rows: &[u8], row: usize, columns: &mut Self::Columns);

    /// The members of row `number` of the run that the columns were filled from.
    #[doc(hidden)]
    fn nth(picks: &Self::Picks, columns: &Self::Columns, number: usize, row: &[u8]) -> Self;
}

impl<F: Field> Members for F {
    type Paths = Path;
    type Picks = Pick;
    type Columns = Column;

    fn pick(
        path: Path,
        source: Option<Layout<'_>>,
        target: Layout<'_>,
    ) -> Result<Pick, TableError> {
        Pick::of::<F>(path, source, target).map_err(|misfit| TableError::Misfit { path, misfit })
    }

    #[inline]
    fn columns(pick: &Pick) -> Column {
        pick.column()
    }

    #[inline]
    fn read(pick: &Pick, row: &[u8]) -> F {
        pick.read(row)
    }

    #[inline]
    fn fill(pick: &Pick, rows: &[u8], row: usize, column: &mut Column) {
        pick.fill::<F>(rows, row, column);
    }

    #[inline]
    fn nth(pick: &Pick, column: &Column, number: usize, row: &[u8]) -> F {
        pick.nth(column, number, row)
    }
}

macro_rules! tuples {
    ($($($member:ident $column:ident),*;)*) => {$(
        #[allow(non_snake_case, reason = "a variable for each type, by its name")]
        impl<$($member: Members),*> Members for ($($member,)*) {
            type Paths = ($($member::Paths,)*);
            type Picks = ($($member::Picks,)*);
            type Columns = ($($member::Columns,)*);

            fn pick(
                ($($member,)*): Self::Paths,
                source: Option<Layout<'_>>,
                target: Layout<'_>,
            ) -> Result<Self::Picks, TableError> {
                Ok(($($member::pick($member, source, target)?,)*))
            }

            #[inline]
            fn columns(($($member,)*): &Self::Picks) -> Self::Columns {
                ($($member::columns($member),)*)
            }

            #[inline]
            fn read(($($member,)*): &Self::Picks, row: &[u8]) -> Self {
                ($($member::read($member, row),)*)
            }

            #[inline]
            fn fill(picks: &Self::Picks, rows: &[u8], row: usize, columns: &mut Self::Columns) {
                let (($($member,)*), ($($column,)*)) = (picks, columns);
                $($member::fill($member, rows, row, $column);)*
            }

            #[inline]
            fn nth(picks: &Self::Picks, columns: &Self::Columns, number: usize, row: &[u8]) -> Self {
                let (($($member,)*), ($($column,)*)) = (picks, columns);
                ($($member::nth($member, $column, number, row),)*)
            }
        }
    )*};
}
tuples! {
    A a;
    A a, B b;
    A a, B b, C c;
    A a, B b, C c, D d;
    A a, B b, C c, D d, E e;
    A a, B b, C c, D d, E e, F f;
    A a, B b, C c, D d, E e, F f, G g;
    A a, B b, C c, D d, E e, F f, G g, H h;
}
