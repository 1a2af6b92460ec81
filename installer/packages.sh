#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# packages.sh PURPOSE...: installs those packages of packages.list that are for one of the given
# purposes and missing. Quiet and without any call of apt when nothing is missing.
set -euo pipefail
shopt -s inherit_errexit

here=$(cd "$(dirname "$0")" && pwd)

wanted=$(for purpose in "$@"; do
    awk -v purpose="$purpose" '$1 == purpose { print $2; found = 1 }
                               END { exit !found }' "$here/packages.list" || {
        echo "packages.sh: packages.list knows no purpose \"$purpose\"" >&2
        exit 2
    }
done)
installed=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' 2>/dev/null |
    sed -n 's/^installed //p')
missing=$(comm -23 <(sort -u <<<"$wanted") <(sort -u <<<"$installed"))
[ -n "$missing" ] || exit 0

if [ "$(id -u)" = 0 ]; then
    as_root=()
elif command -v sudo >/dev/null; then
    as_root=(sudo)
else
    echo "packages.sh: these packages are missing, and installing them needs root or sudo:" \
        $missing >&2
    exit 1
fi

echo "Installing" $missing
log=$(mktemp)
trap 'rm -f "$log"' EXIT
apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0)
if ! { "${apt[@]}" update && "${apt[@]}" install --yes --no-install-recommends $missing; } \
    </dev/null >"$log" 2>&1; then
    cat "$log" >&2
    echo "packages.sh: apt-get could not install" $missing "(its output is above)" >&2
    exit 1
fi
