/** Libraries of AWS that functions use, as they come: the X-Ray SDK for Node.js and Powertools. */
import { existsSync } from "node:fs";
import { expect, test } from "vitest";
import { startEmulator } from "../../emulator/index.ts";
import { repositoryFolder } from "../support/run-command.ts";
import { skipWithReason } from "../support/requirement.ts";
import { XRayDaemon } from "../support/xray-daemon.ts";

const folder = `${repositoryFolder}test/peers/lambda-libraries`;
const library = `${folder}/node_modules/aws-xray-sdk-core`;

test("find their trace, the daemon and the availability zone", async ({ skip }) => {
  skipWithReason(skip, existsSync(library) ? undefined : `${library} is not there: npm --prefix ${folder} ci`);
  await using daemon = await XRayDaemon.start();
  await using emulator = await startEmulator({
    functions: { it: { source: `${folder}/handler.mjs`, timeoutMs: 20_000 } },
    xray: daemon.address,
    availabilityZoneId: "use1-az1",
  });
  expect((await emulator.invoke("it")).payload).toEqual({ AvailabilityZoneID: "use1-az1" });
  const segments = await daemon.take(3);
  const own = segments.find(({ name }) => name === "stock");
  const ofFunction = segments.find(({ origin }) => origin === "AWS::Lambda::Function");
  const invocation = ofFunction?.subsegments?.find(({ name }) => name === "Invocation");
  expect(own).toMatchObject({ trace_id: ofFunction?.trace_id, parent_id: invocation?.id, annotations: { order: 1 } });
});
