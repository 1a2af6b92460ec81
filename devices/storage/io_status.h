// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cerrno>
#include <string>
#include <system_error>

namespace devices::storage {

/// How an asynchronous operation on a file or a disk ended: an errno value, 0 for success. What
/// the host's kernel says is passed on as it is; of our own:
///
///   ENODATA    a read reached beyond the end of the file
///   ERANGE     a request reached beyond the end of the disk
///   EINVAL     a request is not a multiple of the sector size, or its buffers are not its length
///   EROFS      a write to a disk opened for reading
///   EBADMSG    the image contradicts itself: it is damaged
///   ECANCELED  given up before it was done
struct [[nodiscard]] IoStatus {
    int error = 0;

    [[nodiscard]] constexpr bool ok() const { return error == 0; }
    /// The host had no room: nothing is broken, and the same request can succeed later.
    [[nodiscard]] constexpr bool noSpace() const {
        return error == ENOSPC || error == EDQUOT || error == EFBIG;
    }
    /// For messages; with the way out where the host lacks room.
    [[nodiscard]] std::string text() const {
        if (error == ENODATA)
            return "a file is shorter than it should be";
        if (error == EBADMSG)
            return "the image is damaged";
        return std::generic_category().message(error) +
               (noSpace() ? "; make room on the host and try again" : "");
    }

    friend constexpr bool operator==(IoStatus, IoStatus) = default;
};

/// Whether a write completes when the host has it, or when it would survive a power cut.
enum class Durability : bool { Cached, ForceUnitAccess };

}  // namespace devices::storage
