# SPDX-License-Identifier: GPL-3.0-or-later
#
# Shows text on the screen's console, then reads a line from its keyboard and clicks of its mouse.
# Reports on the serial console in lines that start with @@. The screen's first line has all
# printable characters of ASCII in their order, from which whoever looks learns to read the rest.
# With vireo.input=ps2 keyboard and mouse are those of the 8042; the kernel is told to refuse
# the drivers of the others (module_blacklist=).
dmesg -n 1
. /recipes/report.sh
load_drivers
[ "$(word input vmbus)" = vmbus ] || modprobe psmouse || fail "there is no driver of PS/2 mice"
tries=0
while [ ! -e /sys/class/graphics/fb0 ] && [ $tries -lt 300 ]; do
    usleep 100000
    tries=$((tries + 1))
done
[ -e /sys/class/graphics/fb0 ] || fail "there is no screen"
say "framebuffer $(cat /sys/class/graphics/fb0/name) $(cat /sys/class/graphics/fb0/virtual_size)"

# Neither a cursor nor a saver that makes it dark.
printf '\033[?25l\033[9;0]\033[2J\033[H' >/dev/tty1
awk 'BEGIN { for (i = 32; i < 127; ++i) printf "%c", i; print "" }' >/dev/tty1
text="Linux $(uname -r) shows this on $(cat /sys/class/graphics/fb0/name)."
echo "$text" >/dev/tty1
say "text $text"

# The mouse's driver asks it questions for a while.
find_mouse() {
    for each in /sys/class/input/event*; do
        case $(cat "$each/device/name") in
        *[Mm]ouse*) mouse=/dev/input/$(basename "$each") ;;
        esac
    done
    [ -n "$mouse" ]
}
tries=0
while ! find_mouse && [ $tries -lt 300 ]; do
    usleep 100000
    tries=$((tries + 1))
done
[ -n "$mouse" ] || fail "there is no mouse"
for each in /sys/class/input/event*; do
    say "input $(cat "$each/device/name")"
done

say "type"
read -r line </dev/tty1
say "typed $line"

# Two clicks: type, code and value are behind the 16 bytes of the time; an event of type 0 ends
# those that belong together. Places are told as they are (type 3) or by movements (type 2).
mkfifo /tmp/clicks
hexdump -v -e '12/2 "%u " "\n"' "$mouse" >/tmp/clicks &
say "click"
awk 'function moved(value) { return value < 32768 ? value : value - 65536 }
     BEGIN { x = y = 0 }
     $9 == 2 && $10 == 0 { x += moved($11) }
     $9 == 2 && $10 == 1 { y += moved($11) }
     $9 == 3 && $10 == 0 { x = $11 }
     $9 == 3 && $10 == 1 { y = $11 }
     $9 == 1 { button = $10 " " $11 }
     $9 == 0 && button != "" {
         print "@@button", button, x, y
         button = ""
         if (++seen == 4) exit
     }' </tmp/clicks
drivers='hyperv_(drm|fb|keyboard)|hid.hyperv|i8042|serio|atkbd|psmouse'
# hyperv_fb says at each start that it takes the adapter's memory, for want of 8 MiB in one piece.
complaints=$(dmesg | grep -iE "$drivers" | grep -v 'Using MMIO instead' |
    grep -iE "error|fail|warn|unable|can't|unknown")
[ -z "$complaints" ] || echo "$complaints" | sed 's/^/@@complaint /'
say "complaints $(echo -n "$complaints" | grep -c .)"
say "done"
