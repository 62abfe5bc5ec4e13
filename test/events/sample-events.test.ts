/** That the types are right is shown by the compiler: each event says which one it satisfies. */
import { createHash } from "node:crypto";
import { gunzipSync } from "node:zlib";
import type { CloudWatchLogsEvent, KinesisStreamEvent, MSKEvent, SQSEvent } from "aws-lambda";
import { expect, test } from "vitest";
import { sampleEvent, sampleEventNames } from "../../events/index.ts";

test("there are many, sorted, each plain JSON", () => {
  expect(sampleEventNames.length).toBeGreaterThanOrEqual(30);
  expect(sampleEventNames).toEqual([...new Set(sampleEventNames)].toSorted((a, b) => a.localeCompare(b, "en")));
  for (const name of sampleEventNames) {
    expect(name).toMatch(/^[a-z0-9-]+$/);
    const event = sampleEvent(name);
    expect(JSON.parse(JSON.stringify(event)), name).toEqual(event);
  }
  expect(sampleEvent("toString")).toBeUndefined();
});

test("what is encoded can be decoded", () => {
  const order = { item: "apples", quantity: 3 };
  const decode = (base64: string): unknown => JSON.parse(Buffer.from(base64, "base64").toString());
  expect(decode((sampleEvent("kinesis") as KinesisStreamEvent).Records[0]?.kinesis.data ?? "")).toEqual(order);
  expect(decode((sampleEvent("msk") as MSKEvent).records["orders-0"]?.[0]?.value ?? "")).toEqual(order);
  const [message] = (sampleEvent("sqs") as SQSEvent).Records;
  expect(message?.md5OfBody).toBe(
    createHash("md5")
      .update(message?.body ?? "")
      .digest("hex"),
  );
  const { data } = (sampleEvent("cloudwatch-logs") as CloudWatchLogsEvent).awslogs;
  expect(JSON.parse(gunzipSync(Buffer.from(data, "base64")).toString())).toMatchObject({ messageType: "DATA_MESSAGE" });
});
