/**
 * The records of a zip archive as bytes. Source: PKWARE APPNOTE.TXT 6.3.10, sections 4.3.7, 4.3.12, 4.3.16 and 4.4.
 * Without Zip64: what needs it is far beyond what Lambda takes.
 */

/** What the two headers of an entry say. */
export interface EntryHeader {
  readonly path: string;
  /** Permission bits. */
  readonly mode: number;
  readonly method: "stored" | "deflated";
  readonly crc32: number;
  readonly compressedBytes: number;
  readonly sizeBytes: number;
  /** Where the local header begins. */
  readonly offset: number;
}

/** Largest number of a 32-bit field; the field's own highest value says that Zip64 has the true one. */
export const maxFieldBytes = 0xffff_fffe;
/** The same for the number of entries. */
export const maxEntries = 0xfffe;
/** Most that the name of an entry may have, as UTF-8. */
export const maxNameBytes = 0xffff;

// Made by Unix, so that the mode counts; version 2.0 has all that is used.
const madeBy = (3 << 8) | 20;
const neededVersion = 20;
/** Names are UTF-8. */
const flags = 1 << 11;
/** 1980-01-01, 0:00: the same in every time zone, since it has none. */
const dosTime = 0;
const dosDate = (1 << 5) | 1;
const regularFile = 0o100000;

/** Bytes of a local header. */
export function localHeaderLength(path: string): number {
  return 30 + Buffer.byteLength(path);
}

/** Stands before the content of an entry. */
export function localHeader(entry: EntryHeader): Buffer {
  const name = Buffer.from(entry.path);
  const header = Buffer.alloc(30);
  header.writeUInt32LE(0x0403_4b50, 0);
  header.writeUInt16LE(neededVersion, 4);
  writeCommon(header, 6, entry, name);
  return Buffer.concat([header, name]);
}

/** All that stands behind the last entry: the central directory and its end. */
export function centralDirectory(entries: readonly EntryHeader[], offset: number): Buffer {
  const records = entries.map((entry) => {
    const name = Buffer.from(entry.path);
    const record = Buffer.alloc(46);
    record.writeUInt32LE(0x0201_4b50, 0);
    record.writeUInt16LE(madeBy, 4);
    record.writeUInt16LE(neededVersion, 6);
    writeCommon(record, 8, entry, name);
    record.writeUInt32LE(((regularFile | (entry.mode & 0o777)) << 16) >>> 0, 38);
    record.writeUInt32LE(entry.offset, 42);
    return Buffer.concat([record, name]);
  });
  const directory = Buffer.concat(records);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x0605_4b50, 0);
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([directory, end]);
}

/** From the flags to the length of the name, which both headers have in one order. */
function writeCommon(header: Buffer, at: number, entry: EntryHeader, name: Buffer): void {
  header.writeUInt16LE(flags, at);
  header.writeUInt16LE(entry.method === "deflated" ? 8 : 0, at + 2);
  header.writeUInt16LE(dosTime, at + 4);
  header.writeUInt16LE(dosDate, at + 6);
  header.writeUInt32LE(entry.crc32, at + 8);
  header.writeUInt32LE(entry.compressedBytes, at + 12);
  header.writeUInt32LE(entry.sizeBytes, at + 16);
  header.writeUInt16LE(name.length, at + 20);
}
