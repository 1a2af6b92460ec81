// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QtGlobal>

namespace tests {

// With a guest that listens behind a forwarded port of this host. Both wait until the guest has
// closed the connection, and return the MD5 sum of what went over it, in hexadecimal; empty: it
// broke.

/// Random bytes, many times the same ones.
[[nodiscard]] QByteArray sendTo(quint16 port, qint64 bytes);
[[nodiscard]] QByteArray receiveFrom(quint16 port);

/// A port that nobody listens at.
[[nodiscard]] quint16 freePort();

}  // namespace tests
