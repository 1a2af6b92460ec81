# SPDX-License-Identifier: GPL-3.0-or-later
#
# Answers at port 7 of the legacy network adapter, as many connections at once as there are; takes the
# adapter down and up vireo.turns times, and unloads and loads its driver vireo.reloads times, with
# connections in between. Reports in lines that start with @@, and goes on at each line that it is
# given.
dmesg -n 1
. /recipes/report.sh
load_drivers
load_legacy_adapter
start_network || fail "the network gives no address"
answerer 7 &
announce 7
read -r line
for turn in $(seq "$(word turns 10)"); do
    ip link set eth0 down
    usleep 50000
    ip link set eth0 up
    usleep 700000
done
say "turned"
read -r line
for turn in $(seq "$(word reloads 3)"); do
    rmmod tulip || fail "the driver can't be unloaded in turn $turn"
    load_legacy_adapter
    start_network || fail "the network gives no address in turn $turn"
    say "reloaded"
    read -r line
done
for each in rx_dropped tx_dropped; do
    say "$each $(cat /sys/class/net/eth0/statistics/$each)"
done
dmesg | grep -iE 'tulip|eth0|nobody cared' | sed 's/^/@@log /'
say "done"
