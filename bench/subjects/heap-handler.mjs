/** Tells after every 100,000 events how much of the heap is in use once the garbage is gone (--expose-gc). */
let count = 0;

export const handler = async (event) => {
  count++;
  if (count % 100_000 === 0) {
    globalThis.gc();
    console.log(`heap ${count} ${process.memoryUsage().heapUsed}`);
  }
  return event;
};
