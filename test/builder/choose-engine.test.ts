import { expect, test } from "vitest";
import { chooseEngine } from "../../builder/engines/choose-engine.ts";
import { platforms } from "../../images/platforms.ts";

test("the default is Bun for Amazon Linux 2 and Node.js for Amazon Linux 2023", () => {
  expect(chooseEngine(platforms["al2-arm64"])).toMatchObject({ name: "bun", bundleFormat: "module", version: "1.4.2" });
  expect(chooseEngine(platforms["al2023-arm64"])).toMatchObject({
    name: "node",
    bundleFormat: "script",
    version: "24.21.0",
  });
  expect(chooseEngine(platforms["al2023-x86_64"], "bun")).toMatchObject({ name: "bun" });
});

test.each([
  ["al2-x86_64", "node", "ENGINE_NOT_SUPPORTED"],
  ["al2-x86_64", "deno", "BAD_OPTIONS"],
  ["al2-x86_64", "toString", "BAD_OPTIONS"],
] as const)("%s cannot have %s", (platform, name, code) => {
  expect(() => chooseEngine(platforms[platform], name)).toThrow(expect.objectContaining({ code }));
});
