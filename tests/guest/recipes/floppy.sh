# SPDX-License-Identifier: GPL-3.0-or-later
#
# Uses the diskette drive with the kernel's own floppy driver and reports in lines that start with
# @@. vireo.step says what:
#   fill     the diskette is read; then a file system on it is filled with content of vireo.seed
#   verify   what `fill` has left is read back; writing to a diskette that is protected fails
dmesg -n 1
. /recipes/report.sh
load_drivers
load_floppy_driver || fail "there is no diskette drive"
disk=/dev/fd0

mkdir -p /mnt
case $(word step none) in
fill)
    say "bytes $(wc -c <$disk)"
    say "disk $(sha256sum <$disk | cut -d ' ' -f 1)"
    mke2fs -q $disk >/dev/null 2>&1 || mke2fs $disk >/dev/null || fail "no file system is made"
    mount -t ext4 $disk /mnt || fail "the diskette can't be mounted"
    for number in 1 2 3 4; do
        content "$(word seed 1)$number" $((number * 2000)) >/mnt/file$number
    done
    sync
    echo 3 >/proc/sys/vm/drop_caches
    say "sum $(sum)"
    umount /mnt || fail "the diskette can't be unmounted"
    ;;
verify)
    mount -t ext4 -o ro $disk /mnt || fail "the diskette can't be mounted"
    say "sum $(sum)"
    umount /mnt
    if dd if=/dev/zero of=$disk bs=512 count=1 conv=fsync 2>/dev/null; then
        say "protected no"
    else
        say "protected yes"
    fi
    ;;
esac
dmesg | grep -iE 'fd[0-9]|floppy|FDC' | sed 's/^/@@log /'
say "done"
