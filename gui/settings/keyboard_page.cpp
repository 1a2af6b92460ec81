// SPDX-License-Identifier: GPL-3.0-or-later
#include "keyboard_page.h"

#include <QComboBox>
#include <QGroupBox>
#include <QVBoxLayout>

#include "gui/fields/choice_list.h"

namespace gui {

namespace {

constexpr int kLabelCharacters = 14;
constexpr ReleaseKey kReleaseKeys[]{ReleaseKey::ControlShiftTab, ReleaseKey::ControlAltLeft,
                                    ReleaseKey::ControlAltRight, ReleaseKey::ControlAltSpace};

}  // namespace

KeyboardPage::KeyboardPage(QWidget* parent)
    : VireoSettingsPage(tr("Keyboard"), QStringLiteral("keyboard"),
                        tr("What keys do while Virtual Machine Connection has the keyboard."),
                        parent) {
    auto* windows = new QGroupBox(tr("Windows key"), this);
    QVBoxLayout* const choices = groupColumn(*windows);
    auto* said = new FieldNote(windows);
    said->say(FieldNote::Kind::Explanation,
              tr("Where the Windows key, and what is pressed together with it, is used. What the "
                 "desktop takes before any program sees it never reaches a machine."));
    choices->addWidget(said);
    windows_ = new ChoiceList(windows);
    const auto add = [this](WindowsKeys keys, const char* name, const QString& text) {
        windows_->add(static_cast<int>(keys), QLatin1String(name), text);
    };
    add(WindowsKeys::Computer, "windowsOnComputer", tr("On this &computer"));
    add(WindowsKeys::Machine, "windowsOnMachine", tr("On the virtual &machine"));
    add(WindowsKeys::MachineInFullScreen, "windowsInFullScreen",
        tr("On the virtual machine in &full screen mode only"));
    choices->addWidget(windows_);
    column()->addWidget(windows);

    auto* release = new QGroupBox(tr("Release key"), this);
    QVBoxLayout* const keys = groupColumn(*release);
    auto* form = new Form(kLabelCharacters, release);
    release_ = new QComboBox(form);
    release_->setObjectName(QStringLiteral("releaseKey"));
    for (const ReleaseKey key : kReleaseKeys)
        release_->addItem(nameOf(key), static_cast<int>(key));
    const Form::Row row = form->add(tr("&Key combination:"), release_);
    row.under->say(FieldNote::Kind::Explanation,
                   tr("Leaves the screen or the terminal for the rest of its window. All other "
                      "keys but F11 and Ctrl+Alt+Break, which are for full screen mode, go to the "
                      "machine."));
    keys->addWidget(form);
    column()->addWidget(release);
    connect(windows_, &ChoiceList::changed, this, &KeyboardPage::edited);
    connect(release_, &QComboBox::currentIndexChanged, this, &KeyboardPage::edited);
}

QString KeyboardPage::summary() const {
    switch (static_cast<WindowsKeys>(windows_->choice())) {
        case WindowsKeys::Computer:
            return tr("Use on this computer");
        case WindowsKeys::MachineInFullScreen:
            return tr("Use in full screen mode");
        case WindowsKeys::Machine:
            break;
    }
    return tr("Use on the virtual machine");
}

void KeyboardPage::store(VireoSettings& settings) const {
    settings.keys = {static_cast<ReleaseKey>(release_->currentData().toInt()),
                     static_cast<WindowsKeys>(windows_->choice())};
}

void KeyboardPage::load(const VireoSettings& settings, const service::ServiceReply*) {
    windows_->setChoice(static_cast<int>(settings.keys.windows));
    release_->setCurrentIndex(release_->findData(static_cast<int>(settings.keys.release)));
}

}  // namespace gui
