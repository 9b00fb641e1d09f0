//! Debian's archive beyond the machine's own release.
//!
//! A second apt configuration in a folder of the cache offers sid, trixie and trixie-backports,
//! from the mirror that the machine's own apt uses and checked against Debian's own keys. Nothing
//! from there is installed: packages are downloaded and unpacked into folders.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use anyhow::{anyhow, bail, Context, Result};

use crate::cache;
use crate::tool::Tool;

const SUITES: [&str; 3] = ["trixie", "trixie-backports", "sid"];
const KEYRING: &str = "/usr/share/keyrings/debian-archive-keyring.gpg";

/// Package lists younger than this are not fetched again.
const FRESH: Duration = Duration::from_secs(12 * 3600);

/// An apt of our own.
pub(crate) struct Archive {
    dir: PathBuf,
}

impl Archive {
    /// Sets up the folder, and fetches the package lists unless they are fresh.
    pub(crate) fn open() -> Result<Self> {
        let _lock = cache::lock("apt")?;
        let archive = Self { dir: cache::folder("apt")? };
        archive.configure()?;
        let stamp = archive.dir.join("updated");
        let age = fs::metadata(&stamp)
            .and_then(|m| m.modified())
            .ok()
            .and_then(|t| SystemTime::now().duration_since(t).ok());
        if age.is_none_or(|age| age > FRESH) {
            eprintln!("  fetching Debian's package lists");
            archive.apt("apt-get").args(["-qq", "update"]).run()?;
            fs::write(stamp, "")?;
        }
        Ok(archive)
    }

    /// The names of the packages that begin with `prefix`.
    pub(crate) fn names(&self, prefix: &str) -> Result<Vec<String>> {
        let names = self.apt("apt-cache").args(["pkgnames", prefix]).output()?;
        Ok(names.lines().map(str::to_owned).collect())
    }

    /// The newest version of a package that any of the suites offers.
    pub(crate) fn newest(&self, package: &str) -> Result<String> {
        let policy = self.apt("apt-cache").args(["policy", package]).output()?;
        policy
            .lines()
            .find_map(|line| line.trim().strip_prefix("Candidate: "))
            .filter(|version| *version != "(none)")
            .map(str::to_owned)
            .ok_or_else(|| anyhow!("no suite of {} offers {package}", SUITES.join(", ")))
    }

    /// All versions of a package that the suites offer.
    pub(crate) fn versions(&self, package: &str) -> Result<Vec<String>> {
        let table = self.apt("apt-cache").args(["madison", package]).output()?;
        Ok(table
            .lines()
            .filter_map(|row| row.split('|').nth(1)?.trim().to_owned().into())
            .collect())
    }

    /// Downloads one version of a package.
    pub(crate) fn download(&self, package: &str, version: &str) -> Result<PathBuf> {
        let _lock = cache::lock("packages")?;
        let dir = cache::folder("packages")?;
        let name = |dir: &Path| -> Result<Option<PathBuf>> {
            // apt writes the colon of an epoch as %3a.
            let start = format!("{package}_{}_", version.replace(':', "%3a"));
            for entry in fs::read_dir(dir)? {
                let path = entry?.path();
                let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                if file.starts_with(&start) && file.ends_with(".deb") {
                    return Ok(Some(path));
                }
            }
            Ok(None)
        };
        if let Some(path) = name(&dir)? {
            return Ok(path);
        }
        eprintln!("  fetching {package} {version}");
        // apt writes under the name that a whole package has.
        let partial = cache::folder("packages/partial")?;
        self.apt("apt-get")
            .args(["-qq", "download", &format!("{package}={version}")])
            .dir(&partial)
            .run()?;
        let none = || anyhow!("apt-get download left no {package}_{version}_*.deb");
        let fetched = name(&partial)?.ok_or_else(none)?;
        let path = dir.join(fetched.file_name().unwrap_or_default());
        fs::rename(&fetched, &path)?;
        Ok(path)
    }

    fn apt(&self, program: &str) -> Tool {
        Tool::new(program).env("APT_CONFIG", self.dir.join("apt.conf")).env("LC_ALL", "C")
    }

    fn configure(&self) -> Result<()> {
        let dir = self.dir.display();
        for folder in [
            "state/lists/partial",
            "cache/archives/partial",
            "etc/preferences.d",
            "etc/apt.conf.d",
            "etc/trusted.gpg.d",
        ] {
            fs::create_dir_all(self.dir.join(folder))?;
        }
        if !Path::new(KEYRING).exists() {
            bail!("{KEYRING} is missing: this needs Debian's apt");
        }
        let mirror = mirror()?;
        let sources: String = SUITES
            .iter()
            .map(|suite| format!("deb [signed-by={KEYRING}] {mirror} {suite} main\n"))
            .collect();
        fs::write(self.dir.join("etc/sources.list"), sources)?;
        fs::write(self.dir.join("state/status"), "")?;
        // A mirror may be a snapshot: its lists are still signed, but past their date.
        fs::write(
            self.dir.join("apt.conf"),
            format!(
                "Dir \"{dir}\";\n\
                 Dir::State \"{dir}/state\";\n\
                 Dir::State::status \"{dir}/state/status\";\n\
                 Dir::Cache \"{dir}/cache\";\n\
                 Dir::Etc \"{dir}/etc\";\n\
                 APT::Sandbox::User \"root\";\n\
                 Acquire::Languages \"none\";\n\
                 Acquire::Retries \"3\";\n\
                 Acquire::Check-Valid-Until \"false\";\n"
            ),
        )?;
        Ok(())
    }
}

/// The mirror that the machine's own apt takes Debian's main archive from.
fn mirror() -> Result<String> {
    let targets = Tool::new("apt-get")
        .args(["indextargets", "--format", "$(REPO_URI)", "Created-By: Packages"])
        .output()
        .context("cannot ask apt for its sources")?;
    targets
        .lines()
        .find(|uri| uri.trim_end_matches('/').ends_with("/debian"))
        .map(str::to_owned)
        .ok_or_else(|| anyhow!("no source of this machine's apt ends in /debian"))
}

/// Unpacks a package's files into a folder, which gets its name when all of them are there.
pub(crate) fn unpack(package: &Path, into: &Path) -> Result<()> {
    let partial = into.with_added_extension("partial");
    for old in [&partial, into] {
        if old.exists() {
            fs::remove_dir_all(old)?;
        }
    }
    fs::create_dir_all(&partial)?;
    Tool::new("dpkg").args(["-x".as_ref(), package, partial.as_path()]).run()?;
    fs::rename(&partial, into).with_context(|| format!("cannot name {}", into.display()))
}
