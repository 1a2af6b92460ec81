// SPDX-License-Identifier: GPL-3.0-or-later
#include "exchange_requests.h"

#include <fmt/format.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "atomic_file.h"
#include "machine_export.h"
#include "machine_import.h"
#include "service/ipc/exchange_requests.h"

namespace service {

namespace storage = devices::storage;

using hypervisor::Result;

namespace {

RpcResult<void> checkFolderPath(const std::string& path, const char* field) {
    if (path.empty() || path.front() != '/' || path.find('\0') != std::string::npos)
        return rpcFailure(ErrorCode::InvalidParams, fmt::format("'{}' is no absolute path", field),
                          {}, field, "an absolute path");
    return {};
}

/// Short work whose result names a field if it is an error.
template <class T>
void look(JobTable& jobs, const ClientRights& rights,
          std::function<RpcResult<T>(storage::IoEngine& engine)> work,
          std::function<void(RpcResult<T> result)> then) {
    auto found = std::make_shared<std::optional<RpcResult<T>>>();
    jobs.runShort(
        rights,
        [found, work = std::move(work)](storage::IoEngine& engine, storage::Job&) -> Result<void> {
            found->emplace(work(engine));
            return {};
        },
        [found, then = std::move(then)](const Result<void>& result) {
            if (!result)
                return then(rpcFailure(ErrorCode::PermissionDenied, result.error().message));
            then(std::move(**found));
        });
}

class Exchange {
  public:
    Exchange(Machines& machines, JobTable& jobs) : machines_(machines), jobs_(jobs) {}

    void exportMachine(const ClientRights& rights, const MachineExportParams& params,
                       const RequestRouter::OnReply<JobReply>& onReply);
    void inspect(const ClientRights& rights, const ImportInspectParams& params,
                 const RequestRouter::OnReply<ImportInspectReply>& onReply);
    void importMachine(const ClientRights& rights, const MachineImportParams& params,
                       const RequestRouter::OnReply<JobReply>& onReply);

  private:
    [[nodiscard]] RpcResult<MachineExport> planExport(const MachineExportParams& params) const;
    [[nodiscard]] RpcResult<JobReply> beginExport(const ClientRights& rights,
                                                  const MachineExportParams& params);
    [[nodiscard]] RpcResult<JobReply> beginImport(const ClientRights& rights,
                                                  const MachineImportParams& params,
                                                  std::shared_ptr<MachineImport> import);
    void addProblemsOfHost(ImportInspectReply& reply) const;

    Machines& machines_;
    JobTable& jobs_;
};

RpcResult<MachineExport> Exchange::planExport(const MachineExportParams& params) const {
    const auto machine = machines_.find(params.machine);
    if (!machine)
        return std::unexpected(machine.error());
    if (auto legal = (*machine)->checkLegal(MachineAction::Export); !legal)
        return std::unexpected(legal.error());
    const auto text = readFile((*machine)->folder() + '/' + kMachineFileName, kMaximumMachineFile);
    return MachineExport{(*machine)->stored(), text.value_or(""), params.folder};
}

void Exchange::exportMachine(const ClientRights& rights, const MachineExportParams& params,
                             const RequestRouter::OnReply<JobReply>& onReply) {
    if (auto checked = checkFolderPath(params.folder, "folder"); !checked)
        return onReply(std::unexpected(checked.error()));
    const auto plan = planExport(params);
    if (!plan)
        return onReply(std::unexpected(plan.error()));
    look<MachineExport>(
        jobs_, rights,
        [plan = *plan](storage::IoEngine&) -> RpcResult<MachineExport> {
            if (auto judged = plan.judge(); !judged)
                return std::unexpected(judged.error());
            return plan;
        },
        [this, rights, params, onReply](const RpcResult<MachineExport>& judged) {
            onReply(judged ? beginExport(rights, params) : std::unexpected(judged.error()));
        });
}

RpcResult<JobReply> Exchange::beginExport(const ClientRights& rights,
                                          const MachineExportParams& params) {
    // The machine may be another one than before its target was looked at.
    auto plan = planExport(params);
    if (!plan)
        return std::unexpected(plan.error());
    const MachineSettings& settings = plan->machine.settings;
    JobTable::Conclusion conclusion;
    conclusion.run = [this, id = settings.id, target = plan->target()]() -> RpcResult<std::string> {
        machines_.recordExport(id, target);
        return id;
    };
    std::string title = "Exporting " + settings.name;
    return jobs_.begin(
        rights, JobKind::ExportMachine, std::move(title),
        [plan = std::move(*plan)](storage::IoEngine& engine, storage::Job& job) {
            return plan.run(engine, job);
        },
        std::move(conclusion));
}

void Exchange::inspect(const ClientRights& rights, const ImportInspectParams& params,
                       const RequestRouter::OnReply<ImportInspectReply>& onReply) {
    if (auto checked = checkFolderPath(params.folder, "folder"); !checked)
        return onReply(std::unexpected(checked.error()));
    look<ImportInspectReply>(
        jobs_, rights,
        [folder = params.folder](storage::IoEngine& engine) {
            return inspectImport(engine, folder);
        },
        [this, onReply](RpcResult<ImportInspectReply> found) {
            if (found)
                addProblemsOfHost(*found);
            onReply(std::move(found));
        });
}

void Exchange::addProblemsOfHost(ImportInspectReply& reply) const {
    const MachineSettings& settings = reply.settings;
    if (!machines_.checkIdIsFree(settings.id)) {
        const std::string name = machines_.nameOf(settings.id);
        reply.problems.push_back({name.empty()
                                      ? "A machine that can't be read has this machine's id."
                                      : fmt::format("The machine \"{}\" has the same id.", name),
                                  {ImportKind::Register, ImportKind::Restore}});
    }
    if (!machines_.checkNameIsFree(settings.name, {}))
        reply.problems.push_back(
            {fmt::format("There is a machine with the name \"{}\" already: it needs another name.",
                         settings.name),
             {}});
    for (std::string& shortage : machines_.shortagesOf(settings))
        reply.problems.push_back({std::move(shortage), {}});
}

void Exchange::importMachine(const ClientRights& rights, const MachineImportParams& params,
                             const RequestRouter::OnReply<JobReply>& onReply) {
    if (auto checked = checkFolderPath(params.folder, "folder"); !checked)
        return onReply(std::unexpected(checked.error()));
    for (const auto& [folder, field] :
         {std::pair{&params.machineFolder, "machineFolder"}, {&params.diskFolder, "diskFolder"}}) {
        if (!*folder)
            continue;
        if (auto checked = checkFolderPath(**folder, field); !checked)
            return onReply(std::unexpected(checked.error()));
        if (params.kind == ImportKind::Register)
            return onReply(rpcFailure(
                ErrorCode::InvalidParams, "a machine that is registered in place stays where it is",
                "leave the folder away, or restore or copy the machine", field));
    }
    look<MachineImport>(
        jobs_, rights,
        [params, user = rights.user](storage::IoEngine&) {
            return MachineImport::prepare(params, user);
        },
        [this, rights, params, onReply](RpcResult<MachineImport> import) {
            if (!import)
                return onReply(std::unexpected(import.error()));
            onReply(
                beginImport(rights, params, std::make_shared<MachineImport>(std::move(*import))));
        });
}

RpcResult<JobReply> Exchange::beginImport(const ClientRights& rights,
                                          const MachineImportParams& params,
                                          std::shared_ptr<MachineImport> import) {
    // The machine's vm.json is written anew to the service's own folder, or below `machineFolder`,
    // also when its disks stay in place: one in a folder that others may write to could be changed
    // behind the service's back to have any file opened.
    const MachineCreateParams planned{import->settings(), params.machineFolder};
    if (auto judged = machines_.judgeNew(rights, planned); !judged) {
        RpcError error = judged.error();
        if (error.data.field == "folder")
            error.data.field = "machineFolder";
        if (error.data.field == "id")
            error.data.advice = "import it as a copy";
        return std::unexpected(std::move(error));
    }
    JobTable::Conclusion conclusion;
    conclusion.run = [this, rights, import,
                      folder = params.machineFolder]() -> RpcResult<std::string> {
        auto added =
            machines_.addNew(rights, {import->settings(), folder}, Machines::Origin::Imported);
        if (!added)
            return std::unexpected(added.error());
        return added->machine.settings.id;
    };
    conclusion.undo = [import] { import->undo(); };
    return jobs_.begin(
        rights, JobKind::ImportMachine, "Importing " + import->settings().name,
        [import](storage::IoEngine& engine, storage::Job& job) { return import->run(engine, job); },
        std::move(conclusion));
}

}  // namespace

void addExchangeRequests(RequestRouter& router, Machines& machines, JobTable& jobs,
                         const KeptServiceSettings& settings) {
    using PeerPointer = std::shared_ptr<Peer>;
    const auto exchange = std::make_shared<Exchange>(machines, jobs);
    router.add<MachineExportMethod>([exchange](const PeerPointer& peer,
                                               const MachineExportParams& params,
                                               const RequestRouter::OnReply<JobReply>& onReply) {
        exchange->exportMachine(peer->rights(), params, onReply);
    });
    router.add<ImportInspectMethod>(
        [exchange](const PeerPointer& peer, const ImportInspectParams& params,
                   const RequestRouter::OnReply<ImportInspectReply>& onReply) {
            exchange->inspect(peer->rights(), params, onReply);
        });
    router.add<MachineImportMethod>(
        [exchange, &settings](const PeerPointer& peer, MachineImportParams params,
                              const RequestRouter::OnReply<JobReply>& onReply) {
            const std::string& usual = settings.settings().diskFolder;
            if (!params.diskFolder && !usual.empty() && params.kind != ImportKind::Register)
                params.diskFolder = usual;
            exchange->importMachine(peer->rights(), params, onReply);
        });
}

}  // namespace service
