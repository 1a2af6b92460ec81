#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# ram_disk.sh OUTPUT FOLDER=FILE...: the tests' RAM disk, unless Debian's busybox was not fetched.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)

if [ ! -x "$root/build/guest/busybox/bin/busybox" ]; then
    echo "No guest images: tests with real guests will be skipped (installer/guest-images.sh)"
    exit 0
fi
# In the guest the data are where the cases look for them.
exec "$root/installer/initramfs.sh" "$@"
