#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# guest-disk.sh OUTPUT: a VHDX of 1 GB with a small system to boot into (recipe "disk"): busybox, the
# recipes in resources/guest, and the drivers and daemons of build/guest/drivers.cpio. An OUTPUT that
# is there stays.
set -euo pipefail
export LC_ALL=C

root=$(cd "$(dirname "$0")/.." && pwd)
images=$root/build/guest
output=$1
[ ! -e "$output" ] || exit 0

mkdir -p "$(dirname "$output")"
work=$(mktemp -d)
trap 'rm -rf "$work" "$output.img"' EXIT
mkdir "$work/tree"
for disk in shell drivers; do
    (cd "$work/tree" && cpio --quiet -idu <"$images/$disk.cpio")
done
truncate -s 1G "$output.img"
mkfs.ext4 -q -F -L vireo -E root_owner=0:0 -d "$work/tree" "$output.img"
"$root/build/release/bin/vireo" disk convert "$output.img" "$output" >/dev/null
