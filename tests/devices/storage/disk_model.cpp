// SPDX-License-Identifier: GPL-3.0-or-later
#include "disk_model.h"

#include <algorithm>
#include <cstring>
#include <list>

using namespace devices::storage;
using hypervisor::failure;
using hypervisor::Result;

DiskModel::DiskModel(std::uint64_t size, unsigned seed)
    : content_(static_cast<std::size_t>(size)), random_(seed) {}

/// Waits until one of the operations has ended.
struct OneEnded {
    DiskModel& model;
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> waiting) const { model.waiting_ = waiting; }
    void await_resume() const noexcept {}
};

// Buffers of odd lengths, as a guest's may be.
void DiskModel::scatter(Operation& operation) {
    operation.buffers.clear();
    std::size_t offset = 0;
    while (offset < operation.data.size()) {
        const std::size_t length =
            std::min<std::size_t>(operation.data.size() - offset, 1 + random_() % 9000);
        operation.buffers.push_back({operation.data.data() + offset, length});
        offset += length;
    }
    operation.request.buffers = operation.buffers;
}

// Words that differ from one another and from call to call.
void DiskModel::fill(std::span<std::byte> data) {
    const std::uint64_t seed = random_();
    for (std::size_t i = 0; i < data.size(); ++i)
        data[i] = static_cast<std::byte>((seed * (i / 512 + 1) >> (8 * (i % 4))) + i);
}

void DiskModel::choose(Operation& operation, std::uint32_t sector) {
    DiskRequest& request = operation.request;
    const std::uint64_t sectors = content_.size() / sector;
    const std::uint64_t first = random_() % sectors;
    const std::uint64_t most = random_() % 8 == 0 ? longest : 16;
    const std::uint64_t count = std::min<std::uint64_t>(sectors - first, 1 + random_() % most);
    request.offset = first * sector;
    request.length = count * sector;
    request.forceUnitAccess = random_() % 16 == 0;
    request.mayUnmap = random_() % 2 == 0;
    operation.data.assign(static_cast<std::size_t>(request.length), std::byte{0});
    switch (random_() % 10) {
        case 0:
            request.operation = DiskOperation::Zero;
            break;
        case 1:
            request.operation = DiskOperation::WriteSame;
            operation.data.resize(sector);
            fill(operation.data);
            break;
        case 2:
            request.operation = DiskOperation::Unmap;
            break;
        case 3:
        case 4:
        case 5:
            request.operation = DiskOperation::Read;
            break;
        default:
            request.operation = DiskOperation::Write;
            fill(operation.data);
    }
    scatter(operation);
}

void DiskModel::ended(Operation& operation, IoStatus status) {
    const DiskRequest& request = operation.request;
    const auto model = std::span(content_).subspan(static_cast<std::size_t>(request.offset),
                                                   static_cast<std::size_t>(request.length));
    if (!status.ok())
        failure_ = "an operation at " + std::to_string(request.offset) + " gave " + status.text();
    switch (request.operation) {
        case DiskOperation::Read:
            if (status.ok() && !std::ranges::equal(model, operation.data))
                failure_ = "a read at " + std::to_string(request.offset) + " of " +
                           std::to_string(request.length) + " bytes gave wrong data";
            break;
        case DiskOperation::Write:
            std::ranges::copy(operation.data, model.begin());
            break;
        case DiskOperation::Zero:
            std::ranges::fill(model, std::byte{0});
            break;
        case DiskOperation::WriteSame:
            for (std::size_t at = 0; at < model.size(); at += operation.data.size())
                std::ranges::copy(operation.data, model.begin() + static_cast<std::ptrdiff_t>(at));
            break;
        case DiskOperation::Unmap:
        case DiskOperation::Flush:
            break;
    }
    operation.active = false;
    --active_;
    if (waiting_)
        std::exchange(waiting_, {}).resume();
}

Task<Result<void>> DiskModel::run(Disk& disk, int count, unsigned depth) {
    std::list<Operation> operations(depth);
    const std::uint32_t sector = disk.logicalSectorSize();
    for (int i = 0; i < count && failure_.empty(); ++i) {
        const bool flush = random_() % 20 == 0;
        while (active_ > 0 && (flush || active_ == depth))
            co_await OneEnded{*this};
        if (flush) {
            const IoStatus status = co_await flushDisk(disk);
            if (!status.ok())
                co_return failure("a flush gave " + status.text());
            if (flushed)
                flushed();
            continue;
        }
        auto free = std::ranges::find(operations, false, &Operation::active);
        Operation& operation = *free;
        choose(operation, sector);
        const DiskRequest& request = operation.request;
        const auto overlaps = [&](const Operation& other) {
            return other.active && other.request.offset < request.offset + request.length &&
                   request.offset < other.request.offset + other.request.length;
        };
        while (std::ranges::any_of(operations, overlaps))
            co_await OneEnded{*this};
        operation.model = this;
        operation.active = true;
        operation.request.context = &operation;
        operation.request.completed = [](DiskRequest& done, IoStatus status) {
            auto& self = *static_cast<Operation*>(done.context);
            self.model->ended(self, status);
        };
        ++active_;
        disk.submit(operation.request);
        // What an unmapped range holds is seen by reading it.
        if (request.operation == DiskOperation::Unmap) {
            while (active_ > 0)
                co_await OneEnded{*this};
            std::vector<std::byte> now(static_cast<std::size_t>(request.length));
            const IoStatus status = co_await readDisk(disk, request.offset, now);
            if (!status.ok())
                co_return failure("reading an unmapped range gave " + status.text());
            for (std::size_t at = 0; at < now.size(); ++at) {
                std::byte& expected = content_[static_cast<std::size_t>(request.offset) + at];
                if (now[at] != expected && now[at] != std::byte{0})
                    co_return failure("an unmapped range holds neither its content nor zeroes");
                expected = now[at];
            }
        }
    }
    while (active_ > 0)
        co_await OneEnded{*this};
    if (!failure_.empty())
        co_return failure(failure_);
    co_return Result<void>();
}

Task<Result<void>> DiskModel::compare(Disk& disk) {
    if (disk.size() != content_.size())
        co_return failure("the disk has " + std::to_string(disk.size()) + " bytes");
    std::vector<std::byte> buffer(std::size_t{1} << 20);
    for (std::size_t offset = 0; offset < content_.size();) {
        const auto piece =
            std::span(buffer).first(std::min(buffer.size(), content_.size() - offset));
        const IoStatus status = co_await readDisk(disk, offset, piece);
        if (!status.ok())
            co_return failure("a read at " + std::to_string(offset) + " gave " + status.text());
        const auto [ours, theirs] =
            std::ranges::mismatch(piece, std::span(content_).subspan(offset, piece.size()));
        if (ours != piece.end())
            co_return failure(
                "the disk differs from what was written, at " +
                std::to_string(offset + static_cast<std::size_t>(ours - piece.begin())));
        offset += piece.size();
    }
    co_return Result<void>();
}
