/** `node:zlib`: checksums only. Nothing is compressed. */

/** Made when it is first needed: clients of the AWS SDK import this module, and few of them ask for a sum. */
let table: Uint32Array | undefined;

function makeTable(): Uint32Array {
  return Uint32Array.from({ length: 256 }, (_, index) => {
    let value = index;
    for (let bit = 0; bit < 8; bit++) value = (value & 1) === 0 ? value >>> 1 : (value >>> 1) ^ 0xedb88320;
    return value;
  });
}

/** CRC-32 of ISO 3309, as PNG and zip use it. */
export function crc32(data: string | Uint8Array, value: number = 0): number {
  const bytes = typeof data === "string" ? new TextEncoder().encode(data) : data;
  table ??= makeTable();
  let result = ~value;
  for (let index = 0; index < bytes.length; index++) {
    result = (result >>> 8) ^ (table[(result ^ (bytes[index] ?? 0)) & 0xff] ?? 0);
  }
  return ~result >>> 0;
}
