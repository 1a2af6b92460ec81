// SPDX-License-Identifier: GPL-3.0-or-later
#include "processor_page.h"

#include <QGroupBox>
#include <QLabel>
#include <QLineEdit>
#include <QSpinBox>
#include <QVBoxLayout>

#include "gui/connection/text.h"
#include "percent_spin_box.h"
#include "processor_arithmetic.h"

namespace gui {

namespace {

constexpr int kLabelCharacters = 42;
constexpr int kMostWeight = 10'000;
constexpr int kStripHeight = 96;

QLineEdit* computed(const QString& name, QWidget* parent) {
    auto* field = new QLineEdit(parent);
    field->setObjectName(name);
    field->setReadOnly(true);
    // Reached by the mouse, to copy; nothing to stop at while one tabs through what can change.
    field->setFocusPolicy(Qt::ClickFocus);
    return field;
}

void setPercent(PercentSpinBox& field, double percent) {
    if (shareOfPercent(field.value()) != shareOfPercent(percent))
        field.setValue(percent);
}

}  // namespace

ProcessorPage::ProcessorPage(ProcessorPageExtras extras, QWidget* parent)
    : SettingsPage(tr("Processor"), QStringLiteral("processor"),
                   tr("How many virtual processors this machine has, and how they share the "
                      "server's processors with others."),
                   parent),
      extras_(std::move(extras)) {
    build();
}

void ProcessorPage::build() {
    count_ = new QSpinBox(this);
    count_->setObjectName(QStringLiteral("processors"));
    count_->setRange(1, static_cast<int>(service::kMaximumProcessors));
    auto* processors = new Form(kLabelCharacters + 2, this);
    countNotes_ = processors->add(tr("&Number of virtual processors:"), count_);
    column()->addWidget(processors);

    control_ = new QGroupBox(tr("Resource control"), this);
    auto* inside = groupColumn(*control_);
    auto* said = new QLabel(tr("What the machine is guaranteed, what it may use at most, and how "
                               "it competes. In force at once."),
                            control_);
    said->setWordWrap(true);
    inside->addWidget(said);

    auto* form = new Form(kLabelCharacters, control_);
    reserve_ = new PercentSpinBox(0, form);
    reserve_->setObjectName(QStringLiteral("reserve"));
    const Form::Row reserve = form->add(tr("Virtual machine &reserve (percentage):"), reserve_);
    reserveNote_ = reserve.under;
    reserveNote_->setObjectName(QStringLiteral("reserveNote"));
    reserveOfTotal_ = computed(QStringLiteral("reserveOfTotal"), form);
    form->add(tr("Percent of total system resources:"), reserveOfTotal_);
    limit_ = new PercentSpinBox(1, form);
    limit_->setObjectName(QStringLiteral("limit"));
    const Form::Row limit = form->add(tr("Virtual machine &limit (percentage):"), limit_);
    limitOfTotal_ = computed(QStringLiteral("limitOfTotal"), form);
    form->add(tr("Percent of total system resources:"), limitOfTotal_);
    weight_ = new QSpinBox(form);
    weight_->setObjectName(QStringLiteral("weight"));
    weight_->setRange(1, kMostWeight);
    weight_->setAccelerated(true);
    const Form::Row weight = form->add(tr("Relative &weight:"), weight_);
    inside->addWidget(form);
    const int width = weight_->sizeHint().width() + fontMetrics().averageCharWidth() * 2;
    for (QWidget* const field : std::initializer_list<QWidget*>{count_, reserve_, reserveOfTotal_,
                                                                limit_, limitOfTotal_, weight_})
        field->setFixedWidth(width);
    inForce_ = new FieldNote(control_);
    inForce_->setObjectName(QStringLiteral("inForce"));
    inside->addWidget(inForce_);
    addGraphs(inside);
    column()->addWidget(control_);

    refusals().bind("processor", countNotes_.under, count_);
    refusals().bind("processor.reserve", reserve.under, reserve_);
    refusals().bind("processor.limit", limit.under, limit_);
    refusals().bind("processor.weight", weight.under, weight_);
    connect(count_, &QSpinBox::valueChanged, this, &ProcessorPage::edited);
    connect(reserve_, &QDoubleSpinBox::valueChanged, this, &ProcessorPage::edited);
    connect(limit_, &QDoubleSpinBox::valueChanged, this, &ProcessorPage::edited);
    connect(weight_, &QSpinBox::valueChanged, this, &ProcessorPage::edited);
}

void ProcessorPage::addGraphs(QVBoxLayout* column) {
    // The strip is of one machine, and comes when that is known.
    stripPlace_ = new QVBoxLayout;
    stripPlace_->setSpacing(4);
    column->addLayout(stripPlace_);
    if (!extras_.bar)
        return;
    barTitle_ = new QLabel(control_);
    column->addWidget(barTitle_);
    bar_ = extras_.bar(control_);
    column->addWidget(bar_);
}

QString ProcessorPage::summary() const {
    return count_->value() == 1 ? tr("1 Virtual processor")
                                : tr("%1 Virtual processors").arg(count_->value());
}

service::ProcessorSettings ProcessorPage::entered() const {
    service::ProcessorSettings entered;
    entered.count = static_cast<std::uint32_t>(count_->value());
    entered.reserve = shareOfPercent(reserve_->value());
    entered.limit = shareOfPercent(limit_->value());
    entered.weight = static_cast<std::uint32_t>(weight_->value());
    return entered;
}

void ProcessorPage::store(service::MachineSettings& settings) const {
    settings.processor = entered();
}

bool ProcessorPage::differs(const service::MachineSettings& before,
                            const service::MachineSettings& after) const {
    return before.processor != after.processor;
}

void ProcessorPage::load(const service::MachineDetails& details, const service::HostReply* host) {
    const service::ProcessorSettings& processor = details.settings.processor;
    if (id_.empty() && extras_.strip) {
        stripPlace_->addWidget(new QLabel(tr("This machine now"), control_));
        strip_ = extras_.strip(details.settings.id, control_);
        strip_->setMinimumHeight(kStripHeight);
        stripPlace_->addWidget(strip_);
    }
    id_ = details.settings.id;
    state_ = details.summary.state;
    host_ = host ? std::optional(*host) : std::nullopt;
    setValue(*count_, static_cast<int>(processor.count));
    setPercent(*reserve_, percentOfShare(processor.reserve));
    setPercent(*limit_, percentOfShare(processor.limit));
    setValue(*weight_, static_cast<int>(processor.weight));
    const QString frozen = frozenReason(state_);
    count_->setEnabled(frozen.isEmpty());
    countNotes_.beside->say(
        FieldNote::Kind::Explanation,
        frozen.isEmpty() ? tr("from 1 to %1").arg(service::kMaximumProcessors) : frozen);
    const std::string& note = details.resources.note;
    inForce_->say(FieldNote::Kind::Explanation,
                  note.empty() ? QString() : tr("On this server: %1.").arg(fromUtf8(note)));
}

void ProcessorPage::judge() {
    const service::ProcessorSettings now = entered();
    const std::uint32_t lps = host_ ? host_->logicalProcessors : 0;
    countNotes_.under->say(
        FieldNote::Kind::Warning,
        hasTooManyProcessors(now.count, lps)
            ? tr("More than %1 for each logical processor, of which this server has %2: they will "
                 "mostly wait for each other.")
                  .arg(kSensibleProcessorsPerLp)
                  .arg(lps)
            : QString());
    showTotals(now, lps);
    judgeReserve(now);
}

void ProcessorPage::showTotals(const service::ProcessorSettings& now, std::uint32_t lps) {
    const double reserve = percentOfTotal(now.count, now.reserve, lps);
    const double limit = percentOfTotal(now.count, now.limit, lps);
    const auto show = [this](QLineEdit& field, double percent) {
        field.setText(host_ ? locale().toString(wholePercent(percent)) : QString());
        field.setToolTip(host_ ? tr("%1 %").arg(locale().toString(percent, 'f', 2)) : QString());
    };
    show(*reserveOfTotal_, reserve);
    show(*limitOfTotal_, limit);
    if (strip_ && extras_.setLines)
        extras_.setLines(strip_, reserve_->value(), limit_->value());
    if (!bar_ || !host_)
        return;
    barTitle_->setText(lps == 1 ? tr("Reserved on this server (1 logical processor)")
                                : tr("Reserved on this server (%1 logical processors)").arg(lps));
    if (extras_.setBar)
        extras_.setBar(bar_, *host_, id_, reserve);
}

void ProcessorPage::judgeReserve(const service::ProcessorSettings& now) {
    problem_ = now.reserve > now.limit;
    if (problem_) {
        reserveNote_->say(FieldNote::Kind::Problem,
                          tr("The reserve is over the limit of %1 %. Reserve less, or raise the "
                             "limit.")
                              .arg(limit_->text()));
        return;
    }
    const std::uint32_t most = host_ ? mostReserve(*host_, id_, now.count) : service::kNoLimit;
    if (now.reserve <= most) {
        reserveNote_->clear();
        return;
    }
    const QString room =
        tr("Beside what running machines reserve, this server can hold %1 % of "
           "each virtual processor.")
            .arg(locale().toString(most / 1000.0, 'f', QLocale::FloatingPointShortest));
    // A machine that is off may wait for others to stop; one that runs has its reserve at once.
    problem_ = service::isActive(state_);
    reserveNote_->say(problem_ ? FieldNote::Kind::Problem : FieldNote::Kind::Warning,
                      problem_ ? room : tr("%1 The machine would not start now.").arg(room));
}

}  // namespace gui
