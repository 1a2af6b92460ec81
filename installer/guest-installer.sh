#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# guest-installer.sh [--refresh]: Debian's network installer in build/guest/installer, for the long
# tests.
#
#   text, gtk     linux and initrd.gz of both
#   drivers.cpio  RAM disk to follow theirs, with ata_piix of the same kernel: they take the drivers of
#                 disks from the archive
#   archive       what they read of Debian's archive up to their partitioner: its signed lists, and
#                 their parts (udebs), where the host's archive has these (some mirrors don't)
#
# apt fetches all of it. What an earlier run fetched is kept without --refresh.
set -euo pipefail
shopt -s inherit_errexit
export LC_ALL=C

root=$(cd "$(dirname "$0")/.." && pwd)
folder=$root/build/guest/installer
suite=bookworm

mkdir -p "$root/build/guest"
exec 9>"$root/build/guest/.installer.lock"
flock 9
[ "${1-}" = --refresh ] || [ ! -e "$folder/archive" ] || exit 0

fail() {
    echo "guest-installer.sh: $*" >&2
    exit 1
}

new=$folder.new
rm -rf "$new"
mkdir -p "$new/work"
trap 'rm -rf "$new"' EXIT
# apt's own sandbox user may not write here.
apt_options=(-qq)
[ "$(id -u)" != 0 ] || apt_options+=(-o APT::Sandbox::User=root)

# unpack PACKAGE: into $new/work/PACKAGE.
unpack() {
    echo "Fetching $1"
    mkdir "$new/work/$1"
    (cd "$new/work/$1" && apt-get "${apt_options[@]}" download "$1") ||
        fail "cannot download $1: run \"apt-get update\" as root, then this again"
    dpkg-deb -x "$new/work/$1"/*.deb "$new/work/$1"
}

# fetch FILE: of the archive, to its own place in $new/archive, and checked against the list that is
# there already.
fetch() {
    local file=$new/archive/debian/dists/$suite/$1
    mkdir -p "${file%/*}"
    /usr/lib/apt/apt-helper "${apt_options[@]}" download-file "${archive}dists/$suite/$1" "$file" \
        >/dev/null || fail "cannot download $1 of Debian's archive: see apt's message above"
    [[ $1 == */* ]] || return 0
    local sum
    sum=$(awk -v file="$1" '/^SHA256:/ { ours = 1 } ours && $3 == file { print $1; exit }' \
        "$new/archive/debian/dists/$suite/Release")
    sha256sum --status -c <<<"$sum  $file" || fail "$1 of Debian's archive is damaged"
}

unpack debian-installer-12-netboot-amd64
for kind in text gtk; do
    mkdir "$new/$kind"
    mv "$new/work/debian-installer-12-netboot-amd64/usr/lib/debian-installer/images/12/amd64/$kind/debian-installer/amd64"/{linux,initrd.gz} \
        "$new/$kind"
done
kernel=$(gzip -dc "$new/text/initrd.gz" | cpio --quiet -t 2>/dev/null |
    sed -n 's,^lib/modules/\([^/]*\)$,\1,p')
[ -n "$kernel" ] || fail "the installer's initial RAM disk has no kernel modules"

unpack "linux-image-$kernel"
ata=lib/modules/$kernel/kernel/drivers/ata
for module in libata ata_piix; do
    install -m 644 -D "$new/work/linux-image-$kernel/$ata/$module.ko" "$new/work/tree/$ata/$module.ko"
done
(cd "$new/work/tree" && find . -mindepth 1 | cpio --quiet -o -H newc -R 0:0) >"$new/drivers.cpio"

# The archive that this host's apt takes Debian from.
archive=$(apt-get indextargets --format '$(ORIGIN) $(RELEASE) $(COMPONENT) $(REPO_URI)' \
    'Created-By: Packages' 'Target-Of: deb' | sed -n "s/^Debian $suite main //p" | head -n 1)
[ -n "$archive" ] || fail "apt has no list of Debian 12: run \"apt-get update\" as root"
fetch Release
fetch Release.gpg
fetch main/binary-amd64/Release
fetch main/debian-installer/binary-amd64/Packages.xz

# The parts that they may ask for: those that are for their kernel or for any.
echo "Fetching the installer's parts"
xz -dc "$new/archive/debian/dists/$suite/main/debian-installer/binary-amd64/Packages.xz" |
    awk -v kernel="$kernel" 'BEGIN { RS = ""; FS = "\n" }
        {
            file = sum = wanted = ""
            for (i = 1; i <= NF; ++i) {
                if ($i ~ /^Filename: /) file = substr($i, 11)
                if ($i ~ /^SHA256: /) sum = substr($i, 9)
                if ($i ~ /^Kernel-Version: /) wanted = substr($i, 17)
            }
            if (wanted == "" || wanted == kernel) print sum, file
        }' >"$new/work/parts"
while read -r sum part; do
    [[ $part == pool/* && $part != *..* ]] || fail "the archive's list of parts is damaged"
    mkdir -p "$new/archive/debian/${part%/*}"
    if ! /usr/lib/apt/apt-helper "${apt_options[@]}" download-file "$archive$part" \
        "$new/archive/debian/$part" "SHA256:$sum" >/dev/null 2>"$new/work/said"; then
        [ -z "$(find "$new/archive/debian" -name '*.udeb' -print -quit)" ] ||
            fail "cannot download $part of Debian's archive: $(head -n 1 "$new/work/said")"
        echo "The host's archive has none of them ($(head -n 1 "$new/work/said")):" \
            "the installers will end at the first one"
        rm -rf "$new/archive/debian/pool"
        break
    fi
done <"$new/work/parts"

rm -rf "$folder" "$new/work"
mv "$new" "$folder"
