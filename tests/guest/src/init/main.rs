//! The lab's `/init`: does the steps of its stage and answers each.

#[cfg(target_os = "linux")]
mod failing;
#[cfg(target_os = "linux")]
mod liveupdate;
#[cfg(target_os = "linux")]
mod machine;
#[cfg(target_os = "linux")]
mod many;
#[cfg(target_os = "linux")]
mod memfd;
#[cfg(target_os = "linux")]
mod notes;
#[cfg(target_os = "linux")]
mod process;
#[cfg(target_os = "linux")]
mod stage;
#[cfg(target_os = "linux")]
mod vfio;

#[cfg(target_os = "linux")]
fn main() {
    machine::mount_all();
    let mut report = machine::Report::open();
    if let Err(why) = stage::run(&mut report) {
        report.say(&lab_guest::Line::Trouble { why });
    }
    machine::power_off();
}

/// There is a guest for Linux only; elsewhere this keeps the workspace building.
#[cfg(not(target_os = "linux"))]
fn main() {}
