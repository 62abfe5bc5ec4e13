# Cross compilers on Amazon Linux 2, on top of an image that holds compilers for the machine it runs on: clang with the
# headers and libraries of the other architecture's own image, which is only copied from and never started.
ARG BASE_IMAGE
ARG TARGET_IMAGE
FROM ${TARGET_IMAGE} AS target
FROM ${BASE_IMAGE}
LABEL runtime-aws-lambda.role=image
# Where there is no package lld, the one that Rust brings along will do; the probe below tells whether there is any.
RUN yum install -y clang && { yum install -y lld || true; } && yum clean all && { command -v ld.lld >/dev/null || \
  for each in $(find /usr/local -path '*/gcc-ld/ld.lld'); do ln -sf "$each" /usr/local/bin/; done; }
COPY --from=target /usr/include /opt/cross/sysroot/usr/include
COPY --from=target /usr/lib /opt/cross/sysroot/usr/lib
COPY --from=target /usr/lib64 /opt/cross/sysroot/usr/lib64
# As uname -m spells it.
ARG TARGET_MACHINE
# Every path is spelled out: which names of gcc's folders a clang looks for differs from one distribution to the next.
RUN set -e; cd /opt/cross; ln -s usr/lib usr/lib64 sysroot/; mkdir bin; \
  gcc=$(find $PWD/sysroot/usr/lib/gcc -name crtbegin.o | sort -V | tail -n 1 | xargs dirname); \
  for config in $(find $PWD/sysroot/usr/include -name c++config.h | grep -v /32/ | sort -V | tail -n 1); do \
    own=${config%/bits/c++config.h}; version=$(basename "$(echo "$own" | grep -o '.*/c++/[0-9]*')"); \
    cxx="-nostdinc++ -isystem $PWD/sysroot/usr/include/c++/$version -isystem $own"; \
  done; \
  common="--target=$TARGET_MACHINE-linux-gnu --sysroot=$PWD/sysroot -fuse-ld=lld -B$gcc -L$gcc -Wno-unused-command-line-argument"; \
  printf '#!/bin/sh\nexec clang %s "$@"\n' "$common" > bin/cc; \
  printf '#!/bin/sh\nexec clang++ %s "$@"\n' "$common $cxx" > bin/c++; \
  ln -s "$(command -v llvm-ar || command -v ar)" bin/ar; chmod +x bin/cc bin/c++; \
  printf 'int main(void) { return 0; }\n' > probe.c; bin/cc -o probe probe.c; rm probe probe.c; \
  ! command -v rustup >/dev/null || CARGO_HOME=/usr/local/rustup rustup target add "$TARGET_MACHINE-unknown-linux-gnu"
