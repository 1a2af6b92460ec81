# SPDX-License-Identifier: GPL-3.0-or-later
#
# Goes on with the system on the first disk, whose own recipe vireo.then names; without such a disk
# with a shell here.
. /recipes/drivers.sh
load_drivers
load_ide_drivers
tries=0
while [ ! -b /dev/sda ] && [ $tries -lt 100 ]; do
    usleep 100000
    tries=$((tries + 1))
done
mkdir -p /system
if mount -t ext4 /dev/sda /system && [ -x /system/init ]; then
    VIREO_RECIPE=$(word then shell)
    export VIREO_RECIPE
    exec switch_root /system /init
fi
echo "There is no system on the first disk."
. /recipes/shell.sh
