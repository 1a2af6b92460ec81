# SPDX-License-Identifier: GPL-3.0-or-later
#
# A guest for the service: drivers, daemons and the network, then it tells what becomes of its disks.
dmesg -n 1
. /recipes/drivers.sh
load_drivers
start_daemons
if start_network; then
    echo "@@address $(ip -4 addr show eth0 | sed -n 's/.*inet \([0-9.]*\).*/\1/p')"
    # What comes to this port by the host's forwarded one is answered with its checksum.
    (while true; do nc -l -p 7 -e sha256sum; done) &
fi
echo "@@ready"
mkdir -p /mnt
turn=0
while true; do
    for each in /sys/block/sd[b-z]; do
        [ -e "$each" ] || continue
        disk=/dev/$(basename "$each")
        # The first bytes of each new disk are read and told once.
        [ -e "/tmp/seen-$(basename "$each")" ] && continue
        touch "/tmp/seen-$(basename "$each")"
        echo "@@disk $(dd if="$disk" bs=512 count=1 2>/dev/null | head -c 16)"
    done
    for each in /tmp/seen-*; do
        [ -e "$each" ] || continue
        [ -e "/sys/block/${each#/tmp/seen-}" ] && continue
        rm -f "$each"
        echo "@@gone"
    done
    # Whoever watches may want to know what time it is here.
    turn=$((turn + 1))
    [ $((turn % 40)) -ne 0 ] || echo "@@time $(date +%s)"
    usleep 20000
done
