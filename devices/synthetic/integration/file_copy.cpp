// SPDX-License-Identifier: GPL-3.0-or-later
#include "file_copy.h"

#include <algorithm>
#include <utility>

#include "wire_text.h"

namespace devices::synthetic {

namespace {

constexpr ic::Version kFrameworks[] = {{3, 0}};
constexpr ic::Version kVersions[] = {{1, 1}};

/// The driver itself gives its daemon 30 s, and says so then.
constexpr std::chrono::seconds kAnswerLimit{35};
constexpr std::chrono::seconds kCancelLimit{5};

ic::FileCopyHeader header(ic::FileCopyOperation operation) {
    return {std::to_underlying(operation), {}};
}

}  // namespace

FileCopy::FileCopy(DeviceThread& thread)
    : IntegrationComponent(thread, {ic::MessageType::FileCopy, kFrameworks, kVersions}),
      gate_(std::make_shared<Gate>()) {
    gate_->device = this;
}

FileCopy::~FileCopy() {
    {
        const std::scoped_lock lock(gate_->mutex);
        gate_->device = nullptr;
    }
    stop();
}

vmbus::Offer FileCopy::offer() {
    using vmbus::operator""_guid;
    return integrationOffer("34d14be3-dee4-41c8-9ae7-6b174977c192"_guid,
                            "eb765408-105f-49b6-b4aa-c123b64d17d4"_guid, "Guest Services");
}

void FileCopy::copy(File file, Callbacks callbacks) {
    post([this, what = std::move(file), calls = std::move(callbacks)]() mutable {
        start(what, std::move(calls));
    });
}

void FileCopy::cancel() {
    post([this] {
        if (!copy_)
            return;
        copy_->cancelled = true;
        // Whether the piece ever comes does not matter any more.
        if (std::exchange(copy_->reading, false))
            next();
    });
}

void FileCopy::onEnded() {
    if (copy_ && copy_->reading)
        end(hypervisor::failure("The guest has closed the channel before it had the file."));
}

void FileCopy::start(const File& file, Callbacks callbacks) {
    if (copy_)
        return callbacks.done(hypervisor::failure(
            "Can't copy the file into the guest: another one is being copied. Wait for it."));
    ic::FileCopyStart body{};
    body.header = header(ic::FileCopyOperation::Start);
    body.flags =
        (file.overwrite ? ic::kFileOverwrite : 0) | (file.createFolder ? ic::kFileCreateFolder : 0);
    body.size = file.size;
    if (file.name.empty() || !writeText(file.name, body.name) ||
        !writeText(file.folder, body.folder))
        return callbacks.done(hypervisor::failure(
            "Can't copy the file into the guest: its name or folder is empty, not valid UTF-8 or "
            "longer than 259 characters. Choose others."));
    copy_.emplace(file.size, 0, std::move(callbacks));
    ask(body, 0, false);
}

template <class Body>
void FileCopy::ask(const Body& body, std::uint64_t progress, bool last) {
    const auto asked =
        request(body, kAnswerLimit, [this, progress, last](const hypervisor::Result<Reply>& reply) {
            if (!reply)
                return abandon(reply.error());
            if (reply->status != ic::kOk)
                return abandon({"Can't copy the file into the guest: " +
                                integrationStatusText(reply->status) + "."});
            copy_->copied += progress;
            if (progress != 0 && copy_->callbacks.progress)
                copy_->callbacks.progress(copy_->copied);
            if (last)
                end({});
            else
                next();
        });
    if (!asked)
        end(std::unexpected(asked.error()));
}

void FileCopy::next() {
    if (copy_->cancelled)
        return abandon({"The copy of the file into the guest has been cancelled."});
    if (copy_->copied < copy_->size)
        readPiece();
    else
        ask(header(ic::FileCopyOperation::Complete), 0, true);
}

void FileCopy::readPiece() {
    const auto length = static_cast<std::uint32_t>(
        std::min<std::uint64_t>(copy_->size - copy_->copied, ic::kFileCopyPiece));
    copy_->reading = true;
    const std::uint64_t number = ++lastRead_;
    copy_->callbacks.read(
        copy_->copied, length, [gate = gate_, number](hypervisor::Result<Content> content) {
            const std::scoped_lock lock(gate->mutex);
            if (FileCopy* const device = gate->device)
                device->post([device, number, piece = std::move(content)]() mutable {
                    device->pieceRead(number, std::move(piece));
                });
        });
}

void FileCopy::pieceRead(std::uint64_t number, hypervisor::Result<Content> content) {
    if (!copy_ || number != lastRead_ || !std::exchange(copy_->reading, false))
        return;
    if (!content)
        return abandon(std::move(content.error()));
    const std::uint64_t left = copy_->size - copy_->copied;
    if (content->empty() || content->size() > std::min<std::uint64_t>(left, ic::kFileCopyPiece))
        return abandon({"Can't copy the file into the guest: it is not read as it was asked for."});
    ic::FileCopyWrite body{};
    body.header = header(ic::FileCopyOperation::Write);
    body.offset = copy_->copied;
    body.size = static_cast<std::uint32_t>(content->size());
    std::ranges::copy(*content, body.data.begin());
    ask(body, content->size(), false);
}

void FileCopy::abandon(hypervisor::Error why) {
    const auto asked =
        request(header(ic::FileCopyOperation::Cancel), kCancelLimit,
                // What the guest says to it does not matter any more.
                [this, why](const hypervisor::Result<Reply>&) { end(std::unexpected(why)); });
    if (!asked)
        end(std::unexpected(std::move(why)));
}

void FileCopy::end(hypervisor::Result<void> result) {
    Copy ended = std::move(*copy_);
    copy_.reset();
    ended.callbacks.done(std::move(result));
}

}  // namespace devices::synthetic
