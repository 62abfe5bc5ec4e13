# The stand-in base image of x86_64 with Rust, and for Amazon Linux 2 with compilers whose glibc is as old as its own.
# build.sh sends root/. Rust comes from Debian, with the standard library of both architectures.
ARG BASE_IMAGE
FROM ${BASE_IMAGE}
RUN dpkg --add-architecture arm64 && apt-get update --quiet=2 && \
  apt-get install --quiet=2 --yes --no-install-recommends cargo-web libstd-rust-web-dev:arm64 && \
  apt-get clean && rm -rf /var/lib/apt/lists/*
COPY root/ /
# zig compiles its C and C++ libraries at first use: here once for all containers.
RUN [ ! -d /opt/zig ] || for machine in x86_64 aarch64; do \
    echo 'int main() { throw 1; }' > /tmp/probe.cc && gcc10-g++ "--target=$machine-linux-gnu" -o /tmp/probe /tmp/probe.cc && \
    gcc10-g++ -O2 "--target=$machine-linux-gnu" -o /tmp/probe /tmp/probe.cc && rm /tmp/probe*; \
  done
