//! A list of stolen passwords on disk, as Have I Been Pwned gives it out: the SHA-1 of each in hexadecimal, then a colon
//! and how often it was seen. Nothing is asked of the network.

use anyhow::Context as _;
use sha1::{Digest, Sha1};
use std::{
    fs::File,
    io::{self, BufRead, BufReader, Seek, SeekFrom},
    path::{Path, PathBuf},
};

/// How many characters of the hash name a file of the list in its many-files form.
const PREFIX: usize = 5;

/// Where the list is.
#[derive(Debug, Clone)]
pub enum Breached {
    /// One file, its lines in the order of the hashes.
    File(PathBuf),
    /// A folder with a file for each first five characters, such as `21BD1.txt`, whose lines hold the rest.
    Folder(PathBuf),
}

impl Breached {
    /// Fails with what is expected if there is nothing like a list.
    pub fn open(path: &Path) -> Result<Self, String> {
        if path.is_dir() {
            let is_part = |name: &str| {
                name.strip_suffix(".txt").is_some_and(|stem| stem.len() == PREFIX && is_upper_hex(stem.as_bytes()))
            };
            let mut entries = path.read_dir().map_err(|error| error.to_string())?.flatten();
            return if entries.any(|entry| entry.file_name().to_str().is_some_and(is_part)) {
                Ok(Self::Folder(path.to_owned()))
            } else {
                Err("expected files such as 21BD1.txt in this folder".into())
            };
        }
        let mut first = String::new();
        let read = File::open(path).and_then(|file| BufReader::new(file).read_line(&mut first));
        match read {
            Err(error) => Err(format!("the list cannot be read ({error})")),
            Ok(_) if first.split(':').next().is_some_and(|hash| hash.len() == 40 && is_upper_hex(hash.as_bytes())) => {
                Ok(Self::File(path.to_owned()))
            }
            Ok(_) => Err("expected lines of a SHA-1 in capital letters, a colon and a number, in order".into()),
        }
    }

    /// Whether the password is on the list.
    pub fn contains(&self, password: &str) -> anyhow::Result<bool> {
        let hash = data_encoding::HEXUPPER.encode(&Sha1::digest(password.as_bytes()));
        let found = match self {
            Self::File(path) => File::open(path).and_then(|file| search(file, &hash)),
            Self::Folder(path) => {
                let (prefix, rest) = hash.split_at(PREFIX);
                match File::open(path.join(format!("{prefix}.txt"))) {
                    Ok(file) => BufReader::new(file)
                        .lines()
                        .find_map(|line| {
                            line.map(|line| key(&line) == rest).map(|same| same.then_some(true)).transpose()
                        })
                        .unwrap_or(Ok(false)),
                    Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
                    Err(error) => Err(error),
                }
            }
        };
        found.context("the list of BREACHED_PASSWORDS cannot be read")
    }
}

fn is_upper_hex(text: &[u8]) -> bool {
    text.iter().all(|c| matches!(c, b'0'..=b'9' | b'A'..=b'F'))
}

fn key(line: &str) -> &str {
    line.split(':').next().unwrap_or_default().trim()
}

/// Halves the file until the line is found: some 30 reads in a list of 40 GB.
fn search(file: File, hash: &str) -> io::Result<bool> {
    let mut end = file.metadata()?.len();
    let mut reader = BufReader::with_capacity(256, file);
    // All lines that begin before `begin` are less than the hash; all that begin at `end` or after are greater.
    let mut begin = 0;
    let mut line = String::new();
    while begin < end {
        let middle = begin + (end - begin) / 2;
        // The first line that begins at the middle or after it: the byte before it ends another.
        reader.seek(SeekFrom::Start(middle.saturating_sub(1)))?;
        line.clear();
        let skipped = if middle == 0 { 0 } else { reader.read_line(&mut line)? as u64 - 1 };
        line.clear();
        let read = reader.read_line(&mut line)? as u64;
        if read == 0 || middle + skipped >= end {
            end = middle;
            continue;
        }
        match key(&line).cmp(hash) {
            std::cmp::Ordering::Equal => return Ok(true),
            std::cmp::Ordering::Less => begin = middle + skipped + read,
            std::cmp::Ordering::Greater => end = middle,
        }
    }
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash(password: &str) -> String {
        data_encoding::HEXUPPER.encode(&Sha1::digest(password.as_bytes()))
    }

    #[test]
    fn every_line_of_a_file_is_found_and_nothing_else() {
        for count in [1, 2, 3, 10, 1000] {
            let mut lines: Vec<String> =
                (0..count).map(|n| format!("{}:{}\n", hash(&format!("stolen {n}")), n * n)).collect();
            lines.sort();
            let file = tempfile::NamedTempFile::new().unwrap();
            std::fs::write(file.path(), lines.concat()).unwrap();
            let list = Breached::open(file.path()).unwrap();
            for n in 0..count {
                assert!(list.contains(&format!("stolen {n}")).unwrap(), "{n} of {count}");
                assert!(!list.contains(&format!("not stolen {n}")).unwrap(), "{n} of {count}");
            }
        }
    }

    #[test]
    fn the_parts_of_a_folder_are_searched_by_the_rest_of_the_hash() {
        let folder = tempfile::tempdir().unwrap();
        let hash = hash("stolen");
        let (prefix, rest) = hash.split_at(PREFIX);
        std::fs::write(folder.path().join(format!("{prefix}.txt")), format!("{}:1\r\n{rest}:7\r\n", "0".repeat(35)))
            .unwrap();
        let list = Breached::open(folder.path()).unwrap();
        assert!(list.contains("stolen").unwrap());
        assert!(!list.contains("not stolen").unwrap());
    }

    #[test]
    fn what_is_no_list_is_refused_at_the_start() {
        let folder = tempfile::tempdir().unwrap();
        assert!(Breached::open(folder.path()).is_err());
        let file = folder.path().join("words");
        assert!(Breached::open(&file).is_err());
        std::fs::write(&file, "password\n").unwrap();
        assert!(Breached::open(&file).is_err());
    }
}
