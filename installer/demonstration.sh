#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# demonstration.sh: a session's service, a machine "Debian" in it, and the manager. Without a
# display: the machine is started, its console is printed until its shell is there, pictures of all
# windows are taken, and the machine is turned off.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
bin=$root/build/release/bin
machine=Debian

if [ -z "${XDG_RUNTIME_DIR-}" ]; then
    # As where nobody has logged in by a desktop.
    XDG_RUNTIME_DIR=$(mktemp -d)
    export XDG_RUNTIME_DIR
fi

"$bin/vireo" list --session >/dev/null 2>&1 || {
    "$bin/vireod" --session &
    service=$!
    for _ in $(seq 100); do
        "$bin/vireo" list --session >/dev/null 2>&1 && break
        kill -0 "$service" 2>/dev/null || exit 1
        sleep 0.1
    done
}

if ! "$bin/vireo" show "$machine" --session >/dev/null 2>&1; then
    disk=$root/build/demonstration/$machine.vhdx
    installer/guest-disk.sh "$disk"
    "$bin/vireo" create "$machine" --session --vps 2 --memory 512M \
        --kernel "$root/build/guest/standard/vmlinuz" --initrd "$root/build/guest/shell.cpio" \
        --initrd "$root/build/guest/drivers.cpio" \
        --append "console=tty0 console=ttyS0 vireo.recipe=disk" \
        --disk "scsi0:0=$disk" --switch "Default Switch"
fi

if [ -n "${DISPLAY-}${WAYLAND_DISPLAY-}" ]; then
    echo "Vireo Manager is opening. Closing it stops no machine; 'vireo list --session' shows them."
    exec "$bin/vireo-manager" --session
fi

"$bin/vireo" start "$machine" --session
echo "The console of $machine until its shell is there:"
# With an input that never ends, or the console would leave at once. A guest that never gets there
# does not hold this up for ever.
exec 3<> <(:)
while IFS= read -r -t 300 line; do
    printf '%s\n' "$line"
    [[ $line != *"busybox's shell in the guest"* ]] || break
done < <(exec "$bin/vireo" console "$machine" --session <&3)
kill $! 2>/dev/null || true
QT_QPA_PLATFORM=offscreen "$bin/vireo-manager" --session --screenshots "$root/build/screenshots"
"$bin/vireo" stop "$machine" --session --force
echo "Pictures of the windows are in build/screenshots."
if [ -n "${service-}" ]; then
    kill "$service"
    wait "$service" || true
fi
