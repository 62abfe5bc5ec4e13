#!/bin/sh
# Stand-in for the compilers of Amazon Linux 2, named as they are: zig's with the glibc of that system, for this machine or
# for the one that --target names.
set -e
case "$0" in
  *++) language=c++ ;;
  *) language=cc ;;
esac
machine=$(uname -m)
# One by one from the front to the back, without what names a sysroot: zig brings its own.
for argument; do
  shift
  case "$argument" in
    --target=*) machine=${argument#--target=} machine=${machine%%-*} ;;
    --sysroot=* | -fuse-ld=lld | -nostdinc++ | -B/opt/cross/* | -L/opt/cross/* | -static-libstdc++ | -static-libgcc) ;;
    -isystem) skip_next=yes ;;
    *)
      if [ "${skip_next-}" = yes ]; then
        skip_next=
      else
        set -- "$@" "$argument"
      fi
      ;;
  esac
done
# cargo-zigbuild leaves out what rustc passes and zig does not know.
CARGO_ZIGBUILD_ZIG_PATH=/opt/zig/ziglang/zig ZIG_GLOBAL_CACHE_DIR=/opt/zig/cache \
  exec /opt/zig/bin/cargo-zigbuild zig "$language" -- -target "$machine-linux-gnu.2.26" "$@"
