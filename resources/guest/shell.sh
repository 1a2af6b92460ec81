# SPDX-License-Identifier: GPL-3.0-or-later
#
# A shell on the console, after the facts of the machine. Devices on VMBus are there for whoever
# looks for them, and the first adapter has its address.
. /recipes/drivers.sh
load_drivers
start_daemons
start_network
echo
. /recipes/facts.sh
echo
echo "This is busybox's shell in the guest; \"exit\" powers the machine off."
if [ -e /sys/class/graphics/fb0 ]; then
    # Another one on the screen.
    (
        while true; do
            echo "This is busybox's shell on the screen of $(hostname)." >/dev/tty1
            setsid sh -c 'exec sh </dev/tty1 >/dev/tty1 2>&1'
        done
    ) &
fi
# A session of its own gives the shell job control and Ctrl-C.
setsid cttyhack sh
