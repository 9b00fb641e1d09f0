@0xd3b5a7d7c0f0c1a9;
# What Cap'n Proto makes of the three workloads. `cargo run --example capnp` turns it into
# schema_capnp.rs; it needs the compiler (Debian's package capnproto).

struct Folio { pfnFlags @0 :UInt64; index @1 :UInt64; }
struct Folios { rows @0 :List(Folio); }

struct File { compatible @0 :Data; data @1 :UInt64; token @2 :UInt64; }
struct Session { name @0 :Data; files @1 :List(File); }
struct Sessions { rows @0 :List(Session); }

struct Capability { id @0 :UInt16; offset @1 :UInt16; data @2 :Data; }
struct Device {
  domain @0 :UInt16;
  bus @1 :UInt8;
  devfn @2 :UInt8;
  config @3 :Data;
  capabilities @4 :List(Capability);
}
struct Devices { rows @0 :List(Device); }
