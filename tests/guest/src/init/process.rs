//! Other processes: one that is killed, and programs that the lab did not write.

use std::io::{Read, Write};
use std::process::Command;

use nix::errno::Errno;
use nix::sys::signal::{kill, Signal};
use nix::sys::wait::waitpid;
use nix::unistd::{fork, pause, pipe, ForkResult};

use crate::memfd::errno;
use crate::stage::Facts;

/// Does something in a process of its own, which is killed when that is done.
pub(crate) fn kill_after(work: impl FnOnce() -> Result<(), Errno>) -> Result<(), Errno> {
    let (reader, writer) = pipe()?;
    // SAFETY: There is one thread, so that the child may do what the parent may.
    match unsafe { fork() }? {
        ForkResult::Child => {
            let done = work().err().map_or(0, |errno| errno as i32);
            let _ = std::fs::File::from(writer).write_all(&done.to_ne_bytes());
            loop {
                pause();
            }
        }
        ForkResult::Parent { child } => {
            drop(writer);
            let mut done = [0; 4];
            let read = std::fs::File::from(reader).read_exact(&mut done);
            kill(child, Signal::SIGKILL)?;
            waitpid(child, None)?;
            read.map_err(|error| errno(&error))?;
            match i32::from_ne_bytes(done) {
                0 => Ok(()),
                number => Err(Errno::from_raw(number)),
            }
        }
    }
}

/// Runs a program to its end.
pub(crate) fn run(path: &str, arguments: &[String], facts: &mut Facts) -> Result<(), Errno> {
    let output = Command::new(path).args(arguments).output().map_err(|error| errno(&error))?;
    let mut text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.push_str(&String::from_utf8_lossy(&output.stderr));
    facts.insert("text".into(), text);
    let code = output.status.code().map_or_else(|| "killed".to_owned(), |code| code.to_string());
    facts.insert("code".into(), code);
    Ok(())
}
