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

/// With a guest's `answerer`: as many connections as that at once, each with so many random bytes
/// to and fro. How many of them came back as they should.
[[nodiscard]] int exchangeWith(quint16 port, int connections, qint64 bytes);

/// A port that nobody listens at.
[[nodiscard]] quint16 freePort();

}  // namespace tests
