/** What functions of `node:crypto` and of `crypto.subtle` are given. */
import { Buffer } from "./buffer.ts";
import type { DigestName } from "./native.ts";

export type Data = string | Uint8Array | ArrayBuffer;

export const digestNames: readonly DigestName[] = ["md5", "sha1", "sha256", "sha384", "sha512"];

/** The engine's name of a digest. */
export function digestName(name: string): DigestName {
  const wanted = name.toLowerCase().replaceAll("-", "");
  const found = digestNames.find((each) => each === wanted);
  if (found === undefined) throw new Error("Digest method not supported");
  return found;
}

export function bytesOf(data: Data, encoding?: string): Uint8Array {
  if (typeof data === "string") return Buffer.from(data, encoding as "utf8" | undefined);
  if (data instanceof ArrayBuffer) return new Uint8Array(data);
  return data instanceof Uint8Array
    ? data
    : new Uint8Array((data as DataView).buffer, (data as DataView).byteOffset, (data as DataView).byteLength);
}
