// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <memory>
#include <random>
#include <vector>

#include "memory_file.h"

/// A file that remembers what was written to it and when, so that it can show what a power cut at
/// any moment of the past may have left of it. What a completed flush covers is there; so is a
/// write through (FUA) that has completed; of every other request that had been submitted, any part
/// may be, in units of a sector.
///
/// Moments are counted: one when a request is submitted and one when it has been carried out. Files
/// that one power cut hits count them together.
class PowerCutFile final : public MemoryFile {
  public:
    static constexpr std::size_t kSector = 512;

    PowerCutFile(devices::storage::IoEngine& engine, SparseContent& content, unsigned seed = 1);
    /// With the moments of `other`.
    PowerCutFile(const PowerCutFile& other, SparseContent& content, unsigned seed);

    /// Moments so far: now is this one.
    [[nodiscard]] std::size_t moments() const { return *moments_; }

    enum class Unflushed : std::uint8_t {
        /// Nothing of what need not be there is.
        Lost,
        /// All of it is: the cut comes as late as it can.
        Kept,
        /// Each request whole or not at all.
        SomeRequests,
        /// Each sector of each request or not.
        SomeSectors,
    };
    /// What a power cut leaves when the first `moment` moments have happened.
    [[nodiscard]] SparseContent afterCut(std::size_t moment, Unflushed unflushed, unsigned seed);

  protected:
    void submitted(FileRequest& request) override;
    void carriedOut(FileRequest& request) override;
    void failed(FileRequest& request) override;

  private:
    static constexpr std::size_t kNever = SIZE_MAX;
    struct Change {
        devices::storage::FileOperation operation;
        std::uint64_t offset;
        std::uint64_t length;
        std::vector<std::byte> data;
        bool forceUnitAccess;
        std::size_t submitted;
        std::size_t completed = kNever;
        // The moment from which it survives.
        std::size_t durable = kNever;
    };
    static void apply(SparseContent& content, const Change& change, std::uint64_t begin,
                      std::uint64_t end);
    static void applyPart(SparseContent& content, const Change& change, std::mt19937& random);
    void advanceBase(std::size_t moment);

    const SparseContent initial_;
    std::shared_ptr<std::size_t> moments_ = std::make_shared<std::size_t>(0);
    std::vector<Change> changes_;
    struct InFlight {
        const FileRequest* request;
        // In changes_, or for a flush the moment when it was submitted.
        std::size_t value;
    };
    std::vector<InFlight> inFlight_;

    // The changes before baseCount_, all of them durable at baseMoment_.
    SparseContent base_;
    std::size_t baseCount_ = 0;
    std::size_t baseMoment_ = 0;
};
