// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/describe.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "guest_report.h"
#include "hypervisor/error.h"

namespace service {

// What passes over a worker's control socket, one JSON object a line (docs/worker-protocol.md).
//
// To the worker: first one MachineStart with the descriptors named below, then WorkerRequests.
// From the worker: WorkerEvents. Each WorkerRequest is answered by one event, Done, Failed or
// Description, that carries its `id`; other events come in between.
//
// A worker without a listening socket ends its machine when its peer shuts the connection down or
// closes it. A worker with one goes on and takes the next connection, from the same user or root,
// which speaks WorkerRequests at once; a new connection replaces an old one. Events that nobody
// was there to hear, the last 64, come first.

enum class BackendChoice : std::uint8_t { Auto, Kvm, Software };
BOOST_DESCRIBE_ENUM(BackendChoice, Auto, Kvm, Software)

/// A limit in thousandths of a percent of one LP for each VP: this is none.
inline constexpr std::uint32_t kNoLimit = 100'000;

/// A drive at a synthetic SCSI controller or an IDE controller, or the diskette drive. With it come
/// the descriptors of its image and of that one's ancestors, locked and in this order, open for
/// writing as far as the machine writes.
struct WorkerDrive {
    bool ide = false;
    /// What fits into it is settled by the diskette that is in it at the machine's start.
    bool floppy = false;
    /// 0 to 3, and 0 to 63; of IDE, 0 and 1 both; of the diskette drive, 0.
    std::uint32_t controller = 0;
    std::uint32_t location = 0;
    bool dvd = false;
    bool readOnly = false;
    /// The content is the disk's, whatever it looks like.
    bool raw = false;
    /// Names of the files, for messages; none: a DVD drive without a disc, no diskette.
    std::vector<std::string> images;
};
BOOST_DESCRIBE_STRUCT(WorkerDrive, (),
                      (ide, floppy, controller, location, dvd, readOnly, raw, images))

/// A network adapter. With `hasPort` comes the descriptor of its switch port: a packet socket
/// (SOCK_SEQPACKET), one frame a packet, or with `tap` a tap device.
struct WorkerAdapter {
    /// A UUID; guests name the device by it.
    std::string id;
    std::string macAddress;
    bool hasPort = false;
    bool tap = false;
    /// What its figures are shown under.
    std::string name = "Network Adapter";
    /// The emulated DEC 21140A, not the synthetic one.
    bool legacy = false;
};
BOOST_DESCRIBE_STRUCT(WorkerAdapter, (), (id, macAddress, hasPort, tap, name, legacy))

/// A file that goes into a guest. With it comes the descriptor of the file.
struct WorkerFileCopy {
    std::string name;
    /// Where it goes in the guest.
    std::string folder;
    std::uint64_t sizeBytes = 0;
    bool overwrite = false;
    bool createFolder = false;
};
BOOST_DESCRIBE_STRUCT(WorkerFileCopy, (), (name, folder, sizeBytes, overwrite, createFolder))

/// Of dynamic memory, what can change while a machine runs; as in MachineStart.
struct WorkerMemory {
    std::uint64_t minimumBytes = 0;
    std::uint32_t bufferPercent = 20;
};
BOOST_DESCRIBE_STRUCT(WorkerMemory, (), (minimumBytes, bufferPercent))

/// Which integration components a machine has.
struct WorkerIntegration {
    bool shutdown = true;
    bool timeSynchronization = true;
    bool keyValueExchange = true;
    bool heartbeat = true;
    bool backup = true;
    bool guestServices = false;
};
BOOST_DESCRIBE_STRUCT(WorkerIntegration, (),
                      (shutdown, timeSynchronization, keyValueExchange, heartbeat, backup,
                       guestServices))

/// Starts a machine. Descriptors with it, in this order: if `hasStream` the stream that COM1 is
/// wired to, the kernel, each initial RAM disk, each image of `firmware`, `networkRom`, /dev/kvm if
/// `hasKvm`, if `hasListener` a listening Unix stream socket, one more such socket for each of
/// `consolePorts`, the images of each of `drives`, the port of each of `adapters` that has one, if
/// `hasScreen` the listening Unix stream socket of its screen, if `hasLastPicture` a file, and if
/// `hasGuestSockets` the socket at which programs reach the guest's.
struct MachineStart {
    std::uint32_t processors = 1;
    std::uint64_t memoryBytes = 0;
    BackendChoice backend = BackendChoice::Auto;
    bool hasKvm = false;
    /// Names of the files, for command lines and messages; not opened. Without a kernel the machine
    /// boots by its firmware.
    std::string kernel;
    std::vector<std::string> initialRamDisks;
    std::string commandLine;
    /// Names of its images: the system's, and then the VGA's where the machine has a screen. None
    /// with a kernel.
    std::vector<std::string> firmware;
    /// Name of the file that legacy network adapters boot by: an expansion ROM, or what
    /// makeNetworkRom() makes one of. Empty: none, as with a kernel.
    std::string networkRom;
    /// What the firmware tries to boot, first to last, as Open Firmware names devices.
    std::vector<std::string> bootOrder;
    /// A write to port 0xF4 ends the machine.
    bool debugExit = false;
    /// A reset boots the machine again rather than ending it.
    bool restartOnReset = true;
    /// How many times slower than the host's the guest's time runs; with another value than 1 there
    /// is no pacing.
    std::uint32_t timeDivisor = 1;

    /// COM1 is one stream, which may hold the guest's output back: a terminal's, for instance.
    bool hasStream = true;
    /// Serial ports, 1 to 4, to which people attach at a listening socket each; what they did not
    /// read never holds the guest back. Not 1 with `hasStream`.
    std::vector<std::uint32_t> consolePorts;

    /// The worker tells Prepared and runs nothing of the guest before a Run request: time to put
    /// its threads into a control group.
    bool held = false;
    /// The worker outlives its first connection.
    bool hasListener = false;
    /// Whom a worker that is started as root becomes before it looks at the guest's files; 0: it
    /// stays who it is.
    std::uint32_t userId = 0;
    std::uint32_t groupId = 0;
    /// As SetPacing's.
    std::uint32_t pacing = kNoLimit;

    /// Of the machine, a UUID: what its devices' identities are made of. Empty: none of its own.
    std::string id;
    /// What viewers of its screen call it.
    std::string name;
    std::vector<WorkerDrive> drives;
    std::vector<WorkerAdapter> adapters;
    WorkerIntegration integration;
    bool hasScreen = false;
    /// What the screen shows when the machine ends is put, as a PNG file, into the descriptor that
    /// follows the screen's.
    bool hasLastPicture = false;
    bool hasGuestSockets = false;
    /// Dynamic memory: the machine may be asked to give memory back down to this; 0: it keeps what
    /// it has, and gets no more.
    std::uint64_t minimumMemoryBytes = 0;
    /// Up to which it may get more, in whole 128 MiB; less than `memoryBytes`: no more than that.
    std::uint64_t maximumMemoryBytes = 0;
    /// What it keeps beyond what it uses, in percent of that.
    std::uint32_t memoryBufferPercent = 20;
};
BOOST_DESCRIBE_STRUCT(MachineStart, (),
                      (processors, memoryBytes, backend, hasKvm, kernel, initialRamDisks,
                       commandLine, firmware, networkRom, bootOrder, debugExit, restartOnReset,
                       timeDivisor, hasStream, consolePorts, held, hasListener, userId, groupId,
                       pacing, id, name, drives, adapters, integration, hasScreen, hasLastPicture,
                       hasGuestSockets, minimumMemoryBytes, maximumMemoryBytes,
                       memoryBufferPercent))

enum class WorkerRequestKind : std::uint8_t {
    /// Lets a machine run that was started `held`.
    Run,
    /// Stops all VPs and the guest's time; answered when they stand.
    Pause,
    Resume,
    /// As the reset button; a paused machine stays paused, before its first instruction.
    Reset,
    /// Ends the machine at once, as pulling the plug; the end is told by Stopped.
    TurnOff,
    /// ACPI's: the guest may take it as a wish to shut down. Refused while paused.
    PressPowerButton,
    /// The worker itself holds its VPs to the limit `value` (unit: kNoLimit), for hosts where no
    /// control group can.
    SetPacing,
    /// The machine is to have no more than `value` MiB of memory, but for its minimum, as soon as
    /// its guest can do with that, and gets no more than that. For one with dynamic memory.
    SetMemoryCeiling,
    /// Another minimum and buffer, in `memory`. For a machine with dynamic memory.
    SetMemory,
    /// Answered by Description, with the descriptor of the stats pages.
    Describe,
    /// Answered by Done with several lines for people in `text`: what each VP does.
    Inspect,
    /// The shutdown component asks the guest to shut down, or with `value` 1 to restart. Done when
    /// the guest has agreed.
    ShutDownGuest,
    /// `drive`, with its images' descriptors: a disk that was not there, or a DVD drive's new disc
    /// or another diskette (no image: none). Disks at IDE controllers are refused, and so is
    /// DetachDrive.
    AttachDrive,
    /// The disk at the place of `drive`. Done when its image is closed.
    DetachDrive,
    /// What the screen shows, as a PNG file, into the descriptor that comes with it; with a `value`
    /// as large as fits a square of that many pixels.
    TakePicture,
    /// The guest services copy `file` into the guest, one at a time. Done when it has begun; its
    /// end is told by FileCopied.
    CopyFile,
    /// The copy under way ends soon, with an error.
    CancelCopy,
    /// The adapter with the id of `adapter` gets that one's port, with its descriptor, or none. The
    /// guest sees its link go down, and up again at the new port.
    PlugAdapter,
};
BOOST_DESCRIBE_ENUM(WorkerRequestKind, Run, Pause, Resume, Reset, TurnOff, PressPowerButton,
                    SetPacing, SetMemoryCeiling, SetMemory, Describe, Inspect, ShutDownGuest,
                    AttachDrive, DetachDrive, TakePicture, CopyFile, CancelCopy, PlugAdapter)

struct WorkerRequest {
    /// The sender's choice; comes back with the answer. Not 0.
    std::uint64_t id = 0;
    WorkerRequestKind kind = WorkerRequestKind::Describe;
    std::uint32_t value = 0;
    std::optional<WorkerDrive> drive = {};
    std::optional<WorkerFileCopy> file = {};
    std::optional<WorkerAdapter> adapter = {};
    std::optional<WorkerMemory> memory = {};
};
BOOST_DESCRIBE_STRUCT(WorkerRequest, (), (id, kind, value, drive, file, adapter, memory))

enum class MachineRunState : std::uint8_t { Prepared, Running, Paused, Ended };
BOOST_DESCRIBE_ENUM(MachineRunState, Prepared, Running, Paused, Ended)

/// Control threads answer requests. Only Processor threads belong into the VPs' control group.
enum class WorkerThreadKind : std::uint8_t { Control, Processor, Device };
BOOST_DESCRIBE_ENUM(WorkerThreadKind, Control, Processor, Device)

struct WorkerThread {
    /// The kernel's.
    std::uint32_t id = 0;
    WorkerThreadKind kind = WorkerThreadKind::Device;
    /// Of a Processor thread: its VP.
    std::uint32_t processor = 0;
};
BOOST_DESCRIBE_STRUCT(WorkerThread, (), (id, kind, processor))

/// All that a service needs to know of a worker that it adopts.
struct MachineDescription {
    MachineRunState state = MachineRunState::Prepared;
    BackendChoice backend = BackendChoice::Software;
    std::uint32_t processors = 0;
    std::uint64_t memoryBytes = 0;
    std::uint32_t processId = 0;
    std::vector<WorkerThread> threads;
    std::uint32_t pacing = kNoLimit;
    /// How often the machine was reset.
    std::uint32_t resets = 0;
    /// One line: what confines the worker, and what does not and why.
    std::string sandbox;
};
BOOST_DESCRIBE_STRUCT(MachineDescription, (),
                      (state, backend, processors, memoryBytes, processId, threads, pacing, resets,
                       sandbox))

enum class WorkerEventKind : std::uint8_t {
    /// A `held` machine is built and waits for Run; has `description` and comes with the
    /// descriptor of the stats pages (hypervisor/stats/stats_view.h).
    Prepared,
    /// The machine runs; `text` names the backend. Comes with the stats pages' descriptor too.
    Started,
    /// VP 0 is about to execute its first instruction; `value` is microseconds since the start of
    /// the worker's process.
    FirstInstruction,
    Paused,
    Resumed,
    /// The machine was reset and boots again.
    Restarted,
    /// The guest has told of its crash; it may go on. `text` is its message, if it gave one, with
    /// '?' for what is not printable ASCII, `parameters` the five crash registers.
    GuestCrashed,
    /// Something that the user should know; `text` is one line.
    Notice,
    /// The firmware has found nothing to boot from, and waits for a reset; `text` is one line.
    NothingToBoot,
    /// The host could not read or write a drive's image; `text` is one line.
    DriveFailed,
    /// The guest has ejected the disc of the DVD drive at the place of `drive`; `text` is one line.
    DiscEjected,
    /// What is known of the guest has changed: `guest`.
    GuestReported,
    /// `value` thousandths of the file that is being copied into the guest are there.
    CopyProgress,
    /// It is there, or `text` says why not.
    FileCopied,
    /// Answers of requests; Failed has the reason in `text`.
    Done,
    Failed,
    Description,
    /// The machine could not be started; `text` is one line that says why.
    Refused,
    /// The guest has powered its machine off.
    PoweredOff,
    /// The guest has reset its machine, which was not to be started again.
    Reset,
    /// The guest has written `value` to the debug exit port.
    DebugExit,
    /// The guest can't go on; `text` is a report of several lines.
    Crashed,
    /// The machine was ended from outside.
    Stopped,
};
BOOST_DESCRIBE_ENUM(WorkerEventKind, Prepared, Started, FirstInstruction, Paused, Resumed,
                    Restarted, GuestCrashed, Notice, NothingToBoot, DriveFailed, DiscEjected,
                    GuestReported, CopyProgress, FileCopied, Done, Failed, Description, Refused,
                    PoweredOff, Reset, DebugExit, Crashed, Stopped)

struct WorkerEvent {
    WorkerEventKind kind = WorkerEventKind::Notice;
    std::string text;
    std::uint32_t value = 0;
    /// The id of the request that this answers; 0 for other events.
    std::uint64_t request = 0;
    std::vector<std::uint64_t> parameters = {};
    std::optional<MachineDescription> description = {};
    std::optional<GuestReport> guest = {};
    std::optional<WorkerDrive> drive = {};
};
BOOST_DESCRIBE_STRUCT(WorkerEvent, (),
                      (kind, text, value, request, parameters, description, guest, drive))

/// Refused and the kinds after it are a worker's last event.
[[nodiscard]] constexpr bool isLast(WorkerEventKind kind) {
    return kind >= WorkerEventKind::Refused;
}

/// One line of JSON without its end.
[[nodiscard]] std::string encode(const MachineStart& message);
[[nodiscard]] std::string encode(const WorkerRequest& message);
[[nodiscard]] std::string encode(const WorkerEvent& message);

[[nodiscard]] hypervisor::Result<MachineStart> decodeMachineStart(const std::string& line);
[[nodiscard]] hypervisor::Result<WorkerRequest> decodeWorkerRequest(const std::string& line);
[[nodiscard]] hypervisor::Result<WorkerEvent> decodeWorkerEvent(const std::string& line);

}  // namespace service
