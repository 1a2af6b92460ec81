// SPDX-License-Identifier: GPL-3.0-or-later
#include "introduction_page.h"

#include "gui/preferences/hidden_pages.h"

namespace gui {

namespace {

constexpr QLatin1String kPage("newMachine");

}  // namespace

IntroductionPage::IntroductionPage(QWidget* parent)
    : NewMachinePage(tr("Before You Begin"), {}, parent) {
    explain(
        tr("This wizard makes a virtual machine: a computer of its own, with processors, memory "
           "and disks, for an operating system of your choice."));
    explain(
        tr("Press Finish at any time for a machine with default values, or Next to choose "
           "them. Everything but the generation can be changed later in the machine's "
           "settings."));
    offerToSkip(kPage);
}

bool IntroductionPage::isUnwanted() {
    return isPageHidden(kPage);
}

}  // namespace gui
