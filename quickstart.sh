#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# From a fresh Debian 12 to Vireo Manager with a Debian machine that is ready to start. Without a
# display the same windows are pictured in build/screenshots, after the machine has been booted by
# the service and its console shown.
set -euo pipefail
cd "$(dirname "$0")"

installer/packages.sh build run guest manager
installer/build.sh release
installer/guest-images.sh
exec installer/demonstration.sh
