#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Installs what is missing, builds, and runs every test: first those of the build with
# AddressSanitizer and UndefinedBehaviorSanitizer, then those of the release build. The long
# ones and the benches are apart: docs/testing.md.
set -euo pipefail
cd "$(dirname "$0")"

installer/packages.sh build run guest test
installer/guest-images.sh
installer/build.sh release
installer/build.sh asan

export CTEST_OUTPUT_ON_FAILURE=1
status=0
echo "Tests of the build with sanitizers"
ctest --preset asan --parallel "$(nproc)" || status=$?
echo "Tests of the release build"
ctest --preset release --parallel "$(nproc)" || status=$?
exit "$status"
