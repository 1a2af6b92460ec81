// SPDX-License-Identifier: GPL-3.0-or-later
#include "graph_export.h"

#include <QCoreApplication>
#include <QDateTime>
#include <QFileDialog>
#include <QSaveFile>
#include <limits>
#include <map>
#include <optional>
#include <vector>

#include "graph.h"
#include "graph_curves.h"

namespace gui {

namespace {

struct Words {
    Q_DECLARE_TR_FUNCTIONS(gui::GraphExport)
};

QString quoted(QString text) {
    // A spreadsheet would take these at the beginning for a formula.
    if (!text.isEmpty() && QStringLiteral("=+-@").contains(text.front()))
        text.prepend(QLatin1Char('\''));
    return QLatin1Char('"') + text.replace(QLatin1Char('"'), QLatin1String("\"\"")) +
           QLatin1Char('"');
}

/// `title` without what file names can't hold.
QString fileName(const QString& title, const QString& suffix) {
    QString name;
    for (const QChar letter : title)
        name += letter.isLetterOrNumber() ? letter : QLatin1Char(' ');
    return name.simplified().replace(QLatin1Char(' '), QLatin1Char('-')) + suffix;
}

void askForFile(QWidget* parent, const QString& title, const QString& name, const QString& filter,
                const QString& suffix, std::function<bool(QIODevice&)> write,
                std::function<void(const QString&)> failed) {
    auto* dialog = new QFileDialog(parent, title, QString(), filter);
    dialog->setObjectName(QStringLiteral("exportDialog"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    dialog->setDefaultSuffix(suffix);
    dialog->selectFile(fileName(name, QLatin1Char('.') + suffix));
    QObject::connect(
        dialog, &QFileDialog::fileSelected, parent,
        [write = std::move(write), failed = std::move(failed)](const QString& path) {
            QSaveFile file(path);
            if (!file.open(QIODevice::WriteOnly) || !write(file) || !file.commit())
                failed(
                    Words::tr("The file '%1' can't be written: %2.").arg(path, file.errorString()));
        });
    dialog->open();
}

}  // namespace

bool writeCsv(std::span<const Graph* const> graphs, QIODevice& to) {
    QString header = QStringLiteral("\"Time\"");
    std::vector<std::pair<const CounterSeries*, TimeSpan>> columns;
    for (const Graph* const graph : graphs)
        for (const auto& [id, curve] : graph->curves().all()) {
            if (!curve.shown)
                continue;
            header += QLatin1Char(',') + quoted(graph->title() + QStringLiteral(": ") + curve.name);
            columns.emplace_back(&curve.series, graph->seen());
        }
    std::map<std::int64_t, std::vector<std::optional<double>>> rows;
    for (std::size_t column = 0; column < columns.size(); ++column) {
        const auto& [series, span] = columns[column];
        for (const CounterPoint& point : series->pointsFrom(span.from)) {
            if (point.time > span.to)
                break;
            if (point.isGap())
                continue;
            auto& row = rows[point.time];
            row.resize(columns.size());
            row[column] = point.value;
        }
    }
    QByteArray text = header.toUtf8() + "\r\n";
    for (const auto& [time, row] : rows) {
        const QDateTime local = QDateTime::fromMSecsSinceEpoch(time);
        text += local.toOffsetFromUtc(local.offsetFromUtc()).toString(Qt::ISODateWithMs).toLatin1();
        for (const auto& value : row)
            text += ',' + (value ? QByteArray::number(*value, 'g', 10) : QByteArray());
        text += "\r\n";
    }
    return to.write(text) == text.size();
}

void exportPicture(QWidget* parent, const QString& name, std::function<QImage()> picture,
                   std::function<void(const QString&)> failed) {
    // Of the moment when it was asked for, not when a name had been found.
    askForFile(
        parent, Words::tr("Export Picture"), name, Words::tr("Pictures (*.png)"),
        QStringLiteral("png"),
        [image = picture()](QIODevice& to) { return image.save(&to, "PNG"); }, std::move(failed));
}

void exportFigures(QWidget* parent, const QString& name, std::function<bool(QIODevice&)> figures,
                   std::function<void(const QString&)> failed) {
    askForFile(parent, Words::tr("Export Values"), name,
               Words::tr("Comma-separated values (*.csv)"), QStringLiteral("csv"),
               std::move(figures), std::move(failed));
}

}  // namespace gui
