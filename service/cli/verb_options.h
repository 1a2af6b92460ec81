// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace service::cli {

/// The form of an argument that names a machine; completion knows it. So it does "FILE", and a
/// form like "on|off" that lists what can be given.
inline constexpr const char* kMachineForm = "MACHINE";
/// The same of one that names a virtual switch.
inline constexpr const char* kSwitchForm = "SWITCH";

/// The arguments of one verb. It hides the library that parses them, which takes a compiler long.
/// All targets live as long as the verb; what is not typed leaves its target alone.
class VerbOptions {
  public:
    explicit VerbOptions(CLI::App& verb) : verb_(verb) {}

    /// Options that follow stand under this heading in the help.
    void section(std::string heading) { section_ = std::move(heading); }

    /// `names` is "--watch,-w"; `form` is how a value looks.
    void flag(const char* names, bool& target, const char* text);
    void value(const char* names, std::optional<std::string>& target, const std::string& form,
               const char* text);
    /// The target's present value is shown as the default.
    void value(const char* names, std::string& target, const std::string& form, const char* text);
    /// May be repeated, with one value each.
    void list(const char* names, std::vector<std::string>& target, const std::string& form,
              const char* text);
    /// Two options that can't both be given.
    void exclude(const char* one, const char* other);

    // Without a name of their own, in this order.
    void required(const char* name, std::string& target, const std::string& form, const char* text);
    void machine(std::string& target);
    void machine(std::optional<std::string>& target);
    /// At least one.
    void machines(std::vector<std::string>& target);

    /// What stands behind the help.
    void footer(const std::string& text);

  private:
    CLI::App& verb_;
    std::string section_ = "Options";
};

/// Adds a verb; when the arguments name it, `chosen` becomes `run`, which returns the exit status.
void addVerb(CLI::App& program, std::function<int()>& chosen, const char* name, const char* text,
             const std::function<void(VerbOptions&)>& configure, std::function<int()> run);

/// Adds a verb that only has verbs of its own, which are added to what is returned.
[[nodiscard]] CLI::App& addVerbGroup(CLI::App& program, const char* name, const char* text,
                                     const std::string& footer);

}  // namespace service::cli
