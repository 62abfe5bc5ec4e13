/** What computes, in ms: the best of five, as lines `name ms`. A program for every engine. */

const text = JSON.stringify(
  Array.from({ length: 2500 }, (_, id) => ({ id, name: `name ${id}`, tags: ["a", "b"], price: id * 1.5 })),
);
const parsed = JSON.parse(text);
const words = "the quick brown fox jumps over the lazy dog ".repeat(2000);
const fibonacci = (n) => (n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2));

const works = {
  "appending to a string, 200,000 times": () => {
    let result = "";
    for (let count = 0; count < 200_000; count++) result += "ab";
    return result.length;
  },
  "a loop of 1,000,000": () => {
    let sum = 0;
    for (let count = 0; count < 1_000_000; count++) sum = (sum + count * 7) % 1013;
    return sum;
  },
  "fibonacci(22), recursively": () => fibonacci(22),
  [`JSON.parse of ${Math.round(text.length / 1024)} KB`]: () => JSON.parse(text).length,
  [`JSON.stringify of ${Math.round(text.length / 1024)} KB`]: () => JSON.stringify(parsed).length,
  "sorting 20,000 numbers": () =>
    Array.from({ length: 20_000 }, (_, index) => (index * 7919) % 20_011).toSorted((a, b) => a - b)[0],
  "replacing by a regular expression in 88 KB": () => words.replace(/\b(\w)(\w*)\b/g, "$2$1").length,
};

for (const [name, work] of Object.entries(works)) {
  const times = Array.from({ length: 5 }, () => {
    const startedMs = performance.now();
    work();
    return performance.now() - startedMs;
  });
  console.log(`${name}\t${Math.min(...times)}`);
}
