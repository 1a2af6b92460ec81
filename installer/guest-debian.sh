#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# guest-debian.sh [--refresh]: an installed Debian 12, of its own packages, in build/guest/debian,
# for the long tests. Nothing is installed on this host, and no image is mounted.
#
#   disk.img         2 GiB: a partition table of the MBR's kind, GRUB, and one ext4 file system
#   vmlinuz, initrd  of that system, for a boot without the firmware
#
# The system finds its root by UUID, wherever the disk is, and takes its address by DHCP on any wired
# adapter. Root's password is "vireo". What an earlier run made is kept without --refresh.
set -euo pipefail
shopt -s inherit_errexit
export LC_ALL=C

root=$(cd "$(dirname "$0")/.." && pwd)
folder=$root/build/guest/debian
uuid=5c1ab6d4-2f0e-4d4b-9d0c-564952454f31
# The first partition begins at 1 MiB, as usual: GRUB's image lies before it.
mebibytes=2048

mkdir -p "$root/build/guest"
exec 9>"$root/build/guest/.debian.lock"
flock 9
[ "${1-}" = --refresh ] || [ ! -e "$folder/disk.img" ] || exit 0
command -v mmdebstrap >/dev/null || {
    echo "guest-debian.sh: mmdebstrap is missing: run installer/packages.sh long" >&2
    exit 1
}

new=$folder.new
rm -rf "$new"
mkdir -p "$new"
trap 'rm -rf "$new"' EXIT

# What a system needs to boot, log in and have a network. Its initial RAM disk has the modules for both
# of its disk's places.
packages=linux-image-amd64,initramfs-tools,systemd-sysv,udev,dbus,iproute2,kmod,grub-pc-bin,grub-common
modules='ata_piix sd_mod ext4 hv_vmbus hv_storvsc'
# The archive that this host's apt takes Debian from.
sources() {
    apt-get indextargets --format '$(ORIGIN) $(CODENAME) deb $(REPO_URI) $(RELEASE) $(COMPONENT)' \
        'Created-By: Packages' 'Target-Of: deb' | sed -n 's/^Debian bookworm[^ ]* //p' | sort -u
}
[ -n "$(sources)" ] || {
    echo "guest-debian.sh: apt has no list of Debian 12: run \"apt-get update\" as root" >&2
    exit 1
}

cat >"$new/before" <<END
set -e
mkdir -p "\$1/etc/initramfs-tools/conf.d" "\$1/usr/share/initramfs-tools/modules.d"
echo MODULES=list >"\$1/etc/initramfs-tools/conf.d/vireo"
printf '%s\n' $modules >"\$1/usr/share/initramfs-tools/modules.d/vireo"
echo 'UUID=$uuid / ext4 errors=remount-ro 0 1' >"\$1/etc/fstab"
END
cat >"$new/after" <<END
set -e
cd "\$1"
echo 'root:vireo' | chroot . chpasswd
echo vireo >etc/hostname
printf '127.0.0.1 localhost\n127.0.1.1 vireo\n' >etc/hosts
printf '[Match]\nType=ether\n[Network]\nDHCP=yes\n' >etc/systemd/network/wired.network
# Once it runs, the kernel's messages do not come between what is said on the console.
echo 'kernel.printk = 3' >etc/sysctl.d/console.conf
# On a busy host a start takes minutes; without its terminal's device in time there is no login.
mkdir -p etc/systemd/system.conf.d
printf '[Manager]\nDefaultDeviceTimeoutSec=30min\nDefaultTimeoutStartSec=30min\n' \
    >etc/systemd/system.conf.d/patience.conf
chroot . systemctl -q enable systemd-networkd serial-getty@ttyS0
: >etc/machine-id
mkdir -p boot/grub
cp -r usr/lib/grub/i386-pc boot/grub/
chroot . grub-mkimage -O i386-pc -p '(hd0,msdos1)/boot/grub' -o /boot/grub/core.img \
    biosdisk part_msdos ext2
cat >boot/grub/grub.cfg <<MENU
set timeout=5
menuentry "Debian GNU/Linux" {
    search --no-floppy --fs-uuid --set=root $uuid
    linux /vmlinuz root=UUID=$uuid ro console=tty0 console=ttyS0,115200
    initrd /initrd.img
}
MENU
END
chmod 755 "$new/before" "$new/after"

echo "Making an installed Debian (some minutes)"
sources | mmdebstrap --quiet --variant=minbase --format=tar --include="$packages" \
    --aptopt='Acquire::Languages "none"' \
    --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
    --dpkgopt='path-exclude=/usr/share/locale/*' \
    --essential-hook="$new/before" --customize-hook="$new/after" bookworm "$new/system.tar" - \
    >"$new/log" 2>&1 || {
    cat "$new/log" >&2
    echo "guest-debian.sh: mmdebstrap could not make the system (its output is above)" >&2
    exit 1
}

# With the owners of its files, which others than root have in a namespace of users.
as_owner=()
[ "$(id -u)" = 0 ] || as_owner=(mmdebstrap --unshare-helper)
image=$new/disk.img
truncate -s "${mebibytes}M" "$image"
"${as_owner[@]}" sh -e -c '
    mkdir "$1/tree"
    tar -C "$1/tree" --numeric-owner --xattrs --xattrs-include="*" -xf "$1/system.tar"
    cp -L "$1/tree/vmlinuz" "$1/vmlinuz"
    cp -L "$1/tree/initrd.img" "$1/initrd"
    cp "$1/tree/boot/grub/i386-pc/boot.img" "$1/tree/boot/grub/core.img" "$1"
    mke2fs -q -t ext4 -U "$3" -L debian -E offset=1048576,root_owner=0:0 -d "$1/tree" "$2" "$4"
    rm -rf "$1/tree"
' sh "$new" "$image" "$uuid" "$(((mebibytes - 1) * 1024))k"

# GRUB as its manual puts it: boot.img in the first sector, which reads the second one, where core.img
# begins that finds the rest of itself behind it.
[ "$(stat -c %s "$new/core.img")" -lt $((2047 * 512)) ]
place() { dd of="$image" bs=1 conv=notrunc status=none "$@"; }
little() { printf "$(printf '\\x%02x\\x%02x\\x%02x\\x%02x' $(($1 & 255)) $(($1 >> 8 & 255)) \
    $(($1 >> 16 & 255)) $(($1 >> 24)))"; }
dd if="$new/core.img" of="$image" bs=512 seek=1 conv=notrunc status=none
place if="$new/boot.img" count=440
# Active, of Linux's kind, by numbers of blocks alone.
{
    printf '\x80\xfe\xff\xff\x83\xfe\xff\xff'
    little 2048
    little $(((mebibytes - 1) * 2048))
} | place seek=446
printf '\x55\xaa' | place seek=510

rm -f "$new"/{before,after,log,system.tar,boot.img,core.img}
rm -rf "$folder"
mv "$new" "$folder"
