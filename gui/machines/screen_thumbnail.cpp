// SPDX-License-Identifier: GPL-3.0-or-later
#include "screen_thumbnail.h"

#include <QByteArray>
#include <QPixmap>
#include <cmath>

namespace gui {

using namespace service;  // NOLINT: the interface that this asks

namespace {

constexpr int kInterval = 3'000;

}  // namespace

ScreenThumbnail::ScreenThumbnail(MachineStore& store, QWidget* parent)
    : QLabel(parent), store_(store) {
    setObjectName(QStringLiteral("thumbnail"));
    setAccessibleName(tr("Screen of the virtual machine"));
    setFrameShape(StyledPanel);
    hide();
    timer_.setInterval(kInterval);
    connect(&timer_, &QTimer::timeout, this, &ScreenThumbnail::look);
    timer_.start();
    connect(&store, &MachineStore::changed, this, [this](const std::string& id) {
        if (id == id_)
            look();
    });
}

void ScreenThumbnail::setMachine(const std::string& id) {
    if (id == id_)
        return;
    id_ = id;
    hide();
    look();
}

void ScreenThumbnail::look() {
    const KnownMachine* const machine = store_.find(id_);
    if (machine == nullptr || !isActive(machine->summary.state))
        return hide();
    // Itself it may be hidden; what it is in must be seen.
    if (asking_ || !parentWidget()->isVisible())
        return;
    asking_ = true;
    const auto side = static_cast<std::uint32_t>(std::ceil(kSide * devicePixelRatioF()));
    store_.connection().call<ScreenPictureMethod>(
        {id_, side}, this, [this, asked = id_](RpcResult<ScreenPictureReply> reply) {
            asking_ = false;
            if (asked != id_)
                return look();
            // A guest without a driver for its screen is no problem to tell of.
            showPicture(reply ? QByteArray::fromBase64(QByteArray::fromStdString(reply->png))
                              : QByteArray());
        });
}

void ScreenThumbnail::showPicture(const QByteArray& png) {
    QPixmap picture;
    if (!picture.loadFromData(png, "PNG"))
        return hide();
    picture.setDevicePixelRatio(devicePixelRatioF());
    setPixmap(picture);
    setVisible(true);
}

}  // namespace gui
