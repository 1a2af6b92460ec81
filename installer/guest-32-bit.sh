#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# guest-32-bit.sh [--refresh]: Debian's kernel for 32-bit processors with its static busybox in
# build/guest/32-bit, for the long tests. Fetched and unpacked, not installed.
#
#   vmlinuz   the kernel that linux-image-686-pae depends on
#   busybox
#
# What an earlier run fetched is kept without --refresh. apt takes the lists of that architecture
# into a folder of this script's: the host's own stay as they are.
set -euo pipefail
shopt -s inherit_errexit
export LC_ALL=C

root=$(cd "$(dirname "$0")/.." && pwd)
folder=$root/build/guest/32-bit

mkdir -p "$root/build/guest"
exec 9>"$root/build/guest/.32-bit.lock"
flock 9
[ "${1-}" = --refresh ] || [ ! -e "$folder/vmlinuz" ] || exit 0

fail() {
    echo "guest-32-bit.sh: $*" >&2
    exit 1
}

new=$folder.new
rm -rf "$new"
mkdir -p "$new"/apt/{lists,cache/archives}/partial
trap 'rm -rf "$new"' EXIT
touch "$new/apt/status"
cat >"$new/apt/conf" <<END
APT::Architecture "i386";
APT::Architectures { "i386"; };
Dir::State::Lists "$new/apt/lists";
Dir::State::Status "$new/apt/status";
Dir::Cache "$new/apt/cache";
END
[ "$(id -u)" != 0 ] || echo 'APT::Sandbox::User "root";' >>"$new/apt/conf"
export APT_CONFIG=$new/apt/conf

# Lists of other archives may have nothing for this architecture.
apt-get -qq update 2>/dev/null || true
kernel=$(apt-cache depends --important linux-image-686-pae 2>/dev/null |
    sed -n 's/^ *Depends: \(linux-image-[0-9].*\)/\1/p' | head -n 1)
[ -n "$kernel" ] || fail "apt knows no kernel for 32 bits: is this Debian 12?"
for package in "$kernel" busybox-static; do
    echo "Fetching $package for 32 bits"
    (cd "$new/apt" && apt-get -qq download "$package") ||
        fail "cannot download $package: see apt-get's message above"
    dpkg-deb -x "$new/apt/$package"_*.deb "$new/tree" || fail "cannot unpack $package"
done
mv "$new/tree"/boot/vmlinuz-* "$new/vmlinuz"
mv "$new/tree/bin/busybox" "$new/busybox"
rm -rf "$new/tree" "$new/apt" "$folder"
mv "$new" "$folder"
