/**
 * `node:zlib`: zlib, deflate and gzip, whole or as streams, and CRC-32. No Brotli and no Zstandard. All of it is in other files:
 * a client of the AWS SDK takes `crc32`, and nothing that the others are made of.
 */

export { crc32 } from "./crc32.ts";
export { codes, constants } from "./zlib-constants.ts";
export {
  deflate,
  deflateRaw,
  deflateRawSync,
  deflateSync,
  gunzip,
  gunzipSync,
  gzip,
  gzipSync,
  inflate,
  inflateRaw,
  inflateRawSync,
  inflateSync,
  unzip,
  unzipSync,
} from "./zlib-functions.ts";
export {
  Deflate,
  DeflateRaw,
  Gunzip,
  Gzip,
  Inflate,
  InflateRaw,
  Unzip,
  createDeflate,
  createDeflateRaw,
  createGunzip,
  createGzip,
  createInflate,
  createInflateRaw,
  createUnzip,
} from "./zlib-streams.ts";
