//! The bundle behind the executable: its bytes, their number (64 bits, little endian), and eight bytes that say what they
//! are. `builder/engines/native.ts` writes them.

use std::fs::File;
use std::io::{Read, Result, Seek, SeekFrom};

/// What is run.
pub enum Payload {
    Source(Vec<u8>),
    Bytecode(Vec<u8>),
}

const SOURCE_MAGIC: &[u8; 8] = b"RALsrc01";
const BYTECODE_MAGIC: &[u8; 8] = b"RALbyt01";
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
    let length = u64::from_le_bytes(length);
    let Some(start) = end.checked_sub(length) else { return Ok(None) };
    file.seek(SeekFrom::Start(start))?;
    let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or(0));
    file.take(length).read_to_end(&mut bytes)?;
    Ok(Some(kind(bytes)))
}
