//! What a kernel or module says of itself: release, machine, page size, build.

use std::fmt;

use object::elf;

use super::config::Config;

/// Which build of which kernel this is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Identity {
    /// The kernel release, as `uname -r` shows it: of a kernel its own, of a module the one it was
    /// built for.
    pub release: Option<String>,
    /// The linker's ID of the build, from the GNU note.
    pub build_id: Option<Vec<u8>>,
    /// The machine.
    pub architecture: Option<Architecture>,
    /// The size of a page in bytes, where machine or configuration tell.
    pub page_size: Option<u32>,
}

/// A machine, byte order included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Architecture {
    machine: u16,
    big_endian: bool,
}

impl Architecture {
    pub(super) fn new(machine: u16, big_endian: bool) -> Self {
        Architecture { machine, big_endian }
    }

    /// The machine that `uname -m` names so.
    pub(crate) fn named(name: &str) -> Option<Self> {
        let find = |&&(_, little, big): &&(u16, &str, &str)| little == name || big == name;
        let &(machine, little, _) = NAMES.iter().find(find)?;
        Some(Architecture { machine, big_endian: little != name })
    }

    /// ELF's number for it.
    pub(crate) fn number(self) -> u16 {
        self.machine
    }

    /// Its name as `uname -m` shows it, if it is known.
    #[must_use]
    pub fn name(self) -> Option<&'static str> {
        let &(_, little, big) = NAMES.iter().find(|(machine, ..)| *machine == self.machine)?;
        Some(if self.big_endian { big } else { little }).filter(|name| !name.is_empty())
    }

    /// Whether it puts the most significant byte first.
    #[must_use]
    pub fn is_big_endian(self) -> bool {
        self.big_endian
    }

    /// The size of its pages, if it has only one or the configuration tells which.
    pub(crate) fn page_size(self, config: Option<&Config>) -> Option<u32> {
        match elf::Machine(self.machine) {
            elf::EM_X86_64 | elf::EM_386 | elf::EM_S390 | elf::EM_RISCV => Some(4096),
            _ => {
                let config = config?;
                let sizes = [
                    (4096, &["ARM64_4K_PAGES", "PPC_4K_PAGES", "PAGE_SIZE_4KB"][..]),
                    (16384, &["ARM64_16K_PAGES", "PPC_16K_PAGES", "PAGE_SIZE_16KB"]),
                    (65536, &["ARM64_64K_PAGES", "PPC_64K_PAGES", "PAGE_SIZE_64KB"]),
                ];
                let on = |(_, names): &&(_, &[&str])| names.iter().any(|name| config.is_yes(name));
                sizes.iter().find(on).map(|&(size, _)| size)
            }
        }
    }
}

/// ELF's number and the names of `uname -m` for either byte order.
const NAMES: [(u16, &str, &str); 8] = [
    (elf::EM_X86_64.0, "x86_64", ""),
    (elf::EM_AARCH64.0, "aarch64", "aarch64_be"),
    (elf::EM_RISCV.0, "riscv64", ""),
    (elf::EM_S390.0, "", "s390x"),
    (elf::EM_PPC64.0, "ppc64le", "ppc64"),
    (elf::EM_LOONGARCH.0, "loongarch64", ""),
    (elf::EM_386.0, "i686", ""),
    (elf::EM_ARM.0, "armv7l", "armv7b"),
];

impl fmt::Display for Architecture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "ELF machine {}", self.machine),
        }
    }
}

/// The release in a kernel's banner: `Linux version 7.3.4+deb13-amd64 (…) … #1 SMP …`.
pub(super) fn release_in_banner(text: &str) -> Option<&str> {
    let release = text.strip_prefix("Linux version ")?.split(' ').next()?;
    // The same words with a `%s` are the format of /proc/version.
    let is_one = release.starts_with(|first: char| first.is_ascii_digit());
    (is_one && release.bytes().all(|byte| byte.is_ascii_graphic())).then_some(release)
}

/// A value in a module's `.modinfo`, which holds `key=value` texts.
pub(super) fn modinfo<'a>(section: &'a [u8], key: &str) -> Option<&'a str> {
    section
        .split(|&byte| byte == 0)
        .find_map(|entry| std::str::from_utf8(entry).ok()?.strip_prefix(key)?.strip_prefix('='))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_release_is_the_third_word_of_the_banner() {
        let banner = "Linux version 7.3.4+deb13-amd64 (debian-kernel@lists.debian.org) (gcc) #1\n";
        assert_eq!(release_in_banner(banner), Some("7.3.4+deb13-amd64"));
        assert_eq!(release_in_banner("Linux version %s (%s)\n"), None);
        assert_eq!(release_in_banner("A Linux version 7.3"), None);
        // What a terminal would take as a command is no release.
        assert_eq!(release_in_banner("Linux version 7.3\u{1b}[1A"), None);
    }

    #[test]
    fn a_machine_has_the_name_that_uname_gives_it() {
        let x86 = Architecture::new(elf::EM_X86_64.0, false);
        assert_eq!(Architecture::named("x86_64"), Some(x86));
        assert_eq!(x86.page_size(None), Some(4096));
        let arm = Architecture::named("aarch64");
        assert_eq!(arm.and_then(|arm| arm.page_size(None)), None, "three sizes, none told");
        assert_eq!(Architecture::named("pdp11"), None);
    }
}
