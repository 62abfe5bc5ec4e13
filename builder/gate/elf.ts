/**
 * Reads of an ELF file what its dynamic linker will ask for. Program headers only: stripped files keep no usable
 * section headers. Files are around 100 MB, so single ranges are read, and never more than a field may hold.
 */
import { open, type FileHandle } from "node:fs/promises";
import { inspect } from "node:util";

/**
 * - `NOT_ELF`: the file is something else.
 * - `UNSUPPORTED_ELF`: 32-bit or big-endian, which no Lambda platform runs.
 * - `DAMAGED_ELF`: cut off, or its tables contradict the file.
 */
export type ElfErrorCode = "NOT_ELF" | "UNSUPPORTED_ELF" | "DAMAGED_ELF";

/** A file that is no readable ELF executable; the message begins with its path when there is one. */
export class ElfError extends Error {
  readonly code: ElfErrorCode;

  constructor(code: ElfErrorCode, message: string) {
    super(message);
    this.code = code;
  }

  static {
    this.prototype.name = "ElfError";
  }
}

/** A version the dynamic linker looks for in a library before it starts the program (`.gnu.version_r`). */
export interface VersionNeed {
  /** File name of the library, such as `libc.so.6`. */
  readonly library: string;
  /** Such as `GLIBC_2.17`. */
  readonly version: string;
  /** VER_FLG_WEAK: the program starts without it. Versions that only weak symbols use do not have this flag. */
  readonly weak: boolean;
}

/** What {@link readElf} found. */
export interface ElfFacts {
  readonly class: 64;
  /** `e_machine`: 62 = x86_64, 183 = arm64. */
  readonly machine: number;
  /** `DYN` is a shared library or a position-independent executable; `OTHER` an object file or a core dump. */
  readonly type: "EXEC" | "DYN" | "OTHER";
  /** The dynamic linker asked for (PT_INTERP); absent in static executables and in libraries. */
  readonly interpreter?: string;
  /** Libraries asked for (DT_NEEDED), in their order. */
  readonly needed: readonly string[];
  /** DT_RUNPATH, or else DT_RPATH: folders with `:` between. */
  readonly runpath?: string;
  readonly versionNeeds: readonly VersionNeed[];
}

interface ByteSource {
  readonly sizeBytes: number;
  /** Exactly these bytes. */
  read(offset: number, length: number): Promise<Buffer>;
}

interface Segment {
  readonly type: number;
  readonly offset: number;
  readonly address: number;
  readonly fileBytes: number;
}

interface Region {
  readonly offset: number;
  readonly sizeBytes: number;
}

// Names and numbers: System V ABI, "Object files" and "Program loading"; the version tables: Linux Standard Base.
const PT_LOAD = 1;
const PT_DYNAMIC = 2;
const PT_INTERP = 3;
const DT_NEEDED = 1;
const DT_STRTAB = 5;
const DT_STRSZ = 10;
const DT_RPATH = 15;
const DT_RUNPATH = 29;
const DT_VERNEED = 0x6ffffffe;
const VER_FLG_WEAK = 2;

// Far above any real file (Node.js: 33 dynamic entries, 49 versions), low enough that a hostile one costs nothing.
const maxStringBytes = 4096;
const maxDynamicBytes = 64 * 1024;
const maxVersionTableBytes = 128 * 1024;
const maxVersionNeeds = 4096;

/**
 * Reads an ELF64 little-endian file.
 *
 * @param source a path, an open file (it stays open) or the file's bytes
 * @throws ElfError as {@link ElfErrorCode} says, for any content; node's error when the file cannot be read
 */
export async function readElf(source: string | FileHandle | Uint8Array): Promise<ElfFacts> {
  if (typeof source === "string") {
    const handle = await open(source);
    try {
      return await parseElf(await fileSource(handle));
    } catch (error) {
      throw error instanceof ElfError ? new ElfError(error.code, `${source} ${error.message}`) : error;
    } finally {
      await handle.close();
    }
  }
  return await parseElf(source instanceof Uint8Array ? bytesSource(source) : await fileSource(source));
}

async function parseElf(file: ByteSource): Promise<ElfFacts> {
  const header = await readHeader(file);
  const segments = await readSegments(file, header);
  const interpreter = await readInterpreter(file, segments);
  return {
    class: 64,
    machine: header.readUInt16LE(18),
    type: ({ 2: "EXEC", 3: "DYN" } as const)[header.readUInt16LE(16)] ?? "OTHER",
    ...(interpreter !== undefined && { interpreter }),
    ...(await readDynamic(file, segments)),
  };
}

async function readHeader(file: ByteSource): Promise<Buffer> {
  const ident = await file.read(0, Math.min(16, file.sizeBytes));
  if (ident.toString("latin1", 0, 4) !== "\x7fELF") {
    const start = ident.length === 0 ? "it is empty" : `it starts with ${inspect(ident.toString("latin1", 0, 8))}`;
    throw new ElfError("NOT_ELF", `is no ELF executable: ${start}`);
  }
  if (file.sizeBytes < 64) throw damaged(`is cut off after ${file.sizeBytes} bytes, inside its ELF header`);
  const [elfClass, endianness, version] = [ident[4], ident[5], ident[6]];
  if (elfClass === 1) throw new ElfError("UNSUPPORTED_ELF", "is a 32-bit ELF file; Lambda runs 64-bit ones");
  if (endianness === 2)
    throw new ElfError("UNSUPPORTED_ELF", "is a big-endian ELF file; Lambda runs little-endian ones");
  if (elfClass !== 2 || endianness !== 1 || version !== 1) throw damaged("has an ELF header with impossible values");
  return await file.read(0, 64);
}

async function readSegments(file: ByteSource, header: Buffer): Promise<Segment[]> {
  const [entryBytes, count] = [header.readUInt16LE(54), header.readUInt16LE(56)];
  if (count === 0) return [];
  if (entryBytes !== 56) throw damaged(`has program headers of ${entryBytes} bytes instead of 56`);
  const table = await file.read(readUint64(header, 32), entryBytes * count);
  const segments = Array.from({ length: count }, (_, index) => {
    const entry = table.subarray(index * entryBytes);
    return {
      type: entry.readUInt32LE(0),
      offset: readUint64(entry, 8),
      address: readUint64(entry, 16),
      fileBytes: readUint64(entry, 32),
    };
  });
  for (const { type, offset, fileBytes } of segments) {
    if ((type === PT_LOAD || type === PT_DYNAMIC || type === PT_INTERP) && offset + fileBytes > file.sizeBytes) {
      throw damaged(`is cut off or damaged: a segment ends at byte ${offset + fileBytes} of ${file.sizeBytes}`);
    }
  }
  return segments;
}

async function readInterpreter(file: ByteSource, segments: readonly Segment[]): Promise<string | undefined> {
  const segment = segments.find(({ type }) => type === PT_INTERP);
  return segment && (await readString(file, { offset: segment.offset, sizeBytes: segment.fileBytes }, 0));
}

async function readDynamic(
  file: ByteSource,
  segments: readonly Segment[],
): Promise<Pick<ElfFacts, "needed" | "runpath" | "versionNeeds">> {
  const dynamic = segments.find(({ type }) => type === PT_DYNAMIC);
  if (dynamic === undefined) return { needed: [], versionNeeds: [] };
  const entries = dynamicEntries(await file.read(dynamic.offset, Math.min(dynamic.fileBytes, maxDynamicBytes)));
  const values = new Map(entries.map(({ tag, value }) => [tag, value]));

  const strings = values.has(DT_STRTAB) ? locate(segments, values.get(DT_STRTAB)) : { offset: 0, sizeBytes: 0 };
  const stringsBytes = values.get(DT_STRSZ) ?? strings.sizeBytes;
  if (stringsBytes > strings.sizeBytes)
    throw damaged(`has a string table of ${stringsBytes} bytes outside its segment`);
  const textAt = (index: number) => readString(file, { offset: strings.offset, sizeBytes: stringsBytes }, index);

  const needed: string[] = [];
  for (const { tag, value } of entries) if (tag === DT_NEEDED) needed.push(await textAt(value));
  const runpath = values.get(DT_RUNPATH) ?? values.get(DT_RPATH);
  const versions = values.has(DT_VERNEED) ? locate(segments, values.get(DT_VERNEED)) : undefined;
  return {
    needed,
    ...(runpath !== undefined && { runpath: await textAt(runpath) }),
    versionNeeds: versions === undefined ? [] : await readVersionNeeds(file, versions, textAt),
  };
}

function dynamicEntries(table: Buffer): { tag: number; value: number }[] {
  const entries: { tag: number; value: number }[] = [];
  for (let at = 0; at + 16 <= table.length; at += 16) {
    const tag = readUint64(table, at);
    if (tag === 0) return entries;
    entries.push({ tag, value: readUint64(table, at + 8) });
  }
  throw damaged("has a dynamic section without an end");
}

/** Follows the links as ld.so does, whatever the counts beside them say. Links only lead forward. */
async function readVersionNeeds(
  file: ByteSource,
  { offset, sizeBytes }: Region,
  textAt: (index: number) => Promise<string>,
): Promise<VersionNeed[]> {
  const table = await file.read(offset, Math.min(sizeBytes, maxVersionTableBytes));
  const uint32At = (at: number): number => {
    if (at + 4 > table.length) throw damaged("has a version table that leaves its segment");
    return table.readUInt32LE(at);
  };
  const needs: VersionNeed[] = [];
  for (let at = 0, next = -1; next !== 0; at += next) {
    next = uint32At(at + 12);
    const library = await textAt(uint32At(at + 4));
    for (let entry = at + uint32At(at + 8), nextEntry = -1; nextEntry !== 0; entry += nextEntry) {
      nextEntry = uint32At(entry + 12);
      const version = await textAt(uint32At(entry + 8));
      needs.push({ library, version, weak: (uint32At(entry + 4) & VER_FLG_WEAK) !== 0 });
      if (needs.length > maxVersionNeeds) throw damaged(`has a version table of more than ${maxVersionNeeds} entries`);
    }
  }
  return needs;
}

async function readString(file: ByteSource, table: Region, index: number): Promise<string> {
  const length = Math.min(table.sizeBytes - index, maxStringBytes);
  const bytes = length > 0 ? await file.read(table.offset + index, length) : Buffer.alloc(0);
  const end = bytes.indexOf(0);
  if (end === -1) throw damaged("has a name that lies outside its table or has no end");
  return bytes.toString("utf8", 0, end);
}

/** From an address to where its bytes are in the file, as far as the segment goes. */
function locate(segments: readonly Segment[], address = 0): Region {
  const segment = segments.find(
    (each) => each.type === PT_LOAD && address >= each.address && address < each.address + each.fileBytes,
  );
  if (segment === undefined) throw damaged(`has a table at address 0x${address.toString(16)}, which is in no segment`);
  const distance = address - segment.address;
  return { offset: segment.offset + distance, sizeBytes: segment.fileBytes - distance };
}

/** Rounded above 2^53, which no file reaches: a bounds check refuses it. */
function readUint64(buffer: Buffer, offset: number): number {
  return Number(buffer.readBigUInt64LE(offset));
}

function damaged(message: string): ElfError {
  return new ElfError("DAMAGED_ELF", message);
}

function checkRange(offset: number, length: number, sizeBytes: number): void {
  if (offset + length > sizeBytes) {
    throw damaged(`is cut off or damaged: bytes ${offset} to ${offset + length} are asked for, it has ${sizeBytes}`);
  }
}

function bytesSource(bytes: Uint8Array): ByteSource {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return {
    sizeBytes: buffer.length,
    read: async (offset, length) => {
      checkRange(offset, length, buffer.length);
      return buffer.subarray(offset, offset + length);
    },
  };
}

async function fileSource(handle: FileHandle): Promise<ByteSource> {
  const { size } = await handle.stat();
  return {
    sizeBytes: size,
    read: async (offset, length) => {
      checkRange(offset, length, size);
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, offset);
      // The kernel reads a local file whole; less means that somebody shortened it meanwhile.
      checkRange(offset, length, offset + bytesRead);
      return buffer;
    },
  };
}
