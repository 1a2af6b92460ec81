// SPDX-License-Identifier: GPL-3.0-or-later
//
// The verbs and their options as a whole: completion, and the man page that must know them all.
#include "service/cli/command_line.h"

#include <CLI/CLI.hpp>
#include <QFile>
#include <QtTest>
#include <algorithm>

#include "service/cli/completion.h"
#include "service/cli/verb_options.h"

using namespace service::cli;

class CommandLineTest : public QObject {
    Q_OBJECT

    CLI::App program_{"", "vireo"};
    std::function<int()> chosen_;

    [[nodiscard]] QStringList completed(const std::vector<std::string>& words) const {
        QStringList result;
        const Completion completion = complete(program_, words, [](std::string_view form) {
            return form == kSwitchForm ? std::vector<std::string>{"Default Switch", "Lab"}
                                       : std::vector<std::string>{"web", "db one"};
        });
        for (const std::string& word : completion.words)
            result.append(QString::fromStdString(word));
        if (completion.files)
            result.append("/");
        return result;
    }

  private slots:
    void initTestCase() { addVerbs(program_, chosen_); }

    void verbsAreCompleted() {
        QCOMPARE(completed({"st"}), (QStringList{"start", "stop", "stats"}));
        QCOMPARE(completed({"disk", "con"}), QStringList{"convert"});
        const QStringList all = completed({""});
        QVERIFY(all.contains("create"));
    }

    void machinesAreCompletedWhereTheyCanStand() {
        QCOMPARE(completed({"show", ""}), (QStringList{"web", "db one"}));
        QCOMPARE(completed({"show", "web", "d"}), QStringList{"db one"});
        QCOMPARE(completed({"rename", "w"}), QStringList{"web"});
        QCOMPARE(completed({"rename", "web", ""}), QStringList{});
        QCOMPARE(completed({"create", ""}), QStringList{});
        QCOMPARE(completed({"set", "--weight", "200", "we"}), QStringList{"web"});
        QCOMPARE(completed({"set", "--weight", ""}), QStringList{});
        QCOMPARE(completed({"export", "w"}), QStringList{"web"});
        QCOMPARE(completed({"export", "web", ""}), QStringList{"/"});
        QCOMPARE(completed({"import", ""}), QStringList{"/"});
    }

    void switchesAreCompletedWhereTheyCanStand() {
        QCOMPARE(completed({"switch", "set", ""}), (QStringList{"Default Switch", "Lab"}));
        QCOMPARE(completed({"switch", "rename", "Lab", ""}), QStringList{});
        QCOMPARE(completed({"switch", "create", ""}), QStringList{});
        QCOMPARE(completed({"switch", "create", "x", "--kind", "p"}), QStringList{"private"});
        QCOMPARE(completed({"set", "web", "--switch", "L"}), QStringList{"Lab"});
    }

    void optionsAndTheirValuesAreCompleted() {
        QCOMPARE(completed({"set", "web", "--weig"}), QStringList{"--weight"});
        QCOMPARE(completed({"set", "web", "--automatic-stop", ""}),
                 (QStringList{"save", "turn-off", "shut-down"}));
        QCOMPARE(completed({"create", "x", "--kernel", ""}), QStringList{"/"});
        QCOMPARE(completed({"disk", "info", ""}), QStringList{"/"});
        QCOMPARE(completed({"list", "--state", "pa"}), (QStringList{"pausing", "paused"}));
        QCOMPARE(completed({}), completed({""}));
    }

    void manPageKnowsEveryVerbAndOption() {
        QFile file(MAN_PAGE);
        QVERIFY(file.open(QIODevice::ReadOnly));
        const QByteArray page = file.readAll().replace("\\-", "-");
        const auto all = [](const CLI::App*) { return true; };
        for (const CLI::App* const verb : program_.get_subcommands(all)) {
            if (verb->get_group().empty())
                continue;
            const QByteArray name = QByteArray::fromStdString(verb->get_name());
            QVERIFY2(page.contains("vireo " + name), name);
            for (const CLI::Option* const option : verb->get_options())
                for (const std::string& word : option->get_lnames())
                    QVERIFY2(page.contains("--" + QByteArray::fromStdString(word)),
                             ("vireo " + verb->get_name() + " --" + word).c_str());
        }
    }

    void everyVerbTellsItsExitStatuses() {
        const auto all = [](const CLI::App*) { return true; };
        for (const CLI::App* const verb : program_.get_subcommands(all)) {
            if (verb->get_group().empty())
                continue;
            QVERIFY2(verb->get_footer().find("Exit status:") != std::string::npos,
                     verb->get_name().c_str());
        }
    }
};

QTEST_APPLESS_MAIN(CommandLineTest)
#include "command_line_test.moc"
