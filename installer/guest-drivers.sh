#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# guest-drivers.sh OUTPUT [MODULES]: a RAM disk to follow another one, with the drivers for Hyper-V's
# devices and those of its PCs, or those that MODULES names ('|' between them), and what they need, of
# each kernel in build/guest, the lists by which modprobe finds them, and Debian's daemons for Hyper-V
# with the host's C library. OUTPUT is replaced, whole, only when it changed.
set -euo pipefail
shopt -s inherit_errexit nullglob
export LC_ALL=C

root=$(cd "$(dirname "$0")/.." && pwd)
busybox=$root/build/guest/busybox/bin/busybox
output=$1
# With '_' for '-'. A kernel that lacks one of them has it built in, or not at all.
wanted='hv_vmbus|hv_storvsc|hv_netvsc|hv_utils|hv_balloon|hv_sock|hyperv_keyboard|hid_hyperv'
wanted+='|ata_piix|tulip|floppy|hid_generic|psmouse|hyperv_fb|hyperv_drm|sd_mod|sr_mod|isofs|evdev|crc32c_generic|ext4'
# For the benches' peer.
wanted+='|virtio_pci|virtio_blk|virtio_net'
wanted=${2-$wanted}

new=$output.new
work=$(mktemp -d)
trap 'rm -rf "$work" "$new"' EXIT
tree=$work/tree

for folder in "$root"/build/guest/*/lib/modules/*/; do
    version=$(basename "$folder")
    mkdir -p "$work/$version/lib/modules"
    ln -s "${folder%/}" "$work/$version/lib/modules/$version"
    # Packages leave the lists to the system that installs them. The lines that matter here are
    # "path/name.ko: path/other.ko ...".
    "$busybox" depmod -n -b "$work/$version" "$version" >"$work/list" 2>/dev/null
    sed -n '/^[^#: ]*\.ko:/{s/://;p}' "$work/list" |
        awk -v wanted="^($wanted)\$" '
            { name = $1; sub(/.*\//, "", name); sub(/\.ko$/, "", name); gsub(/-/, "_", name) }
            name ~ wanted { for (i = 1; i <= NF; ++i) print $i }' | sort -u >"$work/modules"
    while read -r module; do
        install -m 644 -D "$folder$module" "$tree/lib/modules/$version/$module"
    done <"$work/modules"
    "$busybox" depmod -b "$tree" "$version"
done

# The guest is the same Debian as this host.
for file in "$root"/build/guest/daemons/usr/sbin/hv_*_daemon /lib64/ld-linux-x86-64.so.2 \
    /lib/x86_64-linux-gnu/libc.so.6; do
    install -m 755 -D "$file" "$tree/${file#"$root/build/guest/daemons/"}"
done
install -m 644 -D /etc/os-release "$tree/etc/os-release"

find "$tree" -exec touch -h -d @0 {} +
(cd "$tree" && find . -mindepth 1 | sort | cpio --quiet --reproducible -o -H newc -R 0:0) >"$new"
cmp -s "$new" "$output" || mv "$new" "$output"
