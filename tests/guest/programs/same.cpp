// SPDX-License-Identifier: GPL-3.0-or-later
//
// same FILE OTHER...: how many of the others have the file's content, on standard output.
#include <cstdio>
#include <fstream>
#include <sstream>
#include <string>

namespace {

std::string contentOf(const char* path) {
    std::ostringstream content;
    content << std::ifstream(path, std::ios::binary).rdbuf();
    return content.str();
}

}  // namespace

int main(int count, char** arguments) {
    if (count < 2)
        return 2;
    const std::string content = contentOf(arguments[1]);
    unsigned same = 0;
    for (int i = 2; i < count; ++i)
        same += contentOf(arguments[i]) == content;
    std::printf("%u\n", same);
}
