//! A PostgreSQL of a test's own, which it may stop and start as it likes.

use std::{
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};
use tempfile::TempDir;

pub struct Cluster {
    programs: PathBuf,
    folder: TempDir,
    port: u16,
}

impl Cluster {
    /// Fails where PostgreSQL's programs are missing: a test that needs a cluster is never skipped.
    pub fn start() -> Self {
        let programs = std::fs::read_dir("/usr/lib/postgresql")
            .into_iter()
            .flatten()
            .flatten()
            .map(|version| version.path().join("bin"))
            .filter(|bin| bin.join("initdb").exists())
            .max()
            .expect("PostgreSQL's programs in /usr/lib/postgresql/*/bin: this test starts its own cluster");
        let folder = tempfile::Builder::new().prefix("rolecall-pg").tempdir_in("/tmp").unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let cluster = Self { programs, folder, port };
        if is_root() {
            run(Command::new("chown").arg("postgres").arg(cluster.folder.path()));
        }
        let data = cluster.data();
        let path = |path: &Path| path.to_str().unwrap().to_owned();
        cluster.program("initdb", &["-D", &path(&data), "-A", "trust", "-U", "rolecall", "-E", "UTF8", "--no-sync"]);
        let options = format!(
            "-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={} -c fsync=off -c max_connections=100",
            cluster.folder.path().display()
        );
        let log = path(&cluster.folder.path().join("log"));
        cluster.program("pg_ctl", &["-D", &path(&data), "-l", &log, "-o", &options, "-w", "start"]);
        cluster
    }

    pub fn url(&self) -> String {
        format!("postgres://rolecall@127.0.0.1:{}/postgres?sslmode=disable", self.port)
    }

    /// `fast` breaks all connections off, `immediate` is a crash.
    pub fn restart(&self, mode: &str) {
        self.program("pg_ctl", &["-D", self.data().to_str().unwrap(), "-m", mode, "-w", "restart"]);
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// PostgreSQL refuses to be run by root.
    fn program(&self, name: &str, args: &[&str]) {
        let program = self.programs.join(name);
        let mut command = if is_root() {
            let mut command = Command::new("runuser");
            command.args(["-u", "postgres", "--"]).arg(program);
            command
        } else {
            Command::new(program)
        };
        run(command.args(args));
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.program("pg_ctl", &["-D", self.data().to_str().unwrap(), "-m", "immediate", "stop"]);
    }
}

fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0)
}

fn run(command: &mut Command) {
    // Not captured: the server that `pg_ctl` leaves behind would keep the pipes open.
    let status = command.current_dir("/tmp").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
    assert!(status.as_ref().is_ok_and(std::process::ExitStatus::success), "{command:?}: {status:?}");
}
