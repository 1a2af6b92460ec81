// SPDX-License-Identifier: GPL-3.0-or-later
#include "wizard.h"

#include <QApplication>
#include <QEvent>
#include <QLabel>
#include <QListWidget>
#include <QPainter>
#include <QProgressBar>
#include <QPushButton>
#include <QScrollArea>
#include <QStackedWidget>
#include <QStyledItemDelegate>
#include <QVBoxLayout>
#include <algorithm>

#include "gui/appearance/banner.h"
#include "gui/appearance/colours.h"
#include "gui/appearance/pane_header.h"
#include "gui/connection/text.h"
#include "wizard_head.h"
#include "wizard_page.h"

namespace gui {

namespace {

constexpr int kStepsWidth = 206;
constexpr int kStepPadding = 12;
constexpr int kStepMargin = 12;
constexpr int kStepEdge = 6;

/// Steps as places to go to: the present one on a ground of its own.
class StepDelegate final : public QStyledItemDelegate {
  public:
    using QStyledItemDelegate::QStyledItemDelegate;

    void paint(QPainter* painter, const QStyleOptionViewItem& option,
               const QModelIndex& index) const override {
        painter->save();
        const QRect row = option.rect.adjusted(kStepEdge, 0, -kStepEdge, 0);
        if (option.state & QStyle::State_Selected) {
            painter->setRenderHint(QPainter::Antialiasing);
            painter->setPen(Qt::NoPen);
            painter->setBrush(option.palette.color(QPalette::Highlight));
            painter->drawRoundedRect(row, 2, 2);
        }
        painter->setFont(qvariant_cast<QFont>(index.data(Qt::FontRole)));
        painter->setPen(qvariant_cast<QBrush>(index.data(Qt::ForegroundRole)).color());
        const Qt::Alignment leading =
            QStyle::visualAlignment(option.direction, Qt::AlignLeading) | Qt::AlignAbsolute;
        painter->drawText(row.adjusted(kStepMargin, 0, -kStepMargin, 0),
                          (Qt::AlignVCenter | leading).toInt(), index.data().toString());
        painter->restore();
    }
};

}  // namespace

Wizard::Wizard(const QString& title, const QString& icon, QWidget* parent) : QDialog(parent) {
    setWindowTitle(title);
    resize(820, 568);
    build(icon);
}

void Wizard::build(const QString& icon) {
    auto* whole = new QVBoxLayout(this);
    whole->setContentsMargins(0, 0, 0, 0);
    whole->setSpacing(0);
    head_ = new WizardHead(icon, this);
    whole->addWidget(head_);

    auto* panes = new QHBoxLayout;
    panes->setSpacing(0);
    steps_ = new QListWidget(this);
    steps_->setObjectName(QStringLiteral("steps"));
    steps_->setAccessibleName(tr("Steps"));
    steps_->setFrameShape(QFrame::NoFrame);
    steps_->setFixedWidth(kStepsWidth);
    steps_->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    steps_->setItemDelegate(new StepDelegate(steps_));
    panes->addWidget(steps_);
    panes->addWidget(new Separator(Qt::Vertical, this));
    auto* right = new QVBoxLayout;
    right->setSpacing(0);
    banner_ = new Banner(this);
    stack_ = new QStackedWidget(this);
    right->addWidget(banner_);
    right->addWidget(stack_, 1);
    panes->addLayout(right, 1);
    whole->addLayout(panes, 1);
    whole->addWidget(new Separator(Qt::Horizontal, this));

    bar_ = new QWidget(this);
    auto* row = new QHBoxLayout(bar_);
    row->setContentsMargins(14, 10, 14, 10);
    row->setSpacing(8);
    work_ = new QLabel(bar_);
    work_->setTextFormat(Qt::PlainText);
    work_->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    progress_ = new QProgressBar(bar_);
    progress_->setObjectName(QStringLiteral("progress"));
    progress_->setAccessibleName(tr("Progress"));
    progress_->hide();
    row->addWidget(work_, 1);
    row->addWidget(progress_, 1);
    previous_ = new QPushButton(tr("< &Previous"), bar_);
    next_ = new QPushButton(tr("&Next >"), bar_);
    finish_ = new QPushButton(tr("&Finish"), bar_);
    cancel_ = new QPushButton(tr("Cancel"), bar_);
    previous_->setObjectName(QStringLiteral("previous"));
    next_->setObjectName(QStringLiteral("next"));
    finish_->setObjectName(QStringLiteral("finish"));
    cancel_->setObjectName(QStringLiteral("cancel"));
    for (QPushButton* const button : {previous_, next_, finish_, cancel_}) {
        button->setAutoDefault(false);
        row->addWidget(button);
    }
    whole->addWidget(bar_);
    connect(previous_, &QPushButton::clicked, this, [this] { goTo(current() - 1); });
    connect(next_, &QPushButton::clicked, this, [this] { goTo(current() + 1); });
    connect(finish_, &QPushButton::clicked, this, [this] {
        banner_->clear();
        carryOut();
    });
    connect(cancel_, &QPushButton::clicked, this, &Wizard::reject);
    connect(steps_, &QListWidget::currentRowChanged, this, [this](int step) {
        if (step >= 0 && step != current())
            goTo(step);
    });
}

void Wizard::addPage(WizardPage* page) {
    // On small screens and at large scales a page is scrolled rather than cut.
    auto* area = new QScrollArea(stack_);
    area->setFrameShape(QFrame::NoFrame);
    area->setWidgetResizable(true);
    area->setFocusPolicy(Qt::NoFocus);
    area->setBackgroundRole(QPalette::Base);
    area->setWidget(page);
    stack_->addWidget(area);
    pages_.push_back(page);
    auto* step = new QListWidgetItem(page->step(), steps_);
    step->setSizeHint({0, fontMetrics().height() + kStepPadding});
    QFont bold = steps_->font();
    bold.setWeight(QFont::DemiBold);
    steps_->setFixedWidth(std::max(
        steps_->maximumWidth(),
        QFontMetrics(bold).horizontalAdvance(page->step()) + 2 * (kStepMargin + kStepEdge)));
    connect(page, &WizardPage::changed, this, &Wizard::refresh);
}

int Wizard::current() const {
    return stack_->currentIndex();
}

void Wizard::goTo(int index) {
    if (index < 0 || index >= static_cast<int>(pages_.size()) || works_ || ended_)
        return;
    reached_ = std::max(reached_, index);
    stack_->setCurrentIndex(index);
    WizardPage* const page = pages_[static_cast<std::size_t>(index)];
    head_->setTitle(page->title());
    refresh();
    // The first field, so that one can type at once.
    for (QWidget* next = page->nextInFocusChain(); next && next != page;
         next = next->nextInFocusChain()) {
        if (!page->isAncestorOf(next))
            break;
        if (next->isEnabled() && (next->focusPolicy() & Qt::TabFocus)) {
            next->setFocus(Qt::TabFocusReason);
            break;
        }
    }
}

bool Wizard::allAreValid() const {
    return std::ranges::all_of(pages_, [](const WizardPage* page) { return page->isValid(); });
}

void Wizard::refresh() {
    // Pages that follow others tell of it, and are heard already.
    if (follows_ || pages_.empty() || current() < 0)
        return;
    follows_ = true;
    follow();
    follows_ = false;
    const bool last = current() + 1 == static_cast<int>(pages_.size());
    const bool free = !works_ && !ended_;
    const bool valid = pages_[static_cast<std::size_t>(current())]->isValid();
    previous_->setEnabled(free && current() > 0);
    next_->setEnabled(free && !last && valid);
    finish_->setEnabled(free && allAreValid());
    next_->setDefault(!last);
    finish_->setDefault(last);
    stack_->setEnabled(free);
    listSteps();
}

void Wizard::listSteps() {
    const QSignalBlocker quiet(steps_);
    QPalette side = QApplication::palette();
    const Colours colours = Colours::of(side);
    side.setColor(QPalette::Base, colours.side);
    steps_->setPalette(side);
    for (int at = 0; at < steps_->count(); ++at) {
        QListWidgetItem* const step = steps_->item(at);
        const bool open = at <= reached_ && !works_ && !ended_;
        step->setFlags(open ? Qt::ItemIsEnabled | Qt::ItemIsSelectable : Qt::NoItemFlags);
        step->setForeground(at == current() ? palette().color(QPalette::HighlightedText)
                            : open          ? colours.accent
                                            : colours.faint);
        QFont font = steps_->font();
        font.setWeight(at == current() ? QFont::DemiBold : QFont::Normal);
        step->setFont(font);
    }
    steps_->setCurrentRow(current());
}

void Wizard::accept() {
    // What Enter in a field means: the default button.
    if (next_->isDefault() && next_->isEnabled())
        next_->click();
    else if (finish_->isDefault() && finish_->isEnabled())
        finish_->click();
}

void Wizard::reject() {
    if (works_)
        cancelWork();
    else
        QDialog::reject();
}

void Wizard::showWork(const QString& what, std::optional<double> percent) {
    works_ = true;
    work_->setText(what);
    work_->setToolTip(what);
    progress_->setRange(0, percent ? 100 : 0);
    if (percent)
        progress_->setValue(static_cast<int>(*percent));
    progress_->show();
    refresh();
}

void Wizard::stopWork() {
    works_ = false;
    work_->clear();
    progress_->hide();
    refresh();
}

void Wizard::fail(const service::RpcError& error) {
    stopWork();
    const QString text = errorLine(error);
    if (!error.data.field.empty())
        for (std::size_t at = 0; at < pages_.size(); ++at)
            if (pages_[at]->showRefusal(error.data.field, text)) {
                goTo(static_cast<int>(at));
                // Again: the focus was the page's first field's.
                static_cast<void>(pages_[at]->showRefusal(error.data.field, text));
                return;
            }
    fail(text);
}

void Wizard::fail(const QString& text) {
    stopWork();
    banner_->say(Banner::Kind::Error, text);
}

void Wizard::endWith(const QString& text) {
    ended_ = true;
    stopWork();
    cancel_->setText(tr("Close"));
    cancel_->setDefault(true);
    banner_->say(Banner::Kind::Warning, text);
}

void Wizard::changeEvent(QEvent* event) {
    QDialog::changeEvent(event);
    if (event->type() == QEvent::ApplicationPaletteChange && !pages_.empty())
        listSteps();
}

void Wizard::paintEvent(QPaintEvent* event) {
    QDialog::paintEvent(event);
    QPainter(this).fillRect(bar_->geometry(), Colours::of(palette()).header);
}

}  // namespace gui
