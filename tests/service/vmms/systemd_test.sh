#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# systemd_test.sh BUILD GUEST: vireod as a service of a real systemd, which runs as the first
# process of namespaces of its own, on the host's files with everything written kept in memory.
# BUILD is installed there as `cmake --install` does it; GUEST is a kernel that halts.
#
# Needs root, systemd, namespaces and a control group hierarchy of version 2; else it says what is
# missing and exits with 77. Where that hierarchy has no cpu controller, resource control is left out.
set -euo pipefail
build=$1
guest=$2

skip() {
    echo "skipped: $1"
    exit 77
}
[ "$(id -u)" = 0 ] || skip "not root"
[ -x /lib/systemd/systemd ] || skip "no systemd is installed"
groups=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)
[ -n "$groups" ] || skip "no control groups of version 2 are mounted"
unshare --cgroup --pid --mount --uts --ipc --fork true 2>/dev/null || skip "no new namespaces"
controller=yes
if ! grep -qw cpu "$groups/cgroup.controllers"; then
    controller=no
    echo "left out: resource control (the cpu controller is with control groups of version 1)"
elif ! grep -qw cpu "$groups/cgroup.subtree_control"; then
    echo +cpu >"$groups/cgroup.subtree_control" || skip "control groups can't be written"
fi

folder=$(mktemp -d)
own=$groups/vireo-systemd-test-$$
inside=
keeper=
cleanup() {
    set +e
    [ -z "$inside" ] || kill -9 "$inside" 2>/dev/null
    [ -z "$keeper" ] || kill "$keeper" 2>/dev/null
    wait
    rm -rf "$folder"
    for group in "$own".*; do
        find "$group" -depth -type d -exec rmdir {} \; 2>/dev/null
    done
}
trap cleanup EXIT
DESTDIR=$folder/installed cmake --install "$build" >/dev/null

# Everything that systemd's root has of its own.
mkdir "$folder/root"
cat >"$folder/prepare" <<END
set -eu
mount -t tmpfs tmpfs $folder/root
cd $folder/root
mkdir upper work new
mount -t overlay overlay -o lowerdir=/,upperdir=upper,workdir=work new
cp -r $folder/installed/. new/
mount -t proc proc new/proc
mount -t sysfs -o ro sysfs new/sys
mount -t tmpfs tmpfs new/tmp
mount --rbind /dev new/dev
rm -rf new/etc/systemd/system/*.wants new/etc/machine-id new/var/lib/vireo
touch new/etc/machine-id
ln -sf /usr/lib/systemd/system/multi-user.target new/etc/systemd/system/default.target
cp $guest new/root/guest
cd new
mkdir -p old
pivot_root . old
umount -l /old
touch /root/ready
exec sleep 3600
END
unshare --mount --uts --ipc --propagation private bash "$folder/prepare" &
# Keeps that root between systemd's lives.
keeper=$!
for _ in $(seq 100); do
    [ -e "/proc/$keeper/root/root/ready" ] && break
    sleep 0.1
done
[ -e "/proc/$keeper/root/root/ready" ] || { echo "the root for systemd can't be made"; exit 1; }

boots=0
boot() {
    boots=$((boots + 1))
    mkdir "$own.$boots"
    cat >"$folder/boot" <<END
mount -t proc proc /proc
umount -l /run 2>/dev/null
mount -t tmpfs tmpfs /run
mount -t cgroup2 cgroup2 /sys/fs/cgroup
exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin container=other /lib/systemd/systemd --log-target=journal
END
    # The group is systemd's alone: who waits for it is not inside.
    cat >"$folder/outer" <<END
echo \$\$ >$own.$boots/cgroup.procs
exec nsenter -t $keeper --mount --uts --ipc \
    unshare --cgroup --pid --mount --fork --kill-child --propagation private \
    bash -c "\$(cat $folder/boot)"
END
    bash "$folder/outer" >"$folder/log" 2>&1 &
    local outer=$!
    inside=
    for _ in $(seq 100); do
        inside=$(cat "/proc/$outer/task/$outer/children" 2>/dev/null | tr -d ' ')
        [ -n "$inside" ] && grep -q systemd "/proc/$inside/comm" 2>/dev/null && break
        sleep 0.1
    done
    [ -n "$inside" ] || { cat "$folder/log"; exit 1; }
    echo "$outer" >"$groups/cgroup.procs"
    for _ in $(seq 300); do
        in_systemd systemctl is-active --quiet multi-user.target 2>/dev/null && return
        sleep 0.1
    done
    cat "$folder/log"
    echo "systemd does not come up"
    exit 1
}
in_systemd() { nsenter -t "$inside" --all "$@"; }
member() { in_systemd su member -c "$1"; }

# expect WHAT COMMAND...: the command must succeed, within ten seconds.
expect() {
    local what=$1
    shift
    for _ in $(seq 100); do
        if "$@" >"$folder/result" 2>&1; then
            echo "ok: $what"
            return
        fi
        sleep 0.1
    done
    echo "FAILED: $what"
    cat "$folder/result"
    in_systemd systemctl status --no-pager --lines 30 vireod.service vireod.socket || true
    exit 1
}
runs() { in_systemd vireo list --json | grep -q "\"name\":\"$1\".*\"state\":\"Running\""; }
refused() { ! in_systemd su stranger -c "vireo list"; }
workers() { [ "$(in_systemd pgrep -c vireo-worker)" = "$1" ]; }
event() { in_systemd vireo events | grep -q "$1"; }
ended() { ! kill -0 "$inside"; }

boot
in_systemd systemctl daemon-reload
in_systemd systemctl enable --quiet vireod.service vireod.socket
in_systemd useradd -m -G vireo member
in_systemd useradd -m stranger
in_systemd systemctl start vireod.socket
expect "a member's request starts the service by its socket" member "vireo list"
expect "who is not of the group is refused" refused
[ $controller = no ] || expect "the unit's group has what resource control needs" \
    bash -c "nsenter -t $inside --all vireo host | grep -q 'Control groups v2'"
for machine in first second; do
    in_systemd vireo create $machine --memory 8M --backend software --kernel /root/guest
    in_systemd vireo start $machine
    expect "$machine runs" runs $machine
done
in_systemd vireo set first --automatic-start always --start-delay 1 --automatic-stop turn-off
in_systemd vireo set second --automatic-start nothing --automatic-stop turn-off

in_systemd systemctl stop vireod.service 2>/dev/null
expect "machines outlive a stop of the service" workers 2
expect "the next one starts beside them, by its socket" member "vireo list"
expect "it has adopted the first" runs first
expect "it has adopted the second" runs second
in_systemd bash -c 'kill -9 $(systemctl show -P MainPID vireod)'
expect "after a crash systemd starts the service again" \
    in_systemd systemctl is-active --quiet vireod.service
expect "which has its machines" runs second
expect "and its members" member "vireo list"

stopped() { ! in_systemd systemctl is-active --quiet vireod.service vireod.socket; }
expect "a member stops the service" member "vireo service stop"
expect "systemd does not listen for it any more" stopped
expect "machines go on without it" workers 2
unreachable() { ! member "vireo list"; }
expect "a request does not start it again" unreachable
expect "and it stays stopped" stopped
in_systemd systemctl start vireod.service
expect "it is started as any service" member "vireo list"
expect "and has taken over its machines" runs first

in_systemd systemctl poweroff
expect "the host goes down" ended
boot
expect "a machine starts with the host" runs first
expect "after its delay" event "first: it is started with the host"
expect "and the other one does not" workers 1
for machine in first second; do
    expect "$machine was turned off with the host" event "$machine: the machine was turned off"
done
in_systemd systemctl poweroff
expect "the host goes down again" ended
