// SPDX-License-Identifier: GPL-3.0-or-later
#include "refusals.h"

namespace gui {

namespace {

bool isWithin(const std::string& field, const std::string& outer) {
    if (!field.starts_with(outer))
        return false;
    return field.size() == outer.size() || field[outer.size()] == '.' || field[outer.size()] == '[';
}

}  // namespace

void Refusals::bind(std::string field, FieldNote* note, QWidget* widget) {
    targets_.push_back({std::move(field), note, widget, {}});
}

void Refusals::unbind(const std::string& field) {
    std::erase_if(targets_, [&](const Target& target) { return target.field == field; });
}

bool Refusals::show(const std::string& field, const QString& text) {
    Target* best = nullptr;
    for (Target& target : targets_)
        if (target.note && isWithin(field, target.field) &&
            (!best || target.field.size() > best->field.size()))
            best = &target;
    if (!best)
        return false;
    best->note->say(FieldNote::Kind::Problem, text);
    best->said = text;
    if (best->widget)
        best->widget->setFocus(Qt::OtherFocusReason);
    return true;
}

void Refusals::repeat() {
    for (const Target& target : targets_)
        if (!target.said.isEmpty() && target.note)
            target.note->say(FieldNote::Kind::Problem, target.said);
}

void Refusals::clear() {
    for (Target& target : targets_) {
        if (!target.said.isEmpty() && target.note)
            target.note->clear();
        target.said.clear();
    }
}

}  // namespace gui
