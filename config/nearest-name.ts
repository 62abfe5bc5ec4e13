const pairs = (text: string): Set<string> =>
  new Set(Array.from({ length: Math.max(text.length - 1, 1) }, (_, index) => text.slice(index, index + 2)));

/** The candidate that shares most pairs of neighbouring letters, if it is near enough to be meant. */
export function nearestName(value: string, names: readonly string[]): string | undefined {
  const wanted = pairs(value.toLowerCase());
  const scored = names.map((name) => {
    const own = pairs(name.toLowerCase());
    const shared = [...own].filter((pair) => wanted.has(pair)).length;
    return { name, score: (2 * shared) / (own.size + wanted.size) };
  });
  const best = scored.toSorted((a, b) => b.score - a.score)[0];
  return best !== undefined && best.score >= 0.5 ? best.name : undefined;
}
