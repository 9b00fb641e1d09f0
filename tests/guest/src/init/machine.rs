//! The machine as `/init` finds it: nothing mounted, a serial line to answer on.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::num::NonZeroUsize;
use std::os::fd::AsFd;
use std::os::unix::fs::OpenOptionsExt;

use lab_guest::{Line, MARK};
use nix::errno::Errno;
use nix::libc;
use nix::mount::{mount, MsFlags};
use nix::sys::mman::{mmap, MapFlags, ProtFlags};
use nix::sys::reboot::{reboot, RebootMode};
use nix::sys::termios::{cfmakeraw, tcdrain, tcgetattr, tcsetattr, SetArg};

use crate::memfd::errno;

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

/// The processor's time stamp.
pub(crate) fn ticks() -> u64 {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: every processor of this kind has it.
    return unsafe { std::arch::x86_64::_rdtsc() };
    #[cfg(not(target_arch = "x86_64"))]
    0
}

/// Writes a line into the kernel's log.
pub(crate) fn note(line: &str) {
    let _ = fs::write("/dev/kmsg", line);
}

/// Reads eight bytes of hardware at a physical address.
pub(crate) fn register(at: u64) -> Result<u64, Errno> {
    let memory = OpenOptions::new().read(true).custom_flags(libc::O_SYNC).open("/dev/mem");
    let memory = memory.map_err(|error| errno(&error))?;
    let page = i64::try_from(at & !0xfff).map_err(|_| Errno::EINVAL)?;
    let (len, prot) = (NonZeroUsize::new(0x1000).ok_or(Errno::EINVAL)?, ProtFlags::PROT_READ);
    // SAFETY: a new mapping of a page of hardware, which is only read.
    let start = unsafe { mmap(None, len, prot, MapFlags::MAP_SHARED, &memory, page) }?;
    let place = usize::try_from(at & 0xff8).map_err(|_| Errno::EINVAL)?;
    // SAFETY: eight bytes within the page, which are a multiple of eight away from its start.
    Ok(unsafe { start.byte_add(place).cast::<u64>().read_volatile() })
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
