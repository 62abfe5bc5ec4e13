/** The same work wanted twice at a time. */
import { expect, test } from "vitest";
import { doneOnce, inTurn } from "../../docker/work-in-progress.ts";

test("is done once; a failure is that of all", async () => {
  const work = Promise.withResolvers<string>();
  let times = 0;
  const ask = () =>
    doneOnce("once", undefined, () => {
      times++;
      return work.promise;
    });
  const both = Promise.allSettled([ask(), ask()]);
  work.reject(new Error("no"));
  expect((await both).map((each) => (each as PromiseRejectedResult).reason as Error)).toEqual([
    new Error("no"),
    new Error("no"),
  ]);
  expect(times).toBe(1);
  await expect(doneOnce("once", undefined, async () => "again")).resolves.toEqual({ result: "again", isOwn: true });
});

test("is taken over when the one who does it is called off, and given up by who is called off himself", async () => {
  const first = new AbortController();
  const waiting = new AbortController();
  const own = doneOnce("abort", first.signal, () => {
    const { promise, reject } = Promise.withResolvers<string>();
    first.signal.addEventListener("abort", () => reject(first.signal.reason as Error));
    return promise;
  });
  const next = doneOnce("abort", undefined, async () => "mine");
  const leaving = doneOnce("abort", waiting.signal, () => expect.unreachable("it has left"));
  waiting.abort(new Error("left"));
  await expect(leaving).rejects.toThrow("left");
  first.abort(new Error("called off"));
  await expect(own).rejects.toThrow("called off");
  await expect(next).resolves.toEqual({ result: "mine", isOwn: true });
});

test("inTurn: one after the other, also behind a failure", async () => {
  const order: string[] = [];
  const first = Promise.withResolvers<void>();
  const failing = inTurn("turn", undefined, async () => {
    order.push("first begins");
    await first.promise;
    order.push("first ends");
    throw new Error("no");
  });
  const second = inTurn("turn", undefined, async () => order.push("second"));
  await inTurn("another key", undefined, async () => order.push("another"));
  first.resolve();
  await expect(failing).rejects.toThrow("no");
  await second;
  expect(order.filter((each) => each !== "another")).toEqual(["first begins", "first ends", "second"]);
  expect(order.indexOf("another")).toBeLessThan(order.indexOf("first ends"));
});
