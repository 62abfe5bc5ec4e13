/** How much memory a process and its descendants have at most. Source: proc(5). */
import { closeSync, openSync, readdirSync, readFileSync, readSync } from "node:fs";

/** Between two looks at the descendants, while somebody waits for them. */
const lookIntervalMs = 100;
/** After the peak was asked for, and before the next {@link TreeMemory.watch}: work often begins again at once. */
const idleLooks = 2;

/**
 * The process itself is known exactly: the kernel keeps its peak (`VmHWM`). Its descendants are looked at ten times a second
 * while they are watched; what they share with each other counts for each of them.
 */
export class TreeMemory {
  static readonly #buffer = Buffer.alloc(8192);
  readonly #pid: number | undefined;
  readonly #descriptor: number | undefined;
  #timer: NodeJS.Timeout | undefined;
  #looksLeft = 0;
  #isClosed = false;
  #ownBytes: number | undefined;
  #treeBytes = 0;

  constructor(pid: number | undefined) {
    this.#pid = pid;
    try {
      this.#descriptor = pid === undefined ? undefined : openSync(`/proc/${pid}/status`, "r");
    } catch {
      // No /proc (macOS), or the process is already gone: the peak is not known.
      this.#descriptor = undefined;
    }
  }

  /** Looks at the descendants until the peak is asked for. Costs next to nothing when called often. */
  watch(): void {
    this.#looksLeft = Infinity;
    // Of a process that ends before it is asked, this much is known.
    if (this.#ownBytes === undefined) this.#readOwn();
    if (this.#timer !== undefined || this.#descriptor === undefined || this.#isClosed) return;
    this.#timer = setInterval(() => this.#look(), lookIntervalMs).unref();
  }

  /** The peak so far in bytes; undefined where this machine does not tell. */
  peakBytes(): number | undefined {
    this.#looksLeft = idleLooks;
    this.#readOwn();
    return this.#ownBytes === undefined ? undefined : Math.max(this.#ownBytes, this.#treeBytes);
  }

  close(): void {
    this.#stopLooking();
    if (this.#descriptor !== undefined && !this.#isClosed) closeSync(this.#descriptor);
    this.#isClosed = true;
  }

  /** The descriptor stays open: opening the file for every invocation would cost more than reading it. */
  #readOwn(): void {
    if (this.#descriptor === undefined || this.#isClosed) return;
    const buffer = TreeMemory.#buffer;
    try {
      const length = readSync(this.#descriptor, buffer, 0, buffer.length, 0);
      const start = buffer.indexOf("VmHWM:");
      if (start < 0 || start >= length) return;
      this.#ownBytes = Number.parseInt(buffer.toString("latin1", start + 6, start + 24), 10) * 1024;
    } catch {
      // ESRCH: it has just ended; the last reading stands.
    }
  }

  #look(): void {
    if (this.#looksLeft-- <= 0) return this.#stopLooking();
    const pid = this.#pid as number;
    const descendants = descendantsOf(pid);
    if (descendants.length === 0) return;
    this.#treeBytes = Math.max(this.#treeBytes, sum([pid, ...descendants].map((each) => residentBytes(each))));
  }

  #stopLooking(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}

/** Children are listed with the thread that started them. */
function descendantsOf(pid: number): number[] {
  const children = entries(`/proc/${pid}/task`).flatMap((thread) =>
    text(`/proc/${pid}/task/${thread}/children`).split(" ").filter(Boolean).map(Number),
  );
  return children.flatMap((child) => [child, ...descendantsOf(child)]);
}

function residentBytes(pid: number): number {
  const [, kilobytes = "0"] = /^VmRSS:\s+(\d+)/m.exec(text(`/proc/${pid}/status`)) ?? [];
  return Number(kilobytes) * 1024;
}

/** Processes come and go while they are looked at. */
function text(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
}

function entries(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
