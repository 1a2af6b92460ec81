// SPDX-License-Identifier: GPL-3.0-or-later
#include "base64.h"

#include <boost/archive/iterators/base64_from_binary.hpp>
#include <boost/archive/iterators/binary_from_base64.hpp>
#include <boost/archive/iterators/transform_width.hpp>

namespace service {

namespace iterators = boost::archive::iterators;

std::string encodeBase64(std::string_view bytes) {
    using Encoder =
        iterators::base64_from_binary<iterators::transform_width<std::string_view::iterator, 6, 8>>;
    std::string text;
    text.reserve((bytes.size() + 2) / 3 * 4);
    text.assign(Encoder(bytes.begin()), Encoder(bytes.end()));
    text.append((3 - bytes.size() % 3) % 3, '=');
    return text;
}

std::optional<std::string> decodeBase64(std::string_view text) {
    using Decoder =
        iterators::transform_width<iterators::binary_from_base64<std::string_view::iterator>, 8, 6>;
    if (text.size() % 4 != 0)
        return std::nullopt;
    const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
    text.remove_suffix(padding);
    constexpr std::string_view kAlphabet =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    if (text.find_first_not_of(kAlphabet) != std::string_view::npos)
        return std::nullopt;
    std::string bytes;
    const std::size_t size = text.size() * 3 / 4;
    bytes.reserve(size);
    // The last digits have bits beyond the last byte, which the decoder must not ask for.
    Decoder next(text.begin());
    for (std::size_t i = 0; i < size; ++i)
        bytes.push_back(*next++);
    return bytes;
}

}  // namespace service
