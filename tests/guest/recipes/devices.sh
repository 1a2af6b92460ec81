# SPDX-License-Identifier: GPL-3.0-or-later
#
# Uses the devices on VMBus and reports in lines that start with @@, for the program that watches
# the console. vireo.step says what:
#   fill     a file system on the first disk is filled with content made of vireo.seed
#   verify   what `fill` has left is read back; then it is discarded
#   mount    the same with one small file, once
#   kexec    the same as `fill`, then the kernel in /kexec is started without a reset, and verifies
#   reload   drivers are unloaded and loaded again, vireo.times times, with the disk in use between
dmesg -n 1
. /recipes/report.sh
load_drivers
say "bus $(dmesg | sed -n 's/.*hv_vmbus: Vmbus version:\(.*\)/\1/p' | tail -n 1)"
for each in /sys/bus/vmbus/devices/*; do
    say "device $(cat $each/class_id) $(cat $each/state) $(basename "$(readlink $each/driver)")"
done

disk=/dev/sda
appears $disk

# Files of different sizes whose content follows from the seed.

seed=$(word seed 1)
mkdir -p /mnt
case $(word step none) in
fill | kexec)
    mount -t ext4 $disk /mnt || fail "the disk can't be mounted"
    content "$seed" 3000 >/tmp/part
    for number in 1 2 3 4 5 6 7 8; do
        for part in $(seq $((number * 12))); do
            echo "$number $part"
            cat /tmp/part
        done >/mnt/file$number &
    done
    wait
    sync
    say "sum $(sum)"
    umount /mnt || fail "the disk can't be unmounted"
    say "channels $(cat /sys/bus/vmbus/drivers/hv_storvsc/*/channel_vp_mapping | wc -l)"
    if [ "$(word step none)" = kexec ]; then
        reboot_into /kexec/kernel /kexec/ram-disk "$(sed 's/step=kexec/step=verify/' /proc/cmdline)"
        fail "no other kernel is started"
    fi
    ;;
verify)
    mount -t ext4 $disk /mnt || fail "the disk can't be mounted"
    say "sum $(sum)"
    rm /mnt/file[1-4]
    sync
    say "trimmed $(fstrim -v /mnt >/dev/null && echo yes)"
    umount /mnt || fail "the disk can't be unmounted"
    ;;
mount)
    mount -t ext4 $disk /mnt || fail "the disk can't be mounted"
    content "$seed" 100 >/mnt/file1
    sync
    say "sum $(sum)"
    umount /mnt || fail "the disk can't be unmounted"
    mount -t ext4 -o ro $disk /mnt || fail "the disk can't be mounted again"
    echo 3 >/proc/sys/vm/drop_caches
    say "sum $(sum)"
    umount /mnt
    ;;
reload)
    for turn in $(seq "$(word times 3)"); do
        mount -t ext4 $disk /mnt || fail "the disk can't be mounted in turn $turn"
        content "$seed $turn" 3000 >/mnt/turn
        sum=$(sha256sum </mnt/turn)
        umount /mnt
        rmmod hv_utils hv_storvsc || fail "drivers can't be unloaded in turn $turn"
        modprobe hv_utils
        modprobe hv_storvsc
        comes $disk
        mount -t ext4 -o ro $disk /mnt || fail "the disk has not come back in turn $turn"
        [ "$sum" = "$(sha256sum </mnt/turn)" ] || fail "turn $turn reads something else"
        umount /mnt
    done
    say "reloaded"
    ;;
esac
dmesg | grep -E 'hv_|storvsc|hyperv|Hyper-V|scsi|sd ' | sed 's/^/@@log /'
say "done"
