import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parseArchitecture, parsePlatform, platformNames, platforms } from "../../images/platforms.ts";

test.each([
  ["al2-x86_64", "al2-x86_64"],
  ["AL2-x64", "al2-x86_64"],
  ["al2023-amd64", "al2023-x86_64"],
  ["al2-x86", "al2-x86_64"],
  ["al2023-aarch64", "al2023-arm64"],
])("%s is %s", (spelling, platform) => {
  expect(parsePlatform(spelling)).toBe(platform);
});

test.each(["", "al2", "arm64", "al3-arm64", "al2-mips", "al2-constructor", "__proto__-arm64", "al2-arm64-"])(
  "%j is no platform",
  (spelling) => {
    expect(parsePlatform(spelling)).toBeUndefined();
  },
);

test("Node.js's names of architectures are understood", () => {
  expect([parseArchitecture("x64"), parseArchitecture("arm64"), parseArchitecture("riscv64")]).toEqual([
    "x86_64",
    "arm64",
    undefined,
  ]);
});

test.each(platformNames)("%s has a Dockerfile with a replaceable base on ECR Public", (name) => {
  const path = new URL(`../../images/${platforms[name].imageFolder}/Dockerfile`, import.meta.url);
  expect(readFileSync(path, "utf8")).toMatch(
    /^ARG BASE_IMAGE=public\.ecr\.aws\/amazonlinux\/amazonlinux:2(023)?\nFROM \$\{BASE_IMAGE\}$/m,
  );
});
