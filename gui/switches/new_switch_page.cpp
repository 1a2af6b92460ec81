// SPDX-License-Identifier: GPL-3.0-or-later
#include "new_switch_page.h"

#include <QPushButton>
#include <QVBoxLayout>

#include "gui/fields/choice_list.h"
#include "gui/fields/field_note.h"

namespace gui {

using service::SwitchKind;

NewSwitchPage::NewSwitchPage(QWidget* parent)
    : SwitchManagerPage(tr("Create virtual switch"),
                        tr("What type of virtual switch do you want to create?"), parent) {
    kind_ = new ChoiceList(this);
    kind_->add(static_cast<int>(SwitchKind::External), QStringLiteral("newExternal"),
               tr("&External"),
               tr("Connects machines with the network that one of this host's network adapters is "
                  "connected to. The host can go on using that adapter."));
    kind_->add(static_cast<int>(SwitchKind::Internal), QStringLiteral("newInternal"),
               tr("&Internal"),
               tr("Connects machines with each other and with this host, and with nothing "
                  "outside."));
    kind_->add(static_cast<int>(SwitchKind::Private), QStringLiteral("newPrivate"), tr("&Private"),
               tr("Connects machines with each other alone; not even this host can reach them."));
    kind_->setChoice(static_cast<int>(SwitchKind::External));
    column()->addWidget(kind_);
    limitation_ = new FieldNote(this);
    limitation_->setObjectName(QStringLiteral("limitation"));
    column()->addWidget(limitation_);
    auto* row = new QHBoxLayout;
    row->addStretch(1);
    create_ = new QPushButton(tr("Create &Virtual Switch"), this);
    create_->setObjectName(QStringLiteral("create"));
    create_->setAutoDefault(false);
    row->addWidget(create_);
    column()->addLayout(row);
    connect(create_, &QPushButton::clicked, this,
            [this] { emit createWanted(static_cast<SwitchKind>(kind_->choice())); });
}

void NewSwitchPage::setLimitation(const QString& limitation) {
    limitation_->say(
        FieldNote::Kind::Warning,
        limitation.isEmpty() ? QString() : tr("None can be made here: %1.").arg(limitation));
    create_->setEnabled(limitation.isEmpty());
}

}  // namespace gui
