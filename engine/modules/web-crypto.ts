/** The global `crypto`. */
import { webcrypto } from "./crypto.ts";

export const crypto: object = webcrypto;
export { CryptoKey } from "./crypto-key.ts";
