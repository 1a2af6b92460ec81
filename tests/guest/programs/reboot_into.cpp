// SPDX-License-Identifier: GPL-3.0-or-later
//
// reboot_into KERNEL RAM_DISK COMMAND_LINE: has the running kernel start another one (kexec), without
// the firmware and without a reset. Linux gives its devices back as at any shutdown.
#include <fcntl.h>
#include <linux/reboot.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>

int main(int argumentCount, char** arguments) {
    if (argumentCount != 4) {
        std::fputs("usage: reboot_into KERNEL RAM_DISK COMMAND_LINE\n", stderr);
        return 2;
    }
    const int kernel = ::open(arguments[1], O_RDONLY | O_CLOEXEC);
    const int ramDisk = ::open(arguments[2], O_RDONLY | O_CLOEXEC);
    if (kernel < 0 || ramDisk < 0) {
        std::perror("reboot_into: cannot open the kernel or its RAM disk");
        return 1;
    }
    if (::syscall(SYS_kexec_file_load, kernel, ramDisk, std::strlen(arguments[3]) + 1, arguments[3],
                  0UL) != 0) {
        std::perror("reboot_into: the kernel is not taken");
        return 1;
    }
    ::sync();
    ::syscall(SYS_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2, LINUX_REBOOT_CMD_KEXEC, nullptr);
    std::perror("reboot_into: the kernel is not started");
    return 1;
}
