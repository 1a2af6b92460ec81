// SPDX-License-Identifier: GPL-3.0-or-later
#include "switch_manager.h"

#include <QListWidget>
#include <QPushButton>
#include <QSignalBlocker>
#include <QStackedWidget>
#include <QVBoxLayout>
#include <algorithm>

#include "gui/appearance/apply_bar.h"
#include "gui/appearance/banner.h"
#include "gui/appearance/icons.h"
#include "gui/appearance/pane_header.h"
#include "gui/connection/text.h"
#include "gui/fields/switch_words.h"
#include "new_switch_page.h"
#include "switch_page.h"

namespace gui {

using namespace service;  // NOLINT: what is edited

namespace {

constexpr int kListWidth = 250;
/// The list's first line is no switch.
constexpr int kFirstSwitch = 1;

/// "External: eth0".
QString secondLine(const SwitchSettings& settings) {
    if (settings.kind == SwitchKind::External)
        return SwitchManager::tr("%1: %2").arg(kindText(settings.kind),
                                               fromUtf8(settings.hostAdapter));
    return kindText(settings.kind);
}

/// `edited` with what is another thing now than it was, where it was not edited.
void follow(const SwitchSettings& before, const SwitchSettings& now, SwitchSettings& edited) {
    const auto take = [&](auto SwitchSettings::*field) {
        if (edited.*field == before.*field)
            edited.*field = now.*field;
    };
    take(&SwitchSettings::name);
    take(&SwitchSettings::notes);
    // What goes with the kind goes together.
    if (edited.kind == before.kind && edited.hostAdapter == before.hostAdapter &&
        edited.shared == before.shared && edited.hostAddress == before.hostAddress) {
        edited.kind = now.kind;
        edited.hostAdapter = now.hostAdapter;
        edited.shared = now.shared;
        edited.hostAddress = now.hostAddress;
    }
}

template <class Value>
std::optional<Value> ifOther(const Value& before, const Value& after) {
    return before == after ? std::nullopt : std::optional(after);
}

}  // namespace

SwitchManager::SwitchManager(MachineStore& store, QWidget* parent)
    : QDialog(parent), store_(store) {
    build();
    listen();
    take();
    list_->setCurrentRow(0);
    showPage();
    mark();
}

SwitchManager::~SwitchManager() = default;

void SwitchManager::build() {
    setWindowTitle(tr("Virtual Switch Manager"));
    resize(880, 640);
    auto* whole = new QVBoxLayout(this);
    whole->setContentsMargins(0, 0, 0, 0);
    whole->setSpacing(0);
    auto* panes = new QHBoxLayout;
    panes->setSpacing(0);
    auto* left = new QWidget(this);
    left->setFixedWidth(kListWidth);
    auto* side = new QVBoxLayout(left);
    side->setContentsMargins(0, 0, 0, 0);
    side->setSpacing(0);
    side->addWidget(new PaneHeader(tr("Virtual Switches"), left));
    list_ = new QListWidget(left);
    list_->setObjectName(QStringLiteral("switches"));
    list_->setAccessibleName(tr("Virtual Switches"));
    list_->setIconSize(QSize(16, 16));
    list_->setTextElideMode(Qt::ElideRight);
    list_->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    side->addWidget(list_, 1);
    panes->addWidget(left);
    panes->addWidget(new Separator(Qt::Vertical, this));
    auto* right = new QWidget(this);
    auto* column = new QVBoxLayout(right);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    banner_ = new Banner(right);
    column->addWidget(banner_);
    stack_ = new QStackedWidget(right);
    newPage_ = new NewSwitchPage(stack_);
    page_ = new SwitchPage(stack_);
    stack_->addWidget(newPage_);
    stack_->addWidget(page_);
    column->addWidget(stack_, 1);
    panes->addWidget(right, 1);
    whole->addLayout(panes, 1);
    whole->addWidget(new Separator(Qt::Horizontal, this));

    auto* const bar = new ApplyBar(this);
    ok_ = bar->ok();
    cancel_ = bar->cancel();
    apply_ = bar->apply();
    whole->addWidget(bar);
}

void SwitchManager::listen() {
    connect(ok_, &QPushButton::clicked, this, &SwitchManager::accept);
    connect(cancel_, &QPushButton::clicked, this, &SwitchManager::reject);
    connect(apply_, &QPushButton::clicked, this, [this] { apply(Then::Stay); });
    connect(list_, &QListWidget::currentRowChanged, this, &SwitchManager::showPage);
    connect(newPage_, &NewSwitchPage::createWanted, this, &SwitchManager::add);
    connect(page_, &SwitchPage::changed, this, &SwitchManager::edited);
    connect(page_, &SwitchPage::removeWanted, this, &SwitchManager::removeCurrent);
    connect(&store_, &MachineStore::switchesChanged, this, [this] {
        // What is being applied knows better.
        if (!busy_)
            take();
    });
    ServiceConnection& connection = store_.connection();
    connect(&connection, &ServiceConnection::stateChanged, this, [this, &connection] {
        if (connection.state() == ServiceConnection::State::Lost)
            banner_->say(Banner::Kind::Warning,
                         tr("%1 What is edited here stays.").arg(connection.problem()));
        else
            banner_->clear();
        mark();
    });
}

void SwitchManager::take() {
    if (!store_.switches())
        return;
    const SwitchListReply& now = *store_.switches();
    newPage_->setLimitation(fromUtf8(now.limitation));
    std::vector<std::unique_ptr<Entry>> entries;
    const auto isRemoved = [this](const VirtualSwitch& one) {
        return std::ranges::any_of(
            removed_, [&](const SwitchSettings& removed) { return removed.id == one.settings.id; });
    };
    const Entry* const shown = current();
    for (const VirtualSwitch& one : now.switches) {
        if (isRemoved(one))
            continue;
        const auto before = std::ranges::find_if(entries_, [&](const auto& entry) {
            return entry && entry->known && entry->known->settings.id == one.settings.id;
        });
        if (before == entries_.end()) {
            entries.push_back(std::make_unique<Entry>(Entry{one, one.settings}));
            continue;
        }
        follow((*before)->known->settings, one.settings, (*before)->edited);
        (*before)->known = one;
        entries.push_back(std::move(*before));
    }
    // Those that are yet to be made stay last.
    for (auto& entry : entries_)
        if (entry && !entry->known)
            entries.push_back(std::move(entry));
    const auto again =
        std::ranges::find_if(entries, [shown](const auto& entry) { return entry.get() == shown; });
    const int row = shown && again != entries.end()
                        ? kFirstSwitch + static_cast<int>(again - entries.begin())
                        : 0;
    entries_ = std::move(entries);
    showList();
    {
        const QSignalBlocker quiet(list_);
        list_->setCurrentRow(row);
    }
    showPage();
    mark();
}

void SwitchManager::showList() {
    const QSignalBlocker quiet(list_);
    const int row = list_->currentRow();
    list_->clear();
    list_->addItem(
        new QListWidgetItem(icon(QStringLiteral("add")), tr("New virtual network switch")));
    for (const auto& entry : entries_) {
        const bool failed = entry->known && entry->known->state == SwitchState::Failed;
        auto* item = new QListWidgetItem(failed ? icon(QStringLiteral("warning"), IconTone::Warning)
                                                : icon(QStringLiteral("network")),
                                         (entry->isChanged() ? tr("%1 *") : QStringLiteral("%1"))
                                                 .arg(switchTitle(entry->edited.name)) +
                                             QLatin1Char('\n') + secondLine(entry->edited));
        item->setToolTip(switchTitle(entry->edited.name));
        list_->addItem(item);
    }
    list_->setCurrentRow(std::min(row, list_->count() - 1));
}

SwitchManager::Entry* SwitchManager::current() {
    const int at = list_->currentRow() - kFirstSwitch;
    return at >= 0 && at < static_cast<int>(entries_.size())
               ? entries_[static_cast<std::size_t>(at)].get()
               : nullptr;
}

void SwitchManager::showPage() {
    const Entry* const entry = current();
    if (!entry)
        return stack_->setCurrentWidget(newPage_);
    VirtualSwitch shown = entry->known.value_or(VirtualSwitch{});
    shown.settings = entry->edited;
    page_->show(shown,
                store_.switches() ? store_.switches()->hostAdapters : std::vector<HostAdapter>());
    stack_->setCurrentWidget(page_);
}

void SwitchManager::select(std::size_t entry) {
    list_->setCurrentRow(kFirstSwitch + static_cast<int>(entry));
    showPage();
}

void SwitchManager::add(SwitchKind kind) {
    auto entry = std::make_unique<Entry>();
    QString name = tr("New Virtual Switch");
    const auto isTaken = [this](const QString& wanted) {
        return std::ranges::any_of(
            entries_, [&](const auto& one) { return fromUtf8(one->edited.name) == wanted; });
    };
    for (int number = 2; isTaken(name); ++number)
        name = tr("New Virtual Switch %1").arg(number);
    entry->edited.name = name.toStdString();
    entry->edited.kind = kind;
    entries_.push_back(std::move(entry));
    showList();
    select(entries_.size() - 1);
    // With what the page has chosen for it.
    page_->store(entries_.back()->edited);
    showList();
    page_->focusName();
    mark();
}

void SwitchManager::edited() {
    Entry* const entry = current();
    if (!entry)
        return;
    page_->store(entry->edited);
    showList();
    mark();
}

void SwitchManager::removeCurrent() {
    const int at = list_->currentRow() - kFirstSwitch;
    const Entry* const entry = current();
    if (!entry)
        return;
    if (entry->known)
        removed_.push_back(entry->known->settings);
    entries_.erase(entries_.begin() + at);
    showList();
    list_->setCurrentRow(std::min(at + kFirstSwitch, list_->count() - 1));
    showPage();
    list_->setFocus(Qt::OtherFocusReason);
    mark();
}

bool SwitchManager::isChanged() const {
    return !removed_.empty() ||
           std::ranges::any_of(entries_, [](const auto& entry) { return entry->isChanged(); });
}

void SwitchManager::mark() {
    const bool connected = store_.connection().state() == ServiceConnection::State::Connected;
    ok_->setEnabled(connected && !busy_);
    apply_->setEnabled(connected && !busy_ && isChanged());
    stack_->setEnabled(!busy_);
    list_->setEnabled(!busy_);
}

void SwitchManager::setBusy(bool busy) {
    busy_ = busy;
    mark();
    // What came meanwhile was not taken, and what was said last may be older than what was applied.
    if (!busy)
        store_.refreshSwitches();
}

void SwitchManager::accept() {
    if (!isChanged())
        return QDialog::accept();
    apply(Then::Close);
}

void SwitchManager::apply(Then then) {
    if (busy_)
        return;
    banner_->clear();
    page_->clearRefusals();
    then_ = then;
    setBusy(true);
    applyNext();
}

void SwitchManager::applyNext() {
    // What goes first leaves adapters and names to what comes.
    if (!removed_.empty())
        return removeFirst();
    for (const auto& entry : entries_) {
        if (!entry->isChanged())
            continue;
        if (!entry->known)
            return create(*entry);
        if (entry->known->settings.name != entry->edited.name)
            return rename(*entry);
        return set(*entry);
    }
    if (then_ == Then::Close)
        return QDialog::accept();
    setBusy(false);
    showList();
    showPage();
}

void SwitchManager::removeFirst() {
    store_.connection().call<SwitchRemoveMethod>(
        {removed_.front().id}, this, [this](RpcResult<NoParams> reply) {
            const SwitchSettings settings = removed_.front();
            removed_.erase(removed_.begin());
            if (reply || reply.error().code == ErrorCode::NotFound)
                return applyNext();
            // It is there still, and is shown again.
            setBusy(false);
            banner_->say(Banner::Kind::Error, errorLine(reply.error()));
        });
}

void SwitchManager::create(Entry& entry) {
    store_.connection().call<SwitchCreateMethod>({entry.edited}, this,
                                                 [this, &entry](RpcResult<SwitchReply> reply) {
                                                     if (!reply)
                                                         return refused(entry, reply.error());
                                                     done(entry, reply->virtualSwitch);
                                                 });
}

void SwitchManager::rename(Entry& entry) {
    store_.connection().call<SwitchRenameMethod>({entry.known->settings.id, entry.edited.name},
                                                 this,
                                                 [this, &entry](RpcResult<SwitchReply> reply) {
                                                     if (!reply)
                                                         return refused(entry, reply.error());
                                                     entry.known = reply->virtualSwitch;
                                                     applyNext();
                                                 });
}

void SwitchManager::set(Entry& entry) {
    const SwitchSettings& before = entry.known->settings;
    const SwitchSettings& after = entry.edited;
    const bool other = before.kind != after.kind;
    SwitchSetParams params;
    params.name = before.id;
    params.notes = ifOther(before.notes, after.notes);
    params.kind = ifOther(before.kind, after.kind);
    // Another kind begins without what the old one had.
    if (other || before.hostAdapter != after.hostAdapter)
        params.hostAdapter = after.hostAdapter;
    if (other || before.shared != after.shared)
        params.shared = after.shared;
    if (other || before.hostAddress != after.hostAddress)
        params.hostAddress = after.hostAddress;
    store_.connection().call<SwitchSetMethod>(params, this,
                                              [this, &entry](RpcResult<SwitchReply> reply) {
                                                  if (!reply)
                                                      return refused(entry, reply.error());
                                                  done(entry, reply->virtualSwitch);
                                              });
}

void SwitchManager::done(Entry& entry, const VirtualSwitch& now) {
    entry.known = now;
    entry.edited = now.settings;
    applyNext();
}

void SwitchManager::refused(const Entry& entry, const RpcError& error) {
    setBusy(false);
    const auto at =
        std::ranges::find_if(entries_, [&entry](const auto& one) { return one.get() == &entry; });
    select(static_cast<std::size_t>(at - entries_.begin()));
    const QString text = errorLine(error);
    if (error.data.field.empty() || !page_->showRefusal(error.data.field, text))
        banner_->say(Banner::Kind::Error, text);
}

}  // namespace gui
