//! Every test of the core that takes no minutes, where it is, as a module.

#[path = "../../tests/corpus.rs"]
mod corpus;
#[path = "../../tests/errors.rs"]
mod errors;
#[path = "../../tests/faults.rs"]
mod faults;
#[path = "../../tests/narrow.rs"]
mod narrow;
#[path = "../../tests/proof/main.rs"]
mod proof;

#[path = "../../changes/tests/verdicts.rs"]
mod verdicts;

#[path = "../../../kserial/tests/image.rs"]
mod image;
#[path = "../../../kserial/tests/lock.rs"]
mod lock;
#[path = "../../../kserial/tests/notes.rs"]
mod notes;
#[path = "../../../kserial/tests/refusals.rs"]
mod refusals;

#[path = "../../../schemas/tests/generations.rs"]
mod generations;
#[path = "../../../schemas/tests/upstream.rs"]
mod upstream;

/// One failure is enough to know, and the harness of `cargo test` would run all other tests first. It
/// has no option to stop, so the program ends itself: this runs before `main`.
#[used]
#[link_section = ".init_array"]
static STOP_AT_THE_FIRST_FAILURE: extern "C" fn() = {
    extern "C" fn stop() {
        let say = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            say(panic);
            std::process::exit(101);
        }));
    }
    stop
};
