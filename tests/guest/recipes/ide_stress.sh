# SPDX-License-Identifier: GPL-3.0-or-later
#
# Keeps three disks and a DVD drive at both IDE controllers busy at once for vireo.seconds, with the
# kernel's own ata_piix, which vireo.force makes take modes (libata's words), and reports in lines
# that start with @@: the first disk and the one beside the DVD drive are churned, the second has a file
# system that is filled, /dev/sr0 is read from front to back.
dmesg -n 1
. /recipes/report.sh
load_drivers
force=$(word force none)
[ "$force" = none ] || modprobe libata "force=$force" || fail "libata does not take $force"
load_ide_drivers
for drive in /dev/sda /dev/sdb /dev/sdc /dev/sr0; do
    appears $drive
done
# The disk at this port of libata's, with this number; the kernel names disks as they come.
disk_at() {
    for each in /sys/block/sd*; do
        case $(readlink $each) in
        */ata$1/*/target*:0:$2/*) echo "/dev/${each##*/}" ;;
        esac
    done
}
first=$(disk_at 1 0)
system=$(disk_at 1 1)
beside=$(disk_at 2 1)
for each in /sys/class/ata_device/dev*; do
    [ "$(cat $each/class)" = none ] || say "mode $(cat $each/dma_mode) $(cat $each/pio_mode)"
done

seconds=$(word seconds 10)
mkdir -p /mnt
mount -t ext4 $system /mnt || fail "the disk can't be mounted"
touch /tmp/busy
(
    churn $first "$seconds" 3 >/tmp/churned1 2>&1 &
    churn $beside "$seconds" 2 >/tmp/churned2 2>&1
    wait
    rm /tmp/busy
) &
# Files of many sizes, written and read again by several at once; those that stay are remembered.
for writer in 1 2 3; do
    (
        turn=0
        while [ -e /tmp/busy ]; do
            turn=$((turn + 1))
            file=/mnt/file$writer.$((turn % 5))
            head -c $((turn * 7919 % 900000 + 1)) /dev/urandom >/tmp/content$writer
            cp /tmp/content$writer $file
            [ $((turn % 3)) -ne 0 ] || sync
            cmp -s /tmp/content$writer $file || say "failed: $file is not what was written"
        done
    ) &
done
(
    while [ -e /tmp/busy ]; do
        echo 1 >/proc/sys/vm/drop_caches
        sha256sum </dev/sr0 | cut -d ' ' -f 1 >>/tmp/discs
    done
) &
wait
sync
say "churned $(cat /tmp/churned1)"
say "churned $(cat /tmp/churned2)"
say "discs $(sort -u /tmp/discs)"
before=$(sum)
umount /mnt || fail "the disk can't be unmounted"
echo 3 >/proc/sys/vm/drop_caches
mount -t ext4 -o ro $system /mnt || fail "the disk can't be mounted again"
[ "$before" = "$(sum)" ] || say "failed: the files have changed"
say "files $(ls /mnt | grep -c file)"
umount /mnt
dmesg | grep -E 'ata[0-9_]|sd |sr ' | sed 's/^/@@log /'
say "done"
