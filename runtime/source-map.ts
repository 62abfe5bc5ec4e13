/**
 * Positions in stack traces → positions in the sources, by the map that a bundle carries at its end, or that lies beside the
 * executable that a bundle is part of. Used where Node.js itself does not map (`--enable-source-maps`), and only when
 * something has failed.
 */

interface Position {
  readonly originalSource: string;
  readonly originalLine: number;
  readonly originalColumn: number;
}

type FindPosition = (line: number, column: number) => Position | undefined;

/** Files by their path, and a bundle inside of an executable, which has only a name. */
const positionPattern = /((?:file:\/\/)?\/[^\s()]+\.[cm]?js|\bbundle\.[cm]js):(\d+):(\d+)/g;
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
    const isPath = file.includes("/");
    const path = file.startsWith("file:") ? process.getBuiltinModule("node:url").fileURLToPath(file) : file;
    const { readFileSync } = process.getBuiltinModule("node:fs");
    const json = isPath ? inlineMap(readFileSync(path, "utf8")) : readFileSync(`${process.execPath}.map`, "utf8");
    if (json === undefined) return undefined;
    const payload = JSON.parse(json) as { readonly sourceRoot?: string };
    const { SourceMap } = process.getBuiltinModule("node:module");
    const map = new SourceMap(payload as ConstructorParameters<typeof SourceMap>[0]);
    return (line, column) => {
      const entry = map.findEntry(line, column);
      if (!("originalSource" in entry)) return undefined;
      const { originalSource } = entry;
      // The sources of an executable are on another machine: they keep their names.
      return isPath ? { ...entry, originalSource: locate(originalSource, payload.sourceRoot ?? "", path) } : entry;
    };
  } catch {
    // An unreadable map leaves the stack as it is.
    return undefined;
  }
}

function inlineMap(code: string): string | undefined {
  const base64 = dataUrlPattern.exec(code)?.[1];
  return base64 === undefined ? undefined : Buffer.from(base64, "base64").toString("utf8");
}

/** A source is named relative to the root of the map, which is relative to the bundle. */
function locate(source: string, sourceRoot: string, bundle: string): string {
  const { pathToFileURL, fileURLToPath } = process.getBuiltinModule("node:url");
  const url = new URL(source, new URL(sourceRoot, pathToFileURL(bundle)));
  return url.protocol === "file:" ? fileURLToPath(url) : url.href;
}
