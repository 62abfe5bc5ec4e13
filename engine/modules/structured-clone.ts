/** The global `structuredClone`, without transfer. */

export function structuredClone<Value>(value: Value): Value {
  return clone(value, new Map()) as Value;
}

function clone(value: unknown, known: Map<object, unknown>): unknown {
  if (typeof value === "function" || typeof value === "symbol") {
    throw new DOMException(`${String(value)} could not be cloned.`, "DataCloneError");
  }
  if (typeof value !== "object" || value === null) return value;
  if (known.has(value)) return known.get(value);
  const keep = <Copy>(copy: Copy): Copy => {
    known.set(value, copy);
    return copy;
  };
  if (value instanceof Date) return keep(new Date(value));
  if (value instanceof RegExp) return keep(new RegExp(value.source, value.flags));
  if (value instanceof ArrayBuffer) return keep(value.slice(0));
  if (ArrayBuffer.isView(value)) {
    const copy = (clone(value.buffer, known) as ArrayBuffer) ?? new ArrayBuffer(0);
    const length = (value as { readonly length?: number }).length ?? value.byteLength;
    const View = value.constructor as new (buffer: ArrayBuffer, offset: number, length: number) => unknown;
    return keep(new View(copy, value.byteOffset, length));
  }
  if (value instanceof Map) {
    const copy = keep(new Map());
    for (const [key, each] of value) copy.set(clone(key, known), clone(each, known));
    return copy;
  }
  if (value instanceof Set) {
    const copy = keep(new Set());
    for (const each of value) copy.add(clone(each, known));
    return copy;
  }
  const copy = keep(emptyLike(value));
  for (const key of Object.keys(value)) {
    (copy as Record<string, unknown>)[key] = clone((value as Record<string, unknown>)[key], known);
  }
  return copy;
}

function emptyLike(value: object): object {
  if (Array.isArray(value)) return Array.from({ length: value.length });
  if (!(value instanceof Error)) return {};
  const copy = new Error(value.message);
  copy.name = value.name;
  if (value.stack !== undefined) copy.stack = value.stack;
  return copy;
}
