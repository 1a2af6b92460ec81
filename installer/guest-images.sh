#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# guest-images.sh [--refresh]: Debian's cloud and standard kernels and its static busybox, fetched
# and unpacked into build/guest without installing them, and the RAM disk that quickstart.sh boots.
#
#   build/guest/cloud/vmlinuz      the kernel that linux-image-cloud-amd64 depends on
#   build/guest/standard/vmlinuz   the kernel that linux-image-amd64 depends on
#   build/guest/busybox/bin/busybox
#   build/guest/shell.cpio         RAM disk made of resources/guest
#   build/guest/grub               Debian's GRUB rescue images
#   build/guest/memtest            memtest86+
#   build/guest/ipxe               iPXE, by which legacy network adapters boot
#   build/guest/daemons            Debian's daemons for Hyper-V's integration components
#   build/guest/drivers.cpio       RAM disk to follow it: the drivers for Hyper-V's devices, daemons
#
# What an earlier run fetched is kept; --refresh replaces kernels by the current ones. A folder
# appears under its name only when complete, and its main file is checked against the checksum
# taken then, so neither a run that was cut off nor a damaged disk gives half an image.
set -euo pipefail
shopt -s inherit_errexit
export LC_ALL=C

root=$(cd "$(dirname "$0")/.." && pwd)
images=$root/build/guest
refresh=no
[ "${1-}" != --refresh ] || refresh=yes

mkdir -p "$images"
exec 9>"$images/.lock"
flock 9

fail() {
    echo "guest-images.sh: $*" >&2
    exit 1
}

# apt's own sandbox user may not write here; the packages' signatures are checked all the same.
apt_options=(-qq)
[ "$(id -u)" != 0 ] || apt_options+=(-o APT::Sandbox::User=root)

update_lists() {
    if [ "$(id -u)" = 0 ]; then
        apt-get -qq update
    elif command -v sudo >/dev/null; then
        sudo apt-get -qq update
    else
        fail "apt knows no package $1: run \"apt-get update\" as root, then this again"
    fi
}

# The package behind one that only depends on the current version.
resolve() {
    local package
    case $1 in
    linux-image-*)
        package=$(apt-cache depends --important "$1" 2>/dev/null |
            sed -n 's/^ *Depends: \(linux-image-[0-9].*\)/\1/p' | head -n 1)
        ;;
    *)
        package=$(apt-cache pkgnames "$1" 2>/dev/null | grep -Fx "$1")
        ;;
    esac || true
    echo "$package"
}

# fetch_package NAME PACKAGE FILE: unpacks PACKAGE into $images/NAME, where FILE (a pattern) is
# the file that matters.
fetch_package() {
    local name=$1 wanted=$2 pattern=$3 package
    local folder=$images/$name
    if [ "$refresh" = no ] && (cd "$folder" && sha256sum --status -c SHA256) 2>/dev/null; then
        return
    fi
    package=$(resolve "$wanted")
    if [ -z "$package" ]; then
        update_lists "$wanted"
        package=$(resolve "$wanted")
    fi
    [ -n "$package" ] || fail "apt knows no package $wanted: is this Debian 12 on amd64?"

    echo "Fetching $package"
    local new=$images/.$name.new
    rm -rf "$new"
    mkdir -p "$new/tree"
    # The lists may be older than the archive; then the file is gone and new lists are due.
    if ! (cd "$new" && apt-get "${apt_options[@]}" download "$package" 2>/dev/null); then
        update_lists "$wanted"
        package=$(resolve "$wanted")
        (cd "$new" && apt-get "${apt_options[@]}" download "$package") ||
            fail "cannot download $package: see apt-get's message above"
    fi
    local archive=("$new"/*.deb)
    dpkg-deb -x "${archive[0]}" "$new/tree" || fail "cannot unpack $package into $new"

    local file=("$new/tree"/$pattern)
    [ -s "${file[0]}" ] || fail "$package holds no $pattern"
    local relative=${file[0]#"$new/tree/"}
    [[ $pattern != boot/vmlinuz-* ]] || ln -s "$relative" "$new/tree/vmlinuz"
    (cd "$new/tree" && sha256sum "$relative" >SHA256)
    rm -rf "$folder"
    mv "$new/tree" "$folder"
    rm -rf "$new"
}

fetch_package busybox busybox-static 'bin/busybox'
fetch_package daemons hyperv-daemons 'usr/sbin/hv_kvp_daemon'
fetch_package grub grub-rescue-pc 'usr/lib/grub-rescue/grub-rescue-cdrom.iso'
fetch_package ipxe ipxe 'boot/ipxe.lkrn'
fetch_package memtest memtest86+ 'usr/lib/memtest86+/memtest86+x64.iso'
fetch_package cloud linux-image-cloud-amd64 'boot/vmlinuz-*'
fetch_package standard linux-image-amd64 'boot/vmlinuz-*'

"$root/installer/initramfs.sh" "$images/shell.cpio"
"$root/installer/guest-drivers.sh" "$images/drivers.cpio"
