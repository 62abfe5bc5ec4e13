/**
 * Positions in stack traces → positions in the sources, by the map that a bundle carries at its end. Used where Node.js
 * itself does not map (`--enable-source-maps`), and only when something has failed.
 */

interface Position {
  readonly originalSource: string;
  readonly originalLine: number;
  readonly originalColumn: number;
}

type FindPosition = (line: number, column: number) => Position | undefined;

const positionPattern = /((?:file:\/\/)?\/[^\s()]+\.[cm]?js):(\d+):(\d+)/g;
const dataUrlPattern = /\/\/# sourceMappingURL=data:application\/json[^,]*;base64,([A-Za-z0-9+/=]+)\s*$/;
/** By file; undefined for a file without a map. */
const maps = new Map<string, FindPosition | undefined>();

/** The stack with every mapped position replaced; the same text where there is no map, or Node.js has applied it. */
export function mapStack(stack: string): string {
  if (process.sourceMapsEnabled) return stack;
  return stack.replaceAll(positionPattern, (text, file: string, line: string, column: string) => {
    const position = findMap(file)?.(Number(line) - 1, Number(column) - 1);
    if (position === undefined) return text;
    return `${position.originalSource}:${position.originalLine + 1}:${position.originalColumn + 1}`;
  });
}

function findMap(file: string): FindPosition | undefined {
  if (!maps.has(file)) maps.set(file, readMap(file));
  return maps.get(file);
}

function readMap(file: string): FindPosition | undefined {
  try {
    const path = file.startsWith("file:") ? process.getBuiltinModule("node:url").fileURLToPath(file) : file;
    const base64 = dataUrlPattern.exec(process.getBuiltinModule("node:fs").readFileSync(path, "utf8"))?.[1];
    if (base64 === undefined) return undefined;
    const payload = JSON.parse(Buffer.from(base64, "base64").toString("utf8")) as { readonly sourceRoot?: string };
    const { SourceMap } = process.getBuiltinModule("node:module");
    const map = new SourceMap(payload as ConstructorParameters<typeof SourceMap>[0]);
    return (line, column) => {
      const entry = map.findEntry(line, column);
      if (!("originalSource" in entry)) return undefined;
      return { ...entry, originalSource: locate(entry.originalSource, payload.sourceRoot ?? "", path) };
    };
  } catch {
    // An unreadable map leaves the stack as it is.
    return undefined;
  }
}

/** A source is named relative to the root of the map, which is relative to the bundle. */
function locate(source: string, sourceRoot: string, bundle: string): string {
  const { pathToFileURL, fileURLToPath } = process.getBuiltinModule("node:url");
  const url = new URL(source, new URL(sourceRoot, pathToFileURL(bundle)));
  return url.protocol === "file:" ? fileURLToPath(url) : url.href;
}
