# SPDX-License-Identifier: GPL-3.0-or-later
#
# Loads the drivers of the devices on VMBus, as a system's device manager does. Does nothing where
# the machine has none, or the RAM disk with the kernel's modules is not there.
load_drivers() {
    [ -e "/lib/modules/$(uname -r)/modules.dep" ] || return 0
    modprobe -q hv_vmbus || return 0
    # Offers come one by one; the last ones are there when none has come for a moment.
    local before=none now= tries=0
    while [ "$before" != "$now" ] && [ $tries -lt 50 ]; do
        before=$now
        usleep 100000
        now=$(ls /sys/bus/vmbus/devices)
        tries=$((tries + 1))
    done
    cat /sys/bus/vmbus/devices/*/modalias 2>/dev/null | while read -r alias; do
        modprobe -q "$alias"
    done
    # Kinds of disks, file systems and sockets are found by their use, not by VMBus.
    for module in sd_mod sr_mod crc32c_generic ext4 evdev hid_generic hv_sock; do
        modprobe -q $module
    done
    return 0
}

# The driver of the IDE controllers; their drives come by and by.
load_ide_drivers() {
    modprobe -q ata_piix
    for module in sd_mod sr_mod crc32c_generic ext4; do
        modprobe -q $module
    done
    return 0
}

# The driver of legacy network adapters.
load_legacy_adapter() {
    modprobe -q tulip
    return 0
}

# The driver of the diskette drive; fails where the kernel or the machine has none.
load_floppy_driver() {
    modprobe -q crc32c_generic
    modprobe -q ext4
    modprobe -q floppy && [ -b /dev/fd0 ]
}

# Debian's daemons of the integration components, where their drivers are.
start_daemons() {
    [ -x /usr/sbin/hv_kvp_daemon ] || return 0
    mkdir -p /var/lib/hyperv
    [ ! -c /dev/vmbus/hv_kvp ] || /usr/sbin/hv_kvp_daemon
    [ ! -c /dev/vmbus/hv_vss ] || /usr/sbin/hv_vss_daemon
    [ ! -c /dev/vmbus/hv_fcopy ] || /usr/sbin/hv_fcopy_daemon
    return 0
}

# The address that the first adapter's network gives; fails without one.
start_network() {
    [ -d /sys/class/net/eth0 ] || return 1
    ip link set eth0 up
    cat >/tmp/lease <<'END'
#!/bin/sh
[ "$1" = bound ] || [ "$1" = renew ] || exit 0
ip addr replace "$ip/$mask" dev "$interface"
ip route replace default via ${router%% *}
for server in $dns; do echo "nameserver $server"; done >/etc/resolv.conf
END
    chmod 755 /tmp/lease
    udhcpc -i eth0 -q -n -s /tmp/lease >/dev/null 2>&1
}
