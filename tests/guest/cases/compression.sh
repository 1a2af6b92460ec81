# SPDX-License-Identifier: GPL-3.0-or-later
#
# There and back again by three methods. busybox only unpacks xz; text.xz is made on the host.
pattern text 250000 7 >text
pattern random 60000 8 >random
for file in text random; do
    for method in gzip bzip2; do
        $method -c $file >packed
        sha256sum packed
        $method -dc packed | cmp - $file && echo "$method $file agrees"
    done
done
xz -dc "$DATA/text.xz" | cmp - text && echo "xz agrees"
tar cf - text random | gzip -1 | tar xzOf - random | cmp - random && echo "tar agrees"
