// SPDX-License-Identifier: GPL-3.0-or-later
#include "connect_dialog.h"

#include <QLabel>
#include <QPushButton>
#include <QSysInfo>
#include <QVBoxLayout>

#include "gui/appearance/pane_header.h"
#include "gui/connection/text.h"
#include "gui/fields/choice_list.h"

namespace gui {

using service::client::ServiceAddress;
using service::client::ServiceKind;

namespace {

constexpr int kTextCharacters = 62;

}  // namespace

ConnectDialog::ConnectDialog(const ServiceAddress& present, QWidget* parent)
    : QDialog(parent), choice_(new ChoiceList(this)) {
    setWindowTitle(tr("Connect to Server"));
    build(present);
}

void ConnectDialog::build(const ServiceAddress& present) {
    auto* whole = new QVBoxLayout(this);
    whole->setContentsMargins(0, 0, 0, 0);
    whole->setSpacing(0);
    auto* column = new QVBoxLayout;
    column->setContentsMargins(20, 16, 20, 16);
    column->setSpacing(12);
    auto* text = new QLabel(tr("Vireo Manager manages the host that it runs on; there are no "
                               "remote servers."),
                            this);
    text->setWordWrap(true);
    text->setMinimumWidth(kTextCharacters * fontMetrics().averageCharWidth());
    column->addWidget(text);
    const auto add = [this, &present](const ServiceAddress& address, const char* name,
                                      const QString& title, const QString& explanation) {
        const int at = static_cast<int>(addresses_.size());
        addresses_.push_back(address);
        choice_->add(at, QLatin1String(name), title, explanation);
        if (address.kind == present.kind)
            choice_->setChoice(at);
    };
    add(ServiceAddress::system(), "systemServer",
        tr("The &host's service on %1").arg(QSysInfo::machineHostName()),
        tr("Machines of this computer; for root and members of the group vireo."));
    if (const auto session = ServiceAddress::session())
        add(*session, "sessionServer",
            tr("Your &own service on %1").arg(QSysInfo::machineHostName()),
            tr("Machines of your own, which need no rights."));
    if (present.kind == ServiceKind::Other)
        add(present, "namedServer", tr("The service at a &socket"), fromUtf8(present.socket));
    column->addWidget(choice_);
    column->addStretch(1);
    whole->addLayout(column, 1);
    whole->addWidget(new Separator(Qt::Horizontal, this));
    auto* buttons = new QHBoxLayout;
    buttons->setContentsMargins(14, 10, 14, 10);
    buttons->setSpacing(8);
    buttons->addStretch(1);
    auto* ok = new QPushButton(tr("OK"), this);
    ok->setObjectName(QStringLiteral("ok"));
    ok->setDefault(true);
    auto* cancel = new QPushButton(tr("Cancel"), this);
    cancel->setObjectName(QStringLiteral("cancel"));
    cancel->setAutoDefault(false);
    buttons->addWidget(ok);
    buttons->addWidget(cancel);
    whole->addLayout(buttons);
    if (choice_->choice() < 0)
        choice_->setChoice(0);
    connect(ok, &QPushButton::clicked, this, &ConnectDialog::accept);
    connect(cancel, &QPushButton::clicked, this, &QDialog::reject);
}

void ConnectDialog::accept() {
    const auto at = static_cast<std::size_t>(choice_->choice());
    QDialog::accept();
    if (at < addresses_.size())
        emit chosen(addresses_[at]);
}

}  // namespace gui
