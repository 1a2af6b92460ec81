// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/describe.hpp>
#include <boost/mp11.hpp>
#include <string>
#include <string_view>

#include "hypervisor/error.h"

namespace service::cli {

/// "if-was-running" for IfWasRunning: how an enumerator is typed.
[[nodiscard]] std::string typedWord(std::string_view enumerator);
/// "If was running": how it is shown.
[[nodiscard]] std::string shownWords(std::string_view enumerator);

/// The name of `value`; empty when it has none.
template <class Enum>
[[nodiscard]] std::string_view enumeratorName(Enum value) {
    std::string_view name;
    boost::mp11::mp_for_each<boost::describe::describe_enumerators<Enum>>([&](auto enumerator) {
        if (enumerator.value == value)
            name = enumerator.name;
    });
    return name;
}

template <class Enum>
[[nodiscard]] std::string shown(Enum value) {
    return shownWords(enumeratorName(value));
}

/// "nothing|if-was-running|always".
template <class Enum>
[[nodiscard]] std::string choicesOf() {
    std::string choices;
    boost::mp11::mp_for_each<boost::describe::describe_enumerators<Enum>>([&](auto enumerator) {
        choices += (choices.empty() ? "" : "|") + typedWord(enumerator.name);
    });
    return choices;
}

/// The value that `text` names; `what` is the option, for the message.
template <class Enum>
[[nodiscard]] hypervisor::Result<Enum> parseWord(std::string_view text, std::string_view what) {
    hypervisor::Result<Enum> value =
        hypervisor::failure(std::string(what) + " does not know '" + std::string(text) +
                            "'; give one of " + choicesOf<Enum>());
    boost::mp11::mp_for_each<boost::describe::describe_enumerators<Enum>>([&](auto enumerator) {
        if (typedWord(enumerator.name) == text)
            value = enumerator.value;
    });
    return value;
}

}  // namespace service::cli
