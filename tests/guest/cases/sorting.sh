# SPDX-License-Identifier: GPL-3.0-or-later
pattern text 200000 11 >text
sort text | sha256sum
sort -n -r text | sha256sum
sort -k 2 -u text | wc
tr ' ' '\n' <text | grep -v '^[0-9]' | sort | uniq -c
awk '{ sum += $1; fields += NF } END { printf "%d %d %.6f\n", sum, fields, sum / fields }' text
sed -n 's/guest/GUEST/gp' text | md5sum
head -n 200 text | sort -n >first
tail -n 200 text | sort -n >second
diff first second | md5sum
echo 'scale=60; a(1)*4; e(1); sqrt(2)' | bc -l
