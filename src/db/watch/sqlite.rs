//! The revision on SQLite: read again only when something was committed.

use super::{History, Lives, Sighting, lost};
use crate::{
    db::{Conn, pool::Manager, revision},
    domain::{Error, Result},
};
use diesel::r2d2::ManageConnection as _;
use std::path::Path;

/// A connection of its own, and what its last read saw.
#[derive(Default)]
pub struct Reader {
    conn: Option<Conn>,
    index: Option<wal::Index>,
    /// The last number, and what the head of the WAL index was before it was read.
    seen: Option<(wal::Head, i64)>,
    history: History,
}

impl Reader {
    /// Some microseconds, or a fraction of one if nothing was committed since the last look.
    pub fn look(&mut self, manager: &Manager, file: &Path, lives: &Lives) -> Result<Sighting> {
        let head = self.index.as_ref().and_then(wal::Index::head);
        match (head, self.seen) {
            (Some(head), Some((before, number))) if head == before => return Ok(lives.sighting(number)),
            _ => {}
        }
        let sighting = self.read(manager, file, lives);
        match &sighting {
            Ok(sighting) => self.seen = head.map(|head| (head, sighting.number)),
            Err(_) => *self = Self::default(),
        }
        sighting
    }

    fn read(&mut self, manager: &Manager, file: &Path, lives: &Lives) -> Result<Sighting> {
        if self.conn.is_none() {
            self.conn = Some(manager.connect().map_err(|error| Error::Unavailable(error.into()))?);
            // After the connection, which makes the file.
            self.index = wal::Index::open(file);
        }
        let stamp = revision::stamp(self.conn.as_mut().ok_or_else(lost)?)?;
        Ok(self.history.sighting(stamp, lives))
    }
}

/// The head of SQLite's WAL index, by which SQLite itself tells whether something was committed: every commit, of any
/// connection and process, counts up in it before it is answered (<https://sqlite.org/walformat.html>, section 2.1).
#[cfg(target_os = "linux")]
mod wal {
    use std::{ffi::OsString, fs::File, mem::ManuallyDrop, os::unix::fs::FileExt as _, path::Path};

    /// The only format there is, in the byte order of the machine.
    const VERSION: u32 = 3_007_000;

    /// Both copies of the head.
    pub type Head = [u8; 96];

    /// Read like a file, although SQLite maps it into memory: on Linux the two are one. Never closed, because closing it
    /// would let go the locks that SQLite's own connections of this process hold on the same file
    /// (<https://sqlite.org/howtocorrupt.html>, section 2.2).
    pub struct Index(ManuallyDrop<File>);

    impl Index {
        /// Of the database in `file`; `None` if there is none, as on file systems that know no WAL.
        pub fn open(file: &Path) -> Option<Self> {
            let mut name = OsString::from(file);
            name.push("-shm");
            File::open(name).ok().map(|file| Self(ManuallyDrop::new(file)))
        }

        /// `None` while the two copies differ, for a commit is being written; or if it is of a format that we do not know.
        pub fn head(&self) -> Option<Head> {
            let mut head = [0; size_of::<Head>()];
            self.0.read_exact_at(&mut head, 0).ok()?;
            let (first, second) = head.split_at(size_of::<Head>() / 2);
            (first == second && first.starts_with(&VERSION.to_ne_bytes())).then_some(head)
        }
    }
}

/// Elsewhere the revision is read every time.
#[cfg(not(target_os = "linux"))]
mod wal {
    use std::path::Path;

    #[derive(Clone, Copy, PartialEq)]
    pub enum Head {}

    pub enum Index {}

    impl Index {
        pub fn open(_: &Path) -> Option<Self> {
            None
        }

        pub fn head(&self) -> Option<Head> {
            match *self {}
        }
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use crate::db::{Target, migrate};
    use diesel::connection::SimpleConnection as _;

    /// Every commit of another connection is seen, and nothing is asked of the database when there was none.
    #[test]
    fn a_look_sees_every_commit_and_reads_only_after_one() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("watched.db");
        let target = Target::Sqlite(file.clone());
        migrate::run(&target).unwrap();
        let (manager, lives) = (Manager::new(&target), Lives::default());
        let mut writer = manager.connect().unwrap();
        revision::ensure(&mut writer, "an epoch").unwrap();
        let mut reader = Reader::default();
        for number in 0..500 {
            for _ in 0..3 {
                assert_eq!(reader.look(&manager, &file, &lives).unwrap().number, number);
            }
            // Without its connection it still answers: nothing was committed.
            let conn = reader.conn.take();
            assert!(reader.seen.is_some());
            assert_eq!(reader.look(&manager, &file, &lives).unwrap().number, number);
            reader.conn = conn;
            assert_eq!(revision::next(&mut writer).unwrap(), number + 1);
            if number % 100 == 50 {
                writer.batch_execute("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
            }
        }
        assert_eq!(lives.sighting(0).life, 1, "one connection, one history");
    }
}
