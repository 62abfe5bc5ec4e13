import { expect, test } from "vitest";
import { readCargoExecutables } from "../../builder/toolchains/cargo-messages.ts";

const artifact = (name: string, kind: string, executable: string | null): string =>
  JSON.stringify({ reason: "compiler-artifact", target: { name, kind: [kind] }, executable });

test("the executables of binaries, by name; libraries, build scripts and other lines are passed over", () => {
  const stdout = [
    artifact("worker", "bin", "/target/release/worker"),
    artifact("shared", "lib", null),
    artifact("build-script-build", "custom-build", "/target/build-script"),
    artifact("api", "bin", "/target/release/api"),
    JSON.stringify({ reason: "build-finished", success: true }),
    "warning: not JSON",
    "",
  ].join("\n");
  expect(readCargoExecutables(stdout)).toEqual([
    { name: "api", path: "/target/release/api" },
    { name: "worker", path: "/target/release/worker" },
  ]);
  expect(readCargoExecutables("")).toEqual([]);
});
