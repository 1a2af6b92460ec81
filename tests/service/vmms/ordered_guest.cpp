// SPDX-License-Identifier: GPL-3.0-or-later
#include "ordered_guest.h"

#include <QCryptographicHash>
#include <QFile>

#include "service/ipc/methods.h"

using namespace service;  // NOLINT: the interface under test

namespace tests {

namespace {

std::string pathOf(const std::string& kernel) {
    return std::string(VIREO_GUEST_IMAGES "/") + kernel + "/vmlinuz";
}

constexpr const char* kDrivers = VIREO_GUEST_IMAGES "/drivers.cpio";
/// Half a minute each.
constexpr int kSilences = 10;

}  // namespace

std::optional<std::string> OrderedGuest::whatIsMissing() {
    for (const std::string& file : {pathOf(kCloud), pathOf(kStandard), std::string(kDrivers),
                                    std::string(VIREO_TEST_RAM_DISK)})
        if (!QFile::exists(QString::fromStdString(file)))
            return file + " is missing: run installer/guest-images.sh and build again";
    return std::nullopt;
}

MachineSettings OrderedGuest::settings(const std::string& words, const std::string& kernel) {
    MachineSettings settings = tinyMachine(kName, pathOf(kernel));
    settings.memory.startupBytes = settings.memory.minimumBytes = 256U << 20U;
    settings.firmware.kernel->initialRamDisks = {VIREO_TEST_RAM_DISK, kDrivers};
    settings.firmware.kernel->commandLine = "console=ttyS0 quiet vireo.recipe=orders " + words;
    return settings;
}

std::string OrderedGuest::start(MachineSettings settings,
                                std::vector<std::string> serviceArguments) {
    if (!service_->runs() && !service_->start(std::move(serviceArguments)))
        return service_->output();
    client_ = service_->client();
    settings.name = name_;
    if (const auto made = client_->call<MachineCreateMethod>({settings, std::nullopt}); !made)
        return describe(made.error());
    if (const auto started = client_->call<MachineStartMethod>({name_}); !started)
        return describe(started.error());
    const auto console = client_->call<ConsoleAttachMethod>({name_, std::nullopt});
    if (!console)
        return describe(console.error());
    console_ = RpcClient::connect(console->console.socket);
    return console_ ? "" : "the console's socket can't be connected to";
}

std::optional<std::string> OrderedGuest::heard(const std::string& word) {
    for (int silences = 0; silences < kSilences;) {
        const auto line = console_->receiveLine();
        if (!line) {
            ++silences;
            continue;
        }
        if (!line->starts_with("@@"))
            continue;
        if (!line->starts_with("@@" + word))
            return std::nullopt;
        std::string rest = line->substr(word.size() + 2);
        while (!rest.empty() && (rest.back() == '\r' || rest.back() == ' '))
            rest.pop_back();
        return rest.starts_with(' ') ? rest.substr(1) : rest;
    }
    return std::nullopt;
}

MachineDetails OrderedGuest::details() {
    const auto reply = client_->call<MachineGetMethod>({name_});
    if (!reply)
        qFatal("%s", describe(reply.error()).c_str());
    return reply->machine;
}

std::string OrderedGuest::sum(const std::string& path) {
    const std::string line = order("sum " + path) ? heard("sum").value_or("") : "";
    return line.substr(0, line.find(' '));
}

std::string OrderedGuest::write(const std::string& name, const QByteArray& content) {
    const std::string path = service_->folder() + "/" + name;
    QFile file(QString::fromStdString(path));
    return file.open(QIODevice::WriteOnly) && file.write(content) == content.size() ? path : "";
}

std::string sumOf(const QByteArray& content) {
    return QCryptographicHash::hash(content, QCryptographicHash::Sha256).toHex().toStdString();
}

}  // namespace tests
