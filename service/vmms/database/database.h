// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

struct sqlite3;
struct sqlite3_stmt;

namespace service {

enum class DatabaseTrouble : std::uint8_t {
    NoRoom,   ///< the file system, or the most that the file may have
    Damaged,  ///< the file is no database, or a broken one
    Newer,    ///< written by a later version of this program
    Other,
};

struct DatabaseError {
    DatabaseTrouble trouble;
    std::string message;
};

template <class T>
using DatabaseResult = std::expected<T, DatabaseError>;

/// A prepared SQL statement; reset() makes it ready for the next run.
class Statement {
  public:
    Statement(Statement&& other) noexcept;
    Statement& operator=(Statement&& other) noexcept;
    ~Statement();

    // Parameters and columns count from 0.
    Statement& bind(int index, std::int64_t value);
    Statement& bind(int index, std::string_view text);
    Statement& bind(int index, std::span<const std::byte> bytes);

    /// True while there is a row.
    [[nodiscard]] DatabaseResult<bool> step();
    /// For what gives no rows; reset afterwards.
    [[nodiscard]] DatabaseResult<void> run();
    void reset();

    [[nodiscard]] std::int64_t integer(int column) const;
    /// Valid until the next step() or reset().
    [[nodiscard]] std::string_view text(int column) const;
    [[nodiscard]] std::span<const std::byte> bytes(int column) const;

  private:
    friend class Database;
    explicit Statement(sqlite3_stmt* statement) : statement_(statement) {}

    sqlite3_stmt* statement_;
};

/// One connection to one SQLite file in WAL mode: a kill at any moment loses at most what was not
/// committed, a power cut at most the last seconds.
class Database {
  public:
    /// The form of the file that this program writes.
    static constexpr std::int64_t kVersion = 1;

    /// Creates the file with mode 0600 where there is none.
    [[nodiscard]] static DatabaseResult<std::unique_ptr<Database>> open(const std::string& path,
                                                                        std::uint64_t maximumBytes);
    ~Database();
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;

    [[nodiscard]] DatabaseResult<Statement> prepare(std::string_view sql);
    /// One or more statements without rows.
    [[nodiscard]] DatabaseResult<void> execute(const std::string& sql);
    /// The single number that `sql` gives, or 0.
    [[nodiscard]] DatabaseResult<std::int64_t> number(std::string_view sql);
    /// How many rows the last statement changed.
    [[nodiscard]] std::int64_t changes() const;
    /// The same of all since the file was opened.
    [[nodiscard]] std::int64_t allChanges() const;

  private:
    explicit Database(sqlite3* connection) : connection_(connection) {}

    sqlite3* connection_;
};

}  // namespace service
