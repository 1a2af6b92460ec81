#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# with_kvm.sh [-t SECONDS] COMMAND...: runs COMMAND where /dev/kvm is hardware virtualization, in a
# Linux whose processor is QEMU's TCG with AMD's SVM and nested paging. Slow, but all of KVM: the
# kernel modules, exits and interrupt controllers of a host that has them. Output and errors come as
# one; the status is the command's, 124 where SECONDS were too few, 77 where something is missing:
# qemu-system-x86_64 (installer/packages.sh test) or the guest images (installer/guest-images.sh).
#
# The host's files are there under their own names; /dev, /proc, /run, /sys, /tmp and /var/tmp are
# that Linux's own. It has one processor, as with two it has been seen to reset under
# QEMU 7.2, and no XSAVE, as that QEMU lets a guest's XSETBV pass unseen.
set -euo pipefail
shopt -s inherit_errexit
export LC_ALL=C

root=$(cd "$(dirname "$0")/../.." && pwd)
images=$root/build/guest
seconds=3000
while getopts t: option; do
    case $option in
    t) seconds=$OPTARG ;;
    *) exit 2 ;;
    esac
done
shift $((OPTIND - 1))
[ $# -gt 0 ] || {
    echo "with_kvm.sh: no command" >&2
    exit 2
}
for needed in "$images/standard/vmlinuz" "$images/busybox/bin/busybox" \
    "$(command -v qemu-system-x86_64 || true)"; do
    [ -e "$needed" ] || {
        echo "with_kvm.sh: needs ${needed:-qemu-system-x86_64}" >&2
        exit 77
    }
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$root/installer/initramfs.sh" "$work/system.cpio" recipes="$root/tests/guest/recipes/with_kvm.sh"
"$root/installer/guest-drivers.sh" "$work/drivers.cpio" 'virtio_pci|9pnet_virtio|9p|kvm_amd|tun'
cat "$work/system.cpio" "$work/drivers.cpio" >"$work/ram-disk.cpio"

{
    printf 'cd %q\n' "$PWD"
    printf '%q ' "$@"
    echo
} >"$work/command"
status=0
timeout --foreground "$seconds" qemu-system-x86_64 -accel tcg -cpu max,-la57,-xsave \
    -m 3072 -nodefaults -display none -no-reboot \
    -chardev stdio,id=terminal,signal=off -serial chardev:terminal \
    -kernel "$images/standard/vmlinuz" -initrd "$work/ram-disk.cpio" \
    -append "console=ttyS0 quiet panic=-1 mitigations=off vireo.recipe=with_kvm" \
    -fsdev local,id=host,path=/,security_model=none,multidevs=remap \
    -device virtio-9p-pci,fsdev=host,mount_tag=host \
    -fsdev local,id=work,path="$work",security_model=none \
    -device virtio-9p-pci,fsdev=work,mount_tag=work || status=$?
[ "$status" = 0 ] || exit "$status"
[ -e "$work/status" ] || {
    echo "with_kvm.sh: the system around the command has failed" >&2
    exit 1
}
exit "$(cat "$work/status")"
