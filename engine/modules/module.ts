/** `node:module`: what source maps and `require` of builtins need. */
import { process } from "./process.ts";

export const builtinModules: readonly string[] = [];

export function isBuiltin(name: string): boolean {
  return process.getBuiltinModule(name) !== undefined;
}

/** Finds the modules that the bundle has on board; there are no others in an executable. */
export function createRequire(): (name: string) => unknown {
  return (name) => {
    const found = process.getBuiltinModule(name);
    if (found !== undefined) return found;
    throw Object.assign(new Error(`Cannot find module '${name}'`), { code: "MODULE_NOT_FOUND" });
  };
}

interface Segment {
  readonly column: number;
  readonly source: number;
  readonly originalLine: number;
  readonly originalColumn: number;
}

const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** Positions of a bundle → positions of its sources. Source: ECMA-426, "Source map format". */
export class SourceMap {
  readonly payload: { readonly mappings: string; readonly sources: readonly string[] };
  readonly #lines: readonly (readonly Segment[])[];

  constructor(payload: SourceMap["payload"]) {
    this.payload = payload;
    this.#lines = decodeMappings(payload.mappings);
  }

  /** Both count from zero. */
  findEntry(line: number, column: number): object {
    const segment = this.#lines[line]?.findLast((each) => each.column <= column);
    if (segment === undefined) return {};
    const { source, originalLine, originalColumn } = segment;
    return { originalSource: this.payload.sources[source], originalLine, originalColumn };
  }
}

function decodeMappings(mappings: string): Segment[][] {
  let [source, originalLine, originalColumn] = [0, 0, 0];
  return mappings.split(";").map((line) => {
    let column = 0;
    const segments: Segment[] = [];
    for (const text of line === "" ? [] : line.split(",")) {
      const [columnStep = 0, sourceStep, lineStep = 0, originalStep = 0] = decodeNumbers(text);
      column += columnStep;
      if (sourceStep === undefined) continue;
      source += sourceStep;
      originalLine += lineStep;
      originalColumn += originalStep;
      segments.push({ column, source, originalLine, originalColumn });
    }
    return segments;
  });
}

/** Base64 digits of five bits, the least first; the sixth bit says that there are more. */
function decodeNumbers(text: string): number[] {
  const numbers: number[] = [];
  let [value, shift] = [0, 0];
  for (const character of text) {
    const digit = digits.indexOf(character);
    value += (digit & 31) << shift;
    shift += 5;
    if ((digit & 32) !== 0) continue;
    numbers.push((value & 1) === 0 ? value >> 1 : -(value >> 1));
    [value, shift] = [0, 0];
  }
  return numbers;
}
