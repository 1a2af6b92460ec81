# SPDX-License-Identifier: GPL-3.0-or-later
#
# Keeps every VP busy for ever, for whoever measures how processors are shared. @@busy says that
# it has begun.
for each in $(seq 0 $(($(nproc) - 1))); do
    taskset "$((1 << each))" sh -c 'while :; do :; done' &
done
echo "@@busy"
wait
