// SPDX-License-Identifier: GPL-3.0-or-later

// A hostile guest and a slow host at the VMBus's state machine. The input is a list of steps:
// messages of the guest, sound or not, wishes of the host, and answers in any order. A model of
// what the host holds checks each effect against what is due.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <utility>
#include <vector>

#include "vmbus/bus_state.h"

using namespace vmbus;

namespace {

constexpr VpIndex kProcessors = 4;

void require(bool holds) {
    if (!holds)
        std::abort();
}

class Input {
  public:
    explicit Input(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}
    [[nodiscard]] bool empty() const { return bytes_.empty(); }
    std::uint8_t byte() {
        if (bytes_.empty())
            return 0;
        const std::uint8_t value = bytes_.front();
        bytes_ = bytes_.subspan(1);
        return value;
    }
    std::uint32_t below(std::uint32_t limit) { return byte() % limit; }
    std::span<const std::uint8_t> some(std::size_t most) {
        const auto taken = bytes_.first(std::min(most, bytes_.size()));
        bytes_ = bytes_.subspan(taken.size());
        return taken;
    }

  private:
    std::span<const std::uint8_t> bytes_;
};

enum class Rings : std::uint8_t { Closed, Opening, GivenUp, Open, Closing };

struct ModelChannel {
    Rings rings = Rings::Closed;
    bool revoked = false;
    bool offered = false;
    bool rescinded = false;
};

using Key = std::pair<Relid, GpadlId>;

class Scene {
  public:
    void run(Input input) {
        // Most inputs should come past the connection.
        if (input.below(8) != 0) {
            contact(kVersions[input.below(kVersions.size())], 0, kMessageSint);
            bare(MessageType::RequestOffers);
        }
        while (!input.empty())
            step(input);
        finish();
    }

  private:
    void step(Input& input) {
        switch (input.below(24)) {
            case 0:
                offer(input.below(4) == 0 ? kHvSocketFlag : kNamedPipeFlag);
                break;
            case 1:
                offerSubChannels(input);
                break;
            case 2:
                revoke(relid(input));
                break;
            case 3:
                if (input.below(4) == 0) {
                    state_.reset();
                    violations_ = 0;
                    connectionEnds();
                    takeEffects();
                }
                break;
            case 4:
                contact(input);
                break;
            case 5:
                bare(MessageType::RequestOffers);
                break;
            case 6:
                if (input.below(4) == 0)
                    bare(MessageType::Unload);
                break;
            case 7:
            case 8:
                gpadl(input);
                break;
            case 9:
                body(input);
                break;
            case 10:
                teardown(input);
                break;
            case 11:
            case 12:
                open(input);
                break;
            case 13:
                post(RelidMessage{.header = {MessageType::CloseChannel, 0}, .relid = relid(input)});
                break;
            case 14:
                release(relid(input));
                break;
            case 15:
                modify(input);
                break;
            case 16:
                post(TlConnectMessage{
                    .header = {MessageType::TlConnect, 0}, .endpoint = {}, .service = {}});
                break;
            case 17:
                state_.hvSocketRefused({}, {});
                takeEffects();
                break;
            case 18:
                raw(input);
                break;
            case 19:
                giveUp(relid(input));
                break;
            case 20:
                answerMapping(input);
                break;
            case 21:
                answerRelease(input.byte());
                break;
            case 22:
                answerRings(input);
                break;
            case 23:
                // As a host mostly does.
                while (answerMapping(0, true) || answerRings(0, true) || answerRelease(0))
                    ;
                break;
        }
    }

    /// When all that is due has been answered nothing is missing, and a guest can connect.
    void finish() {
        while (answerMapping(0, true) || answerRings(0, true) || answerRelease(0))
            ;
        require(opensDue_.empty() && modifiesDue_.empty() && teardownsDue_.empty());
        for (const auto& [relid, channel] : channels_) {
            require(channel.rings == Rings::Closed || channel.rings == Rings::Open);
            require(!channel.revoked || (channel.rings == Rings::Closed && channel.rescinded));
        }
        contact(kVersion5_3, 1, 3);
        while (answerRings(0, true) || answerRelease(0))
            ;
        require(state_.version() == kVersion5_3);
        require(mapped_.empty() && pages_ == 0);
        // Nothing but what the host has offered is left.
        for (const auto& [relid, channel] : channels_)
            require(!channel.revoked && channel.rings == Rings::Closed);
    }

    // The host.

    void offer(std::uint16_t flags) {
        Offer offer;
        offer.flags = flags;
        const auto relid = state_.offer(offer);
        if (relid)
            require(channels_.emplace(*relid, ModelChannel{}).second);
        else
            require(channels_.size() == kLastRelid || flags == kHvSocketFlag);
        takeEffects();
    }
    void offerSubChannels(Input& input) {
        const Relid primary = relid(input);
        const std::uint8_t choice = input.byte();
        const unsigned count = choice == 255 ? 0xFFFF'FFFF : choice % 5U;
        const auto added = state_.offerSubChannels(primary, count);
        require(added.size() <= count);
        require(added.empty() || channels_.at(primary).rings == Rings::Open);
        for (const Relid relid : added)
            require(channels_.emplace(relid, ModelChannel{}).second);
        takeEffects();
    }
    void revoke(Relid relid) {
        if (const auto found = channels_.find(relid); found != channels_.end())
            found->second.revoked = true;
        state_.revoke(relid);
        takeEffects();
    }
    void giveUp(Relid relid) {
        const auto found = channels_.find(relid);
        if (found != channels_.end() && found->second.rings == Rings::Opening) {
            found->second.rings = Rings::GivenUp;
        } else if (found != channels_.end() && found->second.rings == Rings::Open) {
            found->second.rings = Rings::Closed;
            found->second.revoked = true;
        } else if (found != channels_.end() && found->second.rings != Rings::Closed) {
            return;
        }
        state_.closed(relid);
        takeEffects();
    }

    void answerMapping(Input& input) {
        const std::size_t which = input.byte();
        answerMapping(which, input.below(4) != 0);
    }
    bool answerMapping(std::size_t which, bool works) {
        if (mapping_.empty())
            return false;
        const auto entry =
            *std::next(mapping_.begin(), static_cast<std::ptrdiff_t>(which % mapping_.size()));
        mapping_.erase(entry.first);
        if (works)
            mapped_.insert(entry);
        else
            pages_ -= entry.second;
        state_.gpadlMapped(entry.first.first, entry.first.second, works);
        takeEffects();
        return true;
    }
    bool answerRelease(std::size_t which) {
        if (releasing_.empty())
            return false;
        const Key key =
            *std::next(releasing_.begin(), static_cast<std::ptrdiff_t>(which % releasing_.size()));
        releasing_.erase(key);
        pages_ -= mapped_.at(key);
        mapped_.erase(key);
        state_.gpadlReleased(key.first, key.second);
        takeEffects();
        return true;
    }
    void answerRings(Input& input) {
        const std::size_t which = input.byte();
        answerRings(which, input.below(4) != 0);
    }
    bool answerRings(std::size_t which, bool works) {
        std::vector<Relid> waiting;
        for (const auto& [relid, channel] : channels_)
            if (channel.rings != Rings::Closed && channel.rings != Rings::Open)
                waiting.push_back(relid);
        if (waiting.empty())
            return false;
        const Relid relid = waiting[which % waiting.size()];
        Rings& rings = channels_.at(relid).rings;
        const Rings before = std::exchange(rings, Rings::Closed);
        if (before == Rings::Closing) {
            state_.closed(relid);
        } else {
            // What has been given up may be said to have been opened all the same.
            if (works && before == Rings::Opening)
                rings = Rings::Open;
            state_.ringsOpened(relid, works);
        }
        takeEffects();
        return true;
    }

    // The guest.

    Relid relid(Input& input) {
        const std::uint8_t choice = input.byte();
        if (choice >= 250 || channels_.empty())
            return choice * 0x0101'0101U;
        return std::next(channels_.begin(), static_cast<std::ptrdiff_t>(choice % channels_.size()))
            ->first;
    }

    template <class Message>
    void post(const Message& message) {
        post(std::as_bytes(std::span(&message, 1)));
    }
    void post(std::span<const std::byte> bytes) {
        // Exactly as long as it is, for the sanitizer.
        const std::vector<std::byte> copy(bytes.begin(), bytes.end());
        state_.guestMessage(2, kMessageConnection5, copy);
        takeEffects();
    }
    void bare(MessageType type) {
        if (type == MessageType::Unload)
            connectionEnds();
        post(BareMessage{.header = {type, 0}});
    }
    void contact(Input& input) {
        const std::uint8_t choice = input.byte();
        const VpIndex vp = input.below(5);
        contact(choice >= 250 ? choice : kVersions[choice % kVersions.size()], vp, input.below(18));
    }
    void contact(std::uint32_t version, VpIndex vp, std::uint64_t sint) {
        InitiateContactMessage message{};
        message.header.type = MessageType::InitiateContact;
        message.version = version;
        message.targetVp = vp;
        message.interruptPageOrSint = version < kVersion5_0 ? sint * 4096 : sint;
        connectionEnds();
        post(message);
    }
    void gpadl(Input& input) {
        const unsigned ranges = input.below(4);
        std::vector<std::uint64_t> words;
        for (unsigned i = 0; i < ranges; ++i) {
            const std::uint32_t offset = input.below(3) == 0 ? input.byte() * 17U : 0;
            const std::uint32_t pages = input.below(12) == 11 ? 2000 : input.below(9);
            words.push_back(std::uint64_t{offset} << 32 | pages * 4096U);
            words.resize(words.size() + GuestRange::pageCount(pages * 4096U, offset), 0x77);
        }
        // Now and then what is announced is not what comes.
        const unsigned fault = input.below(16);
        const std::size_t wordCount = words.size() + (fault == 1 ? 1U : 0U);
        const GpadlHeaderMessage front{
            .header = {MessageType::GpadlHeader, 0},
            .relid = relid(input),
            .gpadl = input.below(6),
            .rangeBytes = static_cast<std::uint16_t>(8 * wordCount + (fault == 2 ? 4 : 0)),
            .rangeCount = static_cast<std::uint16_t>(ranges + (fault == 3 ? 1U : 0U))};
        const GpadlBodyMessage body{
            .header = {MessageType::GpadlBody, 0}, .number = 0, .gpadl = front.gpadl};
        std::span<const std::uint64_t> rest = words;
        postPart(front, rest.first(std::min<std::size_t>(27, rest.size())));
        rest = rest.subspan(std::min<std::size_t>(27, rest.size()));
        while (!rest.empty() && fault != 4) {
            postPart(body, rest.first(std::min<std::size_t>(28, rest.size())));
            rest = rest.subspan(std::min<std::size_t>(28, rest.size()));
        }
    }
    void body(Input& input) {
        const std::vector<std::uint64_t> words(input.below(29), 0x88);
        postPart(
            GpadlBodyMessage{
                .header = {MessageType::GpadlBody, 0}, .number = 0, .gpadl = input.below(6)},
            words);
    }
    template <class Front>
    void postPart(const Front& front, std::span<const std::uint64_t> words) {
        std::vector<std::byte> bytes(sizeof(front) + words.size_bytes());
        std::memcpy(bytes.data(), &front, sizeof(front));
        if (!words.empty())
            std::memcpy(bytes.data() + sizeof(front), words.data(), words.size_bytes());
        post(std::span<const std::byte>(bytes));
    }
    void teardown(Input& input) {
        const Relid relid = this->relid(input);
        const GpadlId id = input.below(6);
        if (state_.version())
            teardownsDue_.insert(id);
        post(GpadlTeardownMessage{
            .header = {MessageType::GpadlTeardown, 0}, .relid = relid, .gpadl = id});
    }
    void open(Input& input) {
        OpenChannelMessage message{};
        message.header.type = MessageType::OpenChannel;
        message.relid = relid(input);
        message.openId = input.byte();
        message.ringGpadl = input.below(6);
        message.targetVp = input.below(16) == 0 ? kProcessors : input.below(kProcessors);
        message.hostToGuestPage =
            input.below(16) == 0 ? 0xFFFF'FFFF - input.byte() : input.below(8);
        if (state_.version())
            ++opensDue_[{message.relid, message.openId}];
        post(message);
    }
    void release(Relid relid) {
        if (const auto found = channels_.find(relid); found != channels_.end() && state_.version())
            found->second.offered = false;
        post(RelidMessage{.header = {MessageType::RelidReleased, 0}, .relid = relid});
    }
    void modify(Input& input) {
        const Relid relid = this->relid(input);
        const VpIndex vp = input.below(5);
        if (state_.version() >= kVersion5_3)
            ++modifiesDue_[relid];
        post(ModifyChannelMessage{
            .header = {MessageType::ModifyChannel, 0}, .relid = relid, .targetVp = vp});
    }
    /// Anything whose consequences the model need not know.
    void raw(Input& input) {
        static constexpr std::array kHarmless{MessageType::OfferChannel,  MessageType::GpadlBody,
                                              MessageType::CloseChannel,  MessageType::GpadlHeader,
                                              MessageType::RequestOffers, MessageType::TlConnect};
        const std::uint32_t choice = input.byte();
        const BareMessage header{.header = {choice < 200 ? kHarmless[choice % kHarmless.size()]
                                                         : static_cast<MessageType>(choice),
                                            0}};
        std::vector<std::byte> bytes(sizeof(header));
        std::memcpy(bytes.data(), &header, sizeof(header));
        for (const std::uint8_t byte : input.some(input.byte()))
            bytes.push_back(std::byte{byte});
        bytes.resize(std::min<std::size_t>(bytes.size(), input.byte()));
        post(std::span<const std::byte>(bytes));
    }

    void connectionEnds() {
        for (auto& [relid, channel] : channels_) {
            channel.offered = false;
            channel.rescinded = false;
        }
        opensDue_.clear();
        modifiesDue_.clear();
        teardownsDue_.clear();
    }

    // Effects against the model.

    void takeEffects() {
        const std::vector<Effect> effects = state_.takeEffects();
        require(effects.size() <= 4 * (channels_.size() + mapped_.size() + mapping_.size()) + 8);
        for (const Effect& effect : effects)
            std::visit([this](const auto& one) { check(one); }, effect);
        require(state_.takeEffects().empty());
        require(mapped_.size() + mapping_.size() <= GpadlTable::kMostGpadls);
        require(pages_ <= GpadlTable::kMostWords);
    }

    [[nodiscard]] bool holdsNothing(Relid relid) const {
        const auto none = [relid](const auto& map) {
            const auto first = map.lower_bound({relid, 0});
            return first == map.end() || first->first.first != relid;
        };
        return channels_.at(relid).rings == Rings::Closed && none(mapped_) && none(mapping_);
    }
    void requireAllLetGo() const {
        require(mapped_.empty() && mapping_.empty());
        for (const auto& [relid, channel] : channels_)
            require(channel.rings == Rings::Closed);
    }

    void check(const MapGpadl& map) {
        const Key key{map.relid, map.id};
        require(channels_.contains(map.relid) && !mapped_.contains(key));
        std::size_t pages = 0;
        require(!map.ranges.empty());
        for (const GuestRange& range : map.ranges) {
            require(range.byteOffset < 4096 && range.byteCount != 0);
            require(range.frames.size() ==
                    GuestRange::pageCount(range.byteCount, range.byteOffset));
            pages += range.frames.size();
        }
        pages_ += pages;
        require(mapping_.emplace(key, pages).second);
    }
    void check(const ReleaseGpadl& release) {
        const Key key{release.relid, release.id};
        require(mapped_.contains(key) && releasing_.insert(key).second);
    }
    void check(const OpenRings& open) {
        const Key key{open.relid, open.ringGpadl};
        Rings& rings = channels_.at(open.relid).rings;
        require(rings == Rings::Closed && mapped_.contains(key) && !releasing_.contains(key));
        require(open.hostToGuestPage >= 2 && open.hostToGuestPage + 2 <= mapped_.at(key));
        require(open.target < kProcessors && open.version >= kVersion2_4);
        rings = Rings::Opening;
    }
    void check(const CloseRings& close) {
        Rings& rings = channels_.at(close.relid).rings;
        require(rings == Rings::Open);
        rings = Rings::Closing;
    }
    void check(const SetTarget& target) {
        require(channels_.at(target.relid).rings == Rings::Open && target.vp < kProcessors);
    }
    void check(const Forget& forget) {
        require(holdsNothing(forget.relid));
        require(!channels_.at(forget.relid).offered);
        channels_.erase(forget.relid);
    }
    void check(const DiscardMessages&) {}
    void check(const ConnectHvSocket&) { require(state_.version() >= kVersion4_0); }
    void check(const SetInterruptPage& page) { require(page.gpa.value_or(0) % 4096 == 0); }
    void check(const Violation& violation) {
        require(++violations_ <= BusState::kMostViolations);
        require(!violation.text.empty() && violation.text.size() < 200);
    }

    template <class Message>
    static Message exactly(const SendMessage& sent) {
        require(sent.length == sizeof(Message));
        return *messageFrom<Message>(sent.content());
    }
    void check(const SendMessage& sent) {
        require(sent.vp < kProcessors && sent.sint < 16);
        switch (messageFrom<MessageHeader>(sent.content()).value().type) {
            case MessageType::OfferChannel: {
                ModelChannel& channel = channels_.at(exactly<OfferChannelMessage>(sent).relid);
                require(!std::exchange(channel.offered, true));
                break;
            }
            case MessageType::RescindOffer: {
                const Relid relid = exactly<RelidMessage>(sent).relid;
                ModelChannel& channel = channels_.at(relid);
                require(channel.offered && holdsNothing(relid));
                require(!std::exchange(channel.rescinded, true));
                channel.revoked = true;
                break;
            }
            case MessageType::OpenChannelResult: {
                const auto result = exactly<OpenChannelResultMessage>(sent);
                const auto due = opensDue_.find({result.relid, result.openId});
                require(due != opensDue_.end());
                if (--due->second == 0)
                    opensDue_.erase(due);
                require(result.status != kSuccess ||
                        channels_.at(result.relid).rings == Rings::Open);
                break;
            }
            case MessageType::GpadlCreated: {
                const auto created = exactly<GpadlCreatedMessage>(sent);
                require(created.status != kSuccess ||
                        mapped_.contains({created.relid, created.gpadl}));
                break;
            }
            case MessageType::GpadlTorndown:
                teardownsDue_.erase(exactly<GpadlTorndownMessage>(sent).gpadl);
                break;
            case MessageType::ModifyChannelResponse: {
                const auto due =
                    modifiesDue_.find(exactly<ModifyChannelResponseMessage>(sent).relid);
                require(due != modifiesDue_.end());
                if (--due->second == 0)
                    modifiesDue_.erase(due);
                break;
            }
            case MessageType::VersionResponse: {
                const auto response = exactly<VersionResponseMessage>(sent);
                require((response.supported != 0) == state_.version().has_value());
                requireAllLetGo();
                break;
            }
            case MessageType::UnloadResponse:
                exactly<BareMessage>(sent);
                requireAllLetGo();
                break;
            case MessageType::AllOffersDelivered:
                exactly<BareMessage>(sent);
                break;
            case MessageType::TlConnectResult:
                exactly<TlConnectResultMessage>(sent);
                break;
            default:
                require(false);
        }
    }

    BusState state_{kProcessors};
    std::map<Relid, ModelChannel> channels_;
    // With the number of their pages; what is being released is still mapped.
    std::map<Key, std::size_t> mapping_;
    std::map<Key, std::size_t> mapped_;
    std::set<Key> releasing_;
    std::size_t pages_ = 0;
    unsigned violations_ = 0;
    // What the guest of this connection waits for.
    std::map<std::pair<Relid, std::uint32_t>, unsigned> opensDue_;
    std::map<Relid, unsigned> modifiesDue_;
    std::set<GpadlId> teardownsDue_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Scene().run(Input({data, size}));
    return 0;
}
