//! The machine as `/init` finds it: nothing mounted, a serial line to answer on.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::os::fd::AsFd;
use std::os::unix::fs::OpenOptionsExt;

use lab_guest::{Line, MARK};
use nix::libc;
use nix::mount::{mount, MsFlags};
use nix::sys::reboot::{reboot, RebootMode};
use nix::sys::termios::{cfmakeraw, tcdrain, tcgetattr, tcsetattr, SetArg};

/// Mounts what the steps look at. What is there already, or not built in, is no trouble.
pub(crate) fn mount_all() {
    for (kind, at) in [
        ("proc", "/proc"),
        ("sysfs", "/sys"),
        ("devtmpfs", "/dev"),
        ("debugfs", "/sys/kernel/debug"),
        ("tmpfs", "/tmp"),
    ] {
        let _ = fs::create_dir_all(at);
        let _ = mount(Some(kind), at, Some(kind), MsFlags::empty(), None::<&str>);
    }
}

/// The serial line that answers go to: the second, as the kernel writes on the first.
pub(crate) struct Report {
    line: Option<File>,
}

impl Report {
    /// Opens the line raw, so that a newline stays one byte.
    pub(crate) fn open() -> Self {
        let line = OpenOptions::new()
            .read(true)
            .write(true)
            .custom_flags(libc::O_NOCTTY)
            .open("/dev/ttyS1")
            .ok();
        if let Some(line) = &line {
            if let Ok(mut settings) = tcgetattr(line) {
                cfmakeraw(&mut settings);
                let _ = tcsetattr(line, SetArg::TCSANOW, &settings);
            }
        }
        Self { line }
    }

    /// Says a line, and waits until the hardware has it: the next step may be the kexec.
    pub(crate) fn say(&mut self, what: &Line) {
        let Some(line) = &mut self.line else { return };
        if let Ok(json) = serde_json::to_string(what) {
            let _ = line.write_all(format!("{MARK}{json}\n").as_bytes());
            let _ = tcdrain(line.as_fd());
        }
    }
}

/// Ends the virtual machine.
pub(crate) fn power_off() -> ! {
    nix::unistd::sync();
    // QEMU runs with -no-reboot: this ends it whether or not ACPI could switch it off.
    let _ = reboot(RebootMode::RB_AUTOBOOT);
    loop {
        nix::unistd::pause();
    }
}
