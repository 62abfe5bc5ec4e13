/** How cargo is told where its things are, and which compilers to use for another architecture. */
import type { Architecture } from "../../images/platforms.ts";
import { crossCompilersFolder, type CompilerCache, type Compilers } from "../sites/compilers.ts";

/** Rust's names of the targets. */
export const targetTriples: Readonly<Record<Architecture, string>> = {
  x86_64: "x86_64-unknown-linux-gnu",
  arm64: "aarch64-unknown-linux-gnu",
};

/** In a container. */
export const cargoHome = "/cache/cargo";
export const targetFolder = "/cache/target";
/** What cargo downloads, for all projects. */
export const cargoCache: CompilerCache = { name: "cargo", path: cargoHome };

/** `neoverse-n1` → `NEOVERSE_N1` */
export function asVariable(name: string): string {
  return name.toUpperCase().replaceAll("-", "_");
}

export function targetVariable(triple: string, name: string): string {
  return `CARGO_TARGET_${asVariable(triple)}_${name}`;
}

/** Source of the names: The Cargo Book, "Environment Variables"; crate cc, "External configuration via environment variables". */
export function containerVariables({ isCross }: Compilers, triple: string): Record<string, string> {
  const places = { CARGO_HOME: cargoHome, CARGO_TARGET_DIR: targetFolder, CARGO_TERM_COLOR: "never" };
  if (!isCross) return places;
  const suffix = triple.replaceAll("-", "_");
  const sysroot = "/opt/cross/sysroot";
  return {
    ...places,
    [targetVariable(triple, "LINKER")]: `${crossCompilersFolder}/cc`,
    [`CC_${suffix}`]: `${crossCompilersFolder}/cc`,
    [`CXX_${suffix}`]: `${crossCompilersFolder}/c++`,
    [`AR_${suffix}`]: `${crossCompilersFolder}/ar`,
    // Build scripts are for this machine.
    HOST_CC: "cc",
    PKG_CONFIG_ALLOW_CROSS: "1",
    PKG_CONFIG_SYSROOT_DIR: sysroot,
    PKG_CONFIG_LIBDIR: `${sysroot}/usr/lib64/pkgconfig:${sysroot}/usr/share/pkgconfig`,
    [`BINDGEN_EXTRA_CLANG_ARGS_${suffix}`]: `--sysroot=${sysroot}`,
  };
}
