// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <sys/mount.h>

#include <QTemporaryDir>
#include <string>

namespace tests {

/// A file system of a few MiB, where that can be made: as root.
class SmallDisk {
  public:
    explicit SmallDisk(int kibibytes)
        : mounted_(::mount("vireo-test", folder_.path().toUtf8().constData(), "tmpfs", 0,
                           QByteArray("size=" + QByteArray::number(kibibytes) + "k").constData()) ==
                   0) {}
    ~SmallDisk() {
        if (mounted_)
            ::umount2(folder_.path().toUtf8().constData(), MNT_DETACH);
    }
    SmallDisk(const SmallDisk&) = delete;
    SmallDisk& operator=(const SmallDisk&) = delete;

    [[nodiscard]] bool mounted() const { return mounted_; }
    [[nodiscard]] std::string path(const char* name) const {
        return folder_.filePath(QString::fromLatin1(name)).toStdString();
    }

  private:
    QTemporaryDir folder_;
    const bool mounted_;
};

}  // namespace tests
