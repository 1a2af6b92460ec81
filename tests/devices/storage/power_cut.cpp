// SPDX-License-Identifier: GPL-3.0-or-later
#include "power_cut.h"

#include <algorithm>

using namespace devices::storage;

PowerCutFile::PowerCutFile(IoEngine& engine, SparseContent& content, unsigned seed)
    : MemoryFile(engine, content, seed), initial_(content), base_(content) {}

PowerCutFile::PowerCutFile(const PowerCutFile& other, SparseContent& content, unsigned seed)
    : PowerCutFile(other.engine(), content, seed) {
    moments_ = other.moments_;
}

void PowerCutFile::submitted(FileRequest& request) {
    if (request.operation == FileOperation::Read)
        return;
    ++*moments_;
    if (request.operation == FileOperation::Flush) {
        inFlight_.push_back({&request, *moments_});
        return;
    }
    inFlight_.push_back({&request, changes_.size()});
    Change change = {.operation = request.operation,
                     .offset = request.offset,
                     .length = request.length,
                     .data = {},
                     .forceUnitAccess = request.forceUnitAccess,
                     .submitted = *moments_};
    if (request.operation == FileOperation::Write)
        change.data = gathered(request.buffers);
    changes_.push_back(std::move(change));
}

void PowerCutFile::carriedOut(FileRequest& request) {
    if (request.operation == FileOperation::Read)
        return;
    ++*moments_;
    const auto ended = std::ranges::find(inFlight_, &request, &InFlight::request);
    const std::size_t value = ended->value;
    inFlight_.erase(ended);
    if (request.operation != FileOperation::Flush) {
        changes_[value].completed = *moments_;
        if (request.forceUnitAccess)
            changes_[value].durable = *moments_;
        return;
    }
    for (Change& change : changes_)
        if (change.completed < value)
            change.durable = std::min(change.durable, *moments_);
}

// What it did before it failed is anybody's guess: no later flush covers it.
void PowerCutFile::failed(FileRequest& request) {
    std::erase_if(inFlight_, [&](const InFlight& other) { return other.request == &request; });
}

void PowerCutFile::advanceBase(std::size_t moment) {
    if (moment < baseMoment_) {
        base_ = initial_;
        baseCount_ = 0;
    }
    baseMoment_ = moment;
    while (baseCount_ < changes_.size() && changes_[baseCount_].durable <= moment) {
        const Change& change = changes_[baseCount_++];
        apply(base_, change, change.offset, change.offset + change.length);
    }
}

SparseContent PowerCutFile::afterCut(std::size_t moment, Unflushed unflushed, unsigned seed) {
    std::mt19937 random(seed);
    advanceBase(moment);
    SparseContent content = base_;
    for (std::size_t i = baseCount_; i < changes_.size() && changes_[i].submitted <= moment; ++i) {
        const Change& change = changes_[i];
        const bool whole = change.durable <= moment || unflushed == Unflushed::Kept ||
                           (unflushed == Unflushed::SomeRequests && random() % 2 == 0);
        if (whole)
            apply(content, change, change.offset, change.offset + change.length);
        else if (unflushed == Unflushed::SomeSectors)
            applyPart(content, change, random);
    }
    return content;
}

void PowerCutFile::applyPart(SparseContent& content, const Change& change, std::mt19937& random) {
    if (change.operation == FileOperation::Resize) {
        if (random() % 2 == 0)
            apply(content, change, change.offset, change.offset);
        return;
    }
    const std::uint64_t end = change.offset + change.length;
    // Beyond so many sectors, runs of them share a fate, so that large ranges stay cheap.
    constexpr std::uint64_t kParts = 256;
    const std::uint64_t sectors = change.length / kSector + 1;
    const std::uint64_t part = (sectors / kParts + 1) * kSector;
    for (std::uint64_t begin = change.offset; begin < end;) {
        const std::uint64_t next = std::min(end, (begin / kSector) * kSector + part);
        if (random() % 2 == 0)
            apply(content, change, begin, next);
        begin = next;
    }
}

void PowerCutFile::apply(SparseContent& content, const Change& change, std::uint64_t begin,
                         std::uint64_t end) {
    switch (change.operation) {
        case FileOperation::Write:
            content.write(begin, std::span(change.data)
                                     .subspan(static_cast<std::size_t>(begin - change.offset),
                                              static_cast<std::size_t>(end - begin)));
            return;
        case FileOperation::Resize:
            content.resize(change.offset);
            return;
        case FileOperation::Allocate:
            if (end > content.size())
                content.resize(end);
            return;
        case FileOperation::Zero:
            if (end > content.size())
                content.resize(end);
            content.zero(begin, end - begin);
            return;
        case FileOperation::Punch:
            content.zero(begin, end - begin);
            return;
        case FileOperation::Read:
        case FileOperation::Flush:
            return;
    }
}
