// SPDX-License-Identifier: GPL-3.0-or-later
#include "generation_page.h"

#include <QVBoxLayout>

#include "gui/fields/choice_list.h"

namespace gui {

GenerationPage::GenerationPage(QWidget* parent)
    : NewMachinePage(tr("Specify Generation"), {}, parent), generation_(new ChoiceList(this)) {
    explain(tr("The generation decides which hardware the guest sees. It can't be changed later."));
    generation_->add(1, QStringLiteral("generation1"), tr("Generation &1"),
                     tr("BIOS, IDE controllers, a diskette drive; runs 32-bit and older guests "
                        "too."));
    generation_->add(2, QStringLiteral("generation2"), tr("Generation &2"));
    generation_->forbid(2, tr("UEFI and secure boot. Not in this version: it has no UEFI firmware "
                              "yet."));
    generation_->setChoice(1);
    column()->addWidget(generation_);
    connect(generation_, &ChoiceList::changed, this, &GenerationPage::edited);
}

void GenerationPage::store(NewMachine& machine) const {
    machine.settings.generation = static_cast<std::uint32_t>(generation_->choice());
}

}  // namespace gui
