// SPDX-License-Identifier: GPL-3.0-or-later
#include "scripted_hypervisor.h"

using hypervisor::ExitReason;
using hypervisor::GuestMemory;
using hypervisor::InterceptHandler;
using hypervisor::Partition;
using hypervisor::PartitionLimits;
using hypervisor::PartitionSettings;
using hypervisor::ProcessorState;
using hypervisor::ProtoPartition;
using hypervisor::Result;
using hypervisor::VirtualProcessor;
using hypervisor::VpIndex;

namespace {

class ScriptedProcessor : public VirtualProcessor {
  public:
    ScriptedProcessor(VpIndex index, InterceptHandler& devices, ScriptedHypervisor::Script script,
                      std::optional<hypervisor::Error> bindFailure)
        : script_(std::move(script)),
          bindFailure_(std::move(bindFailure)),
          vp_{devices, index, {}, [this] {
                  std::unique_lock lock(mutex_);
                  changed_.wait(lock, [this] { return stop_; });
              }} {}

    [[nodiscard]] VpIndex index() const override { return vp_.index; }
    [[nodiscard]] Result<void> bind() override {
        if (bindFailure_)
            return std::unexpected(*bindFailure_);
        return {};
    }
    [[nodiscard]] ExitReason run() override {
        const ExitReason reason = script_(vp_);
        const std::scoped_lock lock(mutex_);
        stop_ = false;
        return reason;
    }
    void requestStop() override {
        const std::scoped_lock lock(mutex_);
        stop_ = true;
        changed_.notify_all();
    }
    [[nodiscard]] ProcessorState state() const override { return vp_.state; }
    [[nodiscard]] Result<void> setState(const ProcessorState& state) override {
        vp_.state = state;
        return {};
    }
    [[nodiscard]] std::string report() const override { return "registers and exceptions"; }

  private:
    const ScriptedHypervisor::Script script_;
    const std::optional<hypervisor::Error> bindFailure_;
    std::mutex mutex_;
    std::condition_variable changed_;
    bool stop_ = false;
    ScriptedHypervisor::Vp vp_;
};

}  // namespace

/// Nobody is there.
class NoSyntheticInterrupts : public hypervisor::SyntheticInterrupts {
  public:
    bool postMessage(VpIndex, unsigned, const hypervisor::SynicMessage&) override { return false; }
    std::size_t waitingMessages(VpIndex, unsigned) const override { return 0; }
    void discardMessages() override {}
    bool setEventFlag(VpIndex, unsigned, unsigned) override { return false; }
    void setConnections(hypervisor::GuestConnections*) override {}
};

class ScriptedPartition : public Partition {
  public:
    ScriptedPartition(ScriptedHypervisor& owner, const PartitionSettings& settings,
                      std::unique_ptr<GuestMemory> memory, InterceptHandler& devices)
        : owner_(owner), memory_(std::move(memory)) {
        for (VpIndex index = 0; index < settings.processors; ++index)
            processors_.push_back(std::make_unique<ScriptedProcessor>(index, devices, owner.script_,
                                                                      owner.bindFailure));
    }

    [[nodiscard]] GuestMemory& memory() override { return *memory_; }
    [[nodiscard]] Result<void> growMemory(std::uint64_t bytes) override {
        memory_->grow(bytes);
        return {};
    }
    [[nodiscard]] hypervisor::SyntheticInterrupts& synic() override { return synic_; }
    [[nodiscard]] std::uint64_t referenceTime() const override { return 0; }
    [[nodiscard]] VpIndex processorCount() const override {
        return static_cast<VpIndex>(processors_.size());
    }
    [[nodiscard]] VirtualProcessor& processor(VpIndex index) override {
        return *processors_[index];
    }
    void signalMessageInterrupt(std::uint64_t, std::uint32_t) override {}
    void announceLevelInterrupt(unsigned, std::uint64_t, std::uint32_t) override {}
    void setExternalInterrupt(bool) override {}
    [[nodiscard]] Result<void> placeDeviceMemory(hypervisor::Gpa,
                                                 const hypervisor::DeviceMemory&) override {
        return {};
    }
    void removeDeviceMemory() override {}
    void setAddressLine20(bool /*open*/) override {}
    [[nodiscard]] Result<void> reset() override {
        ++owner_.resets;
        return {};
    }
    [[nodiscard]] Result<void> setTimeFrozen(bool frozen) override {
        owner_.timeFrozen = frozen;
        return {};
    }
    [[nodiscard]] std::uint64_t tscFrequency() const override { return 1'000'000'000; }
    [[nodiscard]] hypervisor::CountedStats countedStats() const override { return {}; }

  private:
    NoSyntheticInterrupts synic_;
    ScriptedHypervisor& owner_;
    std::unique_ptr<GuestMemory> memory_;
    std::vector<std::unique_ptr<ScriptedProcessor>> processors_;
};

namespace {

class ScriptedProtoPartition : public ProtoPartition {
  public:
    ScriptedProtoPartition(ScriptedHypervisor& owner, const PartitionSettings& settings)
        : owner_(owner), settings_(settings) {}

    [[nodiscard]] PartitionLimits limits() const override { return {8, 36}; }
    [[nodiscard]] Result<std::unique_ptr<Partition>>
        build(std::unique_ptr<GuestMemory> memory, InterceptHandler& handler) && override {
        return std::make_unique<ScriptedPartition>(owner_, settings_, std::move(memory), handler);
    }

  private:
    ScriptedHypervisor& owner_;
    PartitionSettings settings_;
};

}  // namespace

Result<std::unique_ptr<ProtoPartition>> ScriptedHypervisor::createPartition(
    const PartitionSettings& settings) {
    return std::make_unique<ScriptedProtoPartition>(*this, settings);
}
