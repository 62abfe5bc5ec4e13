# Rust on Amazon Linux 2023, on top of the image for C and C++: crates with C code compile, and rustc links by its cc.
ARG BASE_IMAGE
FROM ${BASE_IMAGE}
LABEL runtime-aws-lambda.role=image
ENV RUSTUP_HOME=/usr/local/rustup PATH=/usr/local/rustup/bin:$PATH
# A base image that brings its own cargo keeps it. rustup's checksums: rust-lang/docker-rust, stable/*/Dockerfile.
RUN command -v cargo >/dev/null || { set -e; \
  case "$(uname -m)" in \
    x86_64) sum=4acc9acc76d5079515b46346a485974457b5a79893cfb01112423c89aeb5aa10 ;; \
    aarch64) sum=9732d6c5e2a098d3521fca8145d826ae0aaa067ef2385ead08e6feac88fa5792 ;; \
  esac; \
  curl -fsSLo /tmp/rustup-init "https://static.rust-lang.org/rustup/archive/1.29.0/$(uname -m)-unknown-linux-gnu/rustup-init"; \
  echo "$sum  /tmp/rustup-init" | sha256sum -c -; chmod +x /tmp/rustup-init; \
  CARGO_HOME=/usr/local/rustup /tmp/rustup-init -y --no-modify-path --profile minimal --default-toolchain 1.94.1; \
  rm -rf /tmp/rustup-init /usr/local/rustup/registry; }
