// SPDX-License-Identifier: GPL-3.0-or-later
#include "channel.h"

namespace vmbus {

bool OpenChannel::send(const OutgoingPacket& packet) {
    switch (outgoing_.write(packet)) {
        case RingWriter::Outcome::WrittenAndSignal:
            signalGuest();
            return true;
        case RingWriter::Outcome::Written:
            return true;
        case RingWriter::Outcome::Full:
        case RingWriter::Outcome::Impossible:
            break;
    }
    return false;
}

}  // namespace vmbus
