/** A bootstrap that its site keeps is started while it is on its way: what comes of it, and of what goes wrong meanwhile. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import type { BuildEvent } from "../../builder/build-event.ts";
import { packageFunction } from "../../builder/package-function.ts";
import type { ChosenSite } from "../../builder/sites/choose-site.ts";
import { hostSmokeSite } from "../../builder/sites/host-smoke-site.ts";
import { hostSite } from "../../builder/sites/host.ts";
import { StepRunner } from "../../builder/step-runner.ts";
import { parseArchitecture, platforms } from "../../images/platforms.ts";
import { gone } from "../support/gone.ts";
import { test } from "../support/temporary-folder.ts";

const facts = platforms[`al2023-${parseArchitecture(process.arch) ?? "x86_64"}`];
const answers = [
  "#!/bin/sh",
  'api="http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation"',
  'id=$(curl -sS -o /dev/null -D - "$api/next" | grep -i aws-request-id | tr -d "\\r" | cut -d" " -f2)',
  'curl -sS -d "{}" "$api/$id/response"',
  "",
].join("\n");

/** Packages what arrives when the test says so, and starts what the site has kept. */
function packageWith(folder: string, kept: string) {
  const path = join(folder, "kept");
  writeFileSync(path, kept, { mode: 0o755 });
  const bootstrap = join(folder, "bootstrap");
  const arrival = Promise.withResolvers<void>();
  const smoked = Promise.withResolvers<void>();
  const steps: string[] = [];
  const onEvent = (event: BuildEvent): void => {
    if (event.type === "step-finished") steps.push(event.step);
    if (event.type === "step-finished" && event.step === "smoke-run") smoked.resolve();
  };
  const site: ChosenSite = {
    build: hostSite(facts),
    smoke: {
      ...hostSmokeSite,
      start: (_, environment, onOutput) =>
        hostSmokeSite.start([{ path: "bootstrap", fromFile: path, mode: 0o755 }], environment, onOutput),
    },
    smokeSkipped: "",
    close: async () => {},
  };
  const packaged = packageFunction({
    project: { toolchain: "make", folder, sourcePath: folder },
    facts,
    compiled: {
      files: [{ path: "bootstrap", fromFile: bootstrap, mode: 0o755 }],
      arrived: arrival.promise,
      inputs: [],
      image: undefined,
    },
    site,
    smokeEvent: "{}",
    steps: new StepRunner(facts.platform, onEvent, undefined),
    zipPath: join(folder, "function.zip"),
    cacheFolder: join(folder, "cache"),
  });
  const arrive = (content: string): void => {
    writeFileSync(bootstrap, content, { mode: 0o755 });
    arrival.resolve();
  };
  return { packaged, arrive, fail: arrival.reject, smoked: smoked.promise, steps };
}

test("it has answered before it is there", async ({ folder }) => {
  const { packaged, arrive, smoked, steps } = packageWith(folder, answers);
  await smoked;
  expect(steps).toEqual(["smoke-run"]);
  arrive(answers);
  expect((await packaged).report.smokeRun).toEqual({ status: "answered", detail: "answered the event {}" });
  expect(steps).toEqual(["smoke-run", "gate", "archive"]);
});

test.for([
  ["is refused by the gate", "arrive", /^bootstrap is a script for \/usr\/bin\/python3, which/],
  ["does not come", "fail", /^the connection broke$/],
] as const)("one that %s ends the smoke run, and there is no archive", async ([, how, message], { folder }) => {
  const { packaged, arrive, fail } = packageWith(folder, `#!/bin/sh\necho $$ > ${folder}/pid\nexec sleep 1000\n`);
  packaged.catch(() => {});
  await expect.poll(() => existsSync(join(folder, "pid")) && readFileSync(join(folder, "pid"), "utf8")).toMatch(/\n/);
  if (how === "arrive") arrive("#!/usr/bin/python3\n");
  else fail(new Error("the connection broke"));
  await expect(packaged).rejects.toThrow(message);
  await gone(Number(readFileSync(join(folder, "pid"), "utf8")));
  expect(existsSync(join(folder, "function.zip"))).toBe(false);
});
