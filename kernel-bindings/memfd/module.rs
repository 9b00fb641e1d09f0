// SPDX-License-Identifier: GPL-2.0

//! Memfds across a live update, as KSerial images.
//!
//! Built in, and registered before upstream's handler: the orchestrator takes the first one that
//! says yes. This one says yes to memfds whose name begins with `kserial:`.

mod file;
mod handler;
mod record;

use kernel::prelude::*;
use liveupdate::Registration;

use handler::MemfdHandler;

module! {
    type: Module,
    name: "kserial_memfd",
    authors: ["The KSerial developers"],
    description: "Memfds across a live update",
    license: "GPL",
}

#[pin_data]
struct Module {
    #[pin]
    _handler: Registration<MemfdHandler>,
}

impl kernel::InPlaceModule for Module {
    fn init(module: &'static ThisModule) -> impl PinInit<Self, Error> {
        try_pin_init!(Self { _handler <- Registration::new(module) })
    }
}
