// SPDX-License-Identifier: GPL-3.0-or-later
#include "service/ipc/machine_states.h"

#include <QtTest>

#include "service/ipc/interface_description.h"

using service::isActive;
using service::isLegal;
using service::MachineAction;
using service::MachineState;

/// The table of what is legal when.
class MachineStatesTest : public QObject {
    Q_OBJECT

    static std::vector<MachineState> allStates() {
        std::vector<MachineState> states;
        for (std::size_t at = 0; at < service::kMachineStates; ++at)
            states.push_back(static_cast<MachineState>(at));
        return states;
    }

  private slots:
    void whatStartsIsNotActiveAndWhatIsTurnedOffIs() {
        for (const MachineState state : allStates()) {
            if (isLegal(MachineAction::Start, state))
                QVERIFY(!isActive(state));
            if (isLegal(MachineAction::TurnOff, state))
                QVERIFY(isActive(state));
        }
    }

    void hardwareChangesAndDeletionNeedAMachineWithoutAWorker() {
        for (const MachineState state : allStates()) {
            if (isLegal(MachineAction::ChangeHardware, state))
                QVERIFY(!isActive(state));
            if (isLegal(MachineAction::Delete, state))
                QVERIFY(!isActive(state));
        }
    }

    void whatIsExportedIsNotWrittenToAndNotTorn() {
        QVERIFY(isLegal(MachineAction::Export, MachineState::Off));
        QVERIFY(isLegal(MachineAction::Export, MachineState::Saved));
        for (const MachineState state : allStates())
            if (isActive(state) || state == MachineState::Critical)
                QVERIFY(!isLegal(MachineAction::Export, state));
    }

    void pauseAndResumeAreOppositesAndNoStateIsADeadEnd() {
        QVERIFY(isLegal(MachineAction::Pause, MachineState::Running));
        QVERIFY(!isLegal(MachineAction::Pause, MachineState::Paused));
        QVERIFY(isLegal(MachineAction::Resume, MachineState::Paused));
        QVERIFY(!isLegal(MachineAction::Resume, MachineState::Running));
        for (const MachineState state : allStates()) {
            // Saving ends by itself; out of every other state somebody can lead.
            if (state == MachineState::Saving)
                continue;
            QVERIFY(isLegal(MachineAction::Start, state) || isLegal(MachineAction::TurnOff, state));
        }
    }

    void theInterfaceTellsTheSameTable() {
        const auto description = service::describeInterface();
        const auto& actions = description.at("actions").as_object();
        QCOMPARE(actions.size(), service::kMachineActions);
        const auto& pause = actions.at("Pause").as_array();
        QCOMPARE(pause.size(), std::size_t{1});
        QVERIFY(pause[0] == boost::json::value("Running"));
    }
};

QTEST_GUILESS_MAIN(MachineStatesTest)
#include "machine_states_test.moc"
