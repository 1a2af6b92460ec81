# SPDX-License-Identifier: GPL-3.0-or-later
#
# A guest that does what it is told over its console, a line for each order, and answers in lines
# that start with @@:
#   take N        keeps N pieces of 8 MiB with the same content in memory, one after the other
#   check         how many of them still have it
#   drop          lets them go
#   sum FILE      the checksum of a file
#   diskette      loads the driver of the diskette drive
#   ide           loads the driver of the IDE controllers, and waits for the DVD drive
#   write FILE    writes a sector of its own to a device
#   network       gets an address
#   run PROGRAM   starts one of the tests' programs in the background
#   do PROGRAM    runs one, and repeats the last line that it prints
dmesg -n 1
stty -echo
. /recipes/report.sh
load_drivers
start_daemons
mkdir -p /hoard
mount -t tmpfs -o size=16G tmpfs /hoard
memory() { sed -n 's/^MemTotal: *\([0-9]*\) kB/\1/p' /proc/meminfo; }

echo "@@ready $(memory)"
while read -r order what; do
    case $order in
    take)
        [ -e /hoard/first ] || dd if=/dev/urandom of=/hoard/first bs=1M count=8 2>/dev/null
        for number in $(seq "$what"); do
            cp /hoard/first "/hoard/piece$number" || echo "@@failed"
            usleep 400000
        done
        echo "@@taken $(memory)"
        ;;
    check)
        echo "@@checked $(same /hoard/first /hoard/piece*)"
        ;;
    drop)
        rm -f /hoard/*
        echo "@@dropped"
        ;;
    sum)
        echo "@@sum $(sha256sum <"$what" 2>/dev/null)"
        ;;
    diskette)
        load_floppy_driver && echo "@@loaded" || echo "@@failed"
        ;;
    ide)
        load_ide_drivers
        comes /dev/sr0 && echo "@@loaded" || echo "@@failed"
        ;;
    write)
        yes written | head -c 512 | dd of="$what" bs=512 conv=fsync,notrunc 2>/dev/null &&
            echo "@@written" || echo "@@refused"
        ;;
    network)
        start_network && echo "@@connected" || echo "@@failed"
        ;;
    do)
        echo "@@did $($what 2>&1 | tail -n 1)"
        ;;
    run)
        $what &
        ;;
    esac
done
