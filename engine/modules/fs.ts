/** `node:fs`: whole files and folders, synchronously, with callbacks or with promises. Nothing is watched or streamed. */
import { invalidType } from "./argument-errors.ts";
import { Buffer } from "./buffer.ts";
import { bytesOf } from "./bytes-like.ts";
import { native, type FileStatus } from "./native.ts";
import { process } from "./process.ts";

type Encoding =
  | string
  | { readonly encoding?: string | null; readonly flag?: string; readonly mode?: number }
  | null
  | undefined;
type Callback = (error: unknown, value?: unknown) => void;
type PathLike = string | URL | Uint8Array;

function pathOf(path: PathLike): string {
  if (typeof path === "string") return path;
  if (path instanceof Uint8Array) return native.decode(path, "utf8");
  return decodeURIComponent(path.pathname);
}

function encodingOf(options: Encoding): string | undefined {
  return (typeof options === "string" ? options : options?.encoding) ?? undefined;
}

export class Stats {
  readonly size: number;
  readonly mode: number;
  readonly mtimeMs: number;
  readonly mtime: Date;
  readonly #kind: FileStatus["kind"];

  constructor({ kind, size, mode, mtimeMs }: FileStatus) {
    this.#kind = kind;
    this.size = size;
    this.mode = mode;
    this.mtimeMs = mtimeMs;
    this.mtime = new Date(mtimeMs);
  }

  isFile(): boolean {
    return this.#kind === "file";
  }

  isDirectory(): boolean {
    return this.#kind === "directory";
  }

  isSymbolicLink(): boolean {
    return this.#kind === "link";
  }
}

export function readFileSync(path: PathLike, options?: Encoding): string | Buffer {
  const bytes = Buffer.from(native.readFile(pathOf(path)).buffer);
  const encoding = encodingOf(options);
  return encoding === undefined ? bytes : bytes.toString(encoding as "utf8");
}

function writeWhole(path: PathLike, data: string | Uint8Array, options: Encoding, defaultFlag: "w" | "a"): void {
  const { flag = defaultFlag, mode = 0o666 } = typeof options === "object" && options !== null ? options : {};
  const encoding = encodingOf(options) ?? "utf8";
  const bytes =
    typeof data === "string" && !/^utf-?8$/i.test(encoding) ? Buffer.from(data, encoding as "latin1") : data;
  native.writeFile(pathOf(path), bytes, flag as "w", mode);
}

export function writeFileSync(path: PathLike, data: string | Uint8Array, options?: Encoding): void {
  writeWhole(path, data, options, "w");
}

export function appendFileSync(path: PathLike, data: string | Uint8Array, options?: Encoding): void {
  writeWhole(path, data, options, "a");
}

export function existsSync(path: PathLike): boolean {
  try {
    return native.stat(pathOf(path), true) !== undefined;
  } catch {
    return false;
  }
}

function status(path: PathLike, call: "stat" | "lstat" | "access"): Stats {
  const name = pathOf(path);
  const found = native.stat(name, call !== "lstat");
  if (found !== undefined) return new Stats(found);
  const details = { code: "ENOENT", errno: -2, syscall: call, path: name };
  throw Object.assign(new Error(`ENOENT: no such file or directory, ${call} '${name}'`), details);
}

export function statSync(
  path: PathLike,
  { throwIfNoEntry = true }: { throwIfNoEntry?: boolean } = {},
): Stats | undefined {
  return throwIfNoEntry || existsSync(path) ? status(path, "stat") : undefined;
}

export function lstatSync(path: PathLike): Stats {
  return status(path, "lstat");
}

/** Whether it exists; rights show when it is used. */
export function accessSync(path: PathLike): void {
  status(path, "access");
}

export function readdirSync(path: PathLike): string[] {
  return native.list(pathOf(path));
}

export function mkdirSync(path: PathLike, options?: { readonly recursive?: boolean }): void {
  native.makeFolder(pathOf(path), options?.recursive === true);
}

/** Its folder exists already: Lambda's is /tmp. */
export function mkdtempSync(prefix: string): string {
  const path = prefix + native.decode(native.randomBytes(3), "hex");
  native.makeFolder(path, false);
  return path;
}

export function unlinkSync(path: PathLike): void {
  native.remove(pathOf(path), "file");
}

export function rmdirSync(path: PathLike): void {
  native.remove(pathOf(path), "directory");
}

export function rmSync(
  path: PathLike,
  { recursive = false, force = false }: { recursive?: boolean; force?: boolean } = {},
): void {
  const found = native.stat(pathOf(path), false);
  if (found === undefined && force) return;
  native.remove(pathOf(path), found?.kind === "directory" ? (recursive ? "tree" : "directory") : "file");
}

export function renameSync(from: PathLike, to: PathLike): void {
  native.rename(pathOf(from), pathOf(to));
}

export function copyFileSync(from: PathLike, to: PathLike): void {
  native.writeFile(pathOf(to), native.readFile(pathOf(from)), "w", 0o666);
}

type WritePart = { readonly offset?: number; readonly length?: number } | number | null | undefined;

/** Of bytes a part is given by numbers or by an object, of text the second is its encoding. */
function partOf(data: string | ArrayBufferView, first: unknown, second: unknown): Uint8Array {
  if (typeof data === "string") return Buffer.from(data, (typeof second === "string" ? second : "utf8") as "utf8");
  const part = first as WritePart;
  const { offset = 0, length = second } = typeof part === "object" && part !== null ? part : { offset: part ?? 0 };
  const bytes = bytesOf(data);
  return bytes.subarray(offset, typeof length === "number" ? offset + length : bytes.length);
}

/** Writes everything: `(descriptor, text, position?, encoding?)` or `(descriptor, bytes, offset?, length?)`; there are no positions. */
export function writeSync(
  descriptor: number,
  data: string | ArrayBufferView,
  first?: unknown,
  second?: unknown,
): number {
  const part = partOf(data, first, second);
  native.writeDescriptor(descriptor, part);
  return part.length;
}

/** As `writeSync`; the callback is the last argument. */
export function write(descriptor: number, data: string | ArrayBufferView, ...args: readonly unknown[]): void {
  const callback = args.at(-1);
  if (typeof callback !== "function") throw invalidType('"cb" argument', "of type function", callback);
  const [first, second] = args.slice(0, -1);
  const count = writeSync(descriptor, data, first, second);
  queueMicrotask(() => void callback(null, count, data));
}

/** Nothing here opens a descriptor. */
export function fstatSync(descriptor: number): never {
  throw Object.assign(new Error("EBADF: bad file descriptor, fstat"), { code: "EBADF", errno: -9, descriptor });
}

const streamedPath: unique symbol = Symbol("path");

/** What `createReadStream` has made, for `instanceof`. */
export class ReadStream {
  static [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === "object" && value !== null && streamedPath in value;
  }
}

/** The whole file as a stream, from `start` to `end`, inclusive. Read when the stream is. */
export function createReadStream(
  path: PathLike,
  options: { readonly start?: number; readonly end?: number } = {},
): object {
  const name = pathOf(path);
  // Bundles that name this function have it on board.
  const { Readable } = process.getBuiltinModule("stream") as typeof import("node:stream");
  const read = async function* (): AsyncGenerator<Buffer> {
    yield Buffer.from(native.readFile(name).buffer).subarray(options.start ?? 0, (options.end ?? Infinity) + 1);
  };
  return Object.assign(Readable.from(read(), { objectMode: false }), { path: name, [streamedPath]: true });
}

type Synchronous = (...args: never[]) => unknown;

const withoutPromises = {
  readFileSync,
  writeFileSync,
  appendFileSync,
  statSync,
  lstatSync,
  accessSync,
  readdirSync,
  mkdirSync,
  mkdtempSync,
  unlinkSync,
  rmdirSync,
  rmSync,
  renameSync,
  copyFileSync,
};
type Name = keyof typeof withoutPromises extends `${infer Each}Sync` ? Each : never;

function promised(original: Synchronous): (...args: unknown[]) => Promise<unknown> {
  return async (...args) => (original as (...all: unknown[]) => unknown)(...args);
}

function calledBack(original: Synchronous): (...args: unknown[]) => void {
  const run = promised(original);
  return (...args) => {
    const callback = args.at(-1) as Callback;
    run(...args.slice(0, -1)).then(
      (value) => queueMicrotask(() => callback(null, value)),
      (error: unknown) => queueMicrotask(() => callback(error)),
    );
  };
}

const entries = Object.entries(withoutPromises) as [string, Synchronous][];

/** `node:fs/promises`. The work is done at once all the same: files of a function are small, and on its own disk. */
export const promises = Object.fromEntries(
  entries.map(([name, original]) => [name.replace(/Sync$/, ""), promised(original)]),
) as Record<Name, (...args: unknown[]) => Promise<unknown>>;

const callbacks = Object.fromEntries(
  entries.map(([name, original]) => [name.replace(/Sync$/, ""), calledBack(original)]),
) as Record<Name, (...args: unknown[]) => void>;
export const {
  readFile,
  writeFile,
  appendFile,
  stat,
  lstat,
  access,
  readdir,
  mkdir,
  mkdtemp,
  unlink,
  rmdir,
  rm,
  rename,
  copyFile,
} = callbacks;

export const constants: Readonly<Record<string, number>> = { F_OK: 0, R_OK: 4, W_OK: 2, X_OK: 1 };
