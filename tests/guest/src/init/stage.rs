//! Doing the steps of a stage.

use std::collections::BTreeMap;
use std::ffi::CString;
use std::fs::{self, File};
use std::io::Read;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::fs::FileExt;

use lab_guest::{Answer, Line, Step, FREEZE, STAGE, STAGES};
use nix::errno::Errno;
use nix::kmod::{delete_module, finit_module, DeleteModuleFlags, ModuleInitFlags};
use nix::libc;
use nix::sys::reboot::{reboot, RebootMode};

use crate::machine::{self, Report};
use crate::memfd::{self, errno};
use crate::{failing, liveupdate, many, notes, process, vfio};

/// What a step found out.
pub(crate) type Facts = BTreeMap<String, String>;

/// The most of a text file that a step reads.
const TEXT: u64 = 64 << 10;

/// Finds out which stage this is, and does its steps.
pub(crate) fn run(report: &mut Report) -> Result<(), String> {
    let command_line = fs::read_to_string("/proc/cmdline").map_err(|e| format!("cmdline: {e}"))?;
    let stage: u32 = command_line
        .split_whitespace()
        .find_map(|word| word.strip_prefix(STAGE)?.parse().ok())
        .ok_or("the command line names no stage")?;
    let release = nix::sys::utsname::uname().map_err(|e| e.to_string())?;
    let release = release.release().to_string_lossy().into_owned();
    report.say(&Line::Begin { stage, release });

    let path = format!("{STAGES}/{stage}.json");
    let steps = fs::read(&path).map_err(|error| format!("{path}: {error}"))?;
    let steps: Vec<Step> = serde_json::from_slice(&steps).map_err(|e| format!("{path}: {e}"))?;

    let mut guest = Guest { stage, command_line, files: BTreeMap::new(), devices: BTreeMap::new() };
    for (place, step) in steps.into_iter().enumerate() {
        if step == Step::Kexec {
            report.say(&Line::Leaving { stage });
        }
        let mut facts = Facts::new();
        let began = machine::ticks();
        let error = guest.take(&step, &mut facts).err().map(|errno| format!("{errno:?}"));
        let ticks = machine::ticks().wrapping_sub(began);
        report.say(&Line::Answer(Answer { stage, step: place, did: step, error, facts, ticks }));
    }
    report.say(&Line::End { stage });
    // What is held is held until the machine ends: closing a session would finish it.
    std::mem::forget(guest);
    Ok(())
}

/// Reads a text.
fn text(file: File, facts: &mut Facts) -> Result<(), Errno> {
    let mut text = Vec::new();
    file.take(TEXT).read_to_end(&mut text).map_err(|error| errno(&error))?;
    facts.insert("text".into(), String::from_utf8_lossy(&text).into_owned());
    Ok(())
}

/// The files and sessions that the steps have named.
pub(crate) struct Guest {
    stage: u32,
    command_line: String,
    files: BTreeMap<String, OwnedFd>,
    devices: BTreeMap<String, Vec<OwnedFd>>,
}

impl Guest {
    fn file(&self, name: &str) -> Result<&OwnedFd, Errno> {
        self.files.get(name).ok_or(Errno::EBADF)
    }

    fn keep(&mut self, name: &str, file: OwnedFd) {
        self.files.insert(name.to_owned(), file);
    }

    /// Does one step.
    pub(crate) fn take(&mut self, step: &Step, facts: &mut Facts) -> Result<(), Errno> {
        match step {
            Step::Memfd { file, size, seed, seals, position } => {
                let fd = memfd::make(file, *size, *seed, *seals, *position)?;
                self.keep(file, fd);
            }
            Step::SparseMemfd { file, size, seed, parts, holes } => {
                let fd = memfd::sparse(file, *size, *seed, parts, holes)?;
                self.keep(file, fd);
            }
            Step::Seal { file, seals } => memfd::seal(self.file(file)?, *seals)?,
            Step::Describe { file } => memfd::describe(self.file(file)?, facts)?,
            Step::CreateSession { session } => {
                let fd = liveupdate::create(session.as_bytes())?;
                self.keep(session, fd);
            }
            Step::NameSession { session, name } => {
                let fd = liveupdate::create(name)?;
                self.keep(session, fd);
            }
            Step::RetrieveSession { session } => {
                let fd = liveupdate::retrieve_session(session)?;
                self.keep(session, fd);
            }
            Step::Preserve { session, token, file } => {
                liveupdate::preserve(self.file(session)?, *token, self.file(file)?)?;
            }
            Step::Retrieve { session, token, file } => {
                let fd = liveupdate::retrieve(self.file(session)?, *token)?;
                self.keep(file, fd);
            }
            Step::Finish { session } => liveupdate::finish(self.file(session)?)?,
            Step::Close { name } => drop(self.files.remove(name).ok_or(Errno::EBADF)?),
            Step::Open { file, path } => {
                let open = File::options().read(true).write(true).open(path);
                self.keep(file, open.map_err(|error| errno(&error))?.into());
            }
            Step::Reopen { file, called } => {
                let link = format!("/proc/self/fd/{}", self.file(file)?.as_raw_fd());
                let open = File::options().read(true).write(true).open(link);
                self.keep(called, open.map_err(|error| errno(&error))?.into());
            }
            Step::Tell { file, text } => {
                nix::unistd::write(self.file(file)?, text.as_bytes())?;
            }
            Step::Seek { file, to } => {
                nix::unistd::lseek(self.file(file)?, *to, nix::unistd::Whence::SeekSet)?;
            }
            Step::Ask { file } => {
                let file = self.file(file)?.try_clone().map_err(|error| errno(&error))?;
                text(File::from(file), facts)?;
            }
            Step::Peek { path, offset, len } => {
                let file = File::open(path).map_err(|error| errno(&error))?;
                let mut bytes = vec![0; *len];
                file.read_exact_at(&mut bytes, *offset).map_err(|error| errno(&error))?;
                let hex = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
                facts.insert("hex".into(), hex);
            }
            Step::Poke { path, offset, bytes } => {
                let file = File::options().write(true).open(path);
                let file = file.map_err(|error| errno(&error))?;
                file.write_all_at(bytes, *offset).map_err(|error| errno(&error))?;
            }
            Step::Read { path } => {
                text(File::open(path).map_err(|error| errno(&error))?, facts)?;
            }
            Step::Count { path } => {
                let entries = fs::read_dir(path).map_err(|error| errno(&error))?;
                let names = entries.flatten().map(|entry| entry.file_name());
                let mut names: Vec<_> = names.map(|n| n.to_string_lossy().into_owned()).collect();
                names.sort();
                facts.insert("count".into(), names.len().to_string());
                facts.insert("names".into(), names.join(" "));
            }
            Step::Write { path, text } => {
                fs::write(path, text).map_err(|error| errno(&error))?;
            }
            Step::Copy { from, to } => {
                let bytes = fs::read(from).map_err(|error| errno(&error))?;
                fs::write(to, bytes).map_err(|error| errno(&error))?;
            }
            Step::CopyNotes { from, to, without } => {
                let bytes = fs::read(from).map_err(|error| errno(&error))?;
                let left = notes::without(&bytes, without).ok_or(Errno::EINVAL)?;
                fs::write(to, left).map_err(|error| errno(&error))?;
            }
            Step::HoldDevice { address, maps } => {
                let held = vfio::hold(address, maps)?;
                self.devices.insert(address.clone(), held);
            }
            Step::ReleaseDevice { address } => {
                drop(self.devices.remove(address).ok_or(Errno::ENODEV)?);
            }
            Step::Register { at } => {
                facts.insert("value".into(), format!("{:#x}", machine::register(*at)?));
            }
            Step::LoadModule { path, parameters } => {
                let module = File::open(path).map_err(|error| errno(&error))?;
                let parameters = CString::new(parameters.as_str()).map_err(|_| Errno::EINVAL)?;
                finit_module(&module, &parameters, ModuleInitFlags::empty())?;
            }
            Step::UnloadModule { module } => {
                let module = CString::new(module.as_str()).map_err(|_| Errno::EINVAL)?;
                delete_module(&module, DeleteModuleFlags::O_NONBLOCK)?;
            }
            Step::CreateMany { prefix, sessions, files } => {
                let made = many::create(prefix, *sessions, *files)?;
                self.files.extend(made);
            }
            Step::RetrieveMany { sessions, files } => many::retrieve(*sessions, *files, facts)?,
            Step::Killed { steps } => process::kill_after(|| {
                let mut facts = Facts::new();
                steps.iter().try_for_each(|step| self.take(step, &mut facts))
            })?,
            Step::FailAllocation { nth, step } => {
                let failing = failing::Failing::after(*nth)?;
                let done = self.take(step, facts);
                facts.insert("failed".into(), failing.has_failed()?.to_string());
                done?;
            }
            Step::Run { path, arguments } => process::run(path, arguments, facts)?,
            Step::Kexec => self.kexec()?,
        }
        Ok(())
    }

    /// Loads the next stage's kernel, with this one's command line, and starts it. Returns only if
    /// that failed: with everything alive.
    fn kexec(&self) -> Result<(), Errno> {
        let kernel = File::open("/next/kernel").map_err(|error| errno(&error))?;
        let initrd = File::open("/next/initrd").map_err(|error| errno(&error))?;
        let next = self.stage + 1;
        let line =
            self.command_line
                .split_whitespace()
                .map(|word| {
                    if word.starts_with(STAGE) {
                        format!("{STAGE}{next}")
                    } else {
                        word.to_owned()
                    }
                })
                .collect::<Vec<_>>()
                .join(" ");
        let line = CString::new(line).map_err(|_| Errno::EINVAL)?;
        // SAFETY: two open files, and a string of the length given with its NUL, which all outlive
        // the call.
        let result = unsafe {
            libc::syscall(
                libc::SYS_kexec_file_load,
                kernel.as_raw_fd(),
                initrd.as_raw_fd(),
                line.as_bytes_with_nul().len(),
                line.as_ptr(),
                0_u64,
            )
        };
        Errno::result(result)?;
        machine::note(FREEZE);
        reboot(RebootMode::RB_KEXEC).map(drop)
    }
}
