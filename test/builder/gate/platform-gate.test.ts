import { describe, expect, test } from "vitest";
import { platforms, type Platform } from "../../../images/platforms.ts";
import type { ElfFacts } from "../../../builder/gate/elf.ts";
import { checkArchiveSize, judgeElf } from "../../../builder/gate/platform-gate.ts";

const executable: ElfFacts = {
  class: 64,
  machine: 62,
  type: "DYN",
  interpreter: "/lib64/ld-linux-x86-64.so.2",
  needed: ["libstdc++.so.6", "libgcc_s.so.1", "libm.so.6", "libc.so.6", "ld-linux-x86-64.so.2"],
  versionNeeds: [],
};

const needs = (...versions: string[]): ElfFacts => ({
  ...executable,
  versionNeeds: versions.map((each) => {
    const [library = "", version = "", weak] = each.split(" ");
    return { library, version, weak: weak === "weak" };
  }),
});
const judge = (elf: Partial<ElfFacts>, platform: Platform = "al2-x86_64") =>
  judgeElf({ ...executable, ...elf }, platforms[platform]);

describe("symbol versions", () => {
  test.each([
    ["al2-x86_64", "libc.so.6 GLIBC_2.26", true],
    ["al2-x86_64", "libc.so.6 GLIBC_2.9", true],
    ["al2-x86_64", "libc.so.6 GLIBC_2.2.5", true],
    ["al2-x86_64", "libc.so.6 GLIBC_2.27", false],
    ["al2-x86_64", "libc.so.6 GLIBC_2.100", false],
    ["al2-x86_64", "libc.so.6 GLIBC_3", false],
    ["al2-x86_64", "libstdc++.so.6 GLIBCXX_3.4.24", true],
    ["al2-x86_64", "libstdc++.so.6 GLIBCXX_3.4.25", false],
    ["al2-x86_64", "libstdc++.so.6 CXXABI_1.3.11", true],
    ["al2-x86_64", "libstdc++.so.6 CXXABI_1.3.12", false],
    ["al2-x86_64", "libstdc++.so.6 CXXABI_TM_1", true],
    ["al2-x86_64", "libgcc_s.so.1 GCC_7.0.0", true],
    ["al2-x86_64", "libgcc_s.so.1 GCC_12.0.0", false],
    ["al2023-x86_64", "libc.so.6 GLIBC_2.34", true],
    ["al2023-x86_64", "libc.so.6 GLIBC_2.35", false],
    ["al2023-x86_64", "libc.so.6 GLIBC_ABI_DT_RELR", false],
    ["al2023-x86_64", "libstdc++.so.6 GLIBCXX_3.4.29", true],
    ["al2023-x86_64", "libstdc++.so.6 GLIBCXX_3.4.30", false],
    ["al2023-x86_64", "libgcc_s.so.1 GCC_7.0.0", true],
    ["al2023-x86_64", "libgcc_s.so.1 GCC_11.0", true],
    ["al2023-x86_64", "libgcc_s.so.1 GCC_11.0.1", false],
  ] as const)("%s, %s: starts = %s", (platform, need, starts) => {
    expect(judge(needs(need), platform).reasons.length === 0).toBe(starts);
  });

  test("a reason names version, library and limit, once for each library and family", () => {
    const elf = needs(
      "libc.so.6 GLIBC_2.28",
      "libc.so.6 GLIBC_2.34",
      "libc.so.6 GLIBC_2.4",
      "libm.so.6 GLIBC_2.29",
      "libstdc++.so.6 GLIBCXX_3.4.26",
    );
    expect(judge(elf).reasons).toEqual([
      "needs GLIBC_2.34 of libc.so.6; the platform has up to GLIBC_2.26",
      "needs GLIBC_2.29 of libm.so.6; the platform has up to GLIBC_2.26",
      "needs GLIBCXX_3.4.26 of libstdc++.so.6; the platform has up to GLIBCXX_3.4.24",
    ]);
    expect(judge(elf).hints[0]).toMatch(/^Compile it .* glibc 2\.26\. Or build for al2023-x86_64, whose/);
    expect(judge(needs("libc.so.6 GLIBC_2.28")).hints[0]).toMatch(
      /^A Node\.js executable needs glibc 2\.28: .*--engine bun/,
    );
    expect(judge(elf).hints[0]).toContain("al2023-x86_64");
    expect(judge(needs("libc.so.6 GLIBC_2.38"), "al2023-x86_64").hints).toEqual([
      "Compile it in the platform's own image (--site docker), or against glibc 2.34",
    ]);
  });

  test("a weak version the platform lacks is a warning, and does not count for glibcNeeded", () => {
    const verdict = judge(needs("libc.so.6 GLIBC_2.9", "libc.so.6 GLIBC_2.17", "libc.so.6 GLIBC_2.36 weak"));
    expect(verdict).toMatchObject({ reasons: [], glibcNeeded: "2.17" });
    expect(verdict.warnings).toEqual([
      {
        code: "WEAK_SYMBOL_VERSION",
        message: "It prefers GLIBC_2.36 of libc.so.6, but starts without; the platform has up to GLIBC_2.26",
      },
    ]);
    expect(judge(needs("libc.so.6 GLIBC_2.17 weak")).warnings).toEqual([]);
  });
});

describe("header, interpreter, libraries, search path", () => {
  test.each([
    [{ machine: 183, interpreter: "/lib/ld-linux-aarch64.so.1" }, ["is built for arm64, not for x86_64"]],
    [
      { machine: 3, interpreter: "/lib/ld-linux.so.2" },
      [
        "is built for a processor Lambda does not have (e_machine 3), not for x86_64",
        "asks for the dynamic linker /lib/ld-linux.so.2; the platform has /lib64/ld-linux-x86-64.so.2",
      ],
    ],
    [
      { interpreter: "/lib/ld-musl-x86_64.so.1", needed: ["libc.musl-x86_64.so.1"] },
      [
        "asks for the dynamic linker /lib/ld-musl-x86_64.so.1 (musl); the platform has /lib64/ld-linux-x86-64.so.2",
        "needs the library libc.musl-x86_64.so.1, which the platform does not promise",
      ],
    ],
    [
      { interpreter: "/nix/store/x-glibc-2.40/lib/ld-linux-x86-64.so.2" },
      [
        "asks for the dynamic linker /nix/store/x-glibc-2.40/lib/ld-linux-x86-64.so.2; the platform has /lib64/ld-linux-x86-64.so.2",
      ],
    ],
    [
      { needed: ["libc.so.6", "libatomic.so.1", "libssl.so.3"] },
      [
        "needs the library libatomic.so.1, which the platform does not promise",
        "needs the library libssl.so.3, which the platform does not promise",
      ],
    ],
    [{ type: "OTHER" }, ["is an object file or a core dump, not an executable"]],
  ] satisfies [Partial<ElfFacts>, string[]][])("refuses %o", (elf, reasons) => {
    const verdict = judge(elf);
    expect(verdict.reasons).toEqual(reasons);
    expect(verdict.hints).toHaveLength(reasons.length);
  });

  test("a shared library is no executable", () => {
    const { interpreter: _, ...library } = executable;
    expect(judgeElf(library, platforms["al2-x86_64"]).reasons).toEqual(["is a shared library, not an executable"]);
  });

  test("libmvec belongs to glibc on x86_64 only", () => {
    const needed = ["libc.so.6", "libmvec.so.1"];
    const onArm = { machine: 183, interpreter: "/lib/ld-linux-aarch64.so.1", needed };
    expect(judge({ needed }).reasons).toEqual([]);
    expect(judge(onArm, "al2023-arm64").reasons).toHaveLength(1);
  });

  test("absolute search paths are warnings, relative ones are not", () => {
    const { reasons, warnings } = judge({ runpath: "$ORIGIN/lib:/home/me/lib" });
    expect(reasons).toEqual([]);
    expect(warnings.map(({ code }) => code)).toEqual(["ABSOLUTE_RUNPATH"]);
    expect(warnings[0]?.message).toContain("/home/me/lib");
  });
});

describe("checkArchiveSize", () => {
  test("warns from the direct upload's limit on, refuses from the function's limit on", () => {
    expect(checkArchiveSize({ zippedBytes: 52_428_799, unzippedBytes: 262_143_999 })).toEqual([]);
    const [warning] = checkArchiveSize({ zippedBytes: 52_428_800, unzippedBytes: 100 });
    expect(warning).toMatchObject({ code: "ARCHIVE_NEEDS_S3", message: expect.stringContaining("S3") });
    expect(() => checkArchiveSize({ zippedBytes: 1, unzippedBytes: 262_144_000 })).toThrow(
      expect.objectContaining({ name: "BuilderError", code: "ARCHIVE_TOO_LARGE", hint: expect.any(String) }),
    );
  });
});
