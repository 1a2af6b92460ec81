# SPDX-License-Identifier: GPL-3.0-or-later
#
# For recipes: what they report on the console, in lines that start with @@, and what they do with
# files. Beside it all drivers can be loaded.
. /recipes/drivers.sh

say() { echo "@@$*"; }
fail() {
    say "failed: $*"
    dmesg
    poweroff -f
}

# Whether a device is there, or comes within half a minute.
comes() {
    local tries=0
    while [ ! -b "$1" ] && [ $tries -lt 300 ]; do
        usleep 100000
        tries=$((tries + 1))
    done
    [ -b "$1" ]
}
appears() { comes "$1" || fail "there is no $1"; }

# Content that follows from a seed, and the checksum of all files on /mnt.
content() { awk -v seed="$1" -v lines="$2" 'BEGIN { for (i = 0; i < lines; ++i) print seed, i, i * i }'; }
sum() { (cd /mnt && find . -type f -name 'file*' | sort | xargs cat | sha256sum | cut -d ' ' -f 1); }

# Tells the host when somebody listens at that port.
announce() {
    until grep -q ":000$1 0*:0000 0A" /proc/net/tcp /proc/net/tcp6; do
        usleep 10000
    done
    say "listens at $1"
}
