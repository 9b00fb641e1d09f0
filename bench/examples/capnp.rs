//! Turns the Cap'n Proto schema into Rust, anew: `cargo run --example capnp`.

fn main() -> Result<(), capnp::Error> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/codec/capnp");
    capnpc::CompilerCommand::new()
        .src_prefix(folder)
        .file(format!("{folder}/schema.capnp"))
        .default_parent_module(vec!["codec".to_owned(), "capnp".to_owned()])
        .output_path(folder)
        .run()
}
