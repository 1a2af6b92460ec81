#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# with_x_server.sh COMMAND...: runs it on an X server of its own that nobody sees, with a window
# manager, which gives windows the focus; 77, "skipped", where these can't be had.
set -eu
for program in Xvfb blackbox; do
    if ! command -v $program > /dev/null; then
        echo "skipped: $program is not installed"
        exit 77
    fi
done
folder=$(mktemp -d)
server=
manager=
end() {
    for process in $manager $server; do
        kill "$process" 2> /dev/null || true
    done
    rm -rf "$folder"
}
trap end EXIT
mkfifo "$folder/display"
Xvfb -displayfd 3 -screen 0 1920x1200x24 -nolisten tcp 3> "$folder/display" 2> "$folder/log" &
server=$!
# Said once it takes clients; nothing if it ends instead.
if ! read -r display < "$folder/display"; then
    echo "skipped: Xvfb does not start: $(tail -n 1 "$folder/log")"
    exit 77
fi
export DISPLAY=":$display"
# The command that draws the background tells that windows are managed from now on.
echo "rootCommand: touch $folder/managed" > "$folder/style"
printf '%s\n' "session.styleFile: $folder/style" "session.focusNewWindows: True" \
    "session.focusModel: ClickToFocus" > "$folder/configuration"
blackbox -rc "$folder/configuration" 2> "$folder/manager.log" &
manager=$!
waited=0
until [ -e "$folder/managed" ]; do
    if ! kill -0 "$manager" 2> /dev/null || [ $waited -ge 300 ]; then
        echo "skipped: blackbox does not start: $(tail -n 1 "$folder/manager.log")"
        exit 77
    fi
    sleep 0.1
    waited=$((waited + 1))
done
QT_QPA_PLATFORM=xcb "$@"
