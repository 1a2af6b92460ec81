# SPDX-License-Identifier: GPL-3.0-or-later
#
# Runs the cases named in vireo.cases (all of them without it), each in a folder of its own, and
# reports in lines that start with @@, for the program that watches the console:
#   @@run NAME      the case has started
#   @@begin NAME, its output, @@end NAME STATUS
report() {
    echo "@@begin $1"
    cat output
    echo "@@end $1 $2"
}

# Messages of the kernel are reported in one piece at the end, not between those of the cases.
dmesg -n 1
export DATA=/data
# A glibc that finds wider vectors than the guest has gives other last bits, and a kernel that knows
# nothing of them loses their upper halves between programs. memcpy asks for the last word alone.
hwcaps=-AVX,-AVX2,-FMA,-FMA4,-AVX512F,-AVX_Fast_Unaligned_Load
export GLIBC_TUNABLES=glibc.cpu.hwcaps=$hwcaps

cd /tmp
. /recipes/facts.sh >output
report facts $?
for each in $(word cases "$(ls /cases | sed 's/\.sh$//' | tr '\n' ,)" | tr , ' '); do
    echo "@@run $each"
    mkdir "/tmp/$each"
    cd "/tmp/$each"
    sh "/cases/$each.sh" >../output 2>&1
    status=$?
    cd /tmp
    report "$each" $status
    rm -r "/tmp/$each"
done
dmesg >output
report kernel $?
