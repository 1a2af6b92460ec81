# SPDX-License-Identifier: GPL-3.0-or-later
#
# with_kvm.sh's system: runs the command in the folder that it is given, among the host's files, and
# leaves its status there.
for module in virtio_pci 9pnet_virtio 9p kvm_amd tun; do
    modprobe -q $module
done
at9p=trans=virtio,version=9p2000.L,msize=262144,cache=mmap
mkdir /host
mount -t 9p -o $at9p host /host
for own in tmp run var/tmp; do
    mount -t tmpfs tmpfs /host/$own
done
mount -t proc proc /host/proc
mount -t sysfs sysfs /host/sys
mount -t devtmpfs devtmpfs /host/dev
mkdir -p /host/dev/shm /host/run/command
mount -t tmpfs tmpfs /host/dev/shm
mount -t 9p -o $at9p work /host/run/command
ip link set lo up
# What a terminal would do to what is typed is the command's own business.
stty raw -echo </dev/console
PATH=/bin:/sbin:/usr/bin:/usr/sbin chroot /host /bin/bash -c '. /run/command/command' </dev/console >/dev/console 2>&1
echo $? >/host/run/command/status
