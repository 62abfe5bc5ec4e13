#!/usr/bin/env bash
# Makes the four stand-in base images of the tests: build.sh CACHE_DIR. Test-only, needs root, a Docker daemon,
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
  mkdir -p "$root"/{usr/bin,usr/lib,usr/share/runtime-aws-lambda-test,etc/apt/apt.conf.d}
  cp "$here/package-names" "$root/usr/share/runtime-aws-lambda-test/package-names"
  for name in "${names[@]}"; do
    install --mode=755 "$here/package-manager.sh" "$root/usr/bin/$name"
  done
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

# Image of Amazon Linux $1 (2 or 2023) for Lambda's $2 (x86_64 or arm64), Docker's $3 (amd64 or arm64).
ensure_image() {
  local version=$1 architecture=$2 docker_architecture=$3 tar_file context content present
  local image=runtime-aws-lambda-test/amazonlinux:$version-$architecture
  tar_file=$(ensure_rootfs "$docker_architecture")
  context=$scratch/$version-$architecture
  lay_out_root "$version" "$context/root"
  cp "$here/Dockerfile" "$context/Dockerfile"
  content=$(cd "$context" && { basename "$tar_file"; find . -type f -print0 | sort --zero-terminated | xargs --null sha256sum; } | hash_of)
  present=$(docker image inspect --format "{{index .Config.Labels \"$content_label\"}} {{.Architecture}}" "$image" 2>/dev/null) || present=none
  if [[ $present != "$content $docker_architecture" ]]; then
    # The context is streamed: the root file system is not copied beside the Dockerfile first.
    tar --create --sort=name --owner=0 --group=0 --numeric-owner --mtime=@0 --transform 's,^rootfs-.*,rootfs.tar,' \
      --directory="$context" Dockerfile root --directory="$cache" "$(basename "$tar_file")" |
      DOCKER_BUILDKIT=0 docker build --quiet --force-rm --platform "linux/$docker_architecture" \
        --label "$content_label=$content" --tag "$image" - >/dev/null
    present=$(docker image inspect --format '{{.Architecture}}' "$image")
    if [[ $present != "$docker_architecture" ]]; then
      echo "build.sh: $image came out as $present instead of $docker_architecture" >&2
      return 1
    fi
  fi
  echo "$image"
}

mirror=$(find_mirror)
scratch=$(mktemp --directory)
readonly mirror scratch
trap 'rm -rf "$scratch"' EXIT
# One at a time: two runs would make the same root file system twice.
exec 9>"$cache/lock"
flock 9
for version in 2 2023; do
  ensure_image "$version" x86_64 amd64
  ensure_image "$version" arm64 arm64
done
