// SPDX-License-Identifier: GPL-3.0-or-later
#include "settings_dialog.h"

#include <QPushButton>
#include <QStackedWidget>
#include <QVBoxLayout>
#include <algorithm>

#include "gui/appearance/apply_bar.h"
#include "gui/appearance/banner.h"
#include "gui/appearance/pane_header.h"
#include "gui/connection/text.h"
#include "service/ipc/settings_changes.h"
#include "settings_page.h"
#include "settings_panes.h"
#include "settings_tree.h"

namespace gui {

using namespace service;  // NOLINT: what is edited

SettingsDialog::SettingsDialog(MachineStore& store, std::string id, ProcessorPageExtras extras,
                               QWidget* parent)
    : QDialog(parent), store_(store), id_(std::move(id)), extras_(std::move(extras)) {
    build();
    listen();
    load();
}

SettingsDialog::~SettingsDialog() = default;

void SettingsDialog::build() {
    setWindowTitle(tr("Settings"));
    resize(980, 770);
    auto* whole = new QVBoxLayout(this);
    whole->setContentsMargins(0, 0, 0, 0);
    whole->setSpacing(0);
    auto* const panes = new SettingsPanes(this);
    tree_ = panes->tree();
    banner_ = panes->banner();
    stack_ = panes->stack();
    whole->addWidget(panes, 1);
    whole->addWidget(new Separator(Qt::Horizontal, this));

    auto* const bar = new ApplyBar(this);
    ok_ = bar->ok();
    cancel_ = bar->cancel();
    apply_ = bar->apply();
    ok_->setEnabled(false);
    apply_->setEnabled(false);
    whole->addWidget(bar);
}

void SettingsDialog::listen() {
    connect(ok_, &QPushButton::clicked, this, &SettingsDialog::accept);
    connect(cancel_, &QPushButton::clicked, this, &SettingsDialog::reject);
    connect(apply_, &QPushButton::clicked, this, [this] { apply(Then::Stay); });
    connect(&store_, &MachineStore::changed, this, [this](const std::string& id) {
        if (id == id_)
            load();
    });
    connect(&store_, &MachineStore::removed, this, [this](const std::string& id) {
        if (id == id_)
            removed();
    });
    connect(&store_, &MachineStore::replaced, this, [this] {
        if (store_.find(id_))
            load();
        else
            removed();
    });
    connect(&store_, &MachineStore::hostChanged, this, &SettingsDialog::showAll);
    ServiceConnection& connection = store_.connection();
    connect(&connection, &ServiceConnection::stateChanged, this, [this, &connection] {
        if (connection.state() == ServiceConnection::State::Lost)
            banner_->say(Banner::Kind::Warning,
                         tr("%1 What is edited here stays.").arg(connection.problem()));
        else if (!removed_)
            banner_->clear();
        mark();
    });
}

void SettingsDialog::showPage(const QString& icon) {
    wantedIcon_ = icon;
    for (const KeyedPage& one : pages_)
        if (one.page->icon() == icon) {
            wantedIcon_.clear();
            return tree_->select(*one.page);
        }
}

void SettingsDialog::load() {
    store_.connection().call<MachineGetMethod>({id_}, this, [this](RpcResult<MachineReply> reply) {
        if (reply)
            take(std::move(reply->machine));
        else if (!details_)
            banner_->say(Banner::Kind::Error, errorLine(reply.error()));
    });
}

void SettingsDialog::take(MachineDetails details) {
    // What was edited is put into what the settings are now.
    const bool first = !details_;
    if (first) {
        edited_ = details.settings;
    } else {
        auto merged = withChanges(details.settings, changesBetween(details_->settings, edited_));
        // Anything that was edited fits into the types it came from.
        edited_ = merged ? std::move(*merged) : details.settings;
    }
    details_ = std::move(details);
    arrange();
    if (first && !pages_.empty())
        select(FixedPage::Processor);
    if (!wantedIcon_.isEmpty())
        showPage(wantedIcon_);
}

void SettingsDialog::removed() {
    removed_ = true;
    banner_->say(Banner::Kind::Error, tr("The machine was deleted."));
    tree_->setEnabled(false);
    stack_->setEnabled(false);
    mark();
}

void SettingsDialog::arrange() {
    std::vector<KeyedPage> pages;
    std::vector<SettingsTree::Entry> entries;
    bool same = true;
    for (const PageSection& section : pagesOf(edited_)) {
        entries.push_back({section.title, nullptr, false});
        for (const PageKey& key : section.pages) {
            const std::size_t at = pages.size();
            same = same && at < pages_.size() && pages_[at].key == key;
            pages.push_back({key, pageFor(key)});
            entries.push_back({{}, pages.back().page, std::holds_alternative<DrivePageKey>(key)});
        }
    }
    if (!same || pages.size() != pages_.size()) {
        QWidget* const shown = stack_->currentWidget();
        std::swap(pages, pages_);
        // A page may be the one whose button was just pressed.
        for (const KeyedPage& old : pages)
            if (std::ranges::none_of(pages_,
                                     [&](const KeyedPage& one) { return one.page == old.page; })) {
                stack_->removeWidget(old.page);
                old.page->hide();
                old.page->deleteLater();
            }
        tree_->setEntries(entries);
        for (const KeyedPage& one : pages_)
            if (one.page == shown)
                tree_->select(*one.page);
    }
    showAll();
}

void SettingsDialog::showAll() {
    if (!details_)
        return;
    MachineDetails details = *details_;
    details.settings = edited_;
    const HostReply* const host = store_.host() ? &*store_.host() : nullptr;
    for (const KeyedPage& one : pages_)
        one.page->show(details, host);
    const QString name = fromUtf8(details_->settings.name);
    setWindowTitle(host ? tr("Settings for %1 on %2").arg(name, fromUtf8(host->hostName))
                        : tr("Settings for %1").arg(name));
    mark();
}

void SettingsDialog::edited(SettingsPage& page) {
    page.store(edited_);
    for (const KeyedPage& one : pages_)
        if (one.page != &page)
            one.page->clearRefusals();
    mark();
}

void SettingsDialog::mark() {
    if (details_)
        for (const KeyedPage& one : pages_)
            tree_->show(*one.page, one.page->hasProblem() ? SettingsTree::Mark::Problem
                                   : one.page->differs(details_->settings, edited_)
                                       ? SettingsTree::Mark::Changed
                                       : SettingsTree::Mark::None);
    const bool connected = store_.connection().state() == ServiceConnection::State::Connected;
    const bool can = details_ && !busy_ && !removed_ && connected;
    ok_->setEnabled(can);
    apply_->setEnabled(can && isChanged() && !firstProblem());
}

void SettingsDialog::select(const PageKey& key) {
    for (const KeyedPage& one : pages_)
        if (one.key == key) {
            tree_->select(*one.page);
            stack_->setCurrentWidget(one.page);
        }
}

void SettingsDialog::changed(const PageKey& key) {
    arrange();
    select(key);
}

void SettingsDialog::addDrive(DriveKind kind, std::optional<DrivePlace> place) {
    if (!place)
        place = freePlace(edited_, kind);
    if (!place)
        return;
    Drive drive;
    drive.controller = place->controller;
    drive.controllerNumber = place->number;
    drive.location = place->location;
    drive.kind = kind;
    edited_.drives.push_back(std::move(drive));
    changed(DrivePageKey{*place, kind});
}

void SettingsDialog::addAdapter(bool legacy) {
    NetworkAdapter adapter;
    adapter.legacy = legacy;
    if (legacy)
        adapter.name = "Legacy Network Adapter";
    edited_.networkAdapters.push_back(std::move(adapter));
    changed(AdapterPageKey{edited_.networkAdapters.size() - 1, legacy});
}

bool SettingsDialog::isChanged() const {
    return details_ && !(details_->settings == edited_);
}

SettingsPage* SettingsDialog::firstProblem() const {
    for (const KeyedPage& one : pages_)
        if (one.page->hasProblem())
            return one.page;
    return nullptr;
}

void SettingsDialog::accept() {
    if (!details_ || removed_)
        return;
    if (!isChanged())
        return QDialog::accept();
    if (const SettingsPage* const page = firstProblem())
        return tree_->select(*page);
    apply(Then::Close);
}

void SettingsDialog::setBusy(bool busy) {
    busy_ = busy;
    mark();
}

void SettingsDialog::apply(Then then) {
    if (busy_ || !isChanged())
        return;
    banner_->clear();
    for (const KeyedPage& one : pages_)
        one.page->clearRefusals();
    setBusy(true);
    if (edited_.name != details_->settings.name)
        rename(then);
    else
        set(then);
}

void SettingsDialog::rename(Then then) {
    store_.connection().call<MachineRenameMethod>({id_, edited_.name}, this,
                                                  [this, then](RpcResult<MachineReply> reply) {
                                                      if (!reply)
                                                          return refused(reply.error());
                                                      take(std::move(reply->machine));
                                                      set(then);
                                                  });
}

void SettingsDialog::set(Then then) {
    boost::json::object changes = changesBetween(details_->settings, edited_);
    // Renamed already, or typed anew while that was done.
    changes.erase("name");
    if (changes.empty())
        return applied(*details_, then);
    store_.connection().call<MachineSetMethod>(
        {id_, std::move(changes)}, this,
        [this, then, sent = edited_](RpcResult<MachineReply> reply) {
            if (!reply)
                return refused(reply.error());
            // What was sent is in force; only what was typed since then is still an edit. The
            // service completes what it was given, an adapter's address for instance.
            details_->settings = sent;
            applied(std::move(reply->machine), then);
        });
}

void SettingsDialog::applied(MachineDetails details, Then then) {
    busy_ = false;
    take(std::move(details));
    if (then == Then::Close && !isChanged())
        QDialog::accept();
}

void SettingsDialog::refused(const RpcError& error) {
    setBusy(false);
    const QString text = errorLine(error);
    if (!error.data.field.empty())
        for (const KeyedPage& one : pages_)
            if (one.page->showRefusal(error.data.field, text))
                return tree_->select(*one.page);
    banner_->say(Banner::Kind::Error, text);
}

}  // namespace gui
