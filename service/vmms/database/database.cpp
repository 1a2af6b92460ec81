// SPDX-License-Identifier: GPL-3.0-or-later
#include "database.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "hypervisor/error.h"
#include "hypervisor/file_descriptor.h"

namespace service {

namespace {

constexpr std::int64_t kPageSize = 4096;
// In KiB; the service is small.
constexpr int kCache = 1024;
// In pages: when the write-ahead log is put into the file. It is cut back to this size.
constexpr int kCheckpoint = 512;
// Another program that reads the file, sqlite3 for instance, may hold it for a moment.
constexpr int kBusyMilliseconds = 2000;

DatabaseTrouble troubleOf(int code) {
    switch (code & 0xFF) {
        case SQLITE_FULL:
            return DatabaseTrouble::NoRoom;
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB:
            return DatabaseTrouble::Damaged;
        default:
            return DatabaseTrouble::Other;
    }
}

std::unexpected<DatabaseError> failed(sqlite3* connection, int code) {
    std::string message = sqlite3_errmsg(connection);
    DatabaseTrouble trouble = troubleOf(code);
    // A write that finds the file system full, or its quota, ends as an I/O error at some places.
    if (const int number = sqlite3_system_errno(connection);
        trouble == DatabaseTrouble::Other && (number == ENOSPC || number == EDQUOT))
        trouble = DatabaseTrouble::NoRoom;
    return std::unexpected(DatabaseError{trouble, std::move(message)});
}

}  // namespace

// --- Statement ---

Statement::Statement(Statement&& other) noexcept
    : statement_(std::exchange(other.statement_, nullptr)) {}

Statement& Statement::operator=(Statement&& other) noexcept {
    std::swap(statement_, other.statement_);
    return *this;
}

Statement::~Statement() {
    sqlite3_finalize(statement_);
}

// What can't be bound leaves a NULL, which every table refuses, so that run() tells.

Statement& Statement::bind(int index, std::int64_t value) {
    sqlite3_bind_int64(statement_, index + 1, value);
    return *this;
}

Statement& Statement::bind(int index, std::string_view text) {
    sqlite3_bind_text64(statement_, index + 1, text.empty() ? "" : text.data(), text.size(),
                        SQLITE_TRANSIENT, SQLITE_UTF8);
    return *this;
}

Statement& Statement::bind(int index, std::span<const std::byte> bytes) {
    sqlite3_bind_blob64(statement_, index + 1,
                        bytes.empty() ? static_cast<const void*>("") : bytes.data(), bytes.size(),
                        SQLITE_TRANSIENT);
    return *this;
}

DatabaseResult<bool> Statement::step() {
    const int code = sqlite3_step(statement_);
    if (code == SQLITE_ROW)
        return true;
    if (code == SQLITE_DONE)
        return false;
    return failed(sqlite3_db_handle(statement_), code);
}

DatabaseResult<void> Statement::run() {
    const auto stepped = step();
    reset();
    if (!stepped)
        return std::unexpected(stepped.error());
    return {};
}

void Statement::reset() {
    sqlite3_reset(statement_);
}

std::int64_t Statement::integer(int column) const {
    return sqlite3_column_int64(statement_, column);
}

std::string_view Statement::text(int column) const {
    const auto* const text = sqlite3_column_text(statement_, column);
    if (text == nullptr)
        return {};
    return {reinterpret_cast<const char*>(text),
            static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

std::span<const std::byte> Statement::bytes(int column) const {
    const auto* const bytes =
        static_cast<const std::byte*>(sqlite3_column_blob(statement_, column));
    if (bytes == nullptr)
        return {};
    return {bytes, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

// --- Database ---

DatabaseResult<std::unique_ptr<Database>> Database::open(const std::string& path,
                                                         std::uint64_t maximumBytes) {
    // SQLite would make it readable to everybody, and its other files get the mode of this one.
    const hypervisor::FileDescriptor file(
        ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!file) {
        const int number = errno;
        return std::unexpected(DatabaseError{
            number == ENOSPC || number == EDQUOT ? DatabaseTrouble::NoRoom : DatabaseTrouble::Other,
            hypervisor::systemFailure("can't open " + path, number).error().message});
    }
    struct stat status {};
    if (::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode))
        return std::unexpected(
            DatabaseError{DatabaseTrouble::Other, path + " is no ordinary file"});

    sqlite3* connection = nullptr;
    const int code = sqlite3_open_v2(
        path.c_str(), &connection,
        SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr);
    std::unique_ptr<Database> database(new Database(connection));
    if (code != SQLITE_OK)
        return failed(connection, code);
    sqlite3_busy_timeout(connection, kBusyMilliseconds);
    sqlite3_limit(connection, SQLITE_LIMIT_ATTACHED, 0);
    // A file that was made to deceive its reader: no functions from its schema, no broken cells.
    sqlite3_db_config(connection, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    sqlite3_db_config(connection, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
    // The order matters: page size and vacuum take effect on an empty file only.
    if (const auto set = database->execute(fmt::format(
            "PRAGMA cell_size_check=1; PRAGMA page_size={}; PRAGMA auto_vacuum=INCREMENTAL;"
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-{};"
            "PRAGMA wal_autocheckpoint={}; PRAGMA journal_size_limit={};"
            "PRAGMA temp_store=MEMORY;",
            kPageSize, kCache, kCheckpoint, kCheckpoint * kPageSize));
        !set)
        return std::unexpected(set.error());
    const auto pageSize = database->number("PRAGMA page_size");
    if (!pageSize)
        return std::unexpected(pageSize.error());
    const std::uint64_t pages =
        std::max<std::uint64_t>(maximumBytes / static_cast<std::uint64_t>(*pageSize), 16);
    if (const auto set = database->execute(fmt::format("PRAGMA max_page_count={}", pages)); !set)
        return std::unexpected(set.error());

    const auto version = database->number("PRAGMA user_version");
    if (!version)
        return std::unexpected(version.error());
    if (*version > kVersion)
        return std::unexpected(
            DatabaseError{DatabaseTrouble::Newer,
                          fmt::format("it has version {}, and this program knows version {}",
                                      *version, kVersion)});
    if (*version < kVersion)
        if (const auto set = database->execute(fmt::format("PRAGMA user_version={}", kVersion));
            !set)
            return std::unexpected(set.error());
    return database;
}

Database::~Database() {
    sqlite3_close_v2(connection_);
}

DatabaseResult<Statement> Database::prepare(std::string_view sql) {
    sqlite3_stmt* statement = nullptr;
    const int code = sqlite3_prepare_v2(connection_, sql.data(), static_cast<int>(sql.size()),
                                        &statement, nullptr);
    if (code != SQLITE_OK)
        return failed(connection_, code);
    return Statement(statement);
}

DatabaseResult<void> Database::execute(const std::string& sql) {
    const int code = sqlite3_exec(connection_, sql.c_str(), nullptr, nullptr, nullptr);
    if (code != SQLITE_OK)
        return failed(connection_, code);
    return {};
}

DatabaseResult<std::int64_t> Database::number(std::string_view sql) {
    auto statement = prepare(sql);
    if (!statement)
        return std::unexpected(statement.error());
    const auto row = statement->step();
    if (!row)
        return std::unexpected(row.error());
    return *row ? statement->integer(0) : 0;
}

std::int64_t Database::changes() const {
    return sqlite3_changes64(connection_);
}

std::int64_t Database::allChanges() const {
    return sqlite3_total_changes64(connection_);
}

}  // namespace service
