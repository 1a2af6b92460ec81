# SPDX-License-Identifier: GPL-3.0-or-later
#
# Of busybox alone, for guests that run nothing else of the host's.
seq 1 20000 >numbers
sort -r numbers | sha256sum
awk '{ sum += $1 * $1; text = text substr($1, 1, 1) } END { printf "%.0f %d\n", sum, length(text) }' numbers
sed 's/\([0-9]\)\([0-9]\)/\2\1/g' numbers | sha512sum
gzip -c numbers | gzip -dc | cmp - numbers && echo "gzip agrees"
bzip2 -c numbers | bzip2 -dc | cmp - numbers && echo "bzip2 agrees"
tr 0-9 a-j <numbers | fold -w 1 | sort | uniq -c
echo 'scale=80; a(1)*4; l(3); 3^333' | bc -l
head -c 3000 numbers | od -An -tx2 | md5sum
i=0
while [ $i -lt 2000 ]; do i=$((i + 1)); done
echo $((i * 123456789 % 1000003)) $((1 << 40 | 5))
