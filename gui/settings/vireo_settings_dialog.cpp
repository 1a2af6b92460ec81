// SPDX-License-Identifier: GPL-3.0-or-later
#include "vireo_settings_dialog.h"

#include <QApplication>
#include <QPushButton>
#include <QStackedWidget>
#include <QVBoxLayout>
#include <algorithm>

#include "default_folder_page.h"
#include "gui/appearance/apply_bar.h"
#include "gui/appearance/banner.h"
#include "gui/appearance/pane_header.h"
#include "gui/connection/text.h"
#include "keyboard_page.h"
#include "reset_check_boxes_page.h"
#include "settings_panes.h"
#include "settings_tree.h"
#include "style_page.h"

namespace gui {

using namespace service;  // NOLINT: what is edited

namespace {

template <class Value>
void follow(const Value& before, const Value& now, Value& edited) {
    if (edited == before)
        edited = now;
}

std::optional<std::string> ifOther(const std::string& before, const std::string& after) {
    return before == after ? std::nullopt : std::optional(after);
}

}  // namespace

VireoSettingsDialog::VireoSettingsDialog(MachineStore& store, QWidget* parent)
    : QDialog(parent), store_(store) {
    known_.keys = consoleKeys();
    known_.look = keptLook();
    edited_ = known_;
    build();
    addPages();
    listen();
    showAll();
    tree_->select(*pages_.front());
    load();
}

VireoSettingsDialog::~VireoSettingsDialog() = default;

void VireoSettingsDialog::build() {
    setWindowTitle(tr("Vireo Settings"));
    resize(880, 560);
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
    whole->addWidget(bar);
}

void VireoSettingsDialog::addPages() {
    std::vector<SettingsTree::Entry> entries;
    const auto add = [&](VireoSettingsPage* page) {
        pages_.push_back(page);
        stack_->addWidget(page);
        entries.push_back({{}, page, false});
        connect(page, &TreePage::changed, this, [this, page] { edited(*page); });
    };
    entries.push_back({tr("Server"), nullptr, false});
    add(new DefaultFolderPage(DefaultFolderPage::Of::Disks, stack_));
    add(new DefaultFolderPage(DefaultFolderPage::Of::Machines, stack_));
    entries.push_back({tr("User"), nullptr, false});
    add(new KeyboardPage(stack_));
    add(new StylePage(stack_));
    add(new ResetCheckBoxesPage(stack_));
    tree_->setEntries(entries);
}

void VireoSettingsDialog::listen() {
    connect(ok_, &QPushButton::clicked, this, &VireoSettingsDialog::accept);
    connect(cancel_, &QPushButton::clicked, this, &VireoSettingsDialog::reject);
    connect(apply_, &QPushButton::clicked, this, [this] { apply(Then::Stay); });
    ServiceConnection& connection = store_.connection();
    connect(&connection, &ServiceConnection::serviceChanged, this, &VireoSettingsDialog::load);
    connect(&connection, &ServiceConnection::stateChanged, this, [this, &connection] {
        if (connection.state() == ServiceConnection::State::Connected)
            return load();
        service_.reset();
        showAll();
    });
}

void VireoSettingsDialog::load() {
    if (store_.connection().state() != ServiceConnection::State::Connected)
        return;
    store_.connection().call<ServiceGetMethod>({}, this, [this](RpcResult<ServiceReply> reply) {
        if (reply)
            return take(std::move(*reply));
        banner_->say(Banner::Kind::Error, errorLine(reply.error()));
    });
}

void VireoSettingsDialog::take(ServiceReply reply) {
    follow(known_.service.diskFolder, reply.settings.diskFolder, edited_.service.diskFolder);
    follow(known_.service.machineFolder, reply.settings.machineFolder,
           edited_.service.machineFolder);
    known_.service = reply.settings;
    service_ = std::move(reply);
    showAll();
}

void VireoSettingsDialog::showAll() {
    for (VireoSettingsPage* const page : pages_)
        page->show(edited_, service_ ? &*service_ : nullptr);
    mark();
}

void VireoSettingsDialog::edited(VireoSettingsPage& page) {
    page.store(edited_);
    for (VireoSettingsPage* const one : pages_)
        if (one != &page)
            one->clearRefusals();
    mark();
}

void VireoSettingsDialog::mark() {
    for (const VireoSettingsPage* const page : pages_)
        tree_->show(*page, page->hasProblem()               ? SettingsTree::Mark::Problem
                           : page->differs(known_, edited_) ? SettingsTree::Mark::Changed
                                                            : SettingsTree::Mark::None);
    ok_->setEnabled(!busy_);
    apply_->setEnabled(!busy_ && known_ != edited_ && !firstProblem());
}

VireoSettingsPage* VireoSettingsDialog::firstProblem() const {
    const auto found =
        std::ranges::find_if(pages_, [](const auto* page) { return page->hasProblem(); });
    return found == pages_.end() ? nullptr : *found;
}

void VireoSettingsDialog::accept() {
    if (known_ == edited_)
        return QDialog::accept();
    if (const VireoSettingsPage* const page = firstProblem())
        return tree_->select(*page);
    apply(Then::Close);
}

void VireoSettingsDialog::apply(Then then) {
    if (busy_ || known_ == edited_)
        return;
    banner_->clear();
    for (VireoSettingsPage* const page : pages_)
        page->clearRefusals();
    applyOwn();
    if (known_.service != edited_.service)
        return setService(then);
    mark();
    if (then == Then::Close)
        QDialog::accept();
}

void VireoSettingsDialog::applyOwn() {
    if (known_.keys != edited_.keys)
        setConsoleKeys(edited_.keys);
    known_.keys = edited_.keys;
    if (known_.look == edited_.look)
        return;
    keepLook(edited_.look);
    known_.look = edited_.look;
    applyStyle(*qApp, edited_.look.colours, edited_.look.widgets);
}

void VireoSettingsDialog::setService(Then then) {
    ServiceSetParams params;
    params.diskFolder = ifOther(known_.service.diskFolder, edited_.service.diskFolder);
    params.machineFolder = ifOther(known_.service.machineFolder, edited_.service.machineFolder);
    busy_ = true;
    mark();
    store_.connection().call<ServiceSetMethod>(
        params, this, [this, then, sent = edited_.service](RpcResult<ServiceReply> reply) {
            busy_ = false;
            if (!reply)
                return refused(reply.error());
            // Only what was typed since it was sent is still an edit.
            known_.service = sent;
            take(std::move(*reply));
            if (then == Then::Close && known_ == edited_)
                QDialog::accept();
        });
}

void VireoSettingsDialog::refused(const RpcError& error) {
    mark();
    const QString text = errorLine(error);
    if (!error.data.field.empty())
        for (VireoSettingsPage* const page : pages_)
            if (page->showRefusal(error.data.field, text))
                return tree_->select(*page);
    banner_->say(Banner::Kind::Error, text);
}

}  // namespace gui
