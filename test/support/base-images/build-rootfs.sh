#!/usr/bin/env bash
# Makes one Debian bookworm root file system as a tar: build-rootfs.sh amd64|arm64 MIRROR TAR. Test-only, needs root.
# The cached tar is named after a hash of this file, so everything that decides its content stands here; what differs
# from machine to machine (apt sources, proxy, certificates) is put in later by build.sh.
set -euo pipefail

readonly architecture=$1 mirror=$2 tar_file=$3
readonly suite=bookworm
# libgcc-s1 and libstdc++6 are what the production Dockerfiles install: present already, their RUN needs no network.
readonly packages=ca-certificates,libgcc-s1,libstdc++6

# A mount namespace of its own: whatever debootstrap mounts is gone with the process.
if [[ -z ${IN_MOUNT_NAMESPACE:-} ]]; then
  IN_MOUNT_NAMESPACE=1 exec unshare --mount --propagation private -- "$0" "$@"
fi

root=$(mktemp --directory "$tar_file.XXXXXX")
trap 'rm -rf --one-file-system "$root" "$tar_file.part"' EXIT
chmod 755 "$root"

bootstrap() {
  debootstrap --arch="$architecture" --variant=minbase --include="$packages" "$@"
}

if [[ $architecture == "$(dpkg --print-architecture)" ]]; then
  bootstrap "$suite" "$root" "$mirror"
else
  bootstrap --foreign "$suite" "$root" "$mirror"
  # The interpreter is opened by the kernel (binfmt flag F): nothing of qemu is needed inside the root.
  chroot "$root" /debootstrap/debootstrap --second-stage
fi

cat >"$root/etc/dpkg/dpkg.cfg.d/small-and-fast" <<'CONFIGURATION'
force-unsafe-io
path-exclude=/usr/share/doc/*
path-exclude=/usr/share/info/*
path-exclude=/usr/share/locale/*
path-exclude=/usr/share/man/*
CONFIGURATION
printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
chmod 755 "$root/usr/sbin/policy-rc.d"
# Where Amazon Linux keeps the certificate bundle.
mkdir -p "$root/etc/pki/tls/certs"
ln -s /etc/ssl/certs/ca-certificates.crt "$root/etc/pki/tls/certs/ca-bundle.crt"

rm -rf "$root"/usr/share/{doc,info,locale,man}/* "$root"/var/lib/apt/lists/* "$root"/var/cache/apt/* \
  "$root"/var/cache/debconf/*-old "$root"/var/log/* "$root"/debootstrap "$root"/etc/{hostname,resolv.conf}
tar --create --file="$tar_file.part" --directory="$root" --numeric-owner --sort=name --one-file-system \
  --exclude='./dev/*' --exclude='./proc/*' --exclude='./sys/*' .
mv "$tar_file.part" "$tar_file"
