// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QMainWindow>
#include <QPointer>
#include <QTimer>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "gui/connection/machine_store.h"

class QLabel;
class QStackedWidget;
class QTabWidget;
class QToolBar;

namespace gui {

class Banner;
class ConsoleActions;
class MachineOffPage;
class ScreenSession;
class ScreenView;
class SerialSession;
class TerminalView;

/// Virtual Machine Connection: one machine's screen, its serial ports, each a terminal, and what
/// can be done to the machine. Closing it does nothing to the machine.
///
/// By these names tests and tools find its parts: "tabs", "terminal1" to "terminal4", "screen",
/// "start" (the button), "offText", "status", "portStatus", "toolBar", and actions "action-start",
/// "action-turn-off", ... (console_actions.cpp).
class ConsoleWindow final : public QMainWindow {
    Q_OBJECT

  public:
    ConsoleWindow(MachineStore& store, std::string id, QWidget* parent = nullptr);
    ~ConsoleWindow() override;

    [[nodiscard]] const std::string& machine() const { return id_; }
    /// Nothing for a port without a console.
    [[nodiscard]] TerminalView* terminal(std::uint32_t port) const;
    [[nodiscard]] ScreenView& screen() const { return *screen_; }
    /// Its tab.
    void showScreen();

  signals:
    void settingsWanted(const std::string& id);

  protected:
    void changeEvent(QEvent* event) override;

  private:
    /// What the banner tells of. A later problem replaces an earlier one.
    enum class Problem : unsigned char { None, Service, Port, Action };
    struct Port {
        TerminalView* view;
        SerialSession* session;
    };

    void makeActions();
    void makeMenus();
    void makeToolBar();
    void makeCentre();
    void makeStatusBar();

    void askConsoles();
    void takeConsoles(const std::vector<service::ConsoleInfo>& consoles);
    void addPort(std::uint32_t port);
    void removePort(std::uint32_t port);
    void makeScreen();
    void screenChanged();
    /// Once for each resolution of the guest, when its screen is seen: the window takes the size that
    /// shows it pixel by pixel, as far as there is room on the host's.
    void fitScreen();
    /// A port's, or the screen's.
    void sessionChanged();
    void typeClipboardText();
    void captureScreen();

    void update();
    void updateConsoleActions();
    void updatePortStatus();
    void showConsoles();
    void focusCurrent();
    void complain(Problem problem, const QString& text, const QString& button);
    void settle(Problem problem);
    void answerBanner();
    void setFullScreen(bool full);
    void showKeys();

    [[nodiscard]] QString name() const;
    [[nodiscard]] TerminalView* currentView() const;
    [[nodiscard]] SerialSession* currentSession() const;
    [[nodiscard]] bool showsScreen() const;

    MachineStore& store_;
    const std::string id_;
    /// As it was last, for a machine that is gone.
    QString name_;
    ConsoleActions* actions_;
    Banner* banner_ = nullptr;
    Problem problem_ = Problem::None;
    QStackedWidget* pages_ = nullptr;
    MachineOffPage* offPage_ = nullptr;
    QTabWidget* tabs_ = nullptr;
    ScreenView* screen_ = nullptr;
    ScreenSession* screenSession_ = nullptr;
    /// The guest's resolution is another one than the window was fitted to.
    bool isToFit_ = false;
    std::map<std::uint32_t, Port> ports_;
    QToolBar* toolBar_ = nullptr;
    bool toolBarShown_ = true;
    QLabel* status_ = nullptr;
    QLabel* portStatus_ = nullptr;
    QAction* settings_ = nullptr;
    QAction* exit_ = nullptr;
    QAction* typeText_ = nullptr;
    QAction* copy_ = nullptr;
    QAction* paste_ = nullptr;
    QAction* zoomIn_ = nullptr;
    QAction* zoomOut_ = nullptr;
    QAction* zoomReset_ = nullptr;
    QAction* fullScreen_ = nullptr;
    QAction* scaled_ = nullptr;
    QAction* capture_ = nullptr;
    /// Changes come in bursts, and one question after them is enough.
    QTimer consolesTimer_;
};

}  // namespace gui
