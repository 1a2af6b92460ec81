#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# build.sh PRESET: configures and builds build/PRESET, through ccache where that is installed.
set -euo pipefail
cd "$(dirname "$0")/.."

if command -v ccache >/dev/null; then
    export CMAKE_C_COMPILER_LAUNCHER=ccache CMAKE_CXX_COMPILER_LAUNCHER=ccache
    # Checkouts in other places share what they compile. What is not there yet is compiled at once,
    # without preprocessing it by itself first.
    export CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=1 CCACHE_DEPEND=1 CCACHE_INODECACHE=1
    # Precompiled headers.
    export CCACHE_SLOPPINESS=pch_defines,time_macros
fi
cmake --preset "$1" --log-level=NOTICE
cmake --build --preset "$1" -- --quiet
