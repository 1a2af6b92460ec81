# SPDX-License-Identifier: GPL-3.0-or-later
#
# The bench's phases, then two busy processes against one; then it waits for a line, so that the
# worker's memory can be looked at while all of this is still in it.
dmesg -n 1
echo "@@processors $(nproc)"
clock() {
    read -r uptime rest </proc/uptime
    echo "@@clock $uptime"
}
clock
phases
phases busy
clock
echo "@@measure"
read -r line
