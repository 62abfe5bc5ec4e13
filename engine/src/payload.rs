//! The bundle behind the executable: its bytes, their number (64 bits, little endian), and eight bytes that say what they
//! are. `builder/engines/native.ts` writes them.

use std::fs::File;
use std::io::{Read, Result, Seek, SeekFrom};
use std::ptr::null_mut;
use std::slice;

use rustix::mm::{mmap, MapFlags, ProtFlags};
use rustix::param::page_size;

/// What is run, for as long as the process lives.
pub enum Payload {
    Source(&'static [u8]),
    Bytecode(&'static [u8]),
}

impl Payload {
    pub fn bytes(&self) -> &'static [u8] {
        match self {
            Self::Source(bytes) | Self::Bytecode(bytes) => bytes,
        }
    }
}

const SOURCE_MAGIC: &[u8; 8] = b"RALsrc01";
const BYTECODE_MAGIC: &[u8; 8] = b"RALbyt02";
const TRAILER_BYTES: u64 = 16;

/// That of the running executable; `None` for the bare engine.
pub fn read_own() -> Result<Option<Payload>> {
    let mut file = File::open("/proc/self/exe")?;
    let end = file.seek(SeekFrom::End(0))?.saturating_sub(TRAILER_BYTES);
    file.seek(SeekFrom::Start(end))?;
    let (mut length, mut magic) = ([0; 8], [0; 8]);
    file.read_exact(&mut length)?;
    file.read_exact(&mut magic)?;
    let kind = match &magic {
        SOURCE_MAGIC => Payload::Source,
        BYTECODE_MAGIC => Payload::Bytecode,
        _ => return Ok(None),
    };
    let Some(start) = end.checked_sub(u64::from_le_bytes(length)) else { return Ok(None) };
    Ok(Some(kind(map(&file, start, end)?)))
}

/// The bytes as they lie in the system's cache of the file, all at once: a copy of a megabyte takes half a millisecond.
fn map(file: &File, start: u64, end: u64) -> Result<&'static [u8]> {
    let before = usize::try_from(start).unwrap_or(0) % page_size();
    let length = usize::try_from(end - start).unwrap_or(0);
    let flags = MapFlags::PRIVATE | MapFlags::POPULATE;
    // SAFETY: the mapping stays, and nothing can write to an executable that runs.
    unsafe {
        let mapped = mmap(null_mut(), before + length, ProtFlags::READ, flags, file, start - before as u64)?;
        Ok(slice::from_raw_parts(mapped.cast::<u8>().add(before), length))
    }
}
