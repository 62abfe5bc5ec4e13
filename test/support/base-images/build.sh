#!/usr/bin/env bash
# Makes the stand-in base images of the tests, four plain ones and two with toolchains: build.sh CACHE_DIR. Test-only, needs root, a Docker daemon,
# debootstrap and, for the foreign architecture, qemu registered in binfmt_misc. Amazon Linux cannot be pulled on a
# closed network; the production Dockerfiles build on these unchanged through BASE_IMAGE.
# Quick when all is there: the root file systems are cached in CACHE_DIR, the images in the daemon by a content label.
set -euo pipefail

cache=$(mkdir -p "${1:?usage: build.sh CACHE_DIR}" && realpath "$1")
here=$(dirname "$(realpath "$0")")
readonly cache here suite=bookworm content_label=runtime-aws-lambda.test.content

hash_of() { sha256sum | cut -c1-16; }

# The mirror of the suite in this machine's apt sources; apt knows it only once its lists have been fetched.
configured_mirror() {
  # shellcheck disable=SC2016 # the dollar signs are apt's own
  apt-get indextargets --format '$(RELEASE) $(COMPONENT) $(REPO_URI)' 'Created-By: Packages' |
    sed -n "s/^$suite main //p"
}

find_mirror() {
  local uri
  uri=$(configured_mirror)
  if [[ -z $uri ]]; then
    apt-get update -qq >&2 || true
    uri=$(configured_mirror)
  fi
  uri=${uri%%$'\n'*}
  # A list of mirrors in a file, which debootstrap does not read: the first will do.
  if [[ $uri == mirror+file:* ]]; then
    uri=${uri#mirror+file:}
    uri=$(grep --only-matching --max-count=1 '^[^#[:space:]]\+' "${uri%/}")
  fi
  if [[ -z $uri ]]; then
    echo "build.sh: this machine's apt sources name no mirror for $suite main" >&2
    return 1
  fi
  echo "$uri"
}

# Docker's amd64 or arm64 → path of the cached tar, made first when it is not there.
ensure_rootfs() {
  local architecture=$1 tar_file
  tar_file=$cache/rootfs-$architecture-$(hash_of <"$here/build-rootfs.sh").tar
  if [[ ! -f $tar_file ]]; then
    echo "making $tar_file" >&2
    "$here/build-rootfs.sh" "$architecture" "$mirror" "$tar_file" >"$cache/debootstrap-$architecture.log" 2>&1 || {
      tail -n 40 "$cache/debootstrap-$architecture.log" >&2
      return 1
    }
    find "$cache" -maxdepth 1 -name "rootfs-$architecture-*.tar" ! -path "$tar_file" -delete
  fi
  echo "$tar_file"
}

# Files laid over the root file system of Amazon Linux $1 (2 or 2023) into folder $2.
lay_out_root() {
  local version=$1 root=$2 name names=(yum)
  [[ $version == 2 ]] || names=(dnf microdnf)
  mkdir -p "$root"/usr/{bin,lib,lib64,local/bin,share/runtime-aws-lambda-test} "$root/etc/apt/apt.conf.d"
  # Amazon Linux has the folder on every architecture.
  touch "$root/usr/lib64/.keep"
  cp "$here/package-names" "$root/usr/share/runtime-aws-lambda-test/package-names"
  for name in "${names[@]}"; do
    install --mode=755 "$here/package-manager.sh" "$root/usr/bin/$name"
  done
  install --mode=755 "$here/update-ca-trust.sh" "$root/usr/bin/update-ca-trust"
  [[ $version != 2 ]] || ln -s /usr/bin/gcc "$root/usr/local/bin/gcc10-gcc"
  [[ $version != 2 ]] || ln -s /usr/bin/g++ "$root/usr/local/bin/gcc10-g++"
  cat >"$root/usr/lib/os-release" <<OS_RELEASE
NAME="Amazon Linux"
VERSION="$version"
ID="amzn"
VERSION_ID="$version"
PRETTY_NAME="Amazon Linux $version (test stand-in on Debian $suite)"
VARIANT="runtime-aws-lambda test stand-in"
OS_RELEASE
  # apt reaches the mirror as it does on this machine. The certificates are for apt alone: for everything else in a
  # container the product's own way of handing certificates over must be what works.
  echo "deb $mirror $suite main" >"$root/etc/apt/sources.list"
  apt-config dump | grep -E '^Acquire::(Check-|https?:)' >"$root/etc/apt/apt.conf.d/50host" || true
  if [[ -f /etc/ssl/certs/ca-certificates.crt ]]; then
    cp /etc/ssl/certs/ca-certificates.crt "$root/etc/apt/host-certificates.crt"
    echo 'Acquire::https::CAInfo "/etc/apt/host-certificates.crt";' >>"$root/etc/apt/apt.conf.d/50host"
  fi
}

# The context in folder $1 and the base file $2 (may be none) → image $3 for Docker's architecture $4, unless it is there.
# Words after that go to docker build.
ensure_image() {
  local context=$1 base=$2 image=$3 docker_architecture=$4 content present
  content=$(cd "$context" && { basename "$base"; find . \( -type f -o -type l \) -print0 | sort --zero-terminated | xargs --null sha256sum; echo "${@:5}"; } | hash_of)
  present=$(docker image inspect --format "{{index .Config.Labels \"$content_label\"}} {{.Architecture}}" "$image" 2>/dev/null) || present=none
  if [[ $present != "$content $docker_architecture" ]]; then
    # The context is streamed: the root file system is not copied beside the Dockerfile first.
    tar --create --sort=name --owner=0 --group=0 --numeric-owner --mtime=@0 --transform 's,^rootfs-.*,rootfs.tar,' \
      --directory="$context" Dockerfile root ${base:+--directory="$(dirname "$base")" "$(basename "$base")"} |
      DOCKER_BUILDKIT=0 docker build --quiet --force-rm --platform "linux/$docker_architecture" "${@:5}" \
        --label "$content_label=$content" --tag "$image" - >/dev/null
    present=$(docker image inspect --format '{{.Architecture}}' "$image")
    if [[ $present != "$docker_architecture" ]]; then
      echo "build.sh: $image came out as $present instead of $docker_architecture" >&2
      return 1
    fi
  fi
  echo "$image"
}

# Image of Amazon Linux $1 (2 or 2023) for Lambda's $2 (x86_64 or arm64), Docker's $3 (amd64 or arm64).
ensure_base_image() {
  local version=$1 architecture=$2 docker_architecture=$3 tar_file context=$scratch/$1-$2
  tar_file=$(ensure_rootfs "$docker_architecture")
  lay_out_root "$version" "$context/root"
  cp "$here/Dockerfile" "$context/Dockerfile"
  ensure_image "$context" "$tar_file" "runtime-aws-lambda-test/amazonlinux:$version-$architecture" "$docker_architecture"
}

# Image of Amazon Linux $1 for x86_64 with Rust; on 2 zig makes what links to an old glibc. The tests of Rust and of cross
# compilers use it, the others the smaller one.
ensure_toolchains_image() {
  local version=$1 context=$scratch/$1-toolchains name base=runtime-aws-lambda-test/amazonlinux:$1-x86_64
  mkdir -p "$context"/root/{usr/local/bin,usr/share/runtime-aws-lambda-test}
  cp "$here/toolchains.Dockerfile" "$context/Dockerfile"
  if [[ $version == 2 ]]; then
    ensure_zig
    cp --recursive --link "$zig" "$context/root/opt"
    for name in cc c++ gcc g++ clang clang++ gcc10-gcc gcc10-g++; do
      install --mode=755 "$here/glibc-2.26-compiler.sh" "$context/root/usr/local/bin/$name"
    done
    printf '%s\n' gcc gcc-c++ gcc10 gcc10-c++ clang lld >"$context/root/usr/share/runtime-aws-lambda-test/provided-names"
  fi
  ensure_image "$context" '' "$base-toolchains" amd64 --build-arg \
    "BASE_IMAGE=$(docker image inspect --format '{{.Id}}' "$base")"
}

# zig and what translates rustc's words for it, from PyPI by their hashes.
ensure_zig() {
  local part=$zig.part pip=(python3 -m pip)
  [[ ! -x $cache/aws-cli/bin/pip ]] || pip=("$cache/aws-cli/bin/pip")
  [[ ! -d $zig ]] || return 0
  rm -rf "$part"
  "${pip[@]}" download --quiet --no-deps --only-binary=:all: --require-hashes --dest "$part/wheels" --requirement "$here/zig-requirements.txt"
  for wheel in "$part"/wheels/*.whl; do python3 -m zipfile --extract "$wheel" "$part/zig"; done
  mkdir -p "$part/zig/bin" && mv "$part"/zig/*.data/scripts/cargo-zigbuild "$part/zig/bin/"
  chmod 755 "$part/zig/bin/cargo-zigbuild" "$part/zig/ziglang/zig"
  rm -rf "$part/wheels" && mkdir -p "$(dirname "$zig")" && mv "$part" "$zig"
}

mirror=$(find_mirror)
scratch=$(mktemp --directory)
zig=$cache/zig-$(hash_of <"$here/zig-requirements.txt")
readonly mirror scratch zig
trap 'rm -rf "$scratch"' EXIT
# One at a time: two runs would make the same root file system twice.
exec 9>"$cache/lock"
flock 9
for version in 2 2023; do
  ensure_base_image "$version" x86_64 amd64
  ensure_base_image "$version" arm64 arm64
  ensure_toolchains_image "$version"
done
