/** What functions of `node:crypto` are given. */
import { invalidType } from "./argument-errors.ts";
import { Buffer } from "./buffer.ts";
import { bytesOf, isBytes, type BytesLike } from "./bytes-like.ts";
import type { DigestName } from "./native.ts";

export type Data = string | BytesLike;

export const digestNames: readonly DigestName[] = ["md5", "sha1", "sha256", "sha384", "sha512"];

/** The engine's name of a digest. */
export function digestName(name: string): DigestName {
  const wanted = name.toLowerCase().replace(/^rsa-/, "").replaceAll("-", "");
  const found = digestNames.find((each) => each === wanted);
  if (found === undefined) throw new Error("Digest method not supported");
  return found;
}

/**
 * Bytes of a text, or the memory that was given.
 *
 * @throws TypeError `ERR_INVALID_ARG_TYPE`
 */
export function dataOf(data: Data, encoding?: string): Uint8Array {
  if (typeof data === "string") return Buffer.from(data, encoding as "utf8" | undefined);
  if (isBytes(data)) return bytesOf(data);
  const kinds = "of type string or an instance of ArrayBuffer, Buffer, TypedArray, or DataView";
  throw invalidType('"data" argument', kinds, data);
}
