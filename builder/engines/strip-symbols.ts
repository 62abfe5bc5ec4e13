/**
 * Takes symbol tables and debug information out of an executable, as `strip` does, without a tool that may be another one on
 * another machine. Source of the format: System V ABI, "Object Files"; ELF-64 Object File Format 1.5.
 */
import { BuilderError } from "../errors.ts";

const sectionHeaderBytes = 64;
const programHeaderBytes = 56;
const allocFlag = 2n;
const noBits = 8;

interface Section {
  readonly index: number;
  /** Its header. */
  readonly header: Buffer;
  readonly isLoaded: boolean;
  readonly end: number;
}

/**
 * The executable without the sections that are not loaded, which stand behind all that are. Nothing that is loaded moves.
 *
 * @param executable ELF64, little endian; not changed
 * @throws BuilderError `COMPILE_FAILED` when it is laid out in another way
 */
export function stripSymbols(executable: Buffer): Buffer {
  const sections = readSections(executable);
  const namesIndex = executable.readUInt16LE(62);
  const names = sections[namesIndex];
  const loadedEnd = Math.max(
    segmentsEnd(executable),
    ...sections.filter((each) => each.isLoaded).map(({ end }) => end),
  );
  const kept = sections.filter(({ index, isLoaded }) => index === 0 || isLoaded || index === namesIndex);
  if (names === undefined || loadedEnd > executable.length) {
    throw new BuilderError(
      "COMPILE_FAILED",
      "The executable's sections are not laid out so that symbols can be taken out",
    );
  }
  const namesOffset = Number(names.header.readBigUInt64LE(24));
  const nameBytes = executable.subarray(namesOffset, names.end);
  const tableOffset = Math.ceil((loadedEnd + nameBytes.length) / 8) * 8;
  const stripped = Buffer.alloc(tableOffset + kept.length * sectionHeaderBytes);
  executable.copy(stripped, 0, 0, loadedEnd);
  nameBytes.copy(stripped, loadedEnd);
  const newIndexes = new Map(kept.map(({ index }, position) => [index, position]));
  for (const [position, { index, header }] of kept.entries()) {
    const moved = Buffer.from(header);
    if (index === namesIndex) moved.writeBigUInt64LE(BigInt(loadedEnd), 24);
    // What a section refers to is kept, or it would not be loaded itself.
    moved.writeUInt32LE(newIndexes.get(header.readUInt32LE(40)) ?? 0, 40);
    if (refersBySectionInfo(header)) moved.writeUInt32LE(newIndexes.get(header.readUInt32LE(44)) ?? 0, 44);
    moved.copy(stripped, tableOffset + position * sectionHeaderBytes);
  }
  stripped.writeBigUInt64LE(BigInt(tableOffset), 40);
  stripped.writeUInt16LE(kept.length, 60);
  stripped.writeUInt16LE(newIndexes.get(namesIndex) ?? 0, 62);
  return stripped;
}

function readSections(executable: Buffer): readonly Section[] {
  const offset = Number(executable.readBigUInt64LE(40));
  return Array.from({ length: executable.readUInt16LE(60) }, (_, index) => {
    const header = executable.subarray(offset + index * sectionHeaderBytes, offset + (index + 1) * sectionHeaderBytes);
    const isLoaded = (header.readBigUInt64LE(8) & allocFlag) !== 0n;
    const sizeInFile = header.readUInt32LE(4) === noBits ? 0n : header.readBigUInt64LE(32);
    return { index, header, isLoaded, end: Number(header.readBigUInt64LE(24) + sizeInFile) };
  });
}

function segmentsEnd(executable: Buffer): number {
  const offset = Number(executable.readBigUInt64LE(32));
  const ends = Array.from({ length: executable.readUInt16LE(56) }, (_, index) => {
    const at = offset + index * programHeaderBytes;
    return Number(executable.readBigUInt64LE(at + 8) + executable.readBigUInt64LE(at + 32));
  });
  return Math.max(...ends);
}

/** sh_info is an index where the flag SHF_INFO_LINK says so, and in relocations (SHT_RELA, SHT_REL). */
function refersBySectionInfo(header: Buffer): boolean {
  const infoLinkFlag = 0x40n;
  return (header.readBigUInt64LE(8) & infoLinkFlag) !== 0n || [4, 9].includes(header.readUInt32LE(4));
}
