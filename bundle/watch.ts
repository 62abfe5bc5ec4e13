/** Makes a bundle again whenever a file of it changes. The only importer of chokidar. */
import { dirname } from "node:path";
import { watch, type FSWatcher } from "chokidar";
import { bundleFunction, createIncrementalBundler, type Bundle, type BundleOptions } from "./bundle.ts";

/** Who hears of changes. */
export interface BundleListener {
  /** A bundle with other code than the one before. `changedMs`: when the first change was seen (`performance.now()`). */
  onBundle(bundle: Bundle, changedMs: number): void;
  /** The source is broken for now; the last bundle stays good. */
  onError(error: Error): void;
}

/** A bundle that is kept up to date. */
export interface WatchedBundle {
  /** The first one. */
  readonly bundle: Bundle;
  close(): Promise<void>;
}

/** Editors write a file in several steps; what comes within this span is one change. */
const settleMs = 10;
/** chokidar says nothing of a file that changes again within 50 ms: what has changed is looked at once more after that. */
const secondLookMs = 60;

/**
 * Bundles a function and watches the files of its graph: exactly those that esbuild has read, not their folders' others.
 * After a failure any file beside them counts, since the missing one may just be made.
 *
 * @throws BundleError as `bundleFunction`, for the first bundle
 */
export async function watchFunction(options: BundleOptions, listener: BundleListener): Promise<WatchedBundle> {
  const bundle = await bundleFunction(options);
  const watched = new BundleWatcher(options, bundle, listener);
  await watched.start();
  return { bundle, close: () => watched.close() };
}

class BundleWatcher {
  readonly #options: BundleOptions;
  readonly #listener: BundleListener;
  readonly #kind: Bundle["kind"];
  #bundler: ReturnType<typeof createIncrementalBundler> | undefined;
  #watcher: FSWatcher | undefined;
  #inputs: ReadonlySet<string>;
  #code: Uint8Array;
  /** What was told last, while it is so. */
  #problem: string | undefined;
  /** One of its own files has changed, not only one beside them. */
  #isOwnChange = false;
  #changedMs: number | undefined;
  #timer: NodeJS.Timeout | undefined;
  #secondLook: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;

  constructor(options: BundleOptions, first: Bundle, listener: BundleListener) {
    this.#options = options;
    this.#listener = listener;
    this.#kind = first.kind;
    this.#inputs = new Set(first.inputs);
    this.#code = first.code;
  }

  async start(): Promise<void> {
    // Folders, one level deep: a file that is replaced by another one of its name stays watched.
    const watcher = watch(this.#folders(), { depth: 0, ignoreInitial: true, atomic: false });
    this.#watcher = watcher;
    watcher.on("all", (_event, path) => this.#changed(path));
    watcher.on("error", (error) => this.#listener.onError(error as Error));
    await new Promise<void>((resolve) => watcher.once("ready", resolve));
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer);
    clearTimeout(this.#secondLook);
    await this.#watcher?.close();
    await this.#running;
    await (await this.#bundler)?.close();
  }

  #folders(): string[] {
    return [...new Set([...this.#inputs].map((path) => dirname(path)))];
  }

  #changed(path: string): void {
    const isOwn = this.#inputs.has(path);
    if (this.#problem === undefined && !isOwn) return;
    this.#isOwnChange ||= isOwn;
    this.#changedMs ??= performance.now();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#bundleWhenFree(), settleMs);
    clearTimeout(this.#secondLook);
    this.#secondLook = setTimeout(() => {
      this.#changedMs ??= performance.now();
      this.#bundleWhenFree();
    }, secondLookMs);
  }

  #bundleWhenFree(): void {
    if (this.#running !== undefined) return;
    this.#running = this.#bundle().finally(() => {
      this.#running = undefined;
      // Changed again meanwhile.
      if (this.#changedMs !== undefined && this.#watcher?.closed === false) this.#bundleWhenFree();
    });
  }

  async #bundle(): Promise<void> {
    const changedMs = this.#changedMs ?? performance.now();
    const isOwnChange = this.#isOwnChange;
    this.#changedMs = undefined;
    this.#isOwnChange = false;
    try {
      // Made at the first change: most functions are started without one.
      this.#bundler ??= createIncrementalBundler(this.#options, this.#kind);
      const bundle = await (await this.#bundler).bundle();
      const isSame = Buffer.compare(bundle.code, this.#code) === 0;
      this.#problem = undefined;
      this.#code = bundle.code;
      this.#inputs = new Set(bundle.inputs);
      // Closed meanwhile: to add anything would open it again.
      if (this.#watcher?.closed !== false) return;
      this.#watcher.add(this.#folders());
      if (!isSame) this.#listener.onBundle(bundle, changedMs);
    } catch (error) {
      const { message } = error as Error;
      // A log beside the source changes with what is told here.
      const isNews = isOwnChange || message !== this.#problem;
      this.#problem = message;
      if (isNews) this.#listener.onError(error as Error);
    }
  }
}
