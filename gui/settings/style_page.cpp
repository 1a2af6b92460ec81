// SPDX-License-Identifier: GPL-3.0-or-later
#include "style_page.h"

#include <QCheckBox>
#include <QGroupBox>
#include <QVBoxLayout>

#include "gui/fields/choice_list.h"

namespace gui {

StylePage::StylePage(QWidget* parent)
    : VireoSettingsPage(tr("Style"), QStringLiteral("style"),
                        tr("How Vireo Manager looks. It changes at once with OK or Apply."),
                        parent) {
    auto* colours = new QGroupBox(tr("Colours"), this);
    colours_ = new ChoiceList(colours);
    const auto add = [this](ColourScheme scheme, const char* name, const QString& text) {
        colours_->add(static_cast<int>(scheme), QLatin1String(name), text);
    };
    add(ColourScheme::System, "coloursOfSystem", tr("As the &desktop has them"));
    add(ColourScheme::Light, "coloursLight", tr("&Light"));
    add(ColourScheme::Dark, "coloursDark", tr("Dar&k"));
    groupColumn(*colours)->addWidget(colours_);
    column()->addWidget(colours);
    auto* widgets = new QGroupBox(tr("Buttons and fields"), this);
    desktop_ = new QCheckBox(tr("&Use the desktop's own style"), widgets);
    desktop_->setObjectName(QStringLiteral("desktopStyle"));
    auto* note = new FieldNote(widgets);
    note->say(FieldNote::Kind::Explanation,
              tr("As other programs of the desktop look, with its colours."));
    QVBoxLayout* const column = groupColumn(*widgets);
    column->addWidget(desktop_);
    column->addWidget(note);
    this->column()->addWidget(widgets);
    connect(colours_, &ChoiceList::changed, this, &StylePage::edited);
    connect(desktop_, &QCheckBox::toggled, this, &StylePage::edited);
}

QString StylePage::summary() const {
    if (desktop_->isChecked())
        return tr("The desktop's own");
    switch (static_cast<ColourScheme>(colours_->choice())) {
        case ColourScheme::Light:
            return tr("Light");
        case ColourScheme::Dark:
            return tr("Dark");
        case ColourScheme::System:
            break;
    }
    return tr("The desktop's colours");
}

void StylePage::store(VireoSettings& settings) const {
    settings.look = {static_cast<ColourScheme>(colours_->choice()),
                     desktop_->isChecked() ? WidgetStyle::Desktop : WidgetStyle::Vireo};
}

void StylePage::load(const VireoSettings& settings, const service::ServiceReply*) {
    colours_->setChoice(static_cast<int>(settings.look.colours));
    desktop_->setChecked(settings.look.widgets == WidgetStyle::Desktop);
}

void StylePage::judge() {
    colours_->setEnabled(!desktop_->isChecked());
}

}  // namespace gui
