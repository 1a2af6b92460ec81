// SPDX-License-Identifier: GPL-3.0-or-later
#include "introduction_page.h"

#include <QCheckBox>
#include <QSettings>
#include <QVBoxLayout>

namespace gui {

namespace {

constexpr const char* kSkip = "wizards/newMachine/skipIntroduction";

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
    auto* skip = new QCheckBox(tr("&Do not show this page again"), this);
    skip->setObjectName(QStringLiteral("doNotShow"));
    column()->addSpacing(8);
    column()->addWidget(skip);
    connect(skip, &QCheckBox::toggled, this,
            [](bool unwanted) { QSettings().setValue(QLatin1String(kSkip), unwanted); });
}

bool IntroductionPage::isUnwanted() {
    return QSettings().value(QLatin1String(kSkip), false).toBool();
}

}  // namespace gui
