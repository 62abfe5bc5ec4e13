/** Archives: tar for Docker and npm, zip for Lambda. */
export { extractFileFromTarball, extractTarFile, writeTar, type ExtractedFile, type TarEntry } from "./tar-archive.ts";
export { ArchiveError, type ArchiveErrorCode } from "./errors.ts";
export { extractZip, type ExtractedZip, type ExtractZipOptions } from "./read-zip.ts";
export { writeZip, type WriteZipOptions, type WrittenZip, type ZipEntry } from "./write-zip.ts";
