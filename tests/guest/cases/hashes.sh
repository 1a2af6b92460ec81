# SPDX-License-Identifier: GPL-3.0-or-later
pattern text 600000 1 >text
pattern random 300000 2 >random
pattern zero 100000 3 >zero
: >empty
for each in md5sum sha1sum sha256sum sha512sum sha3sum crc32; do
    echo "$each:"
    $each text random zero empty
done
# In pieces of odd sizes through a pipe.
dd if=random bs=977 2>/dev/null | sha256sum
