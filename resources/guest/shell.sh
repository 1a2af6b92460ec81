# SPDX-License-Identifier: GPL-3.0-or-later
#
# A shell on the console, after the facts of the machine.
echo
. /recipes/facts.sh
echo
echo "This is busybox's shell in the guest; \"exit\" powers the machine off."
# A session of its own gives the shell job control and Ctrl-C.
setsid cttyhack sh
