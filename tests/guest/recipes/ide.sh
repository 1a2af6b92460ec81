# SPDX-License-Identifier: GPL-3.0-or-later
#
# Uses the drives at the IDE controllers with the kernel's own ata_piix and reports in lines that
# start with @@. vireo.step says what:
#   fill     a file system on the disk is filled with content made of vireo.seed; the disc is read
#   verify   what `fill` has left is read back; then it is discarded
dmesg -n 1
. /recipes/report.sh
load_drivers
load_ide_drivers
disk=/dev/sda
appears $disk
for each in /sys/class/ata_device/dev*; do
    say "mode $(basename $each) $(cat $each/class) $(cat $each/dma_mode)"
done

mkdir -p /mnt
mount -t ext4 $disk /mnt || fail "the disk can't be mounted"
case $(word step none) in
fill)
    content "$(word seed 1)" 3000 >/tmp/part
    for number in 1 2 3 4 5 6; do
        for part in $(seq $((number * 12))); do
            echo "$number $part"
            cat /tmp/part
        done >/mnt/file$number &
    done
    wait
    sync
    echo 3 >/proc/sys/vm/drop_caches
    say "sum $(sum)"
    appears /dev/sr0
    say "disc $(sha256sum </dev/sr0 | cut -d ' ' -f 1)"
    ;;
verify)
    say "sum $(sum)"
    rm /mnt/file[1-3]
    sync
    say "trimmed $(fstrim -v /mnt >/dev/null && echo yes)"
    ;;
esac
umount /mnt || fail "the disk can't be unmounted"
dmesg | grep -E 'ata[0-9_]|sd |sr ' | sed 's/^/@@log /'
say "done"
