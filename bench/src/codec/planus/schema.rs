pub use root::*;

const _: () = ::planus::check_version_compatibility("planus-1.3.0");

/// The root namespace
///
/// Generated from these locations:
/// * File `schema.fbs`
#[no_implicit_prelude]
#[allow(clippy::needless_lifetimes)]
mod root {
    /// The namespace `bench`
    ///
    /// Generated from these locations:
    /// * File `schema.fbs`
    pub mod bench {
        /// The table `Folio` in the namespace `bench`
        ///
        /// Generated from these locations:
        /// * Table `Folio` in the file `schema.fbs:6`
        #[derive(
            Clone,
            Debug,
            PartialEq,
            PartialOrd,
            Eq,
            Ord,
            Hash,
            ::serde::Serialize,
            ::serde::Deserialize,
        )]
        pub struct Folio {
            /// The field `pfn_flags` in the table `Folio`
            pub pfn_flags: u64,
            /// The field `index` in the table `Folio`
            pub index: u64,
        }

        #[allow(clippy::derivable_impls)]
        impl ::core::default::Default for Folio {
            fn default() -> Self {
                Self {
                    pfn_flags: 0,
                    index: 0,
                }
            }
        }

        impl Folio {
            /// Creates a [FolioBuilder] for serializing an instance of this table.
            #[inline]
            pub fn builder() -> FolioBuilder<()> {
                FolioBuilder(())
            }

            #[allow(clippy::too_many_arguments)]
            pub fn create(
                builder: &mut ::planus::Builder,
                field_pfn_flags: impl ::planus::WriteAsDefault<u64, u64>,
                field_index: impl ::planus::WriteAsDefault<u64, u64>,
            ) -> ::planus::Offset<Self> {
                let prepared_pfn_flags = field_pfn_flags.prepare(builder, &0);
                let prepared_index = field_index.prepare(builder, &0);

                let mut table_writer: ::planus::table_writer::TableWriter<8> =
                    ::core::default::Default::default();
                if prepared_pfn_flags.is_some() {
                    table_writer.write_entry::<u64>(0);
                }
                if prepared_index.is_some() {
                    table_writer.write_entry::<u64>(1);
                }

                unsafe {
                    table_writer.finish(builder, |object_writer| {
                        if let ::core::option::Option::Some(prepared_pfn_flags) = prepared_pfn_flags
                        {
                            object_writer.write::<_, _, 8>(&prepared_pfn_flags);
                        }
                        if let ::core::option::Option::Some(prepared_index) = prepared_index {
                            object_writer.write::<_, _, 8>(&prepared_index);
                        }
                    });
                }
                builder.current_offset()
            }
        }

        impl ::planus::WriteAs<::planus::Offset<Folio>> for Folio {
            type Prepared = ::planus::Offset<Self>;

            #[inline]
            fn prepare(&self, builder: &mut ::planus::Builder) -> ::planus::Offset<Folio> {
                ::planus::WriteAsOffset::prepare(self, builder)
            }
        }

        impl ::planus::WriteAsOptional<::planus::Offset<Folio>> for Folio {
            type Prepared = ::planus::Offset<Self>;

            #[inline]
            fn prepare(
                &self,
                builder: &mut ::planus::Builder,
            ) -> ::core::option::Option<::planus::Offset<Folio>> {
                ::core::option::Option::Some(::planus::WriteAsOffset::prepare(self, builder))
            }
        }

        impl ::planus::WriteAsOffset<Folio> for Folio {
            #[inline]
            fn prepare(&self, builder: &mut ::planus::Builder) -> ::planus::Offset<Folio> {
                Folio::create(builder, self.pfn_flags, self.index)
            }
        }

        /// Builder for serializing an instance of the [Folio] type.
        ///
        /// Can be created using the [Folio::builder] method.
        #[derive(Debug)]
        #[must_use]
        pub struct FolioBuilder<State>(State);

        impl FolioBuilder<()> {
            /// Setter for the [`pfn_flags` field](Folio#structfield.pfn_flags).
            #[inline]
            #[allow(clippy::type_complexity)]
            pub fn pfn_flags<T0>(self, value: T0) -> FolioBuilder<(T0,)>
            where
                T0: ::planus::WriteAsDefault<u64, u64>,
            {
                FolioBuilder((value,))
            }

            /// Sets the [`pfn_flags` field](Folio#structfield.pfn_flags) to the default value.
            #[inline]
            #[allow(clippy::type_complexity)]
            pub fn pfn_flags_as_default(self) -> FolioBuilder<(::planus::DefaultValue,)> {
                self.pfn_flags(::planus::DefaultValue)
            }
        }

        impl<T0> FolioBuilder<(T0,)> {
            /// Setter for the [`index` field](Folio#structfield.index).
            #[inline]
            #[allow(clippy::type_complexity)]
            pub fn index<T1>(self, value: T1) -> FolioBuilder<(T0, T1)>
            where
                T1: ::planus::WriteAsDefault<u64, u64>,
            {
                let (v0,) = self.0;
                FolioBuilder((v0, value))
            }

            /// Sets the [`index` field](Folio#structfield.index) to the default value.
            #[inline]
            #[allow(clippy::type_complexity)]
            pub fn index_as_default(self) -> FolioBuilder<(T0, ::planus::DefaultValue)> {
                self.index(::planus::DefaultValue)
            }
        }

        impl<T0, T1> FolioBuilder<(T0, T1)> {
            /// Finish writing the builder to get an [Offset](::planus::Offset) to a serialized [Folio].
            #[inline]
            pub fn finish(self, builder: &mut ::planus::Builder) -> ::planus::Offset<Folio>
            where
                Self: ::planus::WriteAsOffset<Folio>,
            {
                ::planus::WriteAsOffset::prepare(&self, builder)
            }
        }

        impl<T0: ::planus::WriteAsDefault<u64, u64>, T1: ::planus::WriteAsDefault<u64, u64>>
            ::planus::WriteAs<::planus::Offset<Folio>> for FolioBuilder<(T0, T1)>
        {
            type Prepared = ::planus::Offset<Folio>;

            #[inline]
            fn prepare(&self, builder: &mut ::planus::Builder) -> ::planus::Offset<Folio> {
                ::planus::WriteAsOffset::prepare(self, builder)
            }
        }

        impl<T0: ::planus::WriteAsDefault<u64, u64>, T1: ::planus::WriteAsDefault<u64, u64>>
            ::planus::WriteAsOptional<::planus::Offset<Folio>> for FolioBuilder<(T0, T1)>
        {
            type Prepared = ::planus::Offset<Folio>;

            #[inline]
            fn prepare(
                &self,
                builder: &mut ::planus::Builder,
            ) -> ::core::option::Option<::planus::Offset<Folio>> {
                ::core::option::Option::Some(::planus::WriteAsOffset::prepare(self, builder))
            }
        }

        impl<T0: ::planus::WriteAsDefault<u64, u64>, T1: ::planus::WriteAsDefault<u64, u64>>
            ::planus::WriteAsOffset<Folio> for FolioBuilder<(T0, T1)>
        {
            #[inline]
            fn prepare(&self, builder: &mut ::planus::Builder) -> ::planus::Offset<Folio> {
                let (v0, v1) = &self.0;
                Folio::create(builder, v0, v1)
            }
        }

        /// Reference to a deserialized [Folio].
        #[derive(Copy, Clone)]
        pub struct FolioRef<'a>(#[allow(dead_code)] ::planus::table_reader::Table<'a>);

        impl<'a> FolioRef<'a> {
            /// Getter for the [`pfn_flags` field](Folio#structfield.pfn_flags).
            #[inline]
            pub fn pfn_flags(&self) -> ::planus::Result<u64> {
                ::core::result::Result::Ok(self.0.access(0, "Folio", "pfn_flags")?.unwrap_or(0))
            }

            /// Getter for the [`index` field](Folio#structfield.index).
            #[inline]
            pub fn index(&self) -> ::planus::Result<u64> {
                ::core::result::Result::Ok(self.0.access(1, "Folio", "index")?.unwrap_or(0))
            }
        }

        impl<'a> ::core::fmt::Debug for FolioRef<'a> {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                let mut f = f.debug_struct("FolioRef");
                f.field("pfn_flags", &self.pfn_flags());
                f.field("index", &self.index());
                f.finish()
            }
        }

        impl<'a> ::core::convert::TryFrom<FolioRef<'a>> for Folio {
            type Error = ::planus::Error;

            #[allow(unreachable_code)]
            fn try_from(value: FolioRef<'a>) -> ::planus::Result<Self> {
                ::core::result::Result::Ok(Self {
                    pfn_flags: ::core::convert::TryInto::try_into(value.pfn_flags()?)?,
                    index: ::core::convert::TryInto::try_into(value.index()?)?,
                })
            }
        }

        impl<'a> ::planus::TableRead<'a> for FolioRef<'a> {
            #[inline]
            fn from_buffer(
                buffer: ::planus::SliceWithStartOffset<'a>,
                offset: usize,
            ) -> ::core::result::Result<Self, ::planus::errors::ErrorKind> {
                ::core::result::Result::Ok(Self(::planus::table_reader::Table::from_buffer(
                    buffer, offset,
                )?))
            }
        }

        impl<'a> ::planus::VectorReadInner<'a> for FolioRef<'a> {
            type Error = ::planus::Error;
            const STRIDE: usize = 4;

            unsafe fn from_buffer(
                buffer: ::planus::SliceWithStartOffset<'a>,
                offset: usize,
            ) -> ::planus::Result<Self> {
                ::planus::TableRead::from_buffer(buffer, offset).map_err(|error_kind| {
                    error_kind.with_error_location("[FolioRef]", "get", buffer.offset_from_start)
                })
            }
        }

        /// # Safety
        /// The planus compiler generates implementations that initialize
        /// the bytes in `write_values`.
        unsafe impl ::planus::VectorWrite<::planus::Offset<Folio>> for Folio {
            type Value = ::planus::Offset<Folio>;
            const STRIDE: usize = 4;
            #[inline]
            fn prepare(&self, builder: &mut ::planus::Builder) -> Self::Value {
                ::planus::WriteAs::prepare(self, builder)
            }

            #[inline]
            unsafe fn write_values(
                values: &[::planus::Offset<Folio>],
                bytes: *mut ::core::mem::MaybeUninit<u8>,
                buffer_position: u32,
            ) {
                let bytes = bytes as *mut [::core::mem::MaybeUninit<u8>; 4];
                for (i, v) in ::core::iter::Iterator::enumerate(values.iter()) {
                    ::planus::WriteAsPrimitive::write(
                        v,
                        ::planus::Cursor::new(unsafe { &mut *bytes.add(i) }),
                        buffer_position - (Self::STRIDE * i) as u32,
                    );
                }
            }
        }

        impl<'a> ::planus::ReadAsRoot<'a> for FolioRef<'a> {
            fn read_as_root(slice: &'a [u8]) -> ::planus::Result<Self> {
                ::planus::TableRead::from_buffer(
                    ::planus::SliceWithStartOffset {
                        buffer: slice,
                        offset_from_start: 0,
                    },
                    0,
                )
                .map_err(|error_kind| {
                    error_kind.with_error_location("[FolioRef]", "read_as_root", 0)
                })
            }
        }

        /// The table `Folios` in the namespace `bench`
        ///
        /// Generated from these locations:
        /// * Table `Folios` in the file `schema.fbs:7`
        #[derive(
            Clone,
            Debug,
            PartialEq,
            PartialOrd,
            Eq,
            Ord,
            Hash,
            ::serde::Serialize,
            ::serde::Deserialize,
        )]
        pub struct Folios {
            /// The field `rows` in the table `Folios`
            pub rows: ::core::option::Option<::planus::alloc::vec::Vec<self::Folio>>,
        }

        #[allow(clippy::derivable_impls)]
        impl ::core::default::Default for Folios {
            fn default() -> Self {
                Self {
                    rows: ::core::default::Default::default(),
                }
            }
        }

        impl Folios {
            /// Creates a [FoliosBuilder] for serializing an instance of this table.
            #[inline]
            pub fn builder() -> FoliosBuilder<()> {
                FoliosBuilder(())
            }

            #[allow(clippy::too_many_arguments)]
            pub fn create(
                builder: &mut ::planus::Builder,
                field_rows: impl ::planus::WriteAsOptional<
                    ::planus::Offset<[::planus::Offset<self::Folio>]>,
                >,
            ) -> ::planus::Offset<Self> {
                let prepared_rows = field_rows.prepare(builder);

                let mut table_writer: ::planus::table_writer::TableWriter<6> =
                    ::core::default::Default::default();
                if prepared_rows.is_some() {
                    table_writer
                        .write_entry::<::planus::Offset<[::planus::Offset<self::Folio>]>>(0);
                }

                unsafe {
                    table_writer.finish(builder, |object_writer| {
                        if let ::core::option::Option::Some(prepared_rows) = prepared_rows {
                            object_writer.write::<_, _, 4>(&prepared_rows);
                        }
                    });
                }
                builder.current_offset()
            }
        }

        impl ::planus::WriteAs<::planus::Offset<Folios>> for Folios {
            type Prepared = ::planus::Offset<Self>;

            #[inline]
            fn prepare(&self, builder: &mut ::planus::Builder) -> ::planus::Offset<Folios> {
                ::planus::WriteAsOffset::prepare(self, builder)
            }
        }

        impl ::planus::WriteAsOptional<::planus::Offset<Folios>> for Folios {
            type Prepared = ::planus::Offset<Self>;

            #[inline]
            fn prepare(
                &self,
                builder: &mut ::planus::Builder,
            ) -> ::core::option::Option<::planus::Offset<Folios>> {
                ::core::option::Option::Some(::planus::WriteAsOffset::prepare(self, builder))
            }
        }

        impl ::planus::WriteAsOffset<Folios> for Folios {
            #[inline]
            fn prepare(&self, builder: &mut ::planus::Builder) -> ::planus::Offset<Folios> {
                Folios::create(builder, &self.rows)
            }
        }

        /// Builder for serializing an instance of the [Folios] type.
        ///
        /// Can be created using the [Folios::builder] method.
        #[derive(Debug)]
        #[must_use]
        pub struct FoliosBuilder<State>(State);

        impl FoliosBuilder<()> {
            /// Setter for the [`rows` field](Folios#structfield.rows).
            #[inline]
            #[allow(clippy::type_complexity)]
            pub fn rows<T0>(self, value: T0) -> FoliosBuilder<(T0,)>
            where
                T0: ::planus::WriteAsOptional<::planus::Offset<[::planus::Offset<self::Folio>]>>,
            {
                FoliosBuilder((value,))
            }

            /// Sets the [`rows` field](Folios#structfield.rows) to null.
            #[inline]
            #[allow(clippy::type_complexity)]
            pub fn rows_as_null(self) -> FoliosBuilder<((),)> {
                self.rows(())
            }
        }

        impl<T0> FoliosBuilder<(T0,)> {
            /// Finish writing the builder to get an [Offset](::planus::Offset) to a serialized [Folios].
            #[inline]
            pub fn finish(self, builder: &mut ::planus::Builder) -> ::planus::Offset<Folios>
            where
                Self: ::planus::WriteAsOffset<Folios>,
            {
                ::planus::WriteAsOffset::prepare(&self, builder)
            }
        }

        impl<T0: ::planus::WriteAsOptional<::planus::Offset<[::planus::Offset<self::Folio>]>>>
            ::planus::WriteAs<::planus::Offset<Folios>> for FoliosBuilder<(T0,)>
        {
            type Prepared = ::planus::Offset<Folios>;

            #[inline]
            fn prepare(&self, builder: &mut ::planus::Builder) -> ::planus::Offset<Folios> {
                ::planus::WriteAsOffset::prepare(self, builder)
            }
        }

        impl<T0: ::planus::WriteAsOptional<::planus::Offset<[::planus::Offset<self::Folio>]>>>
            ::planus::WriteAsOptional<::planus::Offset<Folios>> for FoliosBuilder<(T0,)>
        {
            type Prepared = ::planus::Offset<Folios>;

            #[inline]
            fn prepare(
                &self,
                builder: &mut ::planus::Builder,
            ) -> ::core::option::Option<::planus::Offset<Folios>> {
                ::core::option::Option::Some(::planus::WriteAsOffset::prepare(self, builder))
            }
        }

        impl<T0: ::planus::WriteAsOptional<::planus::Offset<[::planus::Offset<self::Folio>]>>>
            ::planus::WriteAsOffset<Folios> for FoliosBuilder<(T0,)>
        {
            #[inline]
            fn prepare(&self, builder: &mut ::planus::Builder) -> ::planus::Offset<Folios> {
                let (v0,) = &self.0;
                Folios::create(builder, v0)
            }
        }

        /// Reference to a deserialized [Folios].
        #[derive(Copy, Clone)]
        pub struct FoliosRef<'a>(#[allow(dead_code)] ::planus::table_reader::Table<'a>);

        impl<'a> FoliosRef<'a> {
            /// Getter for the [`rows` field](Folios#structfield.rows).
            #[inline]
            pub fn rows(
                &self,
            ) -> ::planus::Result<
                ::core::option::Option<::planus::Vector<'a, ::planus::Result<self::FolioRef<'a>>>>,
            > {
                self.0.access(0, "Folios", "rows")
            }
        }

        impl<'a> ::core::fmt::Debug for FoliosRef<'a> {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                let mut f = f.debug_struct("FoliosRef");
                if let ::core::option::Option::Some(field_rows) = self.rows().transpose() {
                    f.field("rows", &field_rows);
                }
                f.finish()
            }
        }

        impl<'a> ::core::convert::TryFrom<FoliosRef<'a>> for Folios {
            type Error = ::planus::Error;

            #[allow(unreachable_code)]
            fn try_from(value: FoliosRef<'a>) -> ::planus::Result<Self> {
                ::core::result::Result::Ok(Self {
                    rows: if let ::core::option::Option::Some(rows) = value.rows()? {
                        ::core::option::Option::Some(rows.to_vec_result()?)
                    } else {
                        ::core::option::Option::None
                    },
                })
            }
        }

        impl<'a> ::planus::TableRead<'a> for FoliosRef<'a> {
            #[inline]
            fn from_buffer(
                buffer: ::planus::SliceWithStartOffset<'a>,
                offset: usize,
            ) -> ::core::result::Result<Self, ::planus::errors::ErrorKind> {
                ::core::result::Result::Ok(Self(::planus::table_reader::Table::from_buffer(
                    buffer, offset,
                )?))
            }
        }

        impl<'a> ::planus::VectorReadInner<'a> for FoliosRef<'a> {
            type Error = ::planus::Error;
            const STRIDE: usize = 4;

            unsafe fn from_buffer(
                buffer: ::planus::SliceWithStartOffset<'a>,
                offset: usize,
            ) -> ::planus::Result<Self> {
                ::planus::TableRead::from_buffer(buffer, offset).map_err(|error_kind| {
                    error_kind.with_error_location("[FoliosRef]", "get", buffer.offset_from_start)
                })
            }
        }

        /// # Safety
        /// The planus compiler generates implementations that initialize
        /// the bytes in `write_values`.
        unsafe impl ::planus::VectorWrite<::planus::Offset<Folios>> for Folios {
            type Value = ::planus::Offset<Folios>;
            const STRIDE: usize = 4;
            #[inline]
            fn prepare(&self, builder: &mut ::planus::Builder) -> Self::Value {
                ::planus::WriteAs::prepare(self, builder)
            }

            #[inline]
            unsafe fn write_values(
                values: &[::planus::Offset<Folios>],
                bytes: *mut ::core::mem::MaybeUninit<u8>,
                buffer_position: u32,
            ) {
                let bytes = bytes as *mut [::core::mem::MaybeUninit<u8>; 4];
                for (i, v) in ::core::iter::Iterator::enumerate(values.iter()) {
                    ::planus::WriteAsPrimitive::write(
                        v,
                        ::planus::Cursor::new(unsafe { &mut *bytes.add(i) }),
                        buffer_position - (Self::STRIDE * i) as u32,
                    );
                }
            }
        }

        impl<'a> ::planus::ReadAsRoot<'a> for FoliosRef<'a> {
            fn read_as_root(slice: &'a [u8]) -> ::planus::Result<Self> {
                ::planus::TableRead::from_buffer(
                    ::planus::SliceWithStartOffset {
                        buffer: slice,
                        offset_from_start: 0,
                    },
                    0,
                )
                .map_err(|error_kind| {
                    error_kind.with_error_location("[FoliosRef]", "read_as_root", 0)
                })
            }
        }

        /// The table `File` in the namespace `bench`
        ///
        /// Generated from these locations:
        /// * Table `File` in the file `schema.fbs:9`
        #[derive(
            Clone,
            Debug,
            PartialEq,
            PartialOrd,
            Eq,
            Ord,
            Hash,
            ::serde::Serialize,
            ::serde::Deserialize,
        )]
        pub struct File {
            /// The field `compatible` in the table `File`
            pub compatible: ::core::option::Option<::planus::alloc::vec::Vec<u8>>,
            /// The field `data` in the table `File`
            pub data: u64,
            /// The field `token` in the table `File`
            pub token: u64,
        }

        #[allow(clippy::derivable_impls)]
        impl ::core::default::Default for File {
            fn default() -> Self {
                Self {
                    compatible: ::core::default::Default::default(),
                    data: 0,
                    token: 0,
                }
            }
        }

        impl File {
            /// Creates a [FileBuilder] for serializing an instance of this table.
            #[inline]
            pub fn builder() -> FileBuilder<()> {
                FileBuilder(())
            }

            #[allow(clippy::too_many_arguments)]
            pub fn create(
                builder: &mut ::planus::Builder,
                field_compatible: impl ::planus::WriteAsOptional<::planus::Offset<[u8]>>,
                field_data: impl ::planus::WriteAsDefault<u64, u64>,
                field_token: impl ::planus::WriteAsDefault<u64, u64>,
            ) -> ::planus::Offset<Self> {
                let prepared_compatible = field_compatible.prepare(builder);
                let prepared_data = field_data.prepare(builder, &0);
                let prepared_token = field_token.prepare(builder, &0);

                let mut table_writer: ::planus::table_writer::TableWriter<10> =
                    ::core::default::Default::default();
                if prepared_data.is_some() {
                    table_writer.write_entry::<u64>(1);
                }
                if prepared_token.is_some() {
                    table_writer.write_entry::<u64>(2);
                }
                if prepared_compatible.is_some() {
                    table_writer.write_entry::<::planus::Offset<[u8]>>(0);
                }

                unsafe {
                    table_writer.finish(builder, |object_writer| {
                        if let ::core::option::Option::Some(prepared_data) = prepared_data {
                            object_writer.write::<_, _, 8>(&prepared_data);
                        }
                        if let ::core::option::Option::Some(prepared_token) = prepared_token {
                            object_writer.write::<_, _, 8>(&prepared_token);
                        }
                        if let ::core::option::Option::Some(prepared_compatible) =
                            prepared_compatible
                        {
                            object_writer.write::<_, _, 4>(&prepared_compatible);
                        }
                    });
                }
                builder.current_offset()
            }
        }

        impl ::planus::WriteAs<::planus::Offset<File>> for File {
            type Prepared = ::planus::Offset<Self>;

            #[inline]
            fn prepare(&self, builder: &mut ::planus::Builder) -> ::planus::Offset<File> {
                ::planus::WriteAsOffset::prepare(self, builder)
            }
        }

        impl ::planus::WriteAsOptional<::planus::Offset<File>> for File {
            type Prepared = ::planus::Offset<Self>;

            #[inline]
            fn prepare(
                &self,
                builder: &mut ::planus::Builder,
            ) -> ::core::option::Option<::planus::Offset<File>> {
                ::core::option::Option::Some(::planus::WriteAsOffset::prepare(self, builder))
            }
        }

        impl ::planus::WriteAsOffset<File> for File {
            #[inline]
            fn prepare(&self, builder: &mut ::planus::Builder) -> ::planus::Offset<File> {
                File::create(builder, &self.compatible, self.data, self.token)
            }
        }

        /// Builder for serializing an instance of the [File] type.
        ///
        /// Can be created using the [File::builder] method.
        #[derive(Debug)]
        #[must_use]
        pub struct FileBuilder<State>(State);

        impl FileBuilder<()> {
            /// Setter for the [`compatible` field](File#structfield.compatible).
            #[inline]
            #[allow(clippy::type_complexity)]
            pub fn compatible<T0>(self, value: T0) -> FileBuilder<(T0,)>
            where
                T0: ::planus::WriteAsOptional<::planus::Offset<[u8]>>,
            {
                FileBuilder((value,))
            }

            /// Sets the [`compatible` field](File#structfield.compatible) to null.
            #[inline]
            #[allow(clippy::type_complexity)]
            pub fn compatible_as_null(self) -> FileBuilder<((),)> {
                self.compatible(())
            }
        }

        impl<T0> FileBuilder<(T0,)> {
            /// Setter for the [`data` field](File#structfield.data).
            #[inline]
            #[allow(clippy::type_complexity)]
            pub fn data<T1>(self, value: T1) -> FileBuilder<(T0, T1)>
            where
                T1: ::planus::WriteAsDefault<u64, u64>,
            {
                let (v0,) = self.0;
                FileBuilder((v0, value))
            }

            /// Sets the [`data` field](File#structfield.data) to the default value.
            #[inline]
            #[allow(clippy::type_complexity)]
            pub fn data_as_default(self) -> FileBuilder<(T0, ::planus::DefaultValue)> {
                self.data(::planus::DefaultValue)
            }
        }

        impl<T0, T1> FileBuilder<(T0, T1)> {
            /// Setter for the [`token` field](File#structfield.token).
            #[inline]
            #[allow(clippy::type_complexity)]
            pub fn token<T2>(self, value: T2) -> FileBuilder<(T0, T1, T2)>
            where
                T2: ::planus::WriteAsDefault<u64, u64>,
            {
                let (v0, v1) = self.0;
                FileBuilder((v0, v1, value))
            }

            /// Sets the [`token` field](File#structfield.token) to the default value.
            #[inline]
            #[allow(clippy::type_complexity)]
            pub fn token_as_default(self) -> FileBuilder<(T0, T1, ::planus::DefaultValue)> {
                self.token(::planus::DefaultValue)
            }
        }

        impl<T0, T1, T2> FileBuilder<(T0, T1, T2)> {
            /// Finish writing the builder to get an [Offset](::planus::Offset) to a serialized [File].
            #[inline]
            pub fn finish(self, builder: &mut ::planus::Builder) -> ::planus::Offset<File>
            where
                Self: ::planus::WriteAsOffset<File>,
            {
                ::planus::WriteAsOffset::prepare(&self, builder)
            }
        }

        impl<
                T0: ::planus::WriteAsOptional<::planus::Offset<[u8]>>,
                T1: ::planus::WriteAsDefault<u64, u64>,
                T2: ::planus::WriteAsDefault<u64, u64>,
            > ::planus::WriteAs<::planus::Offset<File>> for FileBuilder<(T0, T1, T2)>
        {
            type Prepared = ::planus::Offset<File>;

            #[inline]
            fn prepare(&self, builder: &mut ::planus::Builder) -> ::planus::Offset<File> {
                ::planus::WriteAsOffset::prepare(self, builder)
            }
        }

        impl<
                T0: ::planus::WriteAsOptional<::planus::Offset<[u8]>>,
                T1: ::planus::WriteAsDefault<u64, u64>,
                T2: ::planus::WriteAsDefault<u64, u64>,
            > ::planus::WriteAsOptional<::planus::Offset<File>> for FileBuilder<(T0, T1, T2)>
        {
            type Prepared = ::planus::Offset<File>;

            #[inline]
            fn prepare(
                &self,
                builder: &mut ::planus::Builder,
            ) -> ::core::option::Option<::planus::Offset<File>> {
                ::core::option::Option::Some(::planus::WriteAsOffset::prepare(self, builder))
            }
        }

        impl<
                T0: ::planus::WriteAsOptional<::planus::Offset<[u8]>>,
                T1: ::planus::WriteAsDefault<u64, u64>,
                T2: ::planus::WriteAsDefault<u64, u64>,
            > ::planus::WriteAsOffset<File> for FileBuilder<(T0, T1, T2)>
        {
            #[inline]
            fn prepare(&self, builder: &mut ::planus::Builder) -> ::planus::Offset<File> {
                let (v0, v1, v2) = &self.0;
                File::create(builder, v0, v1, v2)
            }
        }

        /// Reference to a deserialized [File].
        #[derive(Copy, Clone)]
        pub struct FileRef<'a>(#[allow(dead_code)] ::planus::table_reader::Table<'a>);

        impl<'a> FileRef<'a> {
            /// Getter for the [`compatible` field](File#structfield.compatible).
            #[inline]
            pub fn compatible(&self) -> ::planus::Result<::core::option::Option<&'a [u8]>> {
                self.0.access(0, "File", "compatible")
            }

            /// Getter for the [`data` field](File#structfield.data).
            #[inline]
            pub fn data(&self) -> ::planus::Result<u64> {
                ::core::result::Result::Ok(self.0.access(1, "File", "data")?.unwrap_or(0))
            }

            /// Getter for the [`token` field](File#structfield.token).
            #[inline]
            pub fn token(&self) -> ::planus::Result<u64> {
                ::core::result::Result::Ok(self.0.access(2, "File", "token")?.unwrap_or(0))
            }
        }

        impl<'a> ::core::fmt::Debug for FileRef<'a> {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                let mut f = f.debug_struct("FileRef");
                if let ::core::option::Option::Some(field_compatible) =
                    self.compatible().transpose()
                {
                    f.field("compatible", &field_compatible);
                }
                f.field("data", &self.data());
                f.field("token", &self.token());
                f.finish()
            }
        }

        impl<'a> ::core::convert::TryFrom<FileRef<'a>> for File {
            type Error = ::planus::Error;

            #[allow(unreachable_code)]
            fn try_from(value: FileRef<'a>) -> ::planus::Result<Self> {
                ::core::result::Result::Ok(Self {
                    compatible: value.compatible()?.map(|v| v.to_vec()),
                    data: ::core::convert::TryInto::try_into(value.data()?)?,
                    token: ::core::convert::TryInto::try_into(value.token()?)?,
                })
            }
        }

        impl<'a> ::planus::TableRead<'a> for FileRef<'a> {
            #[inline]
            fn from_buffer(
                buffer: ::planus::SliceWithStartOffset<'a>,
                offset: usize,
            ) -> ::core::result::Result<Self, ::planus::errors::ErrorKind> {
                ::core::result::Result::Ok(Self(::planus::table_reader::Table::from_buffer(
                    buffer, offset,
                )?))
            }
        }

        impl<'a> ::planus::VectorReadInner<'a> for FileRef<'a> {
            type Error = ::planus::Error;
            const STRIDE: usize = 4;

            unsafe fn from_buffer(
                buffer: ::planus::SliceWithStartOffset<'a>,
                offset: usize,
            ) -> ::planus::Result<Self> {
                ::planus::TableRead::from_buffer(buffer, offset).map_err(|error_kind| {
                    error_kind.with_error_location("[FileRef]", "get", buffer.offset_from_start)
                })
            }
        }

        /// # Safety
        /// The planus compiler generates implementations that initialize
        /// the bytes in `write_values`.
        unsafe impl ::planus::VectorWrite<::planus::Offset<File>> for File {
            type Value = ::planus::Offset<File>;
            const STRIDE: usize = 4;
            #[inline]
            fn prepare(&self, builder: &mut ::planus::Builder) -> Self::Value {
                ::planus::WriteAs::prepare(self, builder)
            }

            #[inline]
            unsafe fn write_values(
                values: &[::planus::Offset<File>],
                bytes: *mut ::core::mem::MaybeUninit<u8>,
                buffer_position: u32,
            ) {
                let bytes = bytes as *mut [::core::mem::MaybeUninit<u8>; 4];
                for (i, v) in ::core::iter::Iterator::enumerate(values.iter()) {
                    ::planus::WriteAsPrimitive::write(
                        v,
                        ::planus::Cursor::new(unsafe { &mut *bytes.add(i) }),
                        buffer_position - (Self::STRIDE * i) as u32,
                    );
                }
            }
        }

        impl<'a> ::planus::ReadAsRoot<'a> for FileRef<'a> {
            fn read_as_root(slice: &'a [u8]) -> ::planus::Result<Self> {
                ::planus::TableRead::from_buffer(
                    ::planus::SliceWithStartOffset {
                        buffer: slice,
                        offset_from_start: 0,
                    },
                    0,
                )
                .map_err(|error_kind| {
                    error_kind.with_error_location("[FileRef]", "read_as_root", 0)
                })
            }
        }

        /// The table `Session` in the namespace `bench`
        ///
        /// Generated from these locations:
        /// * Table `Session` in the file `schema.fbs:10`
        #[derive(
            Clone,
            Debug,
            PartialEq,
            PartialOrd,
            Eq,
            Ord,
            Hash,
            ::serde::Serialize,
            ::serde::Deserialize,
        )]
        pub struct Session {
            /// The field `name` in the table `Session`
            pub name: ::core::option::Option<::planus::alloc::vec::Vec<u8>>,
            /// The field `files` in the table `Session`
            pub files: ::core::option::Option<::planus::alloc::vec::Vec<self::File>>,
        }

        #[allow(clippy::derivable_impls)]
        impl ::core::default::Default for Session {
            fn default() -> Self {
                Self {
                    name: ::core::default::Default::default(),
                    files: ::core::default::Default::default(),
                }
            }
        }

        impl Session {
            /// Creates a [SessionBuilder] for serializing an instance of this table.
            #[inline]
            pub fn builder() -> SessionBuilder<()> {
                SessionBuilder(())
            }

            #[allow(clippy::too_many_arguments)]
            pub fn create(
                builder: &mut ::planus::Builder,
                field_name: impl ::planus::WriteAsOptional<::planus::Offset<[u8]>>,
                field_files: impl ::planus::WriteAsOptional<
                    ::planus::Offset<[::planus::Offset<self::File>]>,
                >,
            ) -> ::planus::Offset<Self> {
                let prepared_name = field_name.prepare(builder);
                let prepared_files = field_files.prepare(builder);

                let mut table_writer: ::planus::table_writer::TableWriter<8> =
                    ::core::default::Default::default();
                if prepared_name.is_some() {
                    table_writer.write_entry::<::planus::Offset<[u8]>>(0);
                }
                if prepared_files.is_some() {
                    table_writer.write_entry::<::planus::Offset<[::planus::Offset<self::File>]>>(1);
                }

                unsafe {
                    table_writer.finish(builder, |object_writer| {
                        if let ::core::option::Option::Some(prepared_name) = prepared_name {
                            object_writer.write::<_, _, 4>(&prepared_name);
                        }
                        if let ::core::option::Option::Some(prepared_files) = prepared_files {
                            object_writer.write::<_, _, 4>(&prepared_files);
                        }
                    });
                }
                builder.current_offset()
            }
        }

        impl ::planus::WriteAs<::planus::Offset<Session>> for Session {
            type Prepared = ::planus::Offset<Self>;

            #[inline]
            fn prepare(&self, builder: &mut ::planus::Builder) -> ::planus::Offset<Session> {
                ::planus::WriteAsOffset::prepare(self, builder)
            }
        }

        impl ::planus::WriteAsOptional<::planus::Offset<Session>> for Session {
            type Prepared = ::planus::Offset<Self>;

            #[inline]
            fn prepare(
                &self,
                builder: &mut ::planus::Builder,
            ) -> ::core::option::Option<::planus::Offset<Session>> {
                ::core::option::Option::Some(::planus::WriteAsOffset::prepare(self, builder))
            }
        }

        impl ::planus::WriteAsOffset<Session> for Session {
            #[inline]
            fn prepare(&self, builder: &mut ::planus::Builder) -> ::planus::Offset<Session> {
                Session::create(builder, &self.name, &self.files)
            }
        }

        /// Builder for serializing an instance of the [Session] type.
        ///
        /// Can be created using the [Session::builder] method.
        #[derive(Debug)]
        #[must_use]
        pub struct SessionBuilder<State>(State);

        impl SessionBuilder<()> {
            /// Setter for the [`name` field](Session#structfield.name).
            #[inline]
            #[allow(clippy::type_complexity)]
            pub fn name<T0>(self, value: T0) -> SessionBuilder<(T0,)>
            where
                T0: ::planus::WriteAsOptional<::planus::Offset<[u8]>>,
            {
                SessionBuilder((value,))
            }

            /// Sets the [`name` field](Session#structfield.name) to null.
            #[inline]
            #[allow(clippy::type_complexity)]
            pub fn name_as_null(self) -> SessionBuilder<((),)> {
                self.name(())
            }
        }

        impl<T0> SessionBuilder<(T0,)> {
            /// Setter for the [`files` field](Session#structfield.files).
            #[inline]
            #[allow(clippy::type_complexity)]
            pub fn files<T1>(self, value: T1) -> SessionBuilder<(T0, T1)>
            where
                T1: ::planus::WriteAsOptional<::planus::Offset<[::planus::Offset<self::File>]>>,
            {
                let (v0,) = self.0;
                SessionBuilder((v0, value))
            }

            /// Sets the [`files` field](Session#structfield.files) to null.
            #[inline]
            #[allow(clippy::type_complexity)]
            pub fn files_as_null(self) -> SessionBuilder<(T0, ())> {
                self.files(())
            }
        }

        impl<T0, T1> SessionBuilder<(T0, T1)> {
            /// Finish writing the builder to get an [Offset](::planus::Offset) to a serialized [Session].
            #[inline]
            pub fn finish(self, builder: &mut ::planus::Builder) -> ::planus::Offset<Session>
            where
                Self: ::planus::WriteAsOffset<Session>,
            {
                ::planus::WriteAsOffset::prepare(&self, builder)
            }
        }

        impl<
                T0: ::planus::WriteAsOptional<::planus::Offset<[u8]>>,
                T1: ::planus::WriteAsOptional<::planus::Offset<[::planus::Offset<self::File>]>>,
            > ::planus::WriteAs<::planus::Offset<Session>> for SessionBuilder<(T0, T1)>
        {
            type Prepared = ::planus::Offset<Session>;

            #[inline]
            fn prepare(&self, builder: &mut ::planus::Builder) -> ::planus::Offset<Session> {
                ::planus::WriteAsOffset::prepare(self, builder)
            }
        }

        impl<
                T0: ::planus::WriteAsOptional<::planus::Offset<[u8]>>,
                T1: ::planus::WriteAsOptional<::planus::Offset<[::planus::Offset<self::File>]>>,
            > ::planus::WriteAsOptional<::planus::Offset<Session>> for SessionBuilder<(T0, T1)>
        {
            type Prepared = ::planus::Offset<Session>;

            #[inline]
            fn prepare(
                &self,
                builder: &mut ::planus::Builder,
            ) -> ::core::option::Option<::planus::Offset<Session>> {
                ::core::option::Option::Some(::planus::WriteAsOffset::prepare(self, builder))
            }
        }

        impl<
                T0: ::planus::WriteAsOptional<::planus::Offset<[u8]>>,
                T1: ::planus::WriteAsOptional<::planus::Offset<[::planus::Offset<self::File>]>>,
            > ::planus::WriteAsOffset<Session> for SessionBuilder<(T0, T1)>
        {
            #[inline]
            fn prepare(&self, builder: &mut ::planus::Builder) -> ::planus::Offset<Session> {
                let (v0, v1) = &self.0;
                Session::create(builder, v0, v1)
            }
        }

        /// Reference to a deserialized [Session].
        #[derive(Copy, Clone)]
        pub struct SessionRef<'a>(#[allow(dead_code)] ::planus::table_reader::Table<'a>);

        impl<'a> SessionRef<'a> {
            /// Getter for the [`name` field](Session#structfield.name).
            #[inline]
            pub fn name(&self) -> ::planus::Result<::core::option::Option<&'a [u8]>> {
                self.0.access(0, "Session", "name")
            }

            /// Getter for the [`files` field](Session#structfield.files).
            #[inline]
            pub fn files(
                &self,
            ) -> ::planus::Result<
                ::core::option::Option<::planus::Vector<'a, ::planus::Result<self::FileRef<'a>>>>,
            > {
                self.0.access(1, "Session", "files")
            }
        }

        impl<'a> ::core::fmt::Debug for SessionRef<'a> {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                let mut f = f.debug_struct("SessionRef");
                if let ::core::option::Option::Some(field_name) = self.name().transpose() {
                    f.field("name", &field_name);
                }
                if let ::core::option::Option::Some(field_files) = self.files().transpose() {
                    f.field("files", &field_files);
                }
                f.finish()
            }
        }

        impl<'a> ::core::convert::TryFrom<SessionRef<'a>> for Session {
            type Error = ::planus::Error;

            #[allow(unreachable_code)]
            fn try_from(value: SessionRef<'a>) -> ::planus::Result<Self> {
                ::core::result::Result::Ok(Self {
                    name: value.name()?.map(|v| v.to_vec()),
                    files: if let ::core::option::Option::Some(files) = value.files()? {
                        ::core::option::Option::Some(files.to_vec_result()?)
                    } else {
                        ::core::option::Option::None
                    },
                })
            }
        }

        impl<'a> ::planus::TableRead<'a> for SessionRef<'a> {
            #[inline]
            fn from_buffer(
                buffer: ::planus::SliceWithStartOffset<'a>,
                offset: usize,
            ) -> ::core::result::Result<Self, ::planus::errors::ErrorKind> {
                ::core::result::Result::Ok(Self(::planus::table_reader::Table::from_buffer(
                    buffer, offset,
                )?))
            }
        }

        impl<'a> ::planus::VectorReadInner<'a> for SessionRef<'a> {
            type Error = ::planus::Error;
            const STRIDE: usize = 4;

            unsafe fn from_buffer(
                buffer: ::planus::SliceWithStartOffset<'a>,
                offset: usize,
            ) -> ::planus::Result<Self> {
                ::planus::TableRead::from_buffer(buffer, offset).map_err(|error_kind| {
                    error_kind.with_error_location("[SessionRef]", "get", buffer.offset_from_start)
                })
            }
        }

        /// # Safety
        /// The planus compiler generates implementations that initialize
        /// the bytes in `write_values`.
        unsafe impl ::planus::VectorWrite<::planus::Offset<Session>> for Session {
            type Value = ::planus::Offset<Session>;
            const STRIDE: usize = 4;
            #[inline]
            fn prepare(&self, builder: &mut ::planus::Builder) -> Self::Value {
                ::planus::WriteAs::prepare(self, builder)
            }

            #[inline]
            unsafe fn write_values(
                values: &[::planus::Offset<Session>],
                bytes: *mut ::core::mem::MaybeUninit<u8>,
                buffer_position: u32,
            ) {
                let bytes = bytes as *mut [::core::mem::MaybeUninit<u8>; 4];
                for (i, v) in ::core::iter::Iterator::enumerate(values.iter()) {
                    ::planus::WriteAsPrimitive::write(
                        v,
                        ::planus::Cursor::new(unsafe { &mut *bytes.add(i) }),
                        buffer_position - (Self::STRIDE * i) as u32,
                    );
                }
            }
        }

        impl<'a> ::planus::ReadAsRoot<'a> for SessionRef<'a> {
            fn read_as_root(slice: &'a [u8]) -> ::planus::Result<Self> {
                ::planus::TableRead::from_buffer(
                    ::planus::SliceWithStartOffset {
                        buffer: slice,
                        offset_from_start: 0,
                    },
                    0,
                )
                .map_err(|error_kind| {
                    error_kind.with_error_location("[SessionRef]", "read_as_root", 0)
                })
            }
        }

        /// The table `Sessions` in the namespace `bench`
        ///
        /// Generated from these locations:
        /// * Table `Sessions` in the file `schema.fbs:11`
        #[derive(
            Clone,
            Debug,
            PartialEq,
            PartialOrd,
            Eq,
            Ord,
            Hash,
            ::serde::Serialize,
            ::serde::Deserialize,
        )]
        pub struct Sessions {
            /// The field `rows` in the table `Sessions`
            pub rows: ::core::option::Option<::planus::alloc::vec::Vec<self::Session>>,
        }

        #[allow(clippy::derivable_impls)]
        impl ::core::default::Default for Sessions {
            fn default() -> Self {
                Self {
                    rows: ::core::default::Default::default(),
                }
            }
        }

        impl Sessions {
            /// Creates a [SessionsBuilder] for serializing an instance of this table.
            #[inline]
            pub fn builder() -> SessionsBuilder<()> {
                SessionsBuilder(())
            }

            #[allow(clippy::too_many_arguments)]
            pub fn create(
                builder: &mut ::planus::Builder,
                field_rows: impl ::planus::WriteAsOptional<
                    ::planus::Offset<[::planus::Offset<self::Session>]>,
                >,
            ) -> ::planus::Offset<Self> {
                let prepared_rows = field_rows.prepare(builder);

                let mut table_writer: ::planus::table_writer::TableWriter<6> =
                    ::core::default::Default::default();
                if prepared_rows.is_some() {
                    table_writer
                        .write_entry::<::planus::Offset<[::planus::Offset<self::Session>]>>(0);
                }

                unsafe {
                    table_writer.finish(builder, |object_writer| {
                        if let ::core::option::Option::Some(prepared_rows) = prepared_rows {
                            object_writer.write::<_, _, 4>(&prepared_rows);
                        }
                    });
                }
                builder.current_offset()
            }
        }

        impl ::planus::WriteAs<::planus::Offset<Sessions>> for Sessions {
            type Prepared = ::planus::Offset<Self>;

            #[inline]
            fn prepare(&self, builder: &mut ::planus::Builder) -> ::planus::Offset<Sessions> {
                ::planus::WriteAsOffset::prepare(self, builder)
            }
        }

        impl ::planus::WriteAsOptional<::planus::Offset<Sessions>> for Sessions {
            type Prepared = ::planus::Offset<Self>;

            #[inline]
            fn prepare(
                &self,
                builder: &mut ::planus::Builder,
            ) -> ::core::option::Option<::planus::Offset<Sessions>> {
                ::core::option::Option::Some(::planus::WriteAsOffset::prepare(self, builder))
            }
        }

        impl ::planus::WriteAsOffset<Sessions> for Sessions {
            #[inline]
            fn prepare(&self, builder: &mut ::planus::Builder) -> ::planus::Offset<Sessions> {
                Sessions::create(builder, &self.rows)
            }
        }

        /// Builder for serializing an instance of the [Sessions] type.
        ///
        /// Can be created using the [Sessions::builder] method.
        #[derive(Debug)]
        #[must_use]
        pub struct SessionsBuilder<State>(State);

        impl SessionsBuilder<()> {
            /// Setter for the [`rows` field](Sessions#structfield.rows).
            #[inline]
            #[allow(clippy::type_complexity)]
            pub fn rows<T0>(self, value: T0) -> SessionsBuilder<(T0,)>
            where
                T0: ::planus::WriteAsOptional<::planus::Offset<[::planus::Offset<self::Session>]>>,
            {
                SessionsBuilder((value,))
            }

            /// Sets the [`rows` field](Sessions#structfield.rows) to null.
            #[inline]
            #[allow(clippy::type_complexity)]
            pub fn rows_as_null(self) -> SessionsBuilder<((),)> {
                self.rows(())
            }
        }

        impl<T0> SessionsBuilder<(T0,)> {
            /// Finish writing the builder to get an [Offset](::planus::Offset) to a serialized [Sessions].
            #[inline]
            pub fn finish(self, builder: &mut ::planus::Builder) -> ::planus::Offset<Sessions>
            where
                Self: ::planus::WriteAsOffset<Sessions>,
            {
                ::planus::WriteAsOffset::prepare(&self, builder)
            }
        }

        impl<
                T0: ::planus::WriteAsOptional<::planus::Offset<[::planus::Offset<self::Session>]>>,
            > ::planus::WriteAs<::planus::Offset<Sessions>> for SessionsBuilder<(T0,)>
        {
            type Prepared = ::planus::Offset<Sessions>;

            #[inline]
            fn prepare(&self, builder: &mut ::planus::Builder) -> ::planus::Offset<Sessions> {
                ::planus::WriteAsOffset::prepare(self, builder)
            }
        }

        impl<
                T0: ::planus::WriteAsOptional<::planus::Offset<[::planus::Offset<self::Session>]>>,
            > ::planus::WriteAsOptional<::planus::Offset<Sessions>> for SessionsBuilder<(T0,)>
        {
            type Prepared = ::planus::Offset<Sessions>;

            #[inline]
            fn prepare(
                &self,
                builder: &mut ::planus::Builder,
            ) -> ::core::option::Option<::planus::Offset<Sessions>> {
                ::core::option::Option::Some(::planus::WriteAsOffset::prepare(self, builder))
            }
        }

        impl<
                T0: ::planus::WriteAsOptional<::planus::Offset<[::planus::Offset<self::Session>]>>,
            > ::planus::WriteAsOffset<Sessions> for SessionsBuilder<(T0,)>
        {
            #[inline]
            fn prepare(&self, builder: &mut ::planus::Builder) -> ::planus::Offset<Sessions> {
                let (v0,) = &self.0;
                Sessions::create(builder, v0)
            }
        }

        /// Reference to a deserialized [Sessions].
        #[derive(Copy, Clone)]
        pub struct SessionsRef<'a>(#[allow(dead_code)] ::planus::table_reader::Table<'a>);

        impl<'a> SessionsRef<'a> {
            /// Getter for the [`rows` field](Sessions#structfield.rows).
            #[inline]
            pub fn rows(
                &self,
            ) -> ::planus::Result<
                ::core::option::Option<
                    ::planus::Vector<'a, ::planus::Result<self::SessionRef<'a>>>,
                >,
            > {
                self.0.access(0, "Sessions", "rows")
            }
        }

        impl<'a> ::core::fmt::Debug for SessionsRef<'a> {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                let mut f = f.debug_struct("SessionsRef");
                if let ::core::option::Option::Some(field_rows) = self.rows().transpose() {
                    f.field("rows", &field_rows);
                }
                f.finish()
            }
        }

        impl<'a> ::core::convert::TryFrom<SessionsRef<'a>> for Sessions {
            type Error = ::planus::Error;

            #[allow(unreachable_code)]
            fn try_from(value: SessionsRef<'a>) -> ::planus::Result<Self> {
                ::core::result::Result::Ok(Self {
                    rows: if let ::core::option::Option::Some(rows) = value.rows()? {
                        ::core::option::Option::Some(rows.to_vec_result()?)
                    } else {
                        ::core::option::Option::None
                    },
                })
            }
        }

        impl<'a> ::planus::TableRead<'a> for SessionsRef<'a> {
            #[inline]
            fn from_buffer(
                buffer: ::planus::SliceWithStartOffset<'a>,
                offset: usize,
            ) -> ::core::result::Result<Self, ::planus::errors::ErrorKind> {
                ::core::result::Result::Ok(Self(::planus::table_reader::Table::from_buffer(
                    buffer, offset,
                )?))
            }
        }

        impl<'a> ::planus::VectorReadInner<'a> for SessionsRef<'a> {
            type Error = ::planus::Error;
            const STRIDE: usize = 4;

            unsafe fn from_buffer(
                buffer: ::planus::SliceWithStartOffset<'a>,
                offset: usize,
            ) -> ::planus::Result<Self> {
                ::planus::TableRead::from_buffer(buffer, offset).map_err(|error_kind| {
                    error_kind.with_error_location("[SessionsRef]", "get", buffer.offset_from_start)
                })
            }
        }

        /// # Safety
        /// The planus compiler generates implementations that initialize
        /// the bytes in `write_values`.
        unsafe impl ::planus::VectorWrite<::planus::Offset<Sessions>> for Sessions {
            type Value = ::planus::Offset<Sessions>;
            const STRIDE: usize = 4;
            #[inline]
            fn prepare(&self, builder: &mut ::planus::Builder) -> Self::Value {
                ::planus::WriteAs::prepare(self, builder)
            }

            #[inline]
            unsafe fn write_values(
                values: &[::planus::Offset<Sessions>],
                bytes: *mut ::core::mem::MaybeUninit<u8>,
                buffer_position: u32,
            ) {
                let bytes = bytes as *mut [::core::mem::MaybeUninit<u8>; 4];
                for (i, v) in ::core::iter::Iterator::enumerate(values.iter()) {
                    ::planus::WriteAsPrimitive::write(
                        v,
                        ::planus::Cursor::new(unsafe { &mut *bytes.add(i) }),
                        buffer_position - (Self::STRIDE * i) as u32,
                    );
                }
            }
        }

        impl<'a> ::planus::ReadAsRoot<'a> for SessionsRef<'a> {
            fn read_as_root(slice: &'a [u8]) -> ::planus::Result<Self> {
                ::planus::TableRead::from_buffer(
                    ::planus::SliceWithStartOffset {
                        buffer: slice,
                        offset_from_start: 0,
                    },
                    0,
                )
                .map_err(|error_kind| {
                    error_kind.with_error_location("[SessionsRef]", "read_as_root", 0)
                })
            }
        }

        /// The table `Capability` in the namespace `bench`
        ///
        /// Generated from these locations:
        /// * Table `Capability` in the file `schema.fbs:13`
        #[derive(
            Clone,
            Debug,
            PartialEq,
            PartialOrd,
            Eq,
            Ord,
            Hash,
            ::serde::Serialize,
            ::serde::Deserialize,
        )]
        pub struct Capability {
            /// The field `id` in the table `Capability`
            pub id: u16,
            /// The field `offset` in the table `Capability`
            pub offset: u16,
            /// The field `data` in the table `Capability`
            pub data: ::core::option::Option<::planus::alloc::vec::Vec<u8>>,
        }

        #[allow(clippy::derivable_impls)]
        impl ::core::default::Default for Capability {
            fn default() -> Self {
                Self {
                    id: 0,
                    offset: 0,
                    data: ::core::default::Default::default(),
                }
            }
        }

        impl Capability {
            /// Creates a [CapabilityBuilder] for serializing an instance of this table.
            #[inline]
            pub fn builder() -> CapabilityBuilder<()> {
                CapabilityBuilder(())
            }

            #[allow(clippy::too_many_arguments)]
            pub fn create(
                builder: &mut ::planus::Builder,
                field_id: impl ::planus::WriteAsDefault<u16, u16>,
                field_offset: impl ::planus::WriteAsDefault<u16, u16>,
                field_data: impl ::planus::WriteAsOptional<::planus::Offset<[u8]>>,
            ) -> ::planus::Offset<Self> {
                let prepared_id = field_id.prepare(builder, &0);
                let prepared_offset = field_offset.prepare(builder, &0);
                let prepared_data = field_data.prepare(builder);

                let mut table_writer: ::planus::table_writer::TableWriter<10> =
                    ::core::default::Default::default();
                if prepared_data.is_some() {
                    table_writer.write_entry::<::planus::Offset<[u8]>>(2);
                }
                if prepared_id.is_some() {
                    table_writer.write_entry::<u16>(0);
                }
                if prepared_offset.is_some() {
                    table_writer.write_entry::<u16>(1);
                }

                unsafe {
                    table_writer.finish(builder, |object_writer| {
                        if let ::core::option::Option::Some(prepared_data) = prepared_data {
                            object_writer.write::<_, _, 4>(&prepared_data);
                        }
                        if let ::core::option::Option::Some(prepared_id) = prepared_id {
                            object_writer.write::<_, _, 2>(&prepared_id);
                        }
                        if let ::core::option::Option::Some(prepared_offset) = prepared_offset {
                            object_writer.write::<_, _, 2>(&prepared_offset);
                        }
                    });
                }
                builder.current_offset()
            }
        }

        impl ::planus::WriteAs<::planus::Offset<Capability>> for Capability {
            type Prepared = ::planus::Offset<Self>;

            #[inline]
            fn prepare(&self, builder: &mut ::planus::Builder) -> ::planus::Offset<Capability> {
                ::planus::WriteAsOffset::prepare(self, builder)
            }
        }

        impl ::planus::WriteAsOptional<::planus::Offset<Capability>> for Capability {
            type Prepared = ::planus::Offset<Self>;

            #[inline]
            fn prepare(
                &self,
                builder: &mut ::planus::Builder,
            ) -> ::core::option::Option<::planus::Offset<Capability>> {
                ::core::option::Option::Some(::planus::WriteAsOffset::prepare(self, builder))
            }
        }

        impl ::planus::WriteAsOffset<Capability> for Capability {
            #[inline]
            fn prepare(&self, builder: &mut ::planus::Builder) -> ::planus::Offset<Capability> {
                Capability::create(builder, self.id, self.offset, &self.data)
            }
        }

        /// Builder for serializing an instance of the [Capability] type.
        ///
        /// Can be created using the [Capability::builder] method.
        #[derive(Debug)]
        #[must_use]
        pub struct CapabilityBuilder<State>(State);

        impl CapabilityBuilder<()> {
            /// Setter for the [`id` field](Capability#structfield.id).
            #[inline]
            #[allow(clippy::type_complexity)]
            pub fn id<T0>(self, value: T0) -> CapabilityBuilder<(T0,)>
            where
                T0: ::planus::WriteAsDefault<u16, u16>,
            {
                CapabilityBuilder((value,))
            }

            /// Sets the [`id` field](Capability#structfield.id) to the default value.
            #[inline]
            #[allow(clippy::type_complexity)]
            pub fn id_as_default(self) -> CapabilityBuilder<(::planus::DefaultValue,)> {
                self.id(::planus::DefaultValue)
            }
        }

        impl<T0> CapabilityBuilder<(T0,)> {
            /// Setter for the [`offset` field](Capability#structfield.offset).
            #[inline]
            #[allow(clippy::type_complexity)]
            pub fn offset<T1>(self, value: T1) -> CapabilityBuilder<(T0, T1)>
            where
                T1: ::planus::WriteAsDefault<u16, u16>,
            {
                let (v0,) = self.0;
                CapabilityBuilder((v0, value))
            }

            /// Sets the [`offset` field](Capability#structfield.offset) to the default value.
            #[inline]
            #[allow(clippy::type_complexity)]
            pub fn offset_as_default(self) -> CapabilityBuilder<(T0, ::planus::DefaultValue)> {
                self.offset(::planus::DefaultValue)
            }
        }

        impl<T0, T1> CapabilityBuilder<(T0, T1)> {
            /// Setter for the [`data` field](Capability#structfield.data).
            #[inline]
            #[allow(clippy::type_complexity)]
            pub fn data<T2>(self, value: T2) -> CapabilityBuilder<(T0, T1, T2)>
            where
                T2: ::planus::WriteAsOptional<::planus::Offset<[u8]>>,
            {
                let (v0, v1) = self.0;
                CapabilityBuilder((v0, v1, value))
            }

            /// Sets the [`data` field](Capability#structfield.data) to null.
            #[inline]
            #[allow(clippy::type_complexity)]
            pub fn data_as_null(self) -> CapabilityBuilder<(T0, T1, ())> {
                self.data(())
            }
        }

        impl<T0, T1, T2> CapabilityBuilder<(T0, T1, T2)> {
            /// Finish writing the builder to get an [Offset](::planus::Offset) to a serialized [Capability].
            #[inline]
            pub fn finish(self, builder: &mut ::planus::Builder) -> ::planus::Offset<Capability>
            where
                Self: ::planus::WriteAsOffset<Capability>,
            {
                ::planus::WriteAsOffset::prepare(&self, builder)
            }
        }

        impl<
                T0: ::planus::WriteAsDefault<u16, u16>,
                T1: ::planus::WriteAsDefault<u16, u16>,
                T2: ::planus::WriteAsOptional<::planus::Offset<[u8]>>,
            > ::planus::WriteAs<::planus::Offset<Capability>> for CapabilityBuilder<(T0, T1, T2)>
        {
            type Prepared = ::planus::Offset<Capability>;

            #[inline]
            fn prepare(&self, builder: &mut ::planus::Builder) -> ::planus::Offset<Capability> {
                ::planus::WriteAsOffset::prepare(self, builder)
            }
        }

        impl<
                T0: ::planus::WriteAsDefault<u16, u16>,
                T1: ::planus::WriteAsDefault<u16, u16>,
                T2: ::planus::WriteAsOptional<::planus::Offset<[u8]>>,
            > ::planus::WriteAsOptional<::planus::Offset<Capability>>
            for CapabilityBuilder<(T0, T1, T2)>
        {
            type Prepared = ::planus::Offset<Capability>;

            #[inline]
            fn prepare(
                &self,
                builder: &mut ::planus::Builder,
            ) -> ::core::option::Option<::planus::Offset<Capability>> {
                ::core::option::Option::Some(::planus::WriteAsOffset::prepare(self, builder))
            }
        }

        impl<
                T0: ::planus::WriteAsDefault<u16, u16>,
                T1: ::planus::WriteAsDefault<u16, u16>,
                T2: ::planus::WriteAsOptional<::planus::Offset<[u8]>>,
            > ::planus::WriteAsOffset<Capability> for CapabilityBuilder<(T0, T1, T2)>
        {
            #[inline]
            fn prepare(&self, builder: &mut ::planus::Builder) -> ::planus::Offset<Capability> {
                let (v0, v1, v2) = &self.0;
                Capability::create(builder, v0, v1, v2)
            }
        }

        /// Reference to a deserialized [Capability].
        #[derive(Copy, Clone)]
        pub struct CapabilityRef<'a>(#[allow(dead_code)] ::planus::table_reader::Table<'a>);

        impl<'a> CapabilityRef<'a> {
            /// Getter for the [`id` field](Capability#structfield.id).
            #[inline]
            pub fn id(&self) -> ::planus::Result<u16> {
                ::core::result::Result::Ok(self.0.access(0, "Capability", "id")?.unwrap_or(0))
            }

            /// Getter for the [`offset` field](Capability#structfield.offset).
            #[inline]
            pub fn offset(&self) -> ::planus::Result<u16> {
                ::core::result::Result::Ok(self.0.access(1, "Capability", "offset")?.unwrap_or(0))
            }

            /// Getter for the [`data` field](Capability#structfield.data).
            #[inline]
            pub fn data(&self) -> ::planus::Result<::core::option::Option<&'a [u8]>> {
                self.0.access(2, "Capability", "data")
            }
        }

        impl<'a> ::core::fmt::Debug for CapabilityRef<'a> {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                let mut f = f.debug_struct("CapabilityRef");
                f.field("id", &self.id());
                f.field("offset", &self.offset());
                if let ::core::option::Option::Some(field_data) = self.data().transpose() {
                    f.field("data", &field_data);
                }
                f.finish()
            }
        }

        impl<'a> ::core::convert::TryFrom<CapabilityRef<'a>> for Capability {
            type Error = ::planus::Error;

            #[allow(unreachable_code)]
            fn try_from(value: CapabilityRef<'a>) -> ::planus::Result<Self> {
                ::core::result::Result::Ok(Self {
                    id: ::core::convert::TryInto::try_into(value.id()?)?,
                    offset: ::core::convert::TryInto::try_into(value.offset()?)?,
                    data: value.data()?.map(|v| v.to_vec()),
                })
            }
        }

        impl<'a> ::planus::TableRead<'a> for CapabilityRef<'a> {
            #[inline]
            fn from_buffer(
                buffer: ::planus::SliceWithStartOffset<'a>,
                offset: usize,
            ) -> ::core::result::Result<Self, ::planus::errors::ErrorKind> {
                ::core::result::Result::Ok(Self(::planus::table_reader::Table::from_buffer(
                    buffer, offset,
                )?))
            }
        }

        impl<'a> ::planus::VectorReadInner<'a> for CapabilityRef<'a> {
            type Error = ::planus::Error;
            const STRIDE: usize = 4;

            unsafe fn from_buffer(
                buffer: ::planus::SliceWithStartOffset<'a>,
                offset: usize,
            ) -> ::planus::Result<Self> {
                ::planus::TableRead::from_buffer(buffer, offset).map_err(|error_kind| {
                    error_kind.with_error_location(
                        "[CapabilityRef]",
                        "get",
                        buffer.offset_from_start,
                    )
                })
            }
        }

        /// # Safety
        /// The planus compiler generates implementations that initialize
        /// the bytes in `write_values`.
        unsafe impl ::planus::VectorWrite<::planus::Offset<Capability>> for Capability {
            type Value = ::planus::Offset<Capability>;
            const STRIDE: usize = 4;
            #[inline]
            fn prepare(&self, builder: &mut ::planus::Builder) -> Self::Value {
                ::planus::WriteAs::prepare(self, builder)
            }

            #[inline]
            unsafe fn write_values(
                values: &[::planus::Offset<Capability>],
                bytes: *mut ::core::mem::MaybeUninit<u8>,
                buffer_position: u32,
            ) {
                let bytes = bytes as *mut [::core::mem::MaybeUninit<u8>; 4];
                for (i, v) in ::core::iter::Iterator::enumerate(values.iter()) {
                    ::planus::WriteAsPrimitive::write(
                        v,
                        ::planus::Cursor::new(unsafe { &mut *bytes.add(i) }),
                        buffer_position - (Self::STRIDE * i) as u32,
                    );
                }
            }
        }

        impl<'a> ::planus::ReadAsRoot<'a> for CapabilityRef<'a> {
            fn read_as_root(slice: &'a [u8]) -> ::planus::Result<Self> {
                ::planus::TableRead::from_buffer(
                    ::planus::SliceWithStartOffset {
                        buffer: slice,
                        offset_from_start: 0,
                    },
                    0,
                )
                .map_err(|error_kind| {
                    error_kind.with_error_location("[CapabilityRef]", "read_as_root", 0)
                })
            }
        }

        /// The table `Device` in the namespace `bench`
        ///
        /// Generated from these locations:
        /// * Table `Device` in the file `schema.fbs:14`
        #[derive(
            Clone,
            Debug,
            PartialEq,
            PartialOrd,
            Eq,
            Ord,
            Hash,
            ::serde::Serialize,
            ::serde::Deserialize,
        )]
        pub struct Device {
            /// The field `domain` in the table `Device`
            pub domain: u16,
            /// The field `bus` in the table `Device`
            pub bus: u8,
            /// The field `devfn` in the table `Device`
            pub devfn: u8,
            /// The field `config` in the table `Device`
            pub config: ::core::option::Option<::planus::alloc::vec::Vec<u8>>,
            /// The field `capabilities` in the table `Device`
            pub capabilities: ::core::option::Option<::planus::alloc::vec::Vec<self::Capability>>,
        }

        #[allow(clippy::derivable_impls)]
        impl ::core::default::Default for Device {
            fn default() -> Self {
                Self {
                    domain: 0,
                    bus: 0,
                    devfn: 0,
                    config: ::core::default::Default::default(),
                    capabilities: ::core::default::Default::default(),
                }
            }
        }

        impl Device {
            /// Creates a [DeviceBuilder] for serializing an instance of this table.
            #[inline]
            pub fn builder() -> DeviceBuilder<()> {
                DeviceBuilder(())
            }

            #[allow(clippy::too_many_arguments)]
            pub fn create(
                builder: &mut ::planus::Builder,
                field_domain: impl ::planus::WriteAsDefault<u16, u16>,
                field_bus: impl ::planus::WriteAsDefault<u8, u8>,
                field_devfn: impl ::planus::WriteAsDefault<u8, u8>,
                field_config: impl ::planus::WriteAsOptional<::planus::Offset<[u8]>>,
                field_capabilities: impl ::planus::WriteAsOptional<
                    ::planus::Offset<[::planus::Offset<self::Capability>]>,
                >,
            ) -> ::planus::Offset<Self> {
                let prepared_domain = field_domain.prepare(builder, &0);
                let prepared_bus = field_bus.prepare(builder, &0);
                let prepared_devfn = field_devfn.prepare(builder, &0);
                let prepared_config = field_config.prepare(builder);
                let prepared_capabilities = field_capabilities.prepare(builder);

                let mut table_writer: ::planus::table_writer::TableWriter<14> =
                    ::core::default::Default::default();
                if prepared_config.is_some() {
                    table_writer.write_entry::<::planus::Offset<[u8]>>(3);
                }
                if prepared_capabilities.is_some() {
                    table_writer
                        .write_entry::<::planus::Offset<[::planus::Offset<self::Capability>]>>(4);
                }
                if prepared_domain.is_some() {
                    table_writer.write_entry::<u16>(0);
                }
                if prepared_bus.is_some() {
                    table_writer.write_entry::<u8>(1);
                }
                if prepared_devfn.is_some() {
                    table_writer.write_entry::<u8>(2);
                }

                unsafe {
                    table_writer.finish(builder, |object_writer| {
                        if let ::core::option::Option::Some(prepared_config) = prepared_config {
                            object_writer.write::<_, _, 4>(&prepared_config);
                        }
                        if let ::core::option::Option::Some(prepared_capabilities) =
                            prepared_capabilities
                        {
                            object_writer.write::<_, _, 4>(&prepared_capabilities);
                        }
                        if let ::core::option::Option::Some(prepared_domain) = prepared_domain {
                            object_writer.write::<_, _, 2>(&prepared_domain);
                        }
                        if let ::core::option::Option::Some(prepared_bus) = prepared_bus {
                            object_writer.write::<_, _, 1>(&prepared_bus);
                        }
                        if let ::core::option::Option::Some(prepared_devfn) = prepared_devfn {
                            object_writer.write::<_, _, 1>(&prepared_devfn);
                        }
                    });
                }
                builder.current_offset()
            }
        }

        impl ::planus::WriteAs<::planus::Offset<Device>> for Device {
            type Prepared = ::planus::Offset<Self>;

            #[inline]
            fn prepare(&self, builder: &mut ::planus::Builder) -> ::planus::Offset<Device> {
                ::planus::WriteAsOffset::prepare(self, builder)
            }
        }

        impl ::planus::WriteAsOptional<::planus::Offset<Device>> for Device {
            type Prepared = ::planus::Offset<Self>;

            #[inline]
            fn prepare(
                &self,
                builder: &mut ::planus::Builder,
            ) -> ::core::option::Option<::planus::Offset<Device>> {
                ::core::option::Option::Some(::planus::WriteAsOffset::prepare(self, builder))
            }
        }

        impl ::planus::WriteAsOffset<Device> for Device {
            #[inline]
            fn prepare(&self, builder: &mut ::planus::Builder) -> ::planus::Offset<Device> {
                Device::create(
                    builder,
                    self.domain,
                    self.bus,
                    self.devfn,
                    &self.config,
                    &self.capabilities,
                )
            }
        }

        /// Builder for serializing an instance of the [Device] type.
        ///
        /// Can be created using the [Device::builder] method.
        #[derive(Debug)]
        #[must_use]
        pub struct DeviceBuilder<State>(State);

        impl DeviceBuilder<()> {
            /// Setter for the [`domain` field](Device#structfield.domain).
            #[inline]
            #[allow(clippy::type_complexity)]
            pub fn domain<T0>(self, value: T0) -> DeviceBuilder<(T0,)>
            where
                T0: ::planus::WriteAsDefault<u16, u16>,
            {
                DeviceBuilder((value,))
            }

            /// Sets the [`domain` field](Device#structfield.domain) to the default value.
            #[inline]
            #[allow(clippy::type_complexity)]
            pub fn domain_as_default(self) -> DeviceBuilder<(::planus::DefaultValue,)> {
                self.domain(::planus::DefaultValue)
            }
        }

        impl<T0> DeviceBuilder<(T0,)> {
            /// Setter for the [`bus` field](Device#structfield.bus).
            #[inline]
            #[allow(clippy::type_complexity)]
            pub fn bus<T1>(self, value: T1) -> DeviceBuilder<(T0, T1)>
            where
                T1: ::planus::WriteAsDefault<u8, u8>,
            {
                let (v0,) = self.0;
                DeviceBuilder((v0, value))
            }

            /// Sets the [`bus` field](Device#structfield.bus) to the default value.
            #[inline]
            #[allow(clippy::type_complexity)]
            pub fn bus_as_default(self) -> DeviceBuilder<(T0, ::planus::DefaultValue)> {
                self.bus(::planus::DefaultValue)
            }
        }

        impl<T0, T1> DeviceBuilder<(T0, T1)> {
            /// Setter for the [`devfn` field](Device#structfield.devfn).
            #[inline]
            #[allow(clippy::type_complexity)]
            pub fn devfn<T2>(self, value: T2) -> DeviceBuilder<(T0, T1, T2)>
            where
                T2: ::planus::WriteAsDefault<u8, u8>,
            {
                let (v0, v1) = self.0;
                DeviceBuilder((v0, v1, value))
            }

            /// Sets the [`devfn` field](Device#structfield.devfn) to the default value.
            #[inline]
            #[allow(clippy::type_complexity)]
            pub fn devfn_as_default(self) -> DeviceBuilder<(T0, T1, ::planus::DefaultValue)> {
                self.devfn(::planus::DefaultValue)
            }
        }

        impl<T0, T1, T2> DeviceBuilder<(T0, T1, T2)> {
            /// Setter for the [`config` field](Device#structfield.config).
            #[inline]
            #[allow(clippy::type_complexity)]
            pub fn config<T3>(self, value: T3) -> DeviceBuilder<(T0, T1, T2, T3)>
            where
                T3: ::planus::WriteAsOptional<::planus::Offset<[u8]>>,
            {
                let (v0, v1, v2) = self.0;
                DeviceBuilder((v0, v1, v2, value))
            }

            /// Sets the [`config` field](Device#structfield.config) to null.
            #[inline]
            #[allow(clippy::type_complexity)]
            pub fn config_as_null(self) -> DeviceBuilder<(T0, T1, T2, ())> {
                self.config(())
            }
        }

        impl<T0, T1, T2, T3> DeviceBuilder<(T0, T1, T2, T3)> {
            /// Setter for the [`capabilities` field](Device#structfield.capabilities).
            #[inline]
            #[allow(clippy::type_complexity)]
            pub fn capabilities<T4>(self, value: T4) -> DeviceBuilder<(T0, T1, T2, T3, T4)>
            where
                T4: ::planus::WriteAsOptional<
                    ::planus::Offset<[::planus::Offset<self::Capability>]>,
                >,
            {
                let (v0, v1, v2, v3) = self.0;
                DeviceBuilder((v0, v1, v2, v3, value))
            }

            /// Sets the [`capabilities` field](Device#structfield.capabilities) to null.
            #[inline]
            #[allow(clippy::type_complexity)]
            pub fn capabilities_as_null(self) -> DeviceBuilder<(T0, T1, T2, T3, ())> {
                self.capabilities(())
            }
        }

        impl<T0, T1, T2, T3, T4> DeviceBuilder<(T0, T1, T2, T3, T4)> {
            /// Finish writing the builder to get an [Offset](::planus::Offset) to a serialized [Device].
            #[inline]
            pub fn finish(self, builder: &mut ::planus::Builder) -> ::planus::Offset<Device>
            where
                Self: ::planus::WriteAsOffset<Device>,
            {
                ::planus::WriteAsOffset::prepare(&self, builder)
            }
        }

        impl<
                T0: ::planus::WriteAsDefault<u16, u16>,
                T1: ::planus::WriteAsDefault<u8, u8>,
                T2: ::planus::WriteAsDefault<u8, u8>,
                T3: ::planus::WriteAsOptional<::planus::Offset<[u8]>>,
                T4: ::planus::WriteAsOptional<::planus::Offset<[::planus::Offset<self::Capability>]>>,
            > ::planus::WriteAs<::planus::Offset<Device>> for DeviceBuilder<(T0, T1, T2, T3, T4)>
        {
            type Prepared = ::planus::Offset<Device>;

            #[inline]
            fn prepare(&self, builder: &mut ::planus::Builder) -> ::planus::Offset<Device> {
                ::planus::WriteAsOffset::prepare(self, builder)
            }
        }

        impl<
                T0: ::planus::WriteAsDefault<u16, u16>,
                T1: ::planus::WriteAsDefault<u8, u8>,
                T2: ::planus::WriteAsDefault<u8, u8>,
                T3: ::planus::WriteAsOptional<::planus::Offset<[u8]>>,
                T4: ::planus::WriteAsOptional<::planus::Offset<[::planus::Offset<self::Capability>]>>,
            > ::planus::WriteAsOptional<::planus::Offset<Device>>
            for DeviceBuilder<(T0, T1, T2, T3, T4)>
        {
            type Prepared = ::planus::Offset<Device>;

            #[inline]
            fn prepare(
                &self,
                builder: &mut ::planus::Builder,
            ) -> ::core::option::Option<::planus::Offset<Device>> {
                ::core::option::Option::Some(::planus::WriteAsOffset::prepare(self, builder))
            }
        }

        impl<
                T0: ::planus::WriteAsDefault<u16, u16>,
                T1: ::planus::WriteAsDefault<u8, u8>,
                T2: ::planus::WriteAsDefault<u8, u8>,
                T3: ::planus::WriteAsOptional<::planus::Offset<[u8]>>,
                T4: ::planus::WriteAsOptional<::planus::Offset<[::planus::Offset<self::Capability>]>>,
            > ::planus::WriteAsOffset<Device> for DeviceBuilder<(T0, T1, T2, T3, T4)>
        {
            #[inline]
            fn prepare(&self, builder: &mut ::planus::Builder) -> ::planus::Offset<Device> {
                let (v0, v1, v2, v3, v4) = &self.0;
                Device::create(builder, v0, v1, v2, v3, v4)
            }
        }

        /// Reference to a deserialized [Device].
        #[derive(Copy, Clone)]
        pub struct DeviceRef<'a>(#[allow(dead_code)] ::planus::table_reader::Table<'a>);

        impl<'a> DeviceRef<'a> {
            /// Getter for the [`domain` field](Device#structfield.domain).
            #[inline]
            pub fn domain(&self) -> ::planus::Result<u16> {
                ::core::result::Result::Ok(self.0.access(0, "Device", "domain")?.unwrap_or(0))
            }

            /// Getter for the [`bus` field](Device#structfield.bus).
            #[inline]
            pub fn bus(&self) -> ::planus::Result<u8> {
                ::core::result::Result::Ok(self.0.access(1, "Device", "bus")?.unwrap_or(0))
            }

            /// Getter for the [`devfn` field](Device#structfield.devfn).
            #[inline]
            pub fn devfn(&self) -> ::planus::Result<u8> {
                ::core::result::Result::Ok(self.0.access(2, "Device", "devfn")?.unwrap_or(0))
            }

            /// Getter for the [`config` field](Device#structfield.config).
            #[inline]
            pub fn config(&self) -> ::planus::Result<::core::option::Option<&'a [u8]>> {
                self.0.access(3, "Device", "config")
            }

            /// Getter for the [`capabilities` field](Device#structfield.capabilities).
            #[inline]
            pub fn capabilities(
                &self,
            ) -> ::planus::Result<
                ::core::option::Option<
                    ::planus::Vector<'a, ::planus::Result<self::CapabilityRef<'a>>>,
                >,
            > {
                self.0.access(4, "Device", "capabilities")
            }
        }

        impl<'a> ::core::fmt::Debug for DeviceRef<'a> {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                let mut f = f.debug_struct("DeviceRef");
                f.field("domain", &self.domain());
                f.field("bus", &self.bus());
                f.field("devfn", &self.devfn());
                if let ::core::option::Option::Some(field_config) = self.config().transpose() {
                    f.field("config", &field_config);
                }
                if let ::core::option::Option::Some(field_capabilities) =
                    self.capabilities().transpose()
                {
                    f.field("capabilities", &field_capabilities);
                }
                f.finish()
            }
        }

        impl<'a> ::core::convert::TryFrom<DeviceRef<'a>> for Device {
            type Error = ::planus::Error;

            #[allow(unreachable_code)]
            fn try_from(value: DeviceRef<'a>) -> ::planus::Result<Self> {
                ::core::result::Result::Ok(Self {
                    domain: ::core::convert::TryInto::try_into(value.domain()?)?,
                    bus: ::core::convert::TryInto::try_into(value.bus()?)?,
                    devfn: ::core::convert::TryInto::try_into(value.devfn()?)?,
                    config: value.config()?.map(|v| v.to_vec()),
                    capabilities: if let ::core::option::Option::Some(capabilities) =
                        value.capabilities()?
                    {
                        ::core::option::Option::Some(capabilities.to_vec_result()?)
                    } else {
                        ::core::option::Option::None
                    },
                })
            }
        }

        impl<'a> ::planus::TableRead<'a> for DeviceRef<'a> {
            #[inline]
            fn from_buffer(
                buffer: ::planus::SliceWithStartOffset<'a>,
                offset: usize,
            ) -> ::core::result::Result<Self, ::planus::errors::ErrorKind> {
                ::core::result::Result::Ok(Self(::planus::table_reader::Table::from_buffer(
                    buffer, offset,
                )?))
            }
        }

        impl<'a> ::planus::VectorReadInner<'a> for DeviceRef<'a> {
            type Error = ::planus::Error;
            const STRIDE: usize = 4;

            unsafe fn from_buffer(
                buffer: ::planus::SliceWithStartOffset<'a>,
                offset: usize,
            ) -> ::planus::Result<Self> {
                ::planus::TableRead::from_buffer(buffer, offset).map_err(|error_kind| {
                    error_kind.with_error_location("[DeviceRef]", "get", buffer.offset_from_start)
                })
            }
        }

        /// # Safety
        /// The planus compiler generates implementations that initialize
        /// the bytes in `write_values`.
        unsafe impl ::planus::VectorWrite<::planus::Offset<Device>> for Device {
            type Value = ::planus::Offset<Device>;
            const STRIDE: usize = 4;
            #[inline]
            fn prepare(&self, builder: &mut ::planus::Builder) -> Self::Value {
                ::planus::WriteAs::prepare(self, builder)
            }

            #[inline]
            unsafe fn write_values(
                values: &[::planus::Offset<Device>],
                bytes: *mut ::core::mem::MaybeUninit<u8>,
                buffer_position: u32,
            ) {
                let bytes = bytes as *mut [::core::mem::MaybeUninit<u8>; 4];
                for (i, v) in ::core::iter::Iterator::enumerate(values.iter()) {
                    ::planus::WriteAsPrimitive::write(
                        v,
                        ::planus::Cursor::new(unsafe { &mut *bytes.add(i) }),
                        buffer_position - (Self::STRIDE * i) as u32,
                    );
                }
            }
        }

        impl<'a> ::planus::ReadAsRoot<'a> for DeviceRef<'a> {
            fn read_as_root(slice: &'a [u8]) -> ::planus::Result<Self> {
                ::planus::TableRead::from_buffer(
                    ::planus::SliceWithStartOffset {
                        buffer: slice,
                        offset_from_start: 0,
                    },
                    0,
                )
                .map_err(|error_kind| {
                    error_kind.with_error_location("[DeviceRef]", "read_as_root", 0)
                })
            }
        }

        /// The table `Devices` in the namespace `bench`
        ///
        /// Generated from these locations:
        /// * Table `Devices` in the file `schema.fbs:21`
        #[derive(
            Clone,
            Debug,
            PartialEq,
            PartialOrd,
            Eq,
            Ord,
            Hash,
            ::serde::Serialize,
            ::serde::Deserialize,
        )]
        pub struct Devices {
            /// The field `rows` in the table `Devices`
            pub rows: ::core::option::Option<::planus::alloc::vec::Vec<self::Device>>,
        }

        #[allow(clippy::derivable_impls)]
        impl ::core::default::Default for Devices {
            fn default() -> Self {
                Self {
                    rows: ::core::default::Default::default(),
                }
            }
        }

        impl Devices {
            /// Creates a [DevicesBuilder] for serializing an instance of this table.
            #[inline]
            pub fn builder() -> DevicesBuilder<()> {
                DevicesBuilder(())
            }

            #[allow(clippy::too_many_arguments)]
            pub fn create(
                builder: &mut ::planus::Builder,
                field_rows: impl ::planus::WriteAsOptional<
                    ::planus::Offset<[::planus::Offset<self::Device>]>,
                >,
            ) -> ::planus::Offset<Self> {
                let prepared_rows = field_rows.prepare(builder);

                let mut table_writer: ::planus::table_writer::TableWriter<6> =
                    ::core::default::Default::default();
                if prepared_rows.is_some() {
                    table_writer
                        .write_entry::<::planus::Offset<[::planus::Offset<self::Device>]>>(0);
                }

                unsafe {
                    table_writer.finish(builder, |object_writer| {
                        if let ::core::option::Option::Some(prepared_rows) = prepared_rows {
                            object_writer.write::<_, _, 4>(&prepared_rows);
                        }
                    });
                }
                builder.current_offset()
            }
        }

        impl ::planus::WriteAs<::planus::Offset<Devices>> for Devices {
            type Prepared = ::planus::Offset<Self>;

            #[inline]
            fn prepare(&self, builder: &mut ::planus::Builder) -> ::planus::Offset<Devices> {
                ::planus::WriteAsOffset::prepare(self, builder)
            }
        }

        impl ::planus::WriteAsOptional<::planus::Offset<Devices>> for Devices {
            type Prepared = ::planus::Offset<Self>;

            #[inline]
            fn prepare(
                &self,
                builder: &mut ::planus::Builder,
            ) -> ::core::option::Option<::planus::Offset<Devices>> {
                ::core::option::Option::Some(::planus::WriteAsOffset::prepare(self, builder))
            }
        }

        impl ::planus::WriteAsOffset<Devices> for Devices {
            #[inline]
            fn prepare(&self, builder: &mut ::planus::Builder) -> ::planus::Offset<Devices> {
                Devices::create(builder, &self.rows)
            }
        }

        /// Builder for serializing an instance of the [Devices] type.
        ///
        /// Can be created using the [Devices::builder] method.
        #[derive(Debug)]
        #[must_use]
        pub struct DevicesBuilder<State>(State);

        impl DevicesBuilder<()> {
            /// Setter for the [`rows` field](Devices#structfield.rows).
            #[inline]
            #[allow(clippy::type_complexity)]
            pub fn rows<T0>(self, value: T0) -> DevicesBuilder<(T0,)>
            where
                T0: ::planus::WriteAsOptional<::planus::Offset<[::planus::Offset<self::Device>]>>,
            {
                DevicesBuilder((value,))
            }

            /// Sets the [`rows` field](Devices#structfield.rows) to null.
            #[inline]
            #[allow(clippy::type_complexity)]
            pub fn rows_as_null(self) -> DevicesBuilder<((),)> {
                self.rows(())
            }
        }

        impl<T0> DevicesBuilder<(T0,)> {
            /// Finish writing the builder to get an [Offset](::planus::Offset) to a serialized [Devices].
            #[inline]
            pub fn finish(self, builder: &mut ::planus::Builder) -> ::planus::Offset<Devices>
            where
                Self: ::planus::WriteAsOffset<Devices>,
            {
                ::planus::WriteAsOffset::prepare(&self, builder)
            }
        }

        impl<T0: ::planus::WriteAsOptional<::planus::Offset<[::planus::Offset<self::Device>]>>>
            ::planus::WriteAs<::planus::Offset<Devices>> for DevicesBuilder<(T0,)>
        {
            type Prepared = ::planus::Offset<Devices>;

            #[inline]
            fn prepare(&self, builder: &mut ::planus::Builder) -> ::planus::Offset<Devices> {
                ::planus::WriteAsOffset::prepare(self, builder)
            }
        }

        impl<T0: ::planus::WriteAsOptional<::planus::Offset<[::planus::Offset<self::Device>]>>>
            ::planus::WriteAsOptional<::planus::Offset<Devices>> for DevicesBuilder<(T0,)>
        {
            type Prepared = ::planus::Offset<Devices>;

            #[inline]
            fn prepare(
                &self,
                builder: &mut ::planus::Builder,
            ) -> ::core::option::Option<::planus::Offset<Devices>> {
                ::core::option::Option::Some(::planus::WriteAsOffset::prepare(self, builder))
            }
        }

        impl<T0: ::planus::WriteAsOptional<::planus::Offset<[::planus::Offset<self::Device>]>>>
            ::planus::WriteAsOffset<Devices> for DevicesBuilder<(T0,)>
        {
            #[inline]
            fn prepare(&self, builder: &mut ::planus::Builder) -> ::planus::Offset<Devices> {
                let (v0,) = &self.0;
                Devices::create(builder, v0)
            }
        }

        /// Reference to a deserialized [Devices].
        #[derive(Copy, Clone)]
        pub struct DevicesRef<'a>(#[allow(dead_code)] ::planus::table_reader::Table<'a>);

        impl<'a> DevicesRef<'a> {
            /// Getter for the [`rows` field](Devices#structfield.rows).
            #[inline]
            pub fn rows(
                &self,
            ) -> ::planus::Result<
                ::core::option::Option<::planus::Vector<'a, ::planus::Result<self::DeviceRef<'a>>>>,
            > {
                self.0.access(0, "Devices", "rows")
            }
        }

        impl<'a> ::core::fmt::Debug for DevicesRef<'a> {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                let mut f = f.debug_struct("DevicesRef");
                if let ::core::option::Option::Some(field_rows) = self.rows().transpose() {
                    f.field("rows", &field_rows);
                }
                f.finish()
            }
        }

        impl<'a> ::core::convert::TryFrom<DevicesRef<'a>> for Devices {
            type Error = ::planus::Error;

            #[allow(unreachable_code)]
            fn try_from(value: DevicesRef<'a>) -> ::planus::Result<Self> {
                ::core::result::Result::Ok(Self {
                    rows: if let ::core::option::Option::Some(rows) = value.rows()? {
                        ::core::option::Option::Some(rows.to_vec_result()?)
                    } else {
                        ::core::option::Option::None
                    },
                })
            }
        }

        impl<'a> ::planus::TableRead<'a> for DevicesRef<'a> {
            #[inline]
            fn from_buffer(
                buffer: ::planus::SliceWithStartOffset<'a>,
                offset: usize,
            ) -> ::core::result::Result<Self, ::planus::errors::ErrorKind> {
                ::core::result::Result::Ok(Self(::planus::table_reader::Table::from_buffer(
                    buffer, offset,
                )?))
            }
        }

        impl<'a> ::planus::VectorReadInner<'a> for DevicesRef<'a> {
            type Error = ::planus::Error;
            const STRIDE: usize = 4;

            unsafe fn from_buffer(
                buffer: ::planus::SliceWithStartOffset<'a>,
                offset: usize,
            ) -> ::planus::Result<Self> {
                ::planus::TableRead::from_buffer(buffer, offset).map_err(|error_kind| {
                    error_kind.with_error_location("[DevicesRef]", "get", buffer.offset_from_start)
                })
            }
        }

        /// # Safety
        /// The planus compiler generates implementations that initialize
        /// the bytes in `write_values`.
        unsafe impl ::planus::VectorWrite<::planus::Offset<Devices>> for Devices {
            type Value = ::planus::Offset<Devices>;
            const STRIDE: usize = 4;
            #[inline]
            fn prepare(&self, builder: &mut ::planus::Builder) -> Self::Value {
                ::planus::WriteAs::prepare(self, builder)
            }

            #[inline]
            unsafe fn write_values(
                values: &[::planus::Offset<Devices>],
                bytes: *mut ::core::mem::MaybeUninit<u8>,
                buffer_position: u32,
            ) {
                let bytes = bytes as *mut [::core::mem::MaybeUninit<u8>; 4];
                for (i, v) in ::core::iter::Iterator::enumerate(values.iter()) {
                    ::planus::WriteAsPrimitive::write(
                        v,
                        ::planus::Cursor::new(unsafe { &mut *bytes.add(i) }),
                        buffer_position - (Self::STRIDE * i) as u32,
                    );
                }
            }
        }

        impl<'a> ::planus::ReadAsRoot<'a> for DevicesRef<'a> {
            fn read_as_root(slice: &'a [u8]) -> ::planus::Result<Self> {
                ::planus::TableRead::from_buffer(
                    ::planus::SliceWithStartOffset {
                        buffer: slice,
                        offset_from_start: 0,
                    },
                    0,
                )
                .map_err(|error_kind| {
                    error_kind.with_error_location("[DevicesRef]", "read_as_root", 0)
                })
            }
        }
    }
}
