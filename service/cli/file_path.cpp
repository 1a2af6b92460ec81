// SPDX-License-Identifier: GPL-3.0-or-later
#include "file_path.h"

#include <filesystem>

namespace service::cli {

using hypervisor::failure;

hypervisor::Result<std::string> absolutePath(const std::string& path, const std::string& what) {
    if (path.empty())
        return failure(what + " is empty; name a file");
    std::error_code error;
    const auto absolute = std::filesystem::absolute(path, error);
    if (error)
        return failure(what + " '" + path + "': can't tell the working folder: " + error.message() +
                       "; give the whole path");
    return absolute.string();
}

}  // namespace service::cli
