// SPDX-License-Identifier: GPL-3.0-or-later
#include "new_machine_wizard.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>

#include "assign_memory_page.h"
#include "completing_page.h"
#include "connect_disk_page.h"
#include "generation_page.h"
#include "gui/connection/text.h"
#include "installation_page.h"
#include "introduction_page.h"
#include "machine_name_page.h"
#include "networking_page.h"

namespace gui {

using namespace service;  // NOLINT: what is asked of it

NewMachineWizard::NewMachineWizard(MachineStore& store, QWidget* parent)
    : Wizard(tr("New Virtual Machine Wizard"), QStringLiteral("machine"), parent),
      store_(store),
      disk_(store.connection()) {
    add(new IntroductionPage);
    add(new MachineNamePage(store));
    add(new GenerationPage);
    add(new AssignMemoryPage);
    add(new NetworkingPage(store));
    add(new ConnectDiskPage(store.connection()));
    add(new InstallationPage);
    add(new CompletingPage);
    connect(&store, &MachineStore::hostChanged, this, &NewMachineWizard::refresh);
    connect(&disk_, &JobWatch::progressed, this,
            [this](const QString& title, double percent) { showWork(title, percent); });
    connect(&disk_, &JobWatch::succeeded, this, [this] {
        madeDisk_ = machine_.newDisk->path;
        createMachine();
    });
    connect(&disk_, &JobWatch::failed, this, [this](RpcError error) {
        // Cancelled by the one who reads this.
        if (error.code == ErrorCode::Cancelled)
            return stopWork();
        error.data.field = error.data.field.empty() ? "newDisk" : "newDisk." + error.data.field;
        fail(error);
    });
    goTo(IntroductionPage::isUnwanted() ? 1 : 0);
}

NewMachineWizard::~NewMachineWizard() {
    removeUnusedDisk();
}

void NewMachineWizard::add(NewMachinePage* page) {
    pages_.push_back(page);
    addPage(page);
}

void NewMachineWizard::follow() {
    machine_ = {};
    for (NewMachinePage* const page : pages_) {
        page->follow(machine_, store_);
        page->store(machine_);
    }
}

void NewMachineWizard::carryOut() {
    if (machine_.newDisk)
        createDisk();
    else
        createMachine();
}

void NewMachineWizard::createDisk() {
    const QString folder = QFileInfo(fromUtf8(machine_.newDisk->path)).path();
    if (!QDir().mkpath(folder))
        return fail(makeError(ErrorCode::FileError,
                              tr("The folder %1 can't be made.").arg(folder).toStdString(),
                              tr("choose another one").toStdString(), "newDisk"));
    showWork(tr("Creating the virtual hard disk"));
    disk_.begin<DiskCreateMethod>(*machine_.newDisk);
}

void NewMachineWizard::createMachine() {
    showWork(tr("Creating the machine"));
    store_.connection().call<MachineCreateMethod>(
        {machine_.settings, machine_.folder}, this, [this](RpcResult<MachineReply> reply) {
            if (!reply) {
                // The next attempt makes it anew, perhaps elsewhere or of another size.
                removeUnusedDisk();
                return fail(reply.error());
            }
            madeDisk_.clear();
            const std::string id = reply->machine.settings.id;
            emit created(id);
            if (machine_.start)
                return start(id);
            stopWork();
            done(Accepted);
        });
}

void NewMachineWizard::start(const std::string& id) {
    showWork(tr("Starting the machine"));
    store_.connection().call<MachineStartMethod>(
        {id}, this, [this](RpcResult<MachineStartReply> reply) {
            if (!reply)
                return endWith(tr("The machine was made, but it can't be started. %1")
                                   .arg(errorLine(reply.error())));
            stopWork();
            done(Accepted);
        });
}

void NewMachineWizard::cancelWork() {
    // A machine that is being made is there at once; a disk may take its time.
    disk_.cancel();
}

void NewMachineWizard::removeUnusedDisk() {
    if (!madeDisk_.empty())
        QFile::remove(fromUtf8(madeDisk_));
    madeDisk_.clear();
}

}  // namespace gui
