#!/bin/bash
# Stand-in for yum, dnf and microdnf in the test base images: package names come from Amazon Linux, packages from apt.
# Knows the two commands the production Dockerfiles use and refuses all others, so that a new one is noticed.
set -euo pipefail

readonly table=/usr/share/runtime-aws-lambda-test/package-names
# Amazon Linux's names of what this image holds already, from elsewhere than apt.
readonly provided=/usr/share/runtime-aws-lambda-test/provided-names

refuse() {
  echo "${0##*/}: the stand-in knows 'install -y NAME…' and 'clean all', not: $1" >&2
  exit 1
}

case "$*" in
  "clean all")
    apt-get clean
    rm -rf /var/lib/apt/lists/*
    exit 0
    ;;
  "install -y "?*) ;;
  *) refuse "$*" ;;
esac

missing=()
for name in "${@:3}"; do
  [[ $name != -* ]] || refuse "$*"
  ! grep --quiet --line-regexp --fixed-strings "$name" "$provided" 2>/dev/null || continue
  # A name without a line in the table is the same in both worlds.
  mapped=$name
  while read -r amazon debian; do
    [[ $amazon != "$name" ]] || mapped=$debian
  done <"$table"
  for package in $mapped; do
    [[ $(dpkg-query --show --showformat '${db:Status-Abbrev}' "$package" 2>/dev/null) == ii* ]] || missing+=("$package")
  done
done

if [[ ${#missing[@]} == 0 ]]; then
  echo "Nothing to do."
  exit 0
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update --quiet=2 -o APT::Update::Error-Mode=any || exit 1
apt-get install --quiet=2 --yes --no-install-recommends "${missing[@]}" || exit 1
