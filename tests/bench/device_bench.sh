# SPDX-License-Identifier: GPL-3.0-or-later
#
# Runs the loads of device_bench one by one, each when the console says so.
say() { echo "@@$*"; }

dmesg -n 1
. /recipes/drivers.sh
load_drivers
load_ide_drivers
for module in virtio_pci virtio_blk virtio_net; do
    modprobe -q $module
done
has_disk=$(word disk yes)
tries=0
while [ ! -b /dev/sda ] && [ ! -b /dev/vda ] && [ $tries -lt 100 ] && [ "$has_disk" = yes ]; do
    usleep 100000
    tries=$((tries + 1))
done
disk=/dev/sda
[ -b $disk ] || disk=/dev/vda

seconds=$(word seconds 3)
run() {
    say "begin $1"
    read -r line
    say "result $1 $(shift; device_load "$@" "$seconds")"
    read -r line
}
if [ "$has_disk" = yes ]; then
    # Neither merges nor a scheduler between the load and the device.
    echo none >/sys/block/$(basename $disk)/queue/scheduler
    # Off in guests with so little memory.
    echo madvise >/sys/kernel/mm/transparent_hugepage/enabled
    for mode in random-read random-write sequential-read sequential-write; do
        run $mode disk $disk $mode
    done
fi
[ "$(word network no)" != legacy ] || load_legacy_adapter
if [ "$(word network no)" != no ]; then
    start_network || say "failed: no address"
    for mode in send receive ask; do
        run $mode net 7 $mode
    done
fi
say "done"
