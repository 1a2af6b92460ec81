// SPDX-License-Identifier: GPL-3.0-or-later
#include <cpuid.h>
#include <fcntl.h>

#include <QTest>
#include <array>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string_view>
#include <thread>

#include "guest_description.h"
#include "guest_platform.h"
#include "hypervisor/selection/backend_selection.h"
#include "hypervisor/software/software_hypervisor.h"
#include "start_state.h"

using namespace hypervisor;
using namespace small_guests;
using namespace std::chrono_literals;

namespace {

constexpr std::uint64_t kMemorySize = 16 * 1024 * 1024;
constexpr auto kLimit = 60s;
constexpr int kSkipped = 77;

/// The backend that this run of the program is for.
struct BackendUnderTest {
    std::unique_ptr<Hypervisor> hypervisor;
    /// As guests name it in their "skip" lines.
    std::vector<std::string> kinds;
};

/// Whether this backend may report `value` there.
bool meets(std::uint32_t value, const Expectation& expectation,
           const std::vector<std::string>& kinds) {
    return value == expectation.value || std::ranges::any_of(kinds, [&](const std::string& kind) {
               const auto other = expectation.exceptions.find(kind);
               return other != expectation.exceptions.end() && value == other->second;
           });
}

/// QEMU's TCG, whose SVM is KVM's where tests/guest/with_kvm.sh runs this.
bool hostIsTcg() {
    constexpr unsigned kBrand = 0x8000'0002;
    std::array<unsigned, 4> words{};
    if (__get_cpuid(kBrand, &words[0], &words[1], &words[2], &words[3]) == 0)
        return false;
    const std::string_view brand(reinterpret_cast<const char*>(words.data()), sizeof words);
    return brand.starts_with("QEMU TCG");
}

Result<BackendUnderTest> openBackend(const std::string& name) {
    BackendUnderTest result;
    result.kinds = {name};
    FileDescriptor kvm;
    if (name == "kvm") {
        kvm = FileDescriptor(::open("/dev/kvm", O_RDWR | O_CLOEXEC));
        if (!kvm)
            return systemFailure("/dev/kvm cannot be opened", errno);
        if (!hostVirtualizes())
            result.kinds.push_back("kvm-emulated");
        if (hostIsTcg())
            result.kinds.push_back("kvm-tcg");
    }
    auto hypervisor = createHypervisor(
        name == "kvm" ? BackendChoice::Kvm : BackendChoice::Software, std::move(kvm),
        {software::createSoftwareHypervisor, software::createInstructionEmulator});
    if (!hypervisor)
        return std::unexpected(hypervisor.error());
    result.hypervisor = std::move(*hypervisor);
    return result;
}

std::string readFile(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

/// The reports that are not as expected.
QString describe(const std::vector<std::uint32_t>& reports,
                 const std::vector<Expectation>& expectations,
                 const std::vector<std::string>& kinds) {
    constexpr int kMostLines = 40;
    QString text;
    int lines = 0;
    const std::size_t end = std::max(reports.size(), expectations.size());
    for (std::size_t i = 0; i < end && lines < kMostLines; ++i) {
        const QString got =
            i < reports.size() ? QString::number(reports[i], 16) : QStringLiteral("nothing");
        const QString wanted = i < expectations.size() ? QString::number(expectations[i].value, 16)
                                                       : QStringLiteral("nothing");
        const QString meaning =
            i < expectations.size() ? QString::fromStdString(expectations[i].meaning) : QString();
        if (i < reports.size() && i < expectations.size() &&
            meets(reports[i], expectations[i], kinds))
            continue;
        ++lines;
        text += QString("\n  %1: got %2, expected %3  %4").arg(i).arg(got, wanted, meaning);
    }
    return text;
}

}  // namespace

class SmallGuestsTest : public QObject {
    Q_OBJECT

  public:
    explicit SmallGuestsTest(BackendUnderTest& backend) : backend_(backend) {}

  private slots:
    void reportsWhatIsExpected_data();
    void reportsWhatIsExpected();

  private:
    BackendUnderTest& backend_;
};

void SmallGuestsTest::reportsWhatIsExpected_data() {
    QTest::addColumn<QString>("source");
    std::vector<std::filesystem::path> sources;
    for (const auto& entry : std::filesystem::directory_iterator(SMALL_GUESTS_SOURCES))
        if (entry.path().extension() == ".S")
            sources.push_back(entry.path());
    std::sort(sources.begin(), sources.end());
    for (const auto& source : sources)
        QTest::newRow(source.stem().c_str()) << QString::fromStdString(source.string());
}

void SmallGuestsTest::reportsWhatIsExpected() {
    QFETCH(QString, source);
    const std::filesystem::path path = source.toStdString();
    const auto description = readDescription(path);
    QVERIFY2(description, description ? "" : description.error().message.c_str());
    for (const std::string& kind : backend_.kinds)
        if (const auto skip = description->skips.find(kind); skip != description->skips.end())
            QSKIP(skip->second.c_str());

    const std::string image =
        readFile(std::filesystem::path(SMALL_GUESTS_IMAGES) / path.stem().concat(".bin"));
    QVERIFY(!image.empty());
    auto memory = GuestMemory::create(kMemorySize).value();
    QVERIFY(memory->write(kImageStart, std::as_bytes(std::span(image))));
    const ProcessorState start = prepareStart(description->start, *memory);

    GuestPlatform platform;
    auto proto = backend_.hypervisor->createPartition({description->processors});
    QVERIFY2(proto, proto ? "" : proto.error().message.c_str());
    auto built = std::move(**proto).build(std::move(memory), platform);
    QVERIFY2(built, built ? "" : built.error().message.c_str());
    Partition& partition = **built;
    platform.connect(&partition);

    bool ended = false;
    {
        std::vector<std::jthread> threads;
        for (VpIndex i = 0; i < description->processors; ++i)
            threads.emplace_back([&, i] {
                VirtualProcessor& vp = partition.processor(i);
                if (const auto bound = vp.bind(); !bound)
                    return platform.abandon(bound.error().message);
                if (i == 0)
                    if (const auto set = vp.setState(start); !set)
                        return platform.abandon(set.error().message);
                if (vp.run() != ExitReason::Stopped)
                    platform.abandon(vp.report());
            });
        ended = platform.waitForEnd(kLimit);
        for (VpIndex i = 0; i < description->processors; ++i)
            partition.processor(i).requestStop();
    }

    platform.connect(nullptr);
    if (platform.unsupported())
        QSKIP("the processor has not what this guest is about");
    const auto& reports = platform.reports();
    const bool same = std::equal(reports.begin(), reports.end(), description->expectations.begin(),
                                 description->expectations.end(),
                                 [this](std::uint32_t got, const Expectation& wanted) {
                                     return meets(got, wanted, backend_.kinds);
                                 });
    QString message = describe(reports, description->expectations, backend_.kinds);
    if (!ended) {
        message += "\nnot done in time";
        for (VpIndex i = 0; i < description->processors; ++i)
            message +=
                "\n" + QString::fromStdString(hypervisor::describe(partition.processor(i).state()));
    }
    message += "\n" + QString::fromStdString(platform.failure());
    const bool right = ended && same && platform.failure().empty();
    // Qt cuts long messages of a failed check off, so they go out before it.
    if (!right)
        qWarning("%s", qPrintable(message));
    QVERIFY(right);
}

/// small_guests_test kvm|software [arguments of Qt Test]
int main(int argumentCount, char** arguments) {
    if (argumentCount < 2) {
        std::fprintf(stderr, "usage: %s kvm|software [Qt Test arguments]\n", arguments[0]);
        return 2;
    }
    auto backend = openBackend(arguments[1]);
    if (!backend) {
        std::printf("SKIP: %s\n", backend.error().message.c_str());
        return kSkipped;
    }
    SmallGuestsTest test(*backend);
    arguments[1] = arguments[0];
    return QTest::qExec(&test, argumentCount - 1, arguments + 1);
}

#include "small_guests_test.moc"
