#!/usr/bin/env bash
# Builds the foreign Runtime API clients of the tests and the bootstrap of the conformance suite into test/peers/rust/bin
# and test/peers/go/bin, as far as their compilers are there. Usage: build.sh [CACHE_DIR]
set -euo pipefail

cache=${1:-${XDG_CACHE_HOME:-$HOME/.cache}/runtime-aws-lambda-ci}
cache=$(mkdir -p "$cache" && realpath "$cache")
cd "$(dirname "$(realpath "$0")")"

# An older compiler than the manifest asks for refuses by itself, with the version it wants.
if command -v cargo >/dev/null; then
  cargo build --quiet --release --locked --workspace --manifest-path rust/Cargo.toml --target-dir "$cache/rust"
  install -D --target-directory rust/bin "$cache"/rust/release/{lambda-extension-peer,lambda-runtime-peer,rtlambda-peer}
else
  echo "test/peers/build.sh: cargo is not installed, the Rust clients are not built" >&2
fi

if command -v go >/dev/null; then
  cd go
  build=(env CGO_ENABLED=0 "GOCACHE=$cache/go" go build -buildvcs=false -mod=readonly -ldflags=-s)
  "${build[@]}" -o bin/aws-lambda-go-peer .
  "${build[@]}" -o bin/scripted-bootstrap ./scripted-bootstrap
else
  echo "test/peers/build.sh: go is not installed, the Go programs are not built" >&2
fi
