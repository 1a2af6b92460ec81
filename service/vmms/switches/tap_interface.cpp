// SPDX-License-Identifier: GPL-3.0-or-later
//
// The part of HostNetwork that makes tap devices.
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sys/ioctl.h>

#include <cerrno>
#include <cstring>

#include "host_network.h"

namespace service {

using hypervisor::FileDescriptor;
using hypervisor::Result;
using hypervisor::systemFailure;

namespace {

constexpr const char* kDevice = "/dev/net/tun";
/// The kernel counts.
constexpr const char* kName = "vireo-tap%d";

}  // namespace

Result<TapInterface> HostNetwork::makeTap() {
    FileDescriptor device(::open(kDevice, O_RDWR | O_CLOEXEC | O_NONBLOCK));
    if (!device)
        return systemFailure("can't open the tap devices of /dev/net/tun", errno);
    ifreq request{};
    std::strncpy(request.ifr_name, kName, IFNAMSIZ - 1);
    request.ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR;
    if (::ioctl(device.get(), TUNSETIFF, &request) != 0)
        return systemFailure("can't make a tap device", errno);
    request.ifr_name[IFNAMSIZ - 1] = '\0';
    return TapInterface{request.ifr_name, std::move(device)};
}

}  // namespace service
