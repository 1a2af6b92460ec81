#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# From a fresh Debian 12 to a Debian kernel with two virtual processors in this terminal: a shell
# if there is a terminal, else the boot, a few commands in the guest and power off.
set -euo pipefail
cd "$(dirname "$0")"

installer/packages.sh build guest
installer/build.sh release
installer/guest-images.sh

recipe=demonstration
if [ -t 0 ] && [ -t 1 ]; then
    recipe=shell
    echo "Booting Debian's kernel. Ctrl-A x ends the machine, Ctrl-A h helps."
fi
exec build/release/bin/vireo run --kernel build/guest/cloud/vmlinuz --initrd build/guest/shell.cpio \
    --append "console=ttyS0 vireo.recipe=$recipe" --vps 2 --memory 512M
