/** Notices that a file was replaced or written, by compilers and by hand. */
import { statSync, watch } from "node:fs";
import { basename, dirname } from "node:path";

/** Writing an executable or an archive takes a while: it counts when it has been left alone for so long. */
const settleMs = 50;

/**
 * Calls back when the file is another one than before.
 *
 * @param onChange given when the first sign was seen (`performance.now()`)
 * @returns how to stop
 */
export function watchFile(path: string, onChange: (changedMs: number) => void): () => void {
  let last = identify(path);
  let changedMs: number | undefined;
  let timer: NodeJS.Timeout | undefined;
  const look = (): void => {
    const now = identify(path);
    // Gone for the moment: its successor will be noticed.
    if (now === undefined || now === last) return;
    last = now;
    onChange(changedMs ?? performance.now());
    changedMs = undefined;
  };
  // The folder: a file that is replaced by another one of its name stays watched.
  const watcher = watch(dirname(path), (_event, name) => {
    if (name !== null && name !== basename(path)) return;
    changedMs ??= performance.now();
    clearTimeout(timer);
    timer = setTimeout(look, settleMs);
  });
  // The folder itself is gone: there is nothing left to notice.
  watcher.on("error", () => watcher.close());
  return () => {
    clearTimeout(timer);
    watcher.close();
  };
}

function identify(path: string): string | undefined {
  const facts = statSync(path, { throwIfNoEntry: false });
  return facts === undefined ? undefined : `${facts.ino}:${facts.mtimeMs}:${facts.size}`;
}
