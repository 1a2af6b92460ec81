# SPDX-License-Identifier: GPL-3.0-or-later
#
# Moves data over the first network adapter, with vireo.adapter=legacy a DEC 21140A, and reports in lines that start with @@, for the program
# that watches the console and comes by the host's forwarded ports: takes all that comes to port 7, and
# gives vireo.mebibytes of them at port 8.
dmesg -n 1
. /recipes/report.sh
load_drivers
[ "$(word adapter synthetic)" = synthetic ] || load_legacy_adapter
start_network || fail "the network gives no address"
say "address $(ip -4 addr show eth0 | sed -n 's/.*inet \([0-9.]*\).*/\1/p')"

# The sum of what comes, in /tmp/sum.
take() {
    nc -l -p 7 </dev/null | md5sum | cut -d ' ' -f 1 >/tmp/sum &
    announce 7
    wait
}

take
say "received $(cat /tmp/sum)"

mebibytes=$(word mebibytes 1)
# The same mebibyte again and again, with a number between.
head -c 1048576 /dev/urandom >/tmp/part
content() {
    local number
    for number in $(seq "$mebibytes"); do
        echo "$number"
        cat /tmp/part
    done
}
say "sent $(content | md5sum | cut -d ' ' -f 1)"
content | nc -l -p 8 >/dev/null &
announce 8
wait

# The adapter goes and comes back.
for turn in 1 2 3; do
    ip link set eth0 down
    ip link set eth0 up
    start_network || fail "the network gives no address in turn $turn"
done
take
say "again $(cat /tmp/sum)"
for each in rx_errors tx_errors rx_dropped tx_dropped; do
    say "$each $(cat /sys/class/net/eth0/statistics/$each)"
done
dmesg | grep -E 'hv_|netvsc|hyperv|[Tt]ulip' | sed 's/^/@@log /'
say "done"
