#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# initramfs.sh [--busybox FILE] OUTPUT [FOLDER=FILE...]: an initial RAM disk of busybox, the recipes
# in resources/guest, and each FILE in the guest's FOLDER. The same input gives the same bytes, and
# OUTPUT is replaced, whole, only when they changed. FILE is the guest's busybox where it is not that
# of the images, which says what it can do all the same.
set -euo pipefail
shopt -s inherit_errexit
export LC_ALL=C

root=$(cd "$(dirname "$0")/.." && pwd)
busybox=$root/build/guest/busybox/bin/busybox
guests=$busybox
if [ "${1-}" = --busybox ]; then
    guests=$2
    shift 2
fi
output=$1
shift
[ -x "$busybox" ] || {
    echo "initramfs.sh: $busybox is missing: run installer/guest-images.sh first" >&2
    exit 1
}

new=$output.new
tree=$(mktemp -d)
trap 'rm -rf "$tree" "$new"' EXIT
mkdir -p "$tree"/{bin,dev,proc,sys,tmp,root,etc}
install -m 755 "$guests" "$tree/bin/busybox"
"$busybox" --list | while read -r applet; do
    [ "$applet" = busybox ] || ln -s busybox "$tree/bin/$applet"
done
install -m 755 "$root/resources/guest/init" "$tree/init"
mkdir -p "$tree/recipes"
install -m 644 "$root"/resources/guest/*.sh "$tree/recipes/"
for pair in "$@"; do
    install -m 755 -D -t "$tree/${pair%%=*}" "${pair#*=}"
done

find "$tree" -exec touch -h -d @0 {} +
(cd "$tree" && find . -mindepth 1 | sort | cpio --quiet --reproducible -o -H newc -R 0:0) >"$new"
cmp -s "$new" "$output" || mv "$new" "$output"
