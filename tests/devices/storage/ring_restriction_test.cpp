// SPDX-License-Identifier: GPL-3.0-or-later
#include "devices/storage/ring_restriction.h"

#include <fcntl.h>
#include <liburing.h>
#include <linux/stat.h>
#include <netinet/in.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <QDir>
#include <QFileInfo>
#include <QtTest>
#include <functional>
#include <set>

#include "devices/storage/engine_file.h"

using namespace devices::storage;

namespace {

/// A ring of our own with one registered file, restricted and enabled.
class Ring {
  public:
    Ring() {
        io_uring_params parameters = {};
        parameters.flags = IORING_SETUP_R_DISABLED;
        error_ = io_uring_queue_init_params(8, &ring_, &parameters);
        if (error_ < 0)
            return;
        made_ = true;
        file_ = ::memfd_create("ring-restriction-test", MFD_CLOEXEC);
        error_ = io_uring_register_files(&ring_, &file_, 1);
        if (error_ < 0)
            return;
        if (const auto restricted = restrictRing(ring_.ring_fd); !restricted) {
            message_ = restricted.error().message;
            error_ = -EPERM;
            return;
        }
        error_ = registerWithRing(ring_.ring_fd, IORING_REGISTER_ENABLE_RINGS, nullptr, 0);
    }
    ~Ring() {
        if (made_)
            io_uring_queue_exit(&ring_);
        if (file_ >= 0)
            ::close(file_);
    }
    Ring(const Ring&) = delete;
    Ring& operator=(const Ring&) = delete;

    [[nodiscard]] bool usable() const { return error_ == 0; }
    [[nodiscard]] std::string why() const {
        return message_.empty() ? "no io_uring: " + std::to_string(error_) : message_;
    }
    [[nodiscard]] int file() const { return file_; }
    [[nodiscard]] int descriptor() const { return ring_.ring_fd; }

    /// What the kernel answers to one operation.
    int submit(const std::function<void(io_uring_sqe*)>& prepare) {
        io_uring_sqe* const entry = io_uring_get_sqe(&ring_);
        prepare(entry);
        const int submitted = io_uring_submit_and_wait(&ring_, 1);
        if (submitted < 0)
            return submitted;
        io_uring_cqe* completion = nullptr;
        if (io_uring_peek_cqe(&ring_, &completion) != 0)
            return -ENODATA;
        const int result = completion->res;
        io_uring_cqe_seen(&ring_, completion);
        return result;
    }

  private:
    io_uring ring_ = {};
    bool made_ = false;
    int file_ = -1;
    int error_ = 0;
    std::string message_;
};

constexpr std::array kAllowed = {IORING_OP_READ,   IORING_OP_WRITE, IORING_OP_READV,
                                 IORING_OP_WRITEV, IORING_OP_FSYNC, IORING_OP_FALLOCATE};

class RingRestrictionTest : public QObject {
    Q_OBJECT

  private slots:
    void allowsWhatDisksNeed() {
        Ring ring;
        if (!ring.usable())
            QSKIP(ring.why().c_str());
        std::array<char, 4096> data = {};
        iovec vector{data.data(), data.size()};
        const auto fixed = [](io_uring_sqe* entry) { entry->flags |= IOSQE_FIXED_FILE; };
        QCOMPARE(ring.submit([&](io_uring_sqe* entry) {
            io_uring_prep_write(entry, 0, data.data(), 4096, 0);
            fixed(entry);
        }),
                 4096);
        QCOMPARE(ring.submit([&](io_uring_sqe* entry) {
            io_uring_prep_readv(entry, 0, &vector, 1, 0);
            fixed(entry);
        }),
                 4096);
        QCOMPARE(ring.submit([&](io_uring_sqe* entry) {
            io_uring_prep_fsync(entry, 0, IORING_FSYNC_DATASYNC);
            fixed(entry);
        }),
                 0);
        QCOMPARE(ring.submit([&](io_uring_sqe* entry) {
            io_uring_prep_fallocate(entry, 0, 0, 0, 8192);
            fixed(entry);
        }),
                 0);
    }

    // Every operation there is, of kernels to come too, whether its arguments are right or not.
    void refusesEveryOtherOperation() {
        Ring ring;
        if (!ring.usable())
            QSKIP(ring.why().c_str());
        for (unsigned operation = 0; operation < 256; ++operation) {
            // As numbers: most of these are no values of the enumeration.
            if (std::ranges::any_of(kAllowed,
                                    [operation](unsigned allowed) { return allowed == operation; }))
                continue;
            const int result = ring.submit([&](io_uring_sqe* entry) {
                io_uring_prep_rw(static_cast<int>(operation), entry, 0, nullptr, 0, 0);
                entry->flags |= IOSQE_FIXED_FILE;
            });
            QVERIFY2(result == -EACCES || result == -EINVAL,
                     qPrintable(QStringLiteral("operation %1: %2").arg(operation).arg(result)));
            if (operation < IORING_OP_LAST)
                QVERIFY2(result == -EACCES,
                         qPrintable(QStringLiteral("operation %1: %2").arg(operation).arg(result)));
        }
    }

    void refusesFilesAndSockets_data() {
        QTest::addColumn<int>("which");
        int which = 0;
        for (const char* name : {"open", "openat2", "socket", "connect", "accept", "send", "unlink",
                                 "rename", "statx", "close", "splice", "URING_CMD"})
            QTest::newRow(name) << which++;
    }
    void refusesFilesAndSockets() {
        QFETCH(int, which);
        Ring ring;
        if (!ring.usable())
            QSKIP(ring.why().c_str());
        open_how how = {};
        how.flags = O_RDONLY;
        struct statx status = {};
        sockaddr_in address = {};
        address.sin_family = AF_INET;
        const int result = ring.submit([&](io_uring_sqe* entry) {
            switch (which) {
                case 0:
                    io_uring_prep_openat(entry, AT_FDCWD, "/etc/passwd", O_RDONLY, 0);
                    break;
                case 1:
                    io_uring_prep_openat2(entry, AT_FDCWD, "/etc/passwd", &how);
                    break;
                case 2:
                    io_uring_prep_socket(entry, AF_INET, SOCK_STREAM, 0, 0);
                    break;
                case 3:
                    io_uring_prep_connect(entry, ring.file(), reinterpret_cast<sockaddr*>(&address),
                                          sizeof address);
                    break;
                case 4:
                    io_uring_prep_accept(entry, ring.file(), nullptr, nullptr, 0);
                    break;
                case 5:
                    io_uring_prep_send(entry, ring.file(), "x", 1, 0);
                    break;
                case 6:
                    io_uring_prep_unlink(entry, "/nonexistent", 0);
                    break;
                case 7:
                    io_uring_prep_rename(entry, "/nonexistent", "/nonexistent2");
                    break;
                case 8:
                    io_uring_prep_statx(entry, AT_FDCWD, "/etc/passwd", 0, STATX_SIZE, &status);
                    break;
                case 9:
                    io_uring_prep_close(entry, ring.file());
                    break;
                case 10:
                    io_uring_prep_splice(entry, ring.file(), 0, ring.file(), 0, 1, 0);
                    break;
                default:
                    io_uring_prep_rw(IORING_OP_URING_CMD, entry, ring.file(), nullptr, 0, 0);
            }
        });
        QCOMPARE(result, -EACCES);
    }

    // An allowed operation, on a descriptor instead of a registered file.
    void refusesFilesThatAreNotRegistered() {
        Ring ring;
        if (!ring.usable())
            QSKIP(ring.why().c_str());
        std::array<char, 512> data = {};
        QCOMPARE(ring.submit([&](io_uring_sqe* entry) {
            io_uring_prep_read(entry, ring.file(), data.data(), data.size(), 0);
        }),
                 -EACCES);
        QCOMPARE(ring.submit([&](io_uring_sqe* entry) {
            io_uring_prep_write(entry, STDERR_FILENO, data.data(), data.size(), 0);
        }),
                 -EACCES);
    }

    void refusesOtherRegistrations() {
        Ring ring;
        if (!ring.usable())
            QSKIP(ring.why().c_str());
        std::array<char, 4096> data = {};
        const iovec vector{data.data(), data.size()};
        QCOMPARE(registerWithRing(ring.descriptor(), IORING_REGISTER_BUFFERS, &vector, 1), -EACCES);
        const int event = ::eventfd(0, EFD_CLOEXEC);
        QCOMPARE(registerWithRing(ring.descriptor(), IORING_REGISTER_EVENTFD, &event, 1), -EACCES);
        ::close(event);
        QCOMPARE(registerWithRing(ring.descriptor(), IORING_REGISTER_PERSONALITY, nullptr, 0),
                 -EACCES);
        QCOMPARE(registerWithRing(ring.descriptor(), IORING_UNREGISTER_FILES, nullptr, 0), -EACCES);
    }

    // The engine's ring is such a one, and no other is there.
    void engineRestrictsItsRing() {
        const auto rings = [] {
            std::set<int> found;
            for (const QFileInfo& entry : QDir("/proc/self/fd")
                                              .entryInfoList(QDir::NoDotAndDotDot | QDir::System |
                                                             QDir::Files | QDir::AllEntries))
                if (QFile::symLinkTarget(entry.filePath()).endsWith("[io_uring]"))
                    found.insert(entry.fileName().toInt());
            return found;
        };
        const std::set<int> before = rings();
        IoEngineOptions options;
        options.kind = IoEngineKind::Uring;
        options.restricted = true;
        auto engine = IoEngine::create(options);
        if (!engine)
            QSKIP(engine.error().message.c_str());
        const auto file = EngineFile::create(
            **engine, hypervisor::FileDescriptor(::memfd_create("disk", MFD_CLOEXEC)), "disk",
            FileAccess::ReadWrite);
        QVERIFY2(file, file ? "" : file.error().message.c_str());
        int tested = 0;
        for (const int ring : rings()) {
            if (before.contains(ring))
                continue;
            const int event = ::eventfd(0, EFD_CLOEXEC);
            QCOMPARE(registerWithRing(ring, IORING_REGISTER_EVENTFD, &event, 1), -EACCES);
            ::close(event);
            ++tested;
        }
        QCOMPARE(tested, 1);
    }
};

}  // namespace

QTEST_GUILESS_MAIN(RingRestrictionTest)
#include "ring_restriction_test.moc"
