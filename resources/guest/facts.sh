# SPDX-License-Identifier: GPL-3.0-or-later
#
# What this guest sees of its machine, a line each.
echo "kernel       $(uname -r)"
echo "hypervisor   $(dmesg | sed -n 's/.*Hypervisor detected: //p')"
echo "clock source $(cat /sys/devices/system/clocksource/clocksource0/current_clocksource)"
echo "processors   $(nproc)"
echo "system on    $(awk '$2 == "/" { device = $1 " (" $3 ")" } END { print device }' /proc/mounts)"
echo "memory       $(awk '/^MemTotal/ { print int($2 / 1024) }' /proc/meminfo) MiB for programs"
