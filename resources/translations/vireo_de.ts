<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de" sourcelanguage="en">
<context>
    <name>gui::ActionsPane</name>
    <message>
        <source>%1 selected machines</source>
        <translation>%1 ausgewählte virtuelle Computer</translation>
    </message>
    <message>
        <source>Vireo Manager</source>
        <translation>Vireo Manager</translation>
    </message>
</context>
<context>
    <name>gui::AddHardwarePage</name>
    <message>
        <source>Add Hardware</source>
        <translation>Hardware hinzufügen</translation>
    </message>
    <message>
        <source>Choose what to add, and press Add. It is made when the settings are applied.</source>
        <translation>Wählen Sie die Hardware aus, und klicken Sie auf „Hinzufügen“. Sie wird erstellt, sobald die Einstellungen übernommen werden.</translation>
    </message>
    <message>
        <source>A&amp;dd</source>
        <translation>&amp;Hinzufügen</translation>
    </message>
    <message>
        <source>Hardware</source>
        <translation>Hardware</translation>
    </message>
    <message>
        <source>For guests without a driver for the synthetic one.</source>
        <translation>Für Gäste ohne Treiber für die synthetische.</translation>
    </message>
    <message>
        <source>SCSI Controller</source>
        <translation>SCSI-Controller</translation>
    </message>
    <message>
        <source>Hard Drive</source>
        <translation>Festplatte</translation>
    </message>
    <message>
        <source>DVD Drive</source>
        <translation>DVD-Laufwerk</translation>
    </message>
    <message>
        <source>Network Adapter</source>
        <translation>Netzwerkkarte</translation>
    </message>
    <message>
        <source>Legacy Network Adapter</source>
        <translation>Ältere Netzwerkkarte</translation>
    </message>
    <message>
        <source>there is one; a drive moved to another makes that</source>
        <translation>ist vorhanden; ein weiterer entsteht, wenn ein Laufwerk auf ihn verschoben wird</translation>
    </message>
    <message>
        <source>all places are taken</source>
        <translation>alle Positionen sind belegt</translation>
    </message>
    <message>
        <source>not in machines of generation 2</source>
        <translation>nicht in virtuellen Computern der Generation 2</translation>
    </message>
    <message>
        <source>at most %1</source>
        <translation>höchstens %1</translation>
    </message>
    <message>
        <source>%1 (%2)</source>
        <translation>%1 (%2)</translation>
    </message>
    <message>
        <source>This version gives a guest the drives at SCSI controllers only.</source>
        <translation>Diese Version gibt einem Gast nur die Laufwerke an SCSI-Controllern.</translation>
    </message>
</context>
<context>
    <name>gui::ApplyBar</name>
    <message>
        <source>OK</source>
        <translation>OK</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <source>&amp;Apply</source>
        <translation>Ü&amp;bernehmen</translation>
    </message>
</context>
<context>
    <name>gui::AssignMemoryPage</name>
    <message>
        <source>Assign Memory</source>
        <translation>Arbeitsspeicher zuweisen</translation>
    </message>
    <message>
        <source>How much memory the machine has when it starts. More than the least that its operating system wants makes it faster.</source>
        <translation>So viel Arbeitsspeicher erhält der virtuelle Computer beim Starten. Geben Sie für eine bessere Leistung mehr als den Mindestbedarf des Betriebssystems an.</translation>
    </message>
    <message>
        <source>Startup &amp;memory:</source>
        <translation>Start&amp;arbeitsspeicher:</translation>
    </message>
    <message>
        <source>MB</source>
        <translation>MB</translation>
    </message>
    <message>
        <source>Use &amp;Dynamic Memory for this virtual machine</source>
        <translation>&amp;Dynamischen Arbeitsspeicher für diesen virtuellen Computer verwenden</translation>
    </message>
    <message>
        <source>MB, from %1 to this server&apos;s %2</source>
        <translation>MB, auf diesem Server von %1 bis %2</translation>
    </message>
    <message>
        <source>This server has %1 MB of memory.</source>
        <translation>Dieser Server hat %1 MB Arbeitsspeicher.</translation>
    </message>
    <message>
        <source>A guest with the driver for it gives memory back that it does not need.</source>
        <translation>Ein Gast mit dem Treiber dafür gibt Arbeitsspeicher zurück, den er nicht braucht.</translation>
    </message>
</context>
<context>
    <name>gui::AutomaticStartPage</name>
    <message>
        <source>Automatic Start Action</source>
        <translation>Automatische Startaktion</translation>
    </message>
    <message>
        <source>What this machine does when the server starts.</source>
        <translation>Diese Aktion wird ausgeführt, wenn der Server gestartet wird.</translation>
    </message>
    <message>
        <source>&amp;Nothing</source>
        <translation>&amp;Nichts</translation>
    </message>
    <message>
        <source>Start &amp;if it was running when the service stopped</source>
        <translation>Starten, &amp;wenn er beim Beenden des Diensts ausgeführt wurde</translation>
    </message>
    <message>
        <source>&amp;Always start this machine</source>
        <translation>Diesen virtuellen Computer &amp;immer starten</translation>
    </message>
    <message>
        <source>Startup &amp;delay:</source>
        <translation>Start&amp;verzögerung:</translation>
    </message>
    <message>
        <source>seconds, so that machines don&apos;t all start at once</source>
        <translation>Sekunden, damit nicht alle gleichzeitig starten</translation>
    </message>
    <message>
        <source>None</source>
        <translation>Nichts</translation>
    </message>
    <message>
        <source>Restart if previously running</source>
        <translation>Neu starten, wenn zuvor ausgeführt</translation>
    </message>
    <message>
        <source>Always start</source>
        <translation>Immer starten</translation>
    </message>
</context>
<context>
    <name>gui::AutomaticStopPage</name>
    <message>
        <source>Automatic Stop Action</source>
        <translation>Automatische Stoppaktion</translation>
    </message>
    <message>
        <source>What this machine does when the server shuts down.</source>
        <translation>Diese Aktion wird ausgeführt, wenn der Server heruntergefahren wird.</translation>
    </message>
    <message>
        <source>&amp;Save the machine&apos;s state</source>
        <translation>&amp;Zustand des virtuellen Computers speichern</translation>
    </message>
    <message>
        <source>Machines can&apos;t be saved by this version.</source>
        <translation>In dieser Version können virtuelle Computer nicht gespeichert werden.</translation>
    </message>
    <message>
        <source>&amp;Turn off the machine</source>
        <translation>Virtuellen Computer &amp;ausschalten</translation>
    </message>
    <message>
        <source>As if its power were cut.</source>
        <translation>Wie beim Trennen der Stromversorgung.</translation>
    </message>
    <message>
        <source>Shut &amp;down the guest operating system</source>
        <translation>&amp;Gastbetriebssystem herunterfahren</translation>
    </message>
    <message>
        <source>The guest must offer that; otherwise the machine is turned off.</source>
        <translation>Der Gast muss dies unterstützen; andernfalls wird der virtuelle Computer ausgeschaltet.</translation>
    </message>
    <message>
        <source>Save</source>
        <translation>Speichern</translation>
    </message>
    <message>
        <source>Turn off</source>
        <translation>Ausschalten</translation>
    </message>
    <message>
        <source>Shut down</source>
        <translation>Herunterfahren</translation>
    </message>
</context>
<context>
    <name>gui::CheckpointsPage</name>
    <message>
        <source>Checkpoints</source>
        <translation>Prüfpunkte</translation>
    </message>
    <message>
        <source>A checkpoint keeps a machine as it is at one moment, to return to. This version makes none yet; what is set here is kept for later.</source>
        <translation>Ein Prüfpunkt hält den Stand eines virtuellen Computers fest, damit Sie zu ihm zurückkehren können. Diese Version erstellt noch keine Prüfpunkte; die Einstellungen werden für später gespeichert.</translation>
    </message>
    <message>
        <source>&amp;Enable checkpoints</source>
        <translation>Prüfpunkte &amp;aktivieren</translation>
    </message>
    <message>
        <source>&amp;Production checkpoints</source>
        <translation>&amp;Produktionsprüfpunkte</translation>
    </message>
    <message>
        <source>The guest brings its files to rest first. If it can&apos;t, a standard checkpoint is made.</source>
        <translation>Der Gast bringt zuerst seine Dateien in einen konsistenten Zustand. Ist das nicht möglich, wird ein Standardprüfpunkt erstellt.</translation>
    </message>
    <message>
        <source>Production checkpoints &amp;only</source>
        <translation>&amp;Nur Produktionsprüfpunkte</translation>
    </message>
    <message>
        <source>If the guest can&apos;t bring its files to rest, no checkpoint is made.</source>
        <translation>Kann der Gast seine Dateien nicht in einen konsistenten Zustand bringen, wird kein Prüfpunkt erstellt.</translation>
    </message>
    <message>
        <source>S&amp;tandard checkpoints</source>
        <translation>&amp;Standardprüfpunkte</translation>
    </message>
    <message>
        <source>With the guest&apos;s memory, as it runs.</source>
        <translation>Mit dem Arbeitsspeicher des Gasts, bei laufendem Betrieb.</translation>
    </message>
    <message>
        <source>Make one &amp;automatically when the machine starts</source>
        <translation>Beim Starten a&amp;utomatisch einen Prüfpunkt erstellen</translation>
    </message>
    <message>
        <source>Checkpoint file location</source>
        <translation>Speicherort für Prüfpunktdateien</translation>
    </message>
    <message>
        <source>in the machine&apos;s folder</source>
        <translation>im Ordner des virtuellen Computers</translation>
    </message>
    <message>
        <source>&amp;Location:</source>
        <translation>Speicher&amp;ort:</translation>
    </message>
    <message>
        <source>Disabled</source>
        <translation>Deaktiviert</translation>
    </message>
    <message>
        <source>Standard</source>
        <translation>Standard</translation>
    </message>
    <message>
        <source>Production</source>
        <translation>Produktion</translation>
    </message>
</context>
<context>
    <name>gui::ComPortPage</name>
    <message>
        <source>COM %1</source>
        <translation>COM %1</translation>
    </message>
    <message>
        <source>What the machine&apos;s serial port is connected to.</source>
        <translation>Legt fest, womit der serielle Anschluss des virtuellen Computers verbunden ist.</translation>
    </message>
    <message>
        <source>&amp;None</source>
        <translation>&amp;Keine</translation>
    </message>
    <message>
        <source>&amp;Console</source>
        <translation>K&amp;onsole</translation>
    </message>
    <message>
        <source>A terminal in Virtual Machine Connection, which keeps what was said before one looks.</source>
        <translation>Ein Terminal im Fenster „Verbindung mit virtuellen Computern“. Es zeigt auch frühere Ausgaben an.</translation>
    </message>
    <message>
        <source>Console</source>
        <translation>Konsole</translation>
    </message>
    <message>
        <source>None</source>
        <translation>Keine</translation>
    </message>
</context>
<context>
    <name>gui::CompletingPage</name>
    <message>
        <source>Linux kernel %1</source>
        <translation>Linux-Kernel %1</translation>
    </message>
    <message>
        <source>Diskette %1</source>
        <translation>Diskette %1</translation>
    </message>
    <message>
        <source>CD/DVD %1</source>
        <translation>CD/DVD %1</translation>
    </message>
    <message>
        <source>Later</source>
        <translation>Später</translation>
    </message>
    <message>
        <source>%1 (VHDX, dynamically expanding, %2)</source>
        <translation>%1 (VHDX, dynamisch erweiterbar, %2)</translation>
    </message>
    <message>
        <source>None</source>
        <translation>Keine</translation>
    </message>
    <message>
        <source>Name:</source>
        <translation>Name:</translation>
    </message>
    <message>
        <source>Location:</source>
        <translation>Pfad:</translation>
    </message>
    <message>
        <source>Generation:</source>
        <translation>Generation:</translation>
    </message>
    <message>
        <source>Memory:</source>
        <translation>Arbeitsspeicher:</translation>
    </message>
    <message>
        <source> (dynamic)</source>
        <translation> (dynamisch)</translation>
    </message>
    <message>
        <source>Network:</source>
        <translation>Netzwerk:</translation>
    </message>
    <message>
        <source>Not Connected</source>
        <translation>Nicht verbunden</translation>
    </message>
    <message>
        <source>Hard Disk:</source>
        <translation>Festplatte:</translation>
    </message>
    <message>
        <source>Operating System:</source>
        <translation>Betriebssystem:</translation>
    </message>
    <message>
        <source>Initial RAM disk:</source>
        <translation>Initiale RAM-Disk:</translation>
    </message>
    <message>
        <source>Command line:</source>
        <translation>Befehlszeile:</translation>
    </message>
    <message>
        <source>Completing the New Virtual Machine Wizard</source>
        <translation>Abschließen des Assistenten für neue virtuelle Computer</translation>
    </message>
    <message>
        <source>Summary</source>
        <translation>Zusammenfassung</translation>
    </message>
    <message>
        <source>Press Finish to make this virtual machine:</source>
        <translation>Klicken Sie auf „Fertig stellen“, um diesen virtuellen Computer zu erstellen:</translation>
    </message>
    <message>
        <source>&amp;Start this machine when the wizard closes</source>
        <translation>Virtuellen Computer nach Abschluss des Assistenten &amp;starten</translation>
    </message>
    <message>
        <source>It can&apos;t start yet: this version has no firmware for machines of generation 2, and boots them only by a Linux kernel (Installation Options).</source>
        <translation>Er kann noch nicht gestartet werden: Diese Version hat keine Firmware für Maschinen der Generation 2 und startet sie nur mit einem Linux-Kernel (siehe „Installationsoptionen“).</translation>
    </message>
</context>
<context>
    <name>gui::ConfigureEditPage</name>
    <message>
        <source>Configure Disk</source>
        <translation>Datenträger konfigurieren</translation>
    </message>
    <message>
        <source>&amp;New size:</source>
        <translation>&amp;Neue Größe:</translation>
    </message>
    <message>
        <source>For&amp;mat:</source>
        <translation>F&amp;ormat:</translation>
    </message>
    <message>
        <source>&amp;Type:</source>
        <translation>&amp;Typ:</translation>
    </message>
    <message>
        <source>N&amp;ame:</source>
        <translation>N&amp;ame:</translation>
    </message>
    <message>
        <source>Location</source>
        <translation>Pfad</translation>
    </message>
    <message>
        <source>&amp;Location:</source>
        <translation>&amp;Pfad:</translation>
    </message>
    <message>
        <source>%1 - converted.%2</source>
        <translation>%1 - konvertiert.%2</translation>
    </message>
    <message>
        <source>GB, now %1</source>
        <translation>GB, derzeit %1</translation>
    </message>
    <message>
        <source>There is nothing to choose for compacting.</source>
        <translation>Für das Komprimieren ist keine Auswahl erforderlich.</translation>
    </message>
    <message>
        <source>What the disk holds is written into its parent, %1. Other disks with the same parent can&apos;t be used afterwards.</source>
        <translation>Der Inhalt des Datenträgers wird in den übergeordneten Datenträger %1 geschrieben. Andere Datenträger mit demselben übergeordneten Datenträger können danach nicht mehr verwendet werden.</translation>
    </message>
    <message>
        <source>Give the new disk a file name.</source>
        <translation>Geben Sie einen Dateinamen für den neuen Datenträger ein.</translation>
    </message>
    <message>
        <source>There is a file of this name already.</source>
        <translation>Es ist bereits eine Datei mit diesem Namen vorhanden.</translation>
    </message>
</context>
<context>
    <name>gui::ConnectDialog</name>
    <message>
        <source>Connect to Server</source>
        <translation>Verbindung mit Server herstellen</translation>
    </message>
    <message>
        <source>Vireo Manager manages the host that it runs on; there are no remote servers.</source>
        <translation>Vireo Manager verwaltet den Host, auf dem er ausgeführt wird; entfernte Server gibt es nicht.</translation>
    </message>
    <message>
        <source>The &amp;host&apos;s service on %1</source>
        <translation>Der Dienst des &amp;Hosts auf %1</translation>
    </message>
    <message>
        <source>Machines of this computer; for root and members of the group vireo.</source>
        <translation>Virtuelle Computer dieses Rechners; für root und Mitglieder der Gruppe vireo.</translation>
    </message>
    <message>
        <source>Your &amp;own service on %1</source>
        <translation>Ihr &amp;eigener Dienst auf %1</translation>
    </message>
    <message>
        <source>Machines of your own, which need no rights.</source>
        <translation>Ihre eigenen virtuellen Computer, für die keine Rechte nötig sind.</translation>
    </message>
    <message>
        <source>The service at a &amp;socket</source>
        <translation>Der Dienst an einem &amp;Socket</translation>
    </message>
    <message>
        <source>OK</source>
        <translation>OK</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
</context>
<context>
    <name>gui::ConnectDiskPage</name>
    <message>
        <source>Connect Virtual Hard Disk</source>
        <translation>Virtuelle Festplatte verbinden</translation>
    </message>
    <message>
        <source>An operating system needs a disk. Give the machine one now, or later in its settings.</source>
        <translation>Ein Betriebssystem benötigt eine Festplatte. Sie können sie jetzt hinzufügen oder später in den Einstellungen.</translation>
    </message>
    <message>
        <source>&amp;Create a virtual hard disk</source>
        <translation>Virtuelle Festplatte &amp;erstellen</translation>
    </message>
    <message>
        <source>A VHDX file that grows as the guest writes.</source>
        <translation>Eine VHDX-Datei, die mit den Daten des Gasts wächst.</translation>
    </message>
    <message>
        <source>&amp;Use an existing virtual hard disk</source>
        <translation>&amp;Vorhandene virtuelle Festplatte verwenden</translation>
    </message>
    <message>
        <source>A VHDX, VHD or raw image that is already there; it is inspected at once.</source>
        <translation>Ein vorhandenes VHDX-, VHD- oder Raw-Image; es wird sofort überprüft.</translation>
    </message>
    <message>
        <source>Attach a virtual hard disk &amp;later</source>
        <translation>Virtuelle Festplatte &amp;später zuordnen</translation>
    </message>
    <message>
        <source>The machine is made without a disk.</source>
        <translation>Der virtuelle Computer wird ohne Festplatte erstellt.</translation>
    </message>
    <message>
        <source>Na&amp;me:</source>
        <translation>Na&amp;me:</translation>
    </message>
    <message>
        <source>Location</source>
        <translation>Pfad</translation>
    </message>
    <message>
        <source>L&amp;ocation:</source>
        <translation>&amp;Pfad:</translation>
    </message>
    <message>
        <source>&amp;Size:</source>
        <translation>&amp;Größe:</translation>
    </message>
    <message>
        <source>Virtual hard disk</source>
        <translation>Virtuelle Festplatte</translation>
    </message>
    <message>
        <source>Locatio&amp;n:</source>
        <translation>Pfa&amp;d:</translation>
    </message>
    <message>
        <source>Choose an image file.</source>
        <translation>Wählen Sie eine Imagedatei aus.</translation>
    </message>
    <message>
        <source>GB (Maximum: 64 TB)   %1 free at this location</source>
        <translation>GB (Maximum: 64 TB)   %1 an diesem Speicherort frei</translation>
    </message>
    <message>
        <source>GB (Maximum: 64 TB)</source>
        <translation>GB (Maximum: 64 TB)</translation>
    </message>
    <message>
        <source>Give the disk a file name.</source>
        <translation>Geben Sie einen Dateinamen für die Festplatte ein.</translation>
    </message>
    <message>
        <source>There is a file of this name already. Choose another name, or use the existing disk.</source>
        <translation>Es ist bereits eine Datei mit diesem Namen vorhanden. Wählen Sie einen anderen Namen, oder verwenden Sie die vorhandene Festplatte.</translation>
    </message>
    <message>
        <source>Choose a folder for the disk.</source>
        <translation>Wählen Sie einen Ordner für die Festplatte aus.</translation>
    </message>
</context>
<context>
    <name>gui::ConsoleActions</name>
    <message>
        <source>&amp;Ctrl+Alt+Delete</source>
        <translation>S&amp;trg+Alt+Entf</translation>
    </message>
    <message>
        <source>&amp;Start</source>
        <translation>&amp;Starten</translation>
    </message>
    <message>
        <source>&amp;Turn Off...</source>
        <translation>&amp;Ausschalten...</translation>
    </message>
    <message>
        <source>Shut &amp;Down...</source>
        <translation>&amp;Herunterfahren...</translation>
    </message>
    <message>
        <source>S&amp;ave</source>
        <translation>S&amp;peichern</translation>
    </message>
    <message>
        <source>&amp;Pause</source>
        <translation>A&amp;nhalten</translation>
    </message>
    <message>
        <source>Resu&amp;me</source>
        <translation>&amp;Fortsetzen</translation>
    </message>
    <message>
        <source>&amp;Reset...</source>
        <translation>&amp;Zurücksetzen...</translation>
    </message>
    <message>
        <source>C&amp;heckpoint...</source>
        <translation>P&amp;rüfpunkt...</translation>
    </message>
    <message>
        <source>Re&amp;vert...</source>
        <translation>&amp;Wiederherstellen...</translation>
    </message>
    <message>
        <source>This version does not do this yet.</source>
        <translation>In dieser Version noch nicht verfügbar.</translation>
    </message>
    <message>
        <source>The service can&apos;t be reached.</source>
        <translation>Der Dienst ist nicht erreichbar.</translation>
    </message>
    <message>
        <source>The virtual machine does not exist any more.</source>
        <translation>Der virtuelle Computer ist nicht mehr vorhanden.</translation>
    </message>
    <message>
        <source>The machine&apos;s folder can&apos;t be read.</source>
        <translation>Der Ordner des virtuellen Computers kann nicht gelesen werden.</translation>
    </message>
    <message>
        <source>Not possible while the machine is %1.</source>
        <translation>Im Zustand „%1“ nicht möglich.</translation>
    </message>
    <message>
        <source>%1: %2</source>
        <translation>%1: %2</translation>
    </message>
    <message>
        <source>&quot;%1&quot;</source>
        <translation>„%1“</translation>
    </message>
</context>
<context>
    <name>gui::ConsoleTree</name>
    <message>
        <source>%1 (session)</source>
        <translation>%1 (Sitzung)</translation>
    </message>
    <message>
        <source>Servers</source>
        <translation>Server</translation>
    </message>
    <message>
        <source>Vireo Manager</source>
        <translation>Vireo Manager</translation>
    </message>
    <message>
        <source>%1 (connecting...)</source>
        <translation>%1 (Verbindung wird hergestellt...)</translation>
    </message>
    <message>
        <source>%1 (stopped)</source>
        <translation>%1 (beendet)</translation>
    </message>
</context>
<context>
    <name>gui::ConsoleWindow</name>
    <message>
        <source>Try Again</source>
        <translation>Erneut versuchen</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>Schließen</translation>
    </message>
    <message>
        <source>&amp;Settings...</source>
        <translation>&amp;Einstellungen...</translation>
    </message>
    <message>
        <source>E&amp;xit</source>
        <translation>&amp;Beenden</translation>
    </message>
    <message>
        <source>&amp;Type Clipboard Text</source>
        <translation>Text aus Zwischenablage &amp;eingeben</translation>
    </message>
    <message>
        <source>&amp;Copy</source>
        <translation>&amp;Kopieren</translation>
    </message>
    <message>
        <source>&amp;Paste</source>
        <translation>E&amp;infügen</translation>
    </message>
    <message>
        <source>Zoom &amp;In</source>
        <translation>Ver&amp;größern</translation>
    </message>
    <message>
        <source>Zoom &amp;Out</source>
        <translation>Verk&amp;leinern</translation>
    </message>
    <message>
        <source>&amp;Reset Zoom</source>
        <translation>&amp;Zoom zurücksetzen</translation>
    </message>
    <message>
        <source>&amp;Full Screen Mode</source>
        <translation>&amp;Vollbildmodus</translation>
    </message>
    <message>
        <source>&amp;File</source>
        <translation>&amp;Datei</translation>
    </message>
    <message>
        <source>&amp;Action</source>
        <translation>A&amp;ktion</translation>
    </message>
    <message>
        <source>&amp;Media</source>
        <translation>&amp;Medien</translation>
    </message>
    <message>
        <source>This version can&apos;t change media while the machine is connected to; use Settings.</source>
        <translation>In dieser Version können Medien bei bestehender Verbindung nicht gewechselt werden; verwenden Sie die Einstellungen.</translation>
    </message>
    <message>
        <source>&amp;DVD Drive</source>
        <translation>&amp;DVD-Laufwerk</translation>
    </message>
    <message>
        <source>Dis&amp;kette Drive</source>
        <translation>Dis&amp;kettenlaufwerk</translation>
    </message>
    <message>
        <source>&amp;Clipboard</source>
        <translation>&amp;Zwischenablage</translation>
    </message>
    <message>
        <source>Capture &amp;Screen</source>
        <translation>&amp;Bildschirm erfassen</translation>
    </message>
    <message>
        <source>&amp;View</source>
        <translation>&amp;Ansicht</translation>
    </message>
    <message>
        <source>&amp;Help</source>
        <translation>&amp;Hilfe</translation>
    </message>
    <message>
        <source>&amp;Keys in the Terminal</source>
        <translation>&amp;Tasten im Terminal</translation>
    </message>
    <message>
        <source>Toolbar</source>
        <translation>Symbolleiste</translation>
    </message>
    <message>
        <source>&amp;Toolbar</source>
        <translation>&amp;Symbolleiste</translation>
    </message>
    <message>
        <source>Screen and serial ports</source>
        <translation>Bildschirm und serielle Anschlüsse</translation>
    </message>
    <message>
        <source>Screen</source>
        <translation>Bildschirm</translation>
    </message>
    <message>
        <source>Terminal at COM%1</source>
        <translation>Terminal an COM%1</translation>
    </message>
    <message>
        <source>COM&amp;%1</source>
        <translation>COM&amp;%1</translation>
    </message>
    <message>
        <source>The guest takes nothing from COM%1, and some of what was typed is lost.</source>
        <translation>Der Gast nimmt nichts von COM%1 an; ein Teil der Eingabe ist verloren gegangen.</translation>
    </message>
    <message>
        <source>localhost</source>
        <translation>localhost</translation>
    </message>
    <message>
        <source>%1 on %2 - Virtual Machine Connection</source>
        <translation>%1 auf %2 - Verbindung mit virtuellen Computern</translation>
    </message>
    <message>
        <source>The virtual machine %1 does not exist any more</source>
        <translation>Der virtuelle Computer „%1“ ist nicht mehr vorhanden</translation>
    </message>
    <message>
        <source>Waiting for the service</source>
        <translation>Auf den Dienst wird gewartet</translation>
    </message>
    <message>
        <source>Status: %1</source>
        <translation>Status: %1</translation>
    </message>
    <message>
        <source>To start it, choose Start in the Action menu, or press Start.</source>
        <translation>Wählen Sie zum Starten im Menü „Aktion“ den Befehl „Starten“, oder klicken Sie auf „Starten“.</translation>
    </message>
    <message>
        <source>The virtual machine %1 is saved</source>
        <translation>Der virtuelle Computer „%1“ ist gespeichert</translation>
    </message>
    <message>
        <source>The virtual machine %1 is turned off</source>
        <translation>Der virtuelle Computer „%1“ ist ausgeschaltet</translation>
    </message>
    <message>
        <source>No serial port is connected.</source>
        <translation>Es ist kein serieller Anschluss verbunden.</translation>
    </message>
    <message>
        <source>Keys in the Terminal</source>
        <translation>Tasten im Terminal</translation>
    </message>
    <message>
        <source>&amp;Scale to Window</source>
        <translation>An &amp;Fenster anpassen</translation>
    </message>
    <message>
        <source>Screen of the virtual machine</source>
        <translation>Bildschirm des virtuellen Computers</translation>
    </message>
    <message>
        <source>&amp;Screen</source>
        <translation>&amp;Bildschirm</translation>
    </message>
    <message>
        <source>Connecting to the screen</source>
        <translation>Der Bildschirm wird verbunden</translation>
    </message>
    <message>
        <source>Neither screen nor serial port is connected.</source>
        <translation>Weder Bildschirm noch serieller Anschluss ist verbunden.</translation>
    </message>
    <message>
        <source>There is no picture of the screen.</source>
        <translation>Vom Bildschirm gibt es kein Bild.</translation>
    </message>
    <message>
        <source>%1: off</source>
        <translation>%1: aus</translation>
    </message>
    <message>
        <source>%1: connecting</source>
        <translation>%1: wird verbunden</translation>
    </message>
    <message>
        <source>%1: connected</source>
        <translation>%1: verbunden</translation>
    </message>
    <message>
        <source>%1: not connected</source>
        <translation>%1: nicht verbunden</translation>
    </message>
    <message>
        <source>All keys go to the virtual machine, but for these:

%1: leave the terminal
Ctrl+Shift+C, Ctrl+Shift+V: copy, paste
Ctrl with +, - or 0: zoom
Shift with Page Up, Page Down, Home or End: scroll
F11 or Ctrl+Alt+Break: full screen mode

Hold Shift to select text while a program of the guest uses the mouse.</source>
        <translation>Alle Tasten gehen an den virtuellen Computer, außer diesen:

%1: Terminal verlassen
Strg+Umschalt+C, Strg+Umschalt+V: Kopieren, Einfügen
Strg mit +, - oder 0: Zoomen
Umschalt mit Bild auf, Bild ab, Pos1 oder Ende: Bildlauf
F11 oder Strg+Alt+Pause: Vollbildmodus

Halten Sie die Umschalttaste gedrückt, um Text auszuwählen, während ein Programm des Gasts die Maus verwendet.</translation>
    </message>
</context>
<context>
    <name>gui::ControllerPage</name>
    <message>
        <source>Choose a kind of drive to add to this controller.</source>
        <translation>Wählen Sie die Art des Laufwerks aus, das Sie diesem Controller hinzufügen möchten.</translation>
    </message>
    <message>
        <source>&amp;Add</source>
        <translation>&amp;Hinzufügen</translation>
    </message>
    <message>
        <source>Kinds of drives</source>
        <translation>Laufwerksarten</translation>
    </message>
    <message>
        <source>Hard Drive</source>
        <translation>Festplatte</translation>
    </message>
    <message>
        <source>DVD Drive</source>
        <translation>DVD-Laufwerk</translation>
    </message>
    <message>
        <source>No drives</source>
        <translation>Keine Laufwerke</translation>
    </message>
    <message>
        <source>1 drive</source>
        <translation>1 Laufwerk</translation>
    </message>
    <message>
        <source>%1 drives</source>
        <translation>%1 Laufwerke</translation>
    </message>
    <message>
        <source>All places on this controller are taken.</source>
        <translation>Alle Positionen an diesem Controller sind belegt.</translation>
    </message>
</context>
<context>
    <name>gui::CrashPage</name>
    <message>
        <source>Crash Action</source>
        <translation>Aktion bei Absturz</translation>
    </message>
    <message>
        <source>What the service does when the process that runs this machine has died.</source>
        <translation>Diese Aktion führt der Dienst aus, wenn der Prozess dieses virtuellen Computers abgestürzt ist.</translation>
    </message>
    <message>
        <source>&amp;Leave the machine off</source>
        <translation>Virtuellen Computer &amp;ausgeschaltet lassen</translation>
    </message>
    <message>
        <source>It shows Off-Critical, and why.</source>
        <translation>Der Zustand „Aus-Kritisch“ und der Grund dafür werden angezeigt.</translation>
    </message>
    <message>
        <source>&amp;Start the machine again</source>
        <translation>Virtuellen Computer neu &amp;starten</translation>
    </message>
    <message>
        <source>At &amp;most:</source>
        <translation>&amp;Höchstens:</translation>
    </message>
    <message>
        <source>times</source>
        <translation>Mal</translation>
    </message>
    <message>
        <source>&amp;Within:</source>
        <translation>&amp;Innerhalb von:</translation>
    </message>
    <message>
        <source>seconds; after that it is left off</source>
        <translation>Sekunden; danach bleibt er ausgeschaltet</translation>
    </message>
    <message>
        <source>Start again</source>
        <translation>Neu starten</translation>
    </message>
    <message>
        <source>Leave off</source>
        <translation>Ausgeschaltet lassen</translation>
    </message>
</context>
<context>
    <name>gui::CursorBox</name>
    <message numerus="yes">
        <source>and %n more</source>
        <translation>
            <numerusform>und %n weitere</numerusform>
            <numerusform>und %n weitere</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>gui::DefaultFolderPage</name>
    <message>
        <source>Virtual Hard Disks</source>
        <translation>Virtuelle Festplatten</translation>
    </message>
    <message>
        <source>Virtual Machines</source>
        <translation>Virtuelle Computer</translation>
    </message>
    <message>
        <source>Where wizards put the file of a new virtual hard disk, unless another folder is chosen there. Disks that are there already stay where they are.</source>
        <translation>Legt fest, wo Assistenten die Datei einer neuen virtuellen Festplatte speichern, sofern dort kein anderer Ordner ausgewählt wird. Vorhandene Festplatten bleiben, wo sie sind.</translation>
    </message>
    <message>
        <source>Where the folder with a new virtual machine&apos;s settings is made, unless another one is chosen. Machines that are there already stay where they are.</source>
        <translation>Legt fest, wo der Ordner mit den Einstellungen eines neuen virtuellen Computers erstellt wird, sofern kein anderer ausgewählt wird. Vorhandene virtuelle Computer bleiben, wo sie sind.</translation>
    </message>
    <message>
        <source>Default folder</source>
        <translation>Standardordner</translation>
    </message>
    <message>
        <source>&amp;Folder:</source>
        <translation>&amp;Ordner:</translation>
    </message>
    <message>
        <source>Use the &amp;Usual Folder</source>
        <translation>Üblichen Ordner &amp;verwenden</translation>
    </message>
    <message>
        <source>can&apos;t change while the service can&apos;t be reached</source>
        <translation>kann nicht geändert werden, solange der Dienst nicht erreichbar ist</translation>
    </message>
    <message>
        <source>can&apos;t change: only root chooses where the host&apos;s service keeps machines</source>
        <translation>kann nicht geändert werden: Nur root bestimmt, wo der Dienst des Hosts virtuelle Computer speichert</translation>
    </message>
    <message>
        <source>Choose a folder: its whole path, from / on.</source>
        <translation>Wählen Sie einen Ordner: den ganzen Pfad, ab /.</translation>
    </message>
    <message>
        <source>The usual folder: each user has one in the home.</source>
        <translation>Der übliche Ordner: Jeder Benutzer hat einen in seinem Home-Verzeichnis.</translation>
    </message>
    <message>
        <source>The usual folder: the service&apos;s own.</source>
        <translation>Der übliche Ordner: der des Dienstes.</translation>
    </message>
    <message>
        <source>It must be there, and whoever makes disks must be able to write into it.</source>
        <translation>Er muss vorhanden sein, und wer Festplatten erstellt, muss darin schreiben dürfen.</translation>
    </message>
    <message>
        <source>It must be there, and stay there while machines are in it.</source>
        <translation>Er muss vorhanden sein und bleiben, solange virtuelle Computer darin sind.</translation>
    </message>
</context>
<context>
    <name>gui::DeviceGraphs</name>
    <message>
        <source>Bytes per second</source>
        <translation>Bytes pro Sekunde</translation>
    </message>
    <message>
        <source>Operations per second</source>
        <translation>Vorgänge pro Sekunde</translation>
    </message>
    <message>
        <source>Latency</source>
        <translation>Latenz</translation>
    </message>
    <message>
        <source>Drives</source>
        <translation>Laufwerke</translation>
    </message>
    <message>
        <source>read</source>
        <translation>gelesen</translation>
    </message>
    <message>
        <source>written</source>
        <translation>geschrieben</translation>
    </message>
    <message>
        <source>Network adapters, bytes per second</source>
        <translation>Netzwerkkarten, Bytes pro Sekunde</translation>
    </message>
    <message>
        <source>Network adapters</source>
        <translation>Netzwerkkarten</translation>
    </message>
    <message>
        <source>received</source>
        <translation>empfangen</translation>
    </message>
    <message>
        <source>sent</source>
        <translation>gesendet</translation>
    </message>
    <message>
        <source>Figures of the drives</source>
        <translation>Angaben zu den Laufwerken</translation>
    </message>
</context>
<context>
    <name>gui::DiskActionPage</name>
    <message>
        <source>Choose Action</source>
        <translation>Aktion auswählen</translation>
    </message>
    <message>
        <source>What is done to the disk.</source>
        <translation>Wählen Sie aus, was mit dem Datenträger geschehen soll.</translation>
    </message>
    <message>
        <source>&amp;Compact</source>
        <translation>&amp;Komprimieren</translation>
    </message>
    <message>
        <source>Gives back space in the file that holds nothing. The guest sees the same disk.</source>
        <translation>Gibt nicht belegten Speicherplatz in der Datei frei. Für den Gast ändert sich nichts.</translation>
    </message>
    <message>
        <source>Con&amp;vert</source>
        <translation>K&amp;onvertieren</translation>
    </message>
    <message>
        <source>Copies the disk to a new one of another format or type.</source>
        <translation>Kopiert den Datenträger auf einen neuen mit anderem Format oder Typ.</translation>
    </message>
    <message>
        <source>&amp;Expand</source>
        <translation>&amp;Erweitern</translation>
    </message>
    <message>
        <source>Makes the disk that the guest sees larger.</source>
        <translation>Vergrößert den Datenträger, den der Gast sieht.</translation>
    </message>
    <message>
        <source>&amp;Merge</source>
        <translation>Z&amp;usammenführen</translation>
    </message>
    <message>
        <source>Writes what a differencing disk holds into its parent.</source>
        <translation>Schreibt den Inhalt eines differenzierenden Datenträgers in den übergeordneten Datenträger.</translation>
    </message>
    <message>
        <source>A disk of fixed size has all its space always.</source>
        <translation>Ein Datenträger fester Größe belegt immer seinen gesamten Speicherplatz.</translation>
    </message>
    <message>
        <source>A differencing disk is as large as its parent.</source>
        <translation>Ein differenzierender Datenträger ist so groß wie der übergeordnete.</translation>
    </message>
    <message>
        <source>This disk has no parent.</source>
        <translation>Kein übergeordneter Datenträger vorhanden.</translation>
    </message>
</context>
<context>
    <name>gui::DiskFormatPage</name>
    <message>
        <source>Choose Disk Format</source>
        <translation>Datenträgerformat auswählen</translation>
    </message>
    <message>
        <source>Which file format the disk has.</source>
        <translation>Wählen Sie das Dateiformat des Datenträgers aus.</translation>
    </message>
    <message>
        <source>VHD&amp;X</source>
        <translation>VHD&amp;X</translation>
    </message>
    <message>
        <source>Up to 64 TB, and safe when the server loses power.</source>
        <translation>Bis zu 64 TB, sicher bei Stromausfall des Servers.</translation>
    </message>
    <message>
        <source>V&amp;HD</source>
        <translation>V&amp;HD</translation>
    </message>
    <message>
        <source>Up to 2040 GB, for older systems.</source>
        <translation>Bis zu 2040 GB, für ältere Systeme.</translation>
    </message>
</context>
<context>
    <name>gui::DiskPlacePage</name>
    <message>
        <source>Specify Name and Location</source>
        <translation>Name und Pfad angeben</translation>
    </message>
    <message>
        <source>The name and the folder of the disk&apos;s file.</source>
        <translation>Geben Sie Name und Ordner der Datei an.</translation>
    </message>
    <message>
        <source>N&amp;ame:</source>
        <translation>N&amp;ame:</translation>
    </message>
    <message>
        <source>Location</source>
        <translation>Pfad</translation>
    </message>
    <message>
        <source>&amp;Location:</source>
        <translation>&amp;Pfad:</translation>
    </message>
    <message>
        <source>New Virtual Hard Disk</source>
        <translation>Neue virtuelle Festplatte</translation>
    </message>
    <message>
        <source>Give the disk a file name.</source>
        <translation>Geben Sie einen Dateinamen für den Datenträger ein.</translation>
    </message>
    <message>
        <source>There is a file of this name already.</source>
        <translation>Es ist bereits eine Datei mit diesem Namen vorhanden.</translation>
    </message>
    <message>
        <source>Choose a folder for the disk.</source>
        <translation>Wählen Sie einen Ordner für den Datenträger aus.</translation>
    </message>
</context>
<context>
    <name>gui::DiskSizePage</name>
    <message>
        <source>Configure Disk</source>
        <translation>Datenträger konfigurieren</translation>
    </message>
    <message>
        <source>What the guest sees.</source>
        <translation>So sieht der Gast den Datenträger.</translation>
    </message>
    <message>
        <source>&amp;Size:</source>
        <translation>&amp;Größe:</translation>
    </message>
    <message>
        <source>Parent disk</source>
        <translation>Übergeordneter Datenträger</translation>
    </message>
    <message>
        <source>&amp;Parent disk:</source>
        <translation>Übergeordneter &amp;Datenträger:</translation>
    </message>
    <message>
        <source>GB (Maximum: %1 GB)</source>
        <translation>GB (Maximum: %1 GB)</translation>
    </message>
    <message>
        <source>Choose the disk that this one differs from.</source>
        <translation>Wählen Sie den übergeordneten Datenträger aus.</translation>
    </message>
</context>
<context>
    <name>gui::DiskTypePage</name>
    <message>
        <source>Choose Disk Type</source>
        <translation>Datenträgertyp auswählen</translation>
    </message>
    <message>
        <source>How the file takes its space.</source>
        <translation>Wählen Sie aus, wie die Datei Speicherplatz belegt.</translation>
    </message>
    <message>
        <source>Fi&amp;xed size</source>
        <translation>Feste &amp;Größe</translation>
    </message>
    <message>
        <source>All of it at once: the steadiest speed.</source>
        <translation>Sofort vollständig: die gleichmäßigste Leistung.</translation>
    </message>
    <message>
        <source>&amp;Dynamically expanding</source>
        <translation>&amp;Dynamisch erweiterbar</translation>
    </message>
    <message>
        <source>It is small at first and grows as the guest writes.</source>
        <translation>Sie ist anfangs klein und wächst mit den Daten des Gasts.</translation>
    </message>
    <message>
        <source>D&amp;ifferencing</source>
        <translation>D&amp;ifferenzierend</translation>
    </message>
    <message>
        <source>It keeps only what differs from another disk, its parent, which must not change any more.</source>
        <translation>Sie enthält nur die Unterschiede zu einem übergeordneten Datenträger, der nicht mehr geändert werden darf.</translation>
    </message>
</context>
<context>
    <name>gui::DiskettePage</name>
    <message>
        <source>Diskette Drive</source>
        <translation>Diskettenlaufwerk</translation>
    </message>
    <message>
        <source>What is in the machine&apos;s diskette drive.</source>
        <translation>Der Inhalt des Diskettenlaufwerks.</translation>
    </message>
    <message>
        <source>&amp;None</source>
        <translation>&amp;Keine</translation>
    </message>
    <message>
        <source>The drive is empty.</source>
        <translation>Das Laufwerk ist leer.</translation>
    </message>
    <message>
        <source>Image &amp;file</source>
        <translation>Image&amp;datei</translation>
    </message>
    <message>
        <source>Diskette image</source>
        <translation>Diskettenimage</translation>
    </message>
    <message>
        <source>None</source>
        <translation>Keine</translation>
    </message>
    <message>
        <source>Choose an image file.</source>
        <translation>Wählen Sie eine Imagedatei aus.</translation>
    </message>
</context>
<context>
    <name>gui::DrivePage</name>
    <message>
        <source>DVD Drive</source>
        <translation>DVD-Laufwerk</translation>
    </message>
    <message>
        <source>Hard Drive</source>
        <translation>Festplatte</translation>
    </message>
    <message>
        <source>Where the drive is plugged in, and what is in it.</source>
        <translation>Legt fest, wo das Laufwerk angeschlossen ist und was es enthält.</translation>
    </message>
    <message>
        <source>&amp;Inspect</source>
        <translation>Überp&amp;rüfen</translation>
    </message>
    <message>
        <source>Re&amp;move</source>
        <translation>&amp;Entfernen</translation>
    </message>
    <message>
        <source>&amp;Controller:</source>
        <translation>&amp;Controller:</translation>
    </message>
    <message>
        <source>&amp;Location:</source>
        <translation>&amp;Position:</translation>
    </message>
    <message>
        <source>CD or DVD image</source>
        <translation>CD- oder DVD-Image</translation>
    </message>
    <message>
        <source>Virtual hard disk</source>
        <translation>Virtuelle Festplatte</translation>
    </message>
    <message>
        <source>&amp;None</source>
        <translation>&amp;Keine</translation>
    </message>
    <message>
        <source>The drive is empty.</source>
        <translation>Das Laufwerk ist leer.</translation>
    </message>
    <message>
        <source>Image &amp;file</source>
        <translation>Image&amp;datei</translation>
    </message>
    <message>
        <source>&amp;Virtual hard disk:</source>
        <translation>&amp;Virtuelle Festplatte:</translation>
    </message>
    <message>
        <source>&amp;Read-only</source>
        <translation>&amp;Schreibgeschützt</translation>
    </message>
    <message>
        <source>%1 (this drive)</source>
        <translation>%1 (dieses Laufwerk)</translation>
    </message>
    <message>
        <source>None</source>
        <translation>Keine</translation>
    </message>
    <message>
        <source>Choose an image file.</source>
        <translation>Wählen Sie eine Imagedatei aus.</translation>
    </message>
</context>
<context>
    <name>gui::EditDiskWizard</name>
    <message>
        <source>Edit Virtual Hard Disk Wizard</source>
        <translation>Assistent zum Bearbeiten virtueller Festplatten</translation>
    </message>
    <message>
        <source>Completing the Edit Virtual Hard Disk Wizard</source>
        <translation>Abschließen des Assistenten zum Bearbeiten virtueller Festplatten</translation>
    </message>
    <message>
        <source>Press Finish to change the disk:</source>
        <translation>Klicken Sie auf „Fertig stellen“, um den Datenträger zu ändern:</translation>
    </message>
    <message>
        <source>Compact</source>
        <translation>Komprimieren</translation>
    </message>
    <message>
        <source>Convert to %1 (%2, %3)</source>
        <translation>Konvertieren in %1 (%2, %3)</translation>
    </message>
    <message>
        <source>Expand to %1</source>
        <translation>Erweitern auf %1</translation>
    </message>
    <message>
        <source>Merge into %1</source>
        <translation>Zusammenführen mit %1</translation>
    </message>
    <message>
        <source>Disk:</source>
        <translation>Datenträger:</translation>
    </message>
    <message>
        <source>Now:</source>
        <translation>Derzeit:</translation>
    </message>
    <message>
        <source>Action:</source>
        <translation>Aktion:</translation>
    </message>
</context>
<context>
    <name>gui::EventList</name>
    <message>
        <source>Events</source>
        <translation>Ereignisse</translation>
    </message>
</context>
<context>
    <name>gui::EventListModel</name>
    <message>
        <source>Information</source>
        <translation>Informationen</translation>
    </message>
    <message>
        <source>Warning</source>
        <translation>Warnung</translation>
    </message>
    <message>
        <source>Error</source>
        <translation>Fehler</translation>
    </message>
    <message>
        <source>Service</source>
        <translation>Dienst</translation>
    </message>
    <message>
        <source>Time</source>
        <translation>Zeit</translation>
    </message>
    <message>
        <source>Level</source>
        <translation>Ebene</translation>
    </message>
    <message>
        <source>Event</source>
        <translation>Ereignis</translation>
    </message>
    <message>
        <source>Machine</source>
        <translation>Virtueller Computer</translation>
    </message>
    <message>
        <source>Description</source>
        <translation>Beschreibung</translation>
    </message>
</context>
<context>
    <name>gui::ExportDialog</name>
    <message>
        <source>Export Virtual Machine</source>
        <translation>Virtuellen Computer exportieren</translation>
    </message>
    <message>
        <source>A folder &quot;%1&quot; is made there, with the machine&apos;s settings and copies of its hard disks. It can be carried elsewhere and imported.</source>
        <translation>Dort wird der Ordner „%1“ mit den Einstellungen des virtuellen Computers und Kopien seiner Festplatten erstellt. Er kann an einen anderen Ort gebracht und importiert werden.</translation>
    </message>
    <message>
        <source>Location</source>
        <translation>Pfad</translation>
    </message>
    <message>
        <source>&amp;Location:</source>
        <translation>&amp;Pfad:</translation>
    </message>
    <message>
        <source>Progress</source>
        <translation>Fortschritt</translation>
    </message>
    <message>
        <source>&amp;Export</source>
        <translation>&amp;Exportieren</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
</context>
<context>
    <name>gui::FirmwarePage</name>
    <message>
        <source>CD</source>
        <translation>CD</translation>
    </message>
    <message>
        <source>Hard drive</source>
        <translation>Festplatte</translation>
    </message>
    <message>
        <source>Network adapter</source>
        <translation>Netzwerkkarte</translation>
    </message>
    <message>
        <source>Diskette</source>
        <translation>Diskette</translation>
    </message>
    <message>
        <source>BIOS</source>
        <translation>BIOS</translation>
    </message>
    <message>
        <source>Firmware</source>
        <translation>Firmware</translation>
    </message>
    <message>
        <source>What the machine boots from.</source>
        <translation>Legt fest, wovon der virtuelle Computer startet.</translation>
    </message>
    <message>
        <source>Boot order</source>
        <translation>Startreihenfolge</translation>
    </message>
    <message>
        <source>The first device with something to boot is taken.</source>
        <translation>Das erste startfähige Gerät wird verwendet.</translation>
    </message>
    <message>
        <source>This version has no firmware for machines of generation 2 to boot from devices; the order is kept for later.</source>
        <translation>Diese Version hat keine Firmware, mit der Maschinen der Generation 2 von Geräten starten; die Reihenfolge wird für später gespeichert.</translation>
    </message>
    <message>
        <source>Move &amp;Up</source>
        <translation>Nach &amp;oben</translation>
    </message>
    <message>
        <source>Move &amp;Down</source>
        <translation>Nach &amp;unten</translation>
    </message>
    <message>
        <source>&amp;Num Lock</source>
        <translation>&amp;Num-Taste</translation>
    </message>
    <message>
        <source>Enable &amp;Secure Boot</source>
        <translation>&amp;Sicheren Start aktivieren</translation>
    </message>
    <message>
        <source>Linux kernel</source>
        <translation>Linux-Kernel</translation>
    </message>
    <message>
        <source>&amp;Boot a Linux kernel directly, without firmware</source>
        <translation>&amp;Linux-Kernel direkt starten, ohne Firmware</translation>
    </message>
    <message>
        <source>Kernel</source>
        <translation>Kernel</translation>
    </message>
    <message>
        <source>&amp;Kernel:</source>
        <translation>&amp;Kernel:</translation>
    </message>
    <message>
        <source>One path a line</source>
        <translation>Ein Pfad pro Zeile</translation>
    </message>
    <message>
        <source>&amp;Add...</source>
        <translation>&amp;Hinzufügen...</translation>
    </message>
    <message>
        <source>Initial RAM disks</source>
        <translation>Initiale RAM-Disks</translation>
    </message>
    <message>
        <source>Initial &amp;RAM disks:</source>
        <translation>Initiale &amp;RAM-Disks:</translation>
    </message>
    <message>
        <source>&amp;Command line:</source>
        <translation>Be&amp;fehlszeile:</translation>
    </message>
    <message>
        <source>Initial RAM disk</source>
        <translation>Initiale RAM-Disk</translation>
    </message>
    <message>
        <source>Boot a Linux kernel</source>
        <translation>Linux-Kernel starten</translation>
    </message>
    <message>
        <source>Boot from %1</source>
        <translation>Starten von %1</translation>
    </message>
    <message>
        <source>Choose the kernel to boot.</source>
        <translation>Wählen Sie den Kernel aus, der gestartet werden soll.</translation>
    </message>
</context>
<context>
    <name>gui::FoundMachinePage</name>
    <message>
        <source>Select Virtual Machine</source>
        <translation>Virtuellen Computer auswählen</translation>
    </message>
    <message>
        <source>This machine is in the folder:</source>
        <translation>Dieser virtuelle Computer ist im Ordner:</translation>
    </message>
</context>
<context>
    <name>gui::GenerationPage</name>
    <message>
        <source>Specify Generation</source>
        <translation>Generation angeben</translation>
    </message>
    <message>
        <source>The generation decides which hardware the guest sees. It can&apos;t be changed later.</source>
        <translation>Die Generation bestimmt, welche Hardware der Gast sieht. Sie kann später nicht geändert werden.</translation>
    </message>
    <message>
        <source>Generation &amp;1</source>
        <translation>Generation &amp;1</translation>
    </message>
    <message>
        <source>BIOS, IDE controllers, a diskette drive; runs 32-bit and older guests too.</source>
        <translation>BIOS, IDE-Controller, Diskettenlaufwerk; auch für 32-Bit- und ältere Gäste.</translation>
    </message>
    <message>
        <source>Generation &amp;2</source>
        <translation>Generation &amp;2</translation>
    </message>
    <message>
        <source>UEFI and secure boot. Not in this version: it has no UEFI firmware yet.</source>
        <translation>UEFI und sicherer Start. Nicht in dieser Version, da sie noch keine UEFI-Firmware hat.</translation>
    </message>
</context>
<context>
    <name>gui::Graph</name>
    <message>
        <source>Graph. Left and Right move the cursor, plus and minus zoom, 0 shows everything, Space pauses.</source>
        <translation>Diagramm. Nach links und Nach rechts bewegen die Markierung, Plus und Minus zoomen, 0 zeigt alles an, die Leertaste hält an.</translation>
    </message>
    <message>
        <source>&amp;Continue</source>
        <translation>&amp;Fortsetzen</translation>
    </message>
    <message>
        <source>&amp;Pause</source>
        <translation>&amp;Anhalten</translation>
    </message>
    <message>
        <source>&amp;Reset Zoom</source>
        <translation>&amp;Zoom zurücksetzen</translation>
    </message>
    <message>
        <source>Export P&amp;icture...</source>
        <translation>&amp;Bild exportieren...</translation>
    </message>
    <message>
        <source>Export &amp;Values...</source>
        <translation>&amp;Werte exportieren...</translation>
    </message>
</context>
<context>
    <name>gui::GraphExport</name>
    <message>
        <source>The file &apos;%1&apos; can&apos;t be written: %2.</source>
        <translation>Die Datei „%1“ kann nicht geschrieben werden: %2.</translation>
    </message>
    <message>
        <source>Export Picture</source>
        <translation>Bild exportieren</translation>
    </message>
    <message>
        <source>Pictures (*.png)</source>
        <translation>Bilder (*.png)</translation>
    </message>
    <message>
        <source>Export Values</source>
        <translation>Werte exportieren</translation>
    </message>
    <message>
        <source>Comma-separated values (*.csv)</source>
        <translation>Durch Kommas getrennte Werte (*.csv)</translation>
    </message>
</context>
<context>
    <name>gui::HostActions</name>
    <message>
        <source>&amp;Quick Create...</source>
        <translation>&amp;Schnellerstellung...</translation>
    </message>
    <message>
        <source>&amp;Virtual Machine...</source>
        <translation>&amp;Virtueller Computer...</translation>
    </message>
    <message>
        <source>&amp;Hard Disk...</source>
        <translation>&amp;Festplatte...</translation>
    </message>
    <message>
        <source>&amp;Import Virtual Machine...</source>
        <translation>Computer &amp;importieren...</translation>
    </message>
    <message>
        <source>Vireo Se&amp;ttings...</source>
        <translation>Vireo-&amp;Einstellungen...</translation>
    </message>
    <message>
        <source>Virtual S&amp;witch Manager...</source>
        <translation>&amp;Manager für virtuelle Switches...</translation>
    </message>
    <message>
        <source>&amp;Edit Disk...</source>
        <translation>Datenträger &amp;bearbeiten...</translation>
    </message>
    <message>
        <source>I&amp;nspect Disk...</source>
        <translation>Datenträger über&amp;prüfen...</translation>
    </message>
    <message>
        <source>&amp;Performance Monitor</source>
        <translation>&amp;Leistungsüberwachung</translation>
    </message>
    <message>
        <source>&amp;Remove Server</source>
        <translation>Server en&amp;tfernen</translation>
    </message>
    <message>
        <source>Re&amp;fresh</source>
        <translation>&amp;Aktualisieren</translation>
    </message>
    <message>
        <source>Hel&amp;p</source>
        <translation>&amp;Hilfe</translation>
    </message>
    <message>
        <source>&amp;New</source>
        <translation>&amp;Neu</translation>
    </message>
    <message>
        <source>The service can&apos;t be reached.</source>
        <translation>Der Dienst ist nicht erreichbar.</translation>
    </message>
    <message>
        <source>&amp;Connect to Server...</source>
        <translation>&amp;Verbindung mit Server herstellen...</translation>
    </message>
    <message>
        <source>St&amp;art Service</source>
        <translation>Dienst &amp;starten</translation>
    </message>
    <message>
        <source>&amp;Stop Service...</source>
        <translation>&amp;Dienst beenden...</translation>
    </message>
    <message>
        <source>The service is being started.</source>
        <translation>Der Dienst wird gestartet.</translation>
    </message>
</context>
<context>
    <name>gui::HostTotals</name>
    <message>
        <source>1 machine, %1 running</source>
        <translation>1 virtueller Computer, %1 ausgeführt</translation>
    </message>
    <message>
        <source>%1 machines, %2 running</source>
        <translation>%1 virtuelle Computer, %2 ausgeführt</translation>
    </message>
    <message>
        <source>Processors reserved: %1 of %2</source>
        <translation>Reservierte Prozessoren: %1 von %2</translation>
    </message>
    <message>
        <source>Memory: %1 of %2 GB</source>
        <translation>Arbeitsspeicher: %1 von %2 GB</translation>
    </message>
</context>
<context>
    <name>gui::ImportFoldersPage</name>
    <message>
        <source>Choose Folders</source>
        <translation>Ordner auswählen</translation>
    </message>
    <message>
        <source>What the machine is called here, and where its files are kept. A folder with the machine&apos;s name is made for its disks.</source>
        <translation>Legt fest, wie der virtuelle Computer hier heißt und wo seine Dateien gespeichert werden. Für seine Datenträger wird ein Ordner mit seinem Namen erstellt.</translation>
    </message>
    <message>
        <source>N&amp;ame:</source>
        <translation>N&amp;ame:</translation>
    </message>
    <message>
        <source>Folder for disks</source>
        <translation>Ordner für Datenträger</translation>
    </message>
    <message>
        <source>&amp;Virtual hard disks:</source>
        <translation>&amp;Virtuelle Festplatten:</translation>
    </message>
    <message>
        <source>&amp;Store the machine in a different location</source>
        <translation>Virtuellen Computer an einem anderen &amp;Speicherort speichern</translation>
    </message>
    <message>
        <source>Folder for the machine</source>
        <translation>Ordner für den virtuellen Computer</translation>
    </message>
    <message>
        <source>&amp;Location:</source>
        <translation>&amp;Pfad:</translation>
    </message>
    <message>
        <source>A machine needs a name.</source>
        <translation>Geben Sie einen Namen ein.</translation>
    </message>
    <message>
        <source>There is a machine with this name already.</source>
        <translation>Es ist bereits ein virtueller Computer mit diesem Namen vorhanden.</translation>
    </message>
    <message>
        <source>Choose a folder for the disks.</source>
        <translation>Wählen Sie einen Ordner für die Datenträger aus.</translation>
    </message>
    <message>
        <source>Choose a folder for the machine.</source>
        <translation>Wählen Sie einen Ordner für den virtuellen Computer aus.</translation>
    </message>
</context>
<context>
    <name>gui::ImportIntroductionPage</name>
    <message>
        <source>Before You Begin</source>
        <translation>Vorbemerkungen</translation>
    </message>
    <message>
        <source>This wizard makes a virtual machine of one that was exported, with its settings and its disks.</source>
        <translation>Dieser Assistent erstellt aus einem exportierten virtuellen Computer wieder einen, mit dessen Einstellungen und Datenträgern.</translation>
    </message>
    <message>
        <source>The machine can be used where its files are, or its files are copied first. Nothing is changed before you press Finish.</source>
        <translation>Der virtuelle Computer kann seine Dateien dort verwenden, wo sie sind, oder sie werden zuerst kopiert. Es wird nichts geändert, bevor Sie auf „Fertig stellen“ klicken.</translation>
    </message>
</context>
<context>
    <name>gui::ImportPage</name>
    <message>
        <source>%1 (missing)</source>
        <translation>%1 (fehlt)</translation>
    </message>
    <message>
        <source>%1 (%2)</source>
        <translation>%1 (%2)</translation>
    </message>
    <message>
        <source>Name:</source>
        <translation>Name:</translation>
    </message>
    <message>
        <source>Created:</source>
        <translation>Erstellt:</translation>
    </message>
    <message>
        <source>Generation:</source>
        <translation>Generation:</translation>
    </message>
    <message>
        <source>Processors:</source>
        <translation>Prozessoren:</translation>
    </message>
    <message>
        <source>Memory:</source>
        <translation>Arbeitsspeicher:</translation>
    </message>
    <message>
        <source>Hard disks:</source>
        <translation>Festplatten:</translation>
    </message>
    <message>
        <source>None</source>
        <translation>Keine</translation>
    </message>
    <message>
        <source>Boot files:</source>
        <translation>Startdateien:</translation>
    </message>
    <message>
        <source>Size of all files:</source>
        <translation>Größe aller Dateien:</translation>
    </message>
    <message>
        <source>Register the virtual machine in-place</source>
        <translation>Virtuellen Computer direkt registrieren</translation>
    </message>
    <message>
        <source>Restore the virtual machine</source>
        <translation>Virtuellen Computer wiederherstellen</translation>
    </message>
    <message>
        <source>Copy the virtual machine</source>
        <translation>Virtuellen Computer kopieren</translation>
    </message>
</context>
<context>
    <name>gui::ImportTypePage</name>
    <message>
        <source>Choose Import Type</source>
        <translation>Importtyp auswählen</translation>
    </message>
    <message>
        <source>What becomes of the machine&apos;s files and of its identity.</source>
        <translation>Legt fest, was mit den Dateien und der Identität des virtuellen Computers geschieht.</translation>
    </message>
    <message>
        <source>&amp;Register the virtual machine in-place</source>
        <translation>Virtuellen Computer direkt &amp;registrieren</translation>
    </message>
    <message>
        <source>The machine keeps its id and uses its disks where they are now.</source>
        <translation>Der virtuelle Computer behält seine ID und verwendet seine Datenträger dort, wo sie jetzt sind.</translation>
    </message>
    <message>
        <source>R&amp;estore the virtual machine</source>
        <translation>Virtuellen Computer wi&amp;ederherstellen</translation>
    </message>
    <message>
        <source>The machine keeps its id, and its disks are copied to a folder of your choice.</source>
        <translation>Der virtuelle Computer behält seine ID, und seine Datenträger werden in einen Ordner Ihrer Wahl kopiert.</translation>
    </message>
    <message>
        <source>C&amp;opy the virtual machine</source>
        <translation>Virtuellen Computer k&amp;opieren</translation>
    </message>
    <message>
        <source>A new machine is made, with an id and network addresses of its own, and the disks are copied: one exported machine can become many.</source>
        <translation>Es wird ein neuer virtueller Computer mit eigener ID und eigenen Netzwerkadressen erstellt, und die Datenträger werden kopiert: Aus einem exportierten können viele werden.</translation>
    </message>
</context>
<context>
    <name>gui::ImportWizard</name>
    <message>
        <source>Import Virtual Machine</source>
        <translation>Virtuellen Computer importieren</translation>
    </message>
    <message>
        <source>Completing Import Wizard</source>
        <translation>Abschließen des Import-Assistenten</translation>
    </message>
    <message>
        <source>Press Finish to import this machine:</source>
        <translation>Klicken Sie auf „Fertig stellen“, um diesen virtuellen Computer zu importieren:</translation>
    </message>
    <message>
        <source>Folder:</source>
        <translation>Ordner:</translation>
    </message>
    <message>
        <source>Import type:</source>
        <translation>Importtyp:</translation>
    </message>
    <message>
        <source>Name:</source>
        <translation>Name:</translation>
    </message>
    <message>
        <source>Location:</source>
        <translation>Pfad:</translation>
    </message>
    <message>
        <source>Virtual hard disks:</source>
        <translation>Virtuelle Festplatten:</translation>
    </message>
    <message>
        <source>To be copied:</source>
        <translation>Zu kopieren:</translation>
    </message>
    <message>
        <source>The folder %1 can&apos;t be made.</source>
        <translation>Der Ordner „%1“ kann nicht erstellt werden.</translation>
    </message>
    <message>
        <source>choose another one</source>
        <translation>wählen Sie einen anderen aus</translation>
    </message>
    <message>
        <source>Importing the machine</source>
        <translation>Der virtuelle Computer wird importiert</translation>
    </message>
</context>
<context>
    <name>gui::InspectDiskDialog</name>
    <message>
        <source>Virtual hard disk</source>
        <translation>Virtuelle Festplatte</translation>
    </message>
    <message>
        <source>Inspect Virtual Hard Disk</source>
        <translation>Virtuelle Festplatte überprüfen</translation>
    </message>
    <message>
        <source>&amp;File:</source>
        <translation>&amp;Datei:</translation>
    </message>
    <message>
        <source>Format:</source>
        <translation>Format:</translation>
    </message>
    <message>
        <source>Type:</source>
        <translation>Typ:</translation>
    </message>
    <message>
        <source>Current file size:</source>
        <translation>Aktuelle Dateigröße:</translation>
    </message>
    <message>
        <source>Maximum disk size:</source>
        <translation>Maximale Datenträgergröße:</translation>
    </message>
    <message>
        <source>%1 (%2 bytes)</source>
        <translation>%1 (%2 Bytes)</translation>
    </message>
    <message>
        <source>Block size:</source>
        <translation>Blockgröße:</translation>
    </message>
    <message>
        <source>Identifier:</source>
        <translation>Bezeichner:</translation>
    </message>
    <message>
        <source>Parent:</source>
        <translation>Übergeordnet:</translation>
    </message>
</context>
<context>
    <name>gui::InstallationPage</name>
    <message>
        <source>Installation Options</source>
        <translation>Installationsoptionen</translation>
    </message>
    <message>
        <source>Install an operating system &amp;later</source>
        <translation>Betriebssystem &amp;später installieren</translation>
    </message>
    <message>
        <source>Install an operating system from a &amp;CD/DVD image</source>
        <translation>Betriebssystem von einem &amp;CD/DVD-Image installieren</translation>
    </message>
    <message>
        <source>CD or DVD image</source>
        <translation>CD- oder DVD-Image</translation>
    </message>
    <message>
        <source>Install an operating system from a bootable &amp;diskette image</source>
        <translation>Betriebssystem von einem startbaren &amp;Diskettenimage installieren</translation>
    </message>
    <message>
        <source>Diskette image</source>
        <translation>Diskettenimage</translation>
    </message>
    <message>
        <source>&amp;Boot a Linux kernel directly</source>
        <translation>&amp;Linux-Kernel direkt starten</translation>
    </message>
    <message>
        <source>&amp;Image file:</source>
        <translation>&amp;Imagedatei:</translation>
    </message>
    <message>
        <source>Kernel</source>
        <translation>Kernel</translation>
    </message>
    <message>
        <source>&amp;Kernel:</source>
        <translation>&amp;Kernel:</translation>
    </message>
    <message>
        <source>Initial RAM disk</source>
        <translation>Initiale RAM-Disk</translation>
    </message>
    <message>
        <source>Initial &amp;RAM disk:</source>
        <translation>Initiale &amp;RAM-Disk:</translation>
    </message>
    <message>
        <source>Command &amp;line:</source>
        <translation>&amp;Befehlszeile:</translation>
    </message>
    <message>
        <source>Choose an image file.</source>
        <translation>Wählen Sie eine Imagedatei aus.</translation>
    </message>
    <message>
        <source>Choose the kernel to boot.</source>
        <translation>Wählen Sie den Kernel aus, der gestartet werden soll.</translation>
    </message>
    <message>
        <source>Choose what the machine boots. A Linux kernel that is booted directly finds the disk and the disc at a SCSI controller.</source>
        <translation>Wählen Sie, was der Computer startet. Ein direkt gestarteter Linux-Kernel findet Festplatte und Datenträger an einem SCSI-Controller.</translation>
    </message>
</context>
<context>
    <name>gui::IntegrationPage</name>
    <message>
        <source>Integration Services</source>
        <translation>Integrationsdienste</translation>
    </message>
    <message>
        <source>Services that the server offers to the guest. The guest must know them to use them.</source>
        <translation>Dienste, die der Server dem Gast anbietet. Der Gast muss sie unterstützen, um sie zu nutzen.</translation>
    </message>
    <message>
        <source>Operating system &amp;shutdown</source>
        <translation>&amp;Herunterfahren des Betriebssystems</translation>
    </message>
    <message>
        <source>&amp;Time synchronization</source>
        <translation>&amp;Zeitsynchronisierung</translation>
    </message>
    <message>
        <source>&amp;Data Exchange</source>
        <translation>&amp;Datenaustausch</translation>
    </message>
    <message>
        <source>&amp;Heartbeat</source>
        <translation>&amp;Takt</translation>
    </message>
    <message>
        <source>&amp;Backup (volume checkpoint)</source>
        <translation>&amp;Sicherung (Volumeprüfpunkt)</translation>
    </message>
    <message>
        <source>&amp;Guest services</source>
        <translation>&amp;Gastdienste</translation>
    </message>
    <message>
        <source>All services offered</source>
        <translation>Alle Dienste angeboten</translation>
    </message>
    <message>
        <source>None offered</source>
        <translation>Keine Dienste angeboten</translation>
    </message>
    <message>
        <source>Some services offered</source>
        <translation>Einige Dienste angeboten</translation>
    </message>
</context>
<context>
    <name>gui::IntroductionPage</name>
    <message>
        <source>Before You Begin</source>
        <translation>Vorbemerkungen</translation>
    </message>
    <message>
        <source>This wizard makes a virtual machine: a computer of its own, with processors, memory and disks, for an operating system of your choice.</source>
        <translation>Dieser Assistent erstellt einen virtuellen Computer: einen eigenständigen Computer mit Prozessoren, Arbeitsspeicher und Festplatten für ein Betriebssystem Ihrer Wahl.</translation>
    </message>
    <message>
        <source>Press Finish at any time for a machine with default values, or Next to choose them. Everything but the generation can be changed later in the machine&apos;s settings.</source>
        <translation>Klicken Sie jederzeit auf „Fertig stellen“, um die Standardwerte zu übernehmen, oder auf „Weiter“, um sie festzulegen. Alles außer der Generation können Sie später in den Einstellungen des virtuellen Computers ändern.</translation>
    </message>
</context>
<context>
    <name>gui::JobList</name>
    <message>
        <source>Progress of the job</source>
        <translation>Fortschritt der Aufgabe</translation>
    </message>
    <message>
        <source>Cancel this job</source>
        <translation>Diese Aufgabe abbrechen</translation>
    </message>
    <message>
        <source>%1 failed: %2</source>
        <translation>%1 ist fehlgeschlagen: %2</translation>
    </message>
    <message>
        <source>%1 (and %2 more)</source>
        <translation>%1 (und %2 weitere)</translation>
    </message>
</context>
<context>
    <name>gui::KeyboardPage</name>
    <message>
        <source>Keyboard</source>
        <translation>Tastatur</translation>
    </message>
    <message>
        <source>What keys do while Virtual Machine Connection has the keyboard.</source>
        <translation>Legt fest, was Tasten bewirken, solange die Verbindung mit virtuellen Computern die Tastatur hat.</translation>
    </message>
    <message>
        <source>Windows key</source>
        <translation>Windows-Taste</translation>
    </message>
    <message>
        <source>Where the Windows key, and what is pressed together with it, is used. What the desktop takes before any program sees it never reaches a machine.</source>
        <translation>Wo die Windows-Taste und Tastenkombinationen mit ihr verwendet werden. Was der Desktop für sich nimmt, bevor ein Programm es sieht, erreicht nie einen virtuellen Computer.</translation>
    </message>
    <message>
        <source>On this &amp;computer</source>
        <translation>Auf diesem &amp;Computer</translation>
    </message>
    <message>
        <source>On the virtual &amp;machine</source>
        <translation>Auf dem &amp;virtuellen Computer</translation>
    </message>
    <message>
        <source>On the virtual machine in &amp;full screen mode only</source>
        <translation>Auf dem virtuellen Computer nur im Voll&amp;bildmodus</translation>
    </message>
    <message>
        <source>Release key</source>
        <translation>Freigabetaste</translation>
    </message>
    <message>
        <source>&amp;Key combination:</source>
        <translation>&amp;Tastenkombination:</translation>
    </message>
    <message>
        <source>Leaves the screen or the terminal for the rest of its window. All other keys but F11 and Ctrl+Alt+Break, which are for full screen mode, go to the machine.</source>
        <translation>Verlässt den Bildschirm oder das Terminal und führt zum übrigen Fenster. Alle anderen Tasten außer F11 und Strg+Alt+Untbr, die für den Vollbildmodus sind, gehen an den virtuellen Computer.</translation>
    </message>
    <message>
        <source>Use on this computer</source>
        <translation>Auf diesem Computer verwenden</translation>
    </message>
    <message>
        <source>Use in full screen mode</source>
        <translation>Im Vollbildmodus verwenden</translation>
    </message>
    <message>
        <source>Use on the virtual machine</source>
        <translation>Auf dem virtuellen Computer verwenden</translation>
    </message>
</context>
<context>
    <name>gui::LegendEntry</name>
    <message>
        <source>%1: press to hide</source>
        <translation>%1: zum Ausblenden klicken</translation>
    </message>
    <message>
        <source>%1: press to show</source>
        <translation>%1: zum Einblenden klicken</translation>
    </message>
</context>
<context>
    <name>gui::LocateDiskPage</name>
    <message>
        <source>Locate Virtual Hard Disk</source>
        <translation>Virtuelle Festplatte suchen</translation>
    </message>
    <message>
        <source>The disk to edit. No machine that uses it may run.</source>
        <translation>Der zu bearbeitende Datenträger. Virtuelle Computer, die ihn verwenden, dürfen nicht ausgeführt werden.</translation>
    </message>
    <message>
        <source>Virtual hard disk</source>
        <translation>Virtuelle Festplatte</translation>
    </message>
    <message>
        <source>&amp;Location:</source>
        <translation>&amp;Pfad:</translation>
    </message>
</context>
<context>
    <name>gui::LocateFolderPage</name>
    <message>
        <source>Locate Folder</source>
        <translation>Ordner suchen</translation>
    </message>
    <message>
        <source>The folder that has the machine in it: the one with the file vm.json.</source>
        <translation>Der Ordner, in dem der virtuelle Computer liegt: der mit der Datei vm.json.</translation>
    </message>
    <message>
        <source>Folder</source>
        <translation>Ordner</translation>
    </message>
    <message>
        <source>F&amp;older:</source>
        <translation>&amp;Ordner:</translation>
    </message>
    <message>
        <source>&quot;%1&quot; is here.</source>
        <translation>„%1“ ist hier.</translation>
    </message>
</context>
<context>
    <name>gui::LogicalProcessorGrid</name>
    <message>
        <source>guest and root</source>
        <translation>Gast und Stamm</translation>
    </message>
    <message>
        <source>hypervisor</source>
        <translation>Hypervisor</translation>
    </message>
    <message>
        <source>stolen</source>
        <translation>entzogen</translation>
    </message>
    <message>
        <source>Waiting for the first figures...</source>
        <translation>Auf die ersten Werte wird gewartet...</translation>
    </message>
    <message>
        <source>empty: idle</source>
        <translation>leer: Leerlauf</translation>
    </message>
</context>
<context>
    <name>gui::MachineActions</name>
    <message>
        <source>Co&amp;nnect...</source>
        <translation>&amp;Verbinden...</translation>
    </message>
    <message>
        <source>S&amp;ettings...</source>
        <translation>&amp;Einstellungen...</translation>
    </message>
    <message>
        <source>&amp;Start</source>
        <translation>&amp;Starten</translation>
    </message>
    <message>
        <source>&amp;Turn Off...</source>
        <translation>&amp;Ausschalten...</translation>
    </message>
    <message>
        <source>Shut &amp;Down...</source>
        <translation>&amp;Herunterfahren...</translation>
    </message>
    <message>
        <source>S&amp;ave</source>
        <translation>S&amp;peichern</translation>
    </message>
    <message>
        <source>&amp;Pause</source>
        <translation>A&amp;nhalten</translation>
    </message>
    <message>
        <source>Resu&amp;me</source>
        <translation>&amp;Fortsetzen</translation>
    </message>
    <message>
        <source>&amp;Reset...</source>
        <translation>&amp;Zurücksetzen...</translation>
    </message>
    <message>
        <source>&amp;Checkpoint</source>
        <translation>P&amp;rüfpunkt</translation>
    </message>
    <message>
        <source>Re&amp;vert...</source>
        <translation>&amp;Wiederherstellen...</translation>
    </message>
    <message>
        <source>M&amp;ove...</source>
        <translation>Vers&amp;chieben...</translation>
    </message>
    <message>
        <source>E&amp;xport...</source>
        <translation>E&amp;xportieren...</translation>
    </message>
    <message>
        <source>Rena&amp;me...</source>
        <translation>&amp;Umbenennen...</translation>
    </message>
    <message>
        <source>De&amp;lete...</source>
        <translation>&amp;Löschen...</translation>
    </message>
    <message>
        <source>The service can&apos;t be reached.</source>
        <translation>Der Dienst ist nicht erreichbar.</translation>
    </message>
    <message>
        <source>No machine is selected.</source>
        <translation>Es ist kein virtueller Computer ausgewählt.</translation>
    </message>
    <message>
        <source>This version does not do this yet.</source>
        <translation>In dieser Version noch nicht verfügbar.</translation>
    </message>
    <message>
        <source>Several machines are selected.</source>
        <translation>Es sind mehrere virtuelle Computer ausgewählt.</translation>
    </message>
    <message>
        <source>The machine&apos;s folder can&apos;t be read.</source>
        <translation>Der Ordner des virtuellen Computers kann nicht gelesen werden.</translation>
    </message>
    <message>
        <source>Not possible while the machine is %1.</source>
        <translation>Im Zustand „%1“ nicht möglich.</translation>
    </message>
    <message>
        <source>&quot;%1&quot;</source>
        <translation>„%1“</translation>
    </message>
    <message>
        <source>the %1 selected machines</source>
        <translation>die %1 ausgewählten virtuellen Computer</translation>
    </message>
    <message>
        <source>Rename Machine</source>
        <translation>Virtuellen Computer umbenennen</translation>
    </message>
    <message>
        <source>&amp;Name:</source>
        <translation>&amp;Name:</translation>
    </message>
    <message>
        <source>Delete &quot;%1&quot;?</source>
        <translation>Möchten Sie „%1“ löschen?</translation>
    </message>
    <message>
        <source>These files are removed:</source>
        <translation>Diese Dateien werden gelöscht:</translation>
    </message>
    <message>
        <source>These disk images stay:</source>
        <translation>Diese Datenträgerimages bleiben erhalten:</translation>
    </message>
    <message>
        <source>Delete Machine</source>
        <translation>Virtuellen Computer löschen</translation>
    </message>
    <message>
        <source>Remove &amp;disk images in the machine&apos;s own folder too</source>
        <translation>Auch &amp;Datenträgerimages in seinem Ordner löschen</translation>
    </message>
    <message>
        <source>Delete</source>
        <translation>Löschen</translation>
    </message>
</context>
<context>
    <name>gui::MachineListModel</name>
    <message>
        <source>Other machines</source>
        <translation>Andere virtuelle Computer</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>Name</translation>
    </message>
    <message>
        <source>State</source>
        <translation>Zustand</translation>
    </message>
    <message>
        <source>CPU Usage</source>
        <translation>CPU-Auslastung</translation>
    </message>
    <message>
        <source>Assigned Memory</source>
        <translation>Zugewiesener Speicher</translation>
    </message>
    <message>
        <source>Memory Demand</source>
        <translation>Speicherbedarf</translation>
    </message>
    <message>
        <source>Uptime</source>
        <translation>Betriebszeit</translation>
    </message>
    <message>
        <source>Status</source>
        <translation>Status</translation>
    </message>
    <message>
        <source>Generation</source>
        <translation>Generation</translation>
    </message>
    <message>
        <source>Processors</source>
        <translation>Prozessoren</translation>
    </message>
    <message>
        <source>Reserve</source>
        <translation>Reserve</translation>
    </message>
    <message>
        <source>Limit</source>
        <translation>Limit</translation>
    </message>
    <message>
        <source>Weight</source>
        <translation>Gewichtung</translation>
    </message>
    <message>
        <source>Heartbeat</source>
        <translation>Takt</translation>
    </message>
    <message>
        <source>Notes</source>
        <translation>Notizen</translation>
    </message>
</context>
<context>
    <name>gui::MachineListView</name>
    <message>
        <source>Virtual machines</source>
        <translation>Virtuelle Computer</translation>
    </message>
    <message>
        <source>&amp;Ascending</source>
        <translation>&amp;Aufsteigend</translation>
    </message>
    <message>
        <source>&amp;Descending</source>
        <translation>A&amp;bsteigend</translation>
    </message>
</context>
<context>
    <name>gui::MachineNamePage</name>
    <message>
        <source>New Virtual Machine</source>
        <translation>Neuer virtueller Computer</translation>
    </message>
    <message>
        <source>Specify Name and Location</source>
        <translation>Name und Pfad angeben</translation>
    </message>
    <message>
        <source>The name is what the machine is called in Vireo Manager and for the service. Choose one that tells what it is for.</source>
        <translation>Unter diesem Namen wird der virtuelle Computer in Vireo Manager und vom Dienst geführt. Wählen Sie einen Namen, der den Zweck erkennen lässt.</translation>
    </message>
    <message>
        <source>N&amp;ame:</source>
        <translation>N&amp;ame:</translation>
    </message>
    <message>
        <source>&amp;Store the machine in a different location</source>
        <translation>Virtuellen Computer an einem anderen &amp;Speicherort speichern</translation>
    </message>
    <message>
        <source>Location</source>
        <translation>Pfad</translation>
    </message>
    <message>
        <source>&amp;Location:</source>
        <translation>&amp;Pfad:</translation>
    </message>
    <message>
        <source>A machine needs a name.</source>
        <translation>Geben Sie einen Namen ein.</translation>
    </message>
    <message>
        <source>There is a machine with this name already.</source>
        <translation>Es ist bereits ein virtueller Computer mit diesem Namen vorhanden.</translation>
    </message>
    <message>
        <source>Choose a folder for the machine.</source>
        <translation>Wählen Sie einen Ordner für den virtuellen Computer aus.</translation>
    </message>
</context>
<context>
    <name>gui::MachineOffPage</name>
    <message>
        <source>Start</source>
        <translation>Starten</translation>
    </message>
    <message>
        <source>Start the virtual machine</source>
        <translation>Virtuellen Computer starten</translation>
    </message>
</context>
<context>
    <name>gui::MachinePerformance</name>
    <message>
        <source>HLT</source>
        <translation>HLT</translation>
    </message>
    <message>
        <source>I/O</source>
        <translation>E/A</translation>
    </message>
    <message>
        <source>memory</source>
        <translation>Arbeitsspeicher</translation>
    </message>
    <message>
        <source>MSR</source>
        <translation>MSR</translation>
    </message>
    <message>
        <source>external interrupts</source>
        <translation>externe Interrupts</translation>
    </message>
    <message>
        <source>hypercalls</source>
        <translation>Hypercalls</translation>
    </message>
    <message>
        <source>CPUID</source>
        <translation>CPUID</translation>
    </message>
    <message>
        <source>emulated instructions</source>
        <translation>emulierte Befehle</translation>
    </message>
    <message>
        <source>other</source>
        <translation>andere</translation>
    </message>
    <message>
        <source>Processor</source>
        <translation>Prozessor</translation>
    </message>
    <message>
        <source>guest</source>
        <translation>Gast</translation>
    </message>
    <message>
        <source>hypervisor</source>
        <translation>Hypervisor</translation>
    </message>
    <message>
        <source>total</source>
        <translation>gesamt</translation>
    </message>
    <message>
        <source>Intercepts per second, by kind</source>
        <translation>Abfangvorgänge pro Sekunde, nach Art</translation>
    </message>
    <message>
        <source>Intercepts</source>
        <translation>Abfangvorgänge</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>Schließen</translation>
    </message>
    <message>
        <source>Time shown</source>
        <translation>Angezeigter Zeitraum</translation>
    </message>
    <message>
        <source>Select a machine to see its performance.</source>
        <translation>Wählen Sie einen virtuellen Computer aus, um seine Leistung anzuzeigen.</translation>
    </message>
    <message>
        <source>%1 is not running (%2). Its performance is shown here while it runs.</source>
        <translation>%1 wird nicht ausgeführt (%2). Die Leistung wird hier angezeigt, solange der virtuelle Computer ausgeführt wird.</translation>
    </message>
    <message>
        <source>Processor, % of its virtual processor</source>
        <translation>Prozessor, in % des virtuellen Prozessors</translation>
    </message>
    <message>
        <source>Processor, % of its %1 virtual processors</source>
        <translation>Prozessor, in % der %1 virtuellen Prozessoren</translation>
    </message>
    <message>
        <source>%1 %</source>
        <translation>%1 %</translation>
    </message>
    <message>
        <source>reserve %1</source>
        <translation>Reserve %1</translation>
    </message>
    <message>
        <source>limit %1</source>
        <translation>Limit %1</translation>
    </message>
    <message>
        <source>entitlement now %1 %</source>
        <translation>Anspruch derzeit %1 %</translation>
    </message>
</context>
<context>
    <name>gui::MachineSummaryPages</name>
    <message>
        <source>No machine is selected.</source>
        <translation>Es ist kein virtueller Computer ausgewählt.</translation>
    </message>
    <message>
        <source>The folder %1 can&apos;t be read: %2</source>
        <translation>Der Ordner „%1“ kann nicht gelesen werden: %2</translation>
    </message>
    <message>
        <source>None</source>
        <translation>–</translation>
    </message>
    <message>
        <source>State</source>
        <translation>Zustand</translation>
    </message>
    <message>
        <source>Created</source>
        <translation>Erstellt</translation>
    </message>
    <message>
        <source>Generation</source>
        <translation>Generation</translation>
    </message>
    <message>
        <source>Configuration version</source>
        <translation>Konfigurationsversion</translation>
    </message>
    <message>
        <source>Processors</source>
        <translation>Prozessoren</translation>
    </message>
    <message>
        <source>Uptime</source>
        <translation>Betriebszeit</translation>
    </message>
    <message>
        <source>Backend</source>
        <translation>Backend</translation>
    </message>
    <message>
        <source>KVM</source>
        <translation>KVM</translation>
    </message>
    <message>
        <source>Software</source>
        <translation>Software</translation>
    </message>
    <message>
        <source>Notes</source>
        <translation>Notizen</translation>
    </message>
    <message>
        <source>Folder</source>
        <translation>Ordner</translation>
    </message>
    <message>
        <source>Startup memory</source>
        <translation>Startarbeitsspeicher</translation>
    </message>
    <message>
        <source>Assigned memory</source>
        <translation>Zugewiesener Arbeitsspeicher</translation>
    </message>
    <message>
        <source>Dynamic memory</source>
        <translation>Dynamischer Arbeitsspeicher</translation>
    </message>
    <message>
        <source>%1 to %2</source>
        <translation>%1 bis %2</translation>
    </message>
    <message>
        <source>Off</source>
        <translation>Aus</translation>
    </message>
    <message>
        <source>%1, %2</source>
        <translation>%1, %2</translation>
    </message>
    <message>
        <source>not connected</source>
        <translation>nicht verbunden</translation>
    </message>
    <message>
        <source>%1 %2, location %3</source>
        <translation>%1 %2, Position %3</translation>
    </message>
    <message>
        <source>IDE</source>
        <translation>IDE</translation>
    </message>
    <message>
        <source>SCSI</source>
        <translation>SCSI</translation>
    </message>
    <message>
        <source>The machine has no network adapter.</source>
        <translation>Der virtuelle Computer hat keine Netzwerkkarte.</translation>
    </message>
    <message>
        <source>The machine has no drives.</source>
        <translation>Der virtuelle Computer hat keine Laufwerke.</translation>
    </message>
    <message>
        <source>Heartbeat</source>
        <translation>Takt</translation>
    </message>
    <message>
        <source>Operating system</source>
        <translation>Betriebssystem</translation>
    </message>
    <message>
        <source>Memory demand</source>
        <translation>Arbeitsspeicherbedarf</translation>
    </message>
</context>
<context>
    <name>gui::MainWindow</name>
    <message>
        <source>Vireo Manager</source>
        <translation>Vireo Manager</translation>
    </message>
    <message>
        <source>&amp;File</source>
        <translation>&amp;Datei</translation>
    </message>
    <message>
        <source>E&amp;xit</source>
        <translation>&amp;Beenden</translation>
    </message>
    <message>
        <source>&amp;Action</source>
        <translation>A&amp;ktion</translation>
    </message>
    <message>
        <source>&amp;View</source>
        <translation>&amp;Ansicht</translation>
    </message>
    <message>
        <source>Console &amp;Tree</source>
        <translation>Konsolen&amp;struktur</translation>
    </message>
    <message>
        <source>&amp;Action Pane</source>
        <translation>&amp;Aktionsbereich</translation>
    </message>
    <message>
        <source>S&amp;ort Machines By</source>
        <translation>S&amp;ortieren nach</translation>
    </message>
    <message>
        <source>Colu&amp;mns of Machines</source>
        <translation>S&amp;palten</translation>
    </message>
    <message>
        <source>&amp;Search Machines</source>
        <translation>&amp;Virtuelle Computer suchen</translation>
    </message>
    <message>
        <source>&amp;Window</source>
        <translation>&amp;Fenster</translation>
    </message>
    <message>
        <source>&amp;Help</source>
        <translation>&amp;Hilfe</translation>
    </message>
    <message>
        <source>&amp;About Vireo Manager</source>
        <translation>&amp;Info über Vireo Manager</translation>
    </message>
    <message>
        <source>Tools</source>
        <translation>Symbolleiste</translation>
    </message>
    <message>
        <source>Search machines (Ctrl+F)</source>
        <translation>Virtuelle Computer suchen (Strg+F)</translation>
    </message>
    <message>
        <source>Search machines</source>
        <translation>Virtuelle Computer suchen</translation>
    </message>
    <message>
        <source>Actions</source>
        <translation>Aktionen</translation>
    </message>
    <message>
        <source>Checkpoints</source>
        <translation>Prüfpunkte</translation>
    </message>
    <message>
        <source>This version makes no checkpoints yet.</source>
        <translation>Diese Version erstellt noch keine Prüfpunkte.</translation>
    </message>
    <message>
        <source>Now</source>
        <translation>Jetzt</translation>
    </message>
    <message>
        <source>Virtual Machines</source>
        <translation>Virtuelle Computer</translation>
    </message>
    <message>
        <source>Summary</source>
        <translation>Zusammenfassung</translation>
    </message>
    <message>
        <source>Memory</source>
        <translation>Arbeitsspeicher</translation>
    </message>
    <message>
        <source>Networking</source>
        <translation>Netzwerk</translation>
    </message>
    <message>
        <source>Storage</source>
        <translation>Datenträger</translation>
    </message>
    <message>
        <source>Performance</source>
        <translation>Leistung</translation>
    </message>
    <message>
        <source>Events</source>
        <translation>Ereignisse</translation>
    </message>
    <message>
        <source>No machine selected</source>
        <translation>Kein virtueller Computer ausgewählt</translation>
    </message>
    <message>
        <source>About Vireo Manager</source>
        <translation>Info über Vireo Manager</translation>
    </message>
    <message>
        <source>Vireo Manager %1

Hyper-V&apos;s architecture and ease, for Linux.
Licensed under the GNU General Public License, version 3 or later.</source>
        <translation>Vireo Manager %1

Architektur und Komfort von Hyper-V, für Linux.
Lizenziert unter der GNU General Public License, Version 3 oder höher.</translation>
    </message>
</context>
<context>
    <name>gui::MemoryPage</name>
    <message>
        <source>Memory</source>
        <translation>Arbeitsspeicher</translation>
    </message>
    <message>
        <source>How much of the server&apos;s memory this machine has.</source>
        <translation>Legt fest, wie viel Arbeitsspeicher des Servers dieser virtuelle Computer erhält.</translation>
    </message>
    <message>
        <source>&amp;Startup memory:</source>
        <translation>&amp;Startarbeitsspeicher:</translation>
    </message>
    <message>
        <source>MB</source>
        <translation>MB</translation>
    </message>
    <message>
        <source>Dynamic Memory</source>
        <translation>Dynamischer Arbeitsspeicher</translation>
    </message>
    <message>
        <source>&amp;Enable Dynamic Memory</source>
        <translation>&amp;Dynamischen Arbeitsspeicher aktivieren</translation>
    </message>
    <message>
        <source>Mi&amp;nimum memory:</source>
        <translation>Mi&amp;nimaler Arbeitsspeicher:</translation>
    </message>
    <message>
        <source>Ma&amp;ximum memory:</source>
        <translation>Ma&amp;ximaler Arbeitsspeicher:</translation>
    </message>
    <message>
        <source>Memory &amp;buffer (percentage):</source>
        <translation>Arbeitsspeicher&amp;puffer (Prozent):</translation>
    </message>
    <message>
        <source>kept free beyond what the guest uses</source>
        <translation>zusätzlich zum Bedarf des Gasts frei gehalten</translation>
    </message>
    <message>
        <source>Memory &amp;weight:</source>
        <translation>Arbeitsspeicher&amp;gewichtung:</translation>
    </message>
    <message>
        <source>against other machines, 0 to 10000</source>
        <translation>gegenüber anderen, 0 bis 10000</translation>
    </message>
    <message>
        <source>%1 MB</source>
        <translation>%1 MB</translation>
    </message>
    <message>
        <source>Startup memory must be between the minimum and the maximum.</source>
        <translation>Der Startarbeitsspeicher muss zwischen dem Minimum und dem Maximum liegen.</translation>
    </message>
    <message>
        <source>This server has %1: the machine would not start.</source>
        <translation>Dieser Server hat %1: Der virtuelle Computer würde nicht starten.</translation>
    </message>
    <message>
        <source>A guest with the driver for it gives memory back that it does not need, down to the minimum, and gets more than at its start, up to the maximum.</source>
        <translation>Ein Gast mit dem Treiber dafür gibt Arbeitsspeicher zurück, den er nicht braucht, bis zum minimalen, und bekommt mehr als beim Start, bis zum maximalen.</translation>
    </message>
    <message>
        <source>While the machine runs, the minimum can become less, and buffer and weight can change.</source>
        <translation>Während der Computer ausgeführt wird, kann der minimale Arbeitsspeicher kleiner werden; Puffer und Gewichtung können sich ändern.</translation>
    </message>
</context>
<context>
    <name>gui::NamePage</name>
    <message>
        <source>Name</source>
        <translation>Name</translation>
    </message>
    <message>
        <source>The machine&apos;s name, the group it is listed in, and notes about it.</source>
        <translation>Der Name des virtuellen Computers, seine Gruppe in der Liste und Notizen.</translation>
    </message>
    <message>
        <source>&amp;Name:</source>
        <translation>&amp;Name:</translation>
    </message>
    <message>
        <source>&amp;Group:</source>
        <translation>&amp;Gruppe:</translation>
    </message>
    <message>
        <source>No&amp;tes:</source>
        <translation>No&amp;tizen:</translation>
    </message>
    <message>
        <source>A machine needs a name.</source>
        <translation>Geben Sie einen Namen ein.</translation>
    </message>
</context>
<context>
    <name>gui::NetworkAdapterPage</name>
    <message>
        <source>Legacy Network Adapter</source>
        <translation>Ältere Netzwerkkarte</translation>
    </message>
    <message>
        <source>Network Adapter</source>
        <translation>Netzwerkkarte</translation>
    </message>
    <message>
        <source>An emulated adapter, for guests without a driver for the synthetic one.</source>
        <translation>Eine emulierte Netzwerkkarte für Gäste ohne Treiber für die synthetische.</translation>
    </message>
    <message>
        <source>How this adapter is connected.</source>
        <translation>Legt fest, womit diese Netzwerkkarte verbunden ist.</translation>
    </message>
    <message>
        <source>&amp;Name:</source>
        <translation>&amp;Name:</translation>
    </message>
    <message>
        <source>Virtual &amp;switch:</source>
        <translation>Virtueller &amp;Switch:</translation>
    </message>
    <message>
        <source>made by the service</source>
        <translation>vom Dienst vergeben</translation>
    </message>
    <message>
        <source>MA&amp;C address:</source>
        <translation>&amp;MAC-Adresse:</translation>
    </message>
    <message>
        <source>Re&amp;move</source>
        <translation>&amp;Entfernen</translation>
    </message>
    <message>
        <source>&amp;Forwarded ports:</source>
        <translation>&amp;Weitergeleitete Ports:</translation>
    </message>
    <message>
        <source>At the Default Switch: a port of this host and one of the guest, with spaces between several.</source>
        <translation>Am Default Switch: ein Port dieses Hosts und einer des Gasts, mehrere mit Leerzeichen dazwischen.</translation>
    </message>
    <message>
        <source>Folder for network boot</source>
        <translation>Ordner für den Netzwerkstart</translation>
    </message>
    <message>
        <source>&amp;TFTP folder:</source>
        <translation>&amp;TFTP-Ordner:</translation>
    </message>
    <message>
        <source>&amp;Boot file:</source>
        <translation>Start&amp;datei:</translation>
    </message>
    <message>
        <source>At the Default Switch: files that the guest gets by TFTP, and the one that it boots from the network.</source>
        <translation>Am Default Switch: Dateien, die der Gast über TFTP bekommt, und die, die er aus dem Netzwerk startet.</translation>
    </message>
</context>
<context>
    <name>gui::NetworkingPage</name>
    <message>
        <source>Configure Networking</source>
        <translation>Netzwerk konfigurieren</translation>
    </message>
    <message>
        <source>Each new machine has a network adapter. It can be connected to a virtual switch, or remain without a connection.</source>
        <translation>Jeder neue virtuelle Computer hat eine Netzwerkkarte. Sie kann mit einem virtuellen Switch verbunden werden oder ohne Verbindung bleiben.</translation>
    </message>
    <message>
        <source>&amp;Connection:</source>
        <translation>&amp;Verbindung:</translation>
    </message>
</context>
<context>
    <name>gui::NewDiskWizard</name>
    <message>
        <source>New Virtual Hard Disk Wizard</source>
        <translation>Assistent für neue virtuelle Festplatten</translation>
    </message>
    <message>
        <source>Completing the New Virtual Hard Disk Wizard</source>
        <translation>Abschließen des Assistenten für neue virtuelle Festplatten</translation>
    </message>
    <message>
        <source>Press Finish to make this virtual hard disk:</source>
        <translation>Klicken Sie auf „Fertig stellen“, um diese virtuelle Festplatte zu erstellen:</translation>
    </message>
    <message>
        <source>Format:</source>
        <translation>Format:</translation>
    </message>
    <message>
        <source>Type:</source>
        <translation>Typ:</translation>
    </message>
    <message>
        <source>File:</source>
        <translation>Datei:</translation>
    </message>
    <message>
        <source>Parent:</source>
        <translation>Übergeordnet:</translation>
    </message>
    <message>
        <source>Size:</source>
        <translation>Größe:</translation>
    </message>
    <message>
        <source>The folder %1 can&apos;t be made.</source>
        <translation>Der Ordner „%1“ kann nicht erstellt werden.</translation>
    </message>
    <message>
        <source>choose another one</source>
        <translation>wählen Sie einen anderen aus</translation>
    </message>
    <message>
        <source>Creating the virtual hard disk</source>
        <translation>Virtuelle Festplatte wird erstellt</translation>
    </message>
</context>
<context>
    <name>gui::NewMachineWizard</name>
    <message>
        <source>New Virtual Machine Wizard</source>
        <translation>Assistent für neue virtuelle Computer</translation>
    </message>
    <message>
        <source>The folder %1 can&apos;t be made.</source>
        <translation>Der Ordner „%1“ kann nicht erstellt werden.</translation>
    </message>
    <message>
        <source>choose another one</source>
        <translation>wählen Sie einen anderen aus</translation>
    </message>
    <message>
        <source>Creating the virtual hard disk</source>
        <translation>Virtuelle Festplatte wird erstellt</translation>
    </message>
    <message>
        <source>Creating the machine</source>
        <translation>Virtueller Computer wird erstellt</translation>
    </message>
    <message>
        <source>Starting the machine</source>
        <translation>Virtueller Computer wird gestartet</translation>
    </message>
    <message>
        <source>The machine was made, but it can&apos;t be started. %1</source>
        <translation>Der virtuelle Computer wurde erstellt, kann aber nicht gestartet werden. %1</translation>
    </message>
</context>
<context>
    <name>gui::NewSwitchPage</name>
    <message>
        <source>Create virtual switch</source>
        <translation>Virtuellen Switch erstellen</translation>
    </message>
    <message>
        <source>What type of virtual switch do you want to create?</source>
        <translation>Welchen Typ von virtuellem Switch möchten Sie erstellen?</translation>
    </message>
    <message>
        <source>&amp;External</source>
        <translation>&amp;Extern</translation>
    </message>
    <message>
        <source>Connects machines with the network that one of this host&apos;s network adapters is connected to. The host can go on using that adapter.</source>
        <translation>Verbindet virtuelle Computer mit dem Netzwerk, an das eine der Netzwerkkarten dieses Hosts angeschlossen ist. Der Host kann diese Karte weiter verwenden.</translation>
    </message>
    <message>
        <source>&amp;Internal</source>
        <translation>&amp;Intern</translation>
    </message>
    <message>
        <source>Connects machines with each other and with this host, and with nothing outside.</source>
        <translation>Verbindet virtuelle Computer miteinander und mit diesem Host, aber mit nichts außerhalb.</translation>
    </message>
    <message>
        <source>&amp;Private</source>
        <translation>&amp;Privat</translation>
    </message>
    <message>
        <source>Connects machines with each other alone; not even this host can reach them.</source>
        <translation>Verbindet virtuelle Computer nur miteinander; selbst dieser Host erreicht sie nicht.</translation>
    </message>
    <message>
        <source>Create &amp;Virtual Switch</source>
        <translation>&amp;Virtuellen Switch erstellen</translation>
    </message>
    <message>
        <source>None can be made here: %1.</source>
        <translation>Hier kann keiner erstellt werden: %1.</translation>
    </message>
</context>
<context>
    <name>gui::NoServerPage</name>
    <message>
        <source>No server</source>
        <translation>Kein Server</translation>
    </message>
    <message>
        <source>Connect to a server to see its virtual machines.</source>
        <translation>Stellen Sie eine Verbindung mit einem Server her, um seine virtuellen Computer zu sehen.</translation>
    </message>
</context>
<context>
    <name>gui::PathField</name>
    <message>
        <source>Browse...</source>
        <translation>Durchsuchen...</translation>
    </message>
    <message>
        <source>Disk images (*.vhdx *.vhd *.avhdx *.avhd *.raw *.img);;All files (*)</source>
        <translation>Datenträgerimages (*.vhdx *.vhd *.avhdx *.avhd *.raw *.img);;Alle Dateien (*)</translation>
    </message>
    <message>
        <source>CD and DVD images (*.iso);;All files (*)</source>
        <translation>CD- und DVD-Images (*.iso);;Alle Dateien (*)</translation>
    </message>
    <message>
        <source>Diskette images (*.vfd *.img *.ima);;All files (*)</source>
        <translation>Diskettenimages (*.vfd *.img *.ima);;Alle Dateien (*)</translation>
    </message>
</context>
<context>
    <name>gui::PerformanceMonitor</name>
    <message>
        <source>Graphs</source>
        <translation>Diagramme</translation>
    </message>
    <message>
        <source>Pause</source>
        <translation>Anhalten</translation>
    </message>
    <message>
        <source>Reset Zoom</source>
        <translation>Zoom zurücksetzen</translation>
    </message>
    <message>
        <source>Search Counters</source>
        <translation>Leistungsindikatoren suchen</translation>
    </message>
    <message>
        <source>Show the last %1 (%2)</source>
        <translation>Letzte %1 anzeigen (%2)</translation>
    </message>
    <message>
        <source>&amp;Picture (PNG)...</source>
        <translation>&amp;Bild (PNG)...</translation>
    </message>
    <message>
        <source>&amp;Values (CSV)...</source>
        <translation>&amp;Werte (CSV)...</translation>
    </message>
    <message>
        <source>Export...</source>
        <translation>Exportieren...</translation>
    </message>
    <message>
        <source>Search counters</source>
        <translation>Leistungsindikatoren suchen</translation>
    </message>
    <message>
        <source>Counters</source>
        <translation>Leistungsindikatoren</translation>
    </message>
    <message>
        <source>Logical processors</source>
        <translation>Logische Prozessoren</translation>
    </message>
    <message>
        <source>Virtual machines: % Total Run Time, of the whole server</source>
        <translation>Virtuelle Computer: % Total Run Time, bezogen auf den gesamten Server</translation>
    </message>
    <message>
        <source>Continue</source>
        <translation>Fortsetzen</translation>
    </message>
    <message>
        <source>Performance Monitor - %1</source>
        <translation>Leistungsüberwachung - %1</translation>
    </message>
    <message>
        <source>Performance Monitor</source>
        <translation>Leistungsüberwachung</translation>
    </message>
</context>
<context>
    <name>gui::ProblemBanner</name>
    <message>
        <source>Close</source>
        <translation>Schließen</translation>
    </message>
    <message>
        <source>Try Now</source>
        <translation>Jetzt versuchen</translation>
    </message>
    <message>
        <source>The service is being started...</source>
        <translation>Der Dienst wird gestartet...</translation>
    </message>
    <message>
        <source>Start Service</source>
        <translation>Dienst starten</translation>
    </message>
</context>
<context>
    <name>gui::ProcessorPage</name>
    <message>
        <source>Processor</source>
        <translation>Prozessor</translation>
    </message>
    <message>
        <source>How many virtual processors this machine has, and how they share the server&apos;s processors with others.</source>
        <translation>Legt fest, wie viele virtuelle Prozessoren dieser virtuelle Computer hat und wie sie sich die Prozessoren des Servers mit anderen teilen.</translation>
    </message>
    <message>
        <source>&amp;Number of virtual processors:</source>
        <translation>A&amp;nzahl virtueller Prozessoren:</translation>
    </message>
    <message>
        <source>Resource control</source>
        <translation>Ressourcensteuerung</translation>
    </message>
    <message>
        <source>What the machine is guaranteed, what it may use at most, and how it competes. In force at once.</source>
        <translation>Legt fest, was dem virtuellen Computer garantiert ist, was er höchstens nutzen darf und welchen Vorrang er gegenüber anderen hat. Wirkt sofort.</translation>
    </message>
    <message>
        <source>Virtual machine &amp;reserve (percentage):</source>
        <translation>&amp;Reserve für virtuelle Computer (Prozent):</translation>
    </message>
    <message>
        <source>Percent of total system resources:</source>
        <translation>Prozent der Gesamtsystemressourcen:</translation>
    </message>
    <message>
        <source>Virtual machine &amp;limit (percentage):</source>
        <translation>&amp;Limit für virtuelle Computer (Prozent):</translation>
    </message>
    <message>
        <source>Relative &amp;weight:</source>
        <translation>Relative &amp;Gewichtung:</translation>
    </message>
    <message>
        <source>1 Virtual processor</source>
        <translation>1 virtueller Prozessor</translation>
    </message>
    <message>
        <source>%1 Virtual processors</source>
        <translation>%1 virtuelle Prozessoren</translation>
    </message>
    <message>
        <source>This machine now</source>
        <translation>Dieser virtuelle Computer jetzt</translation>
    </message>
    <message>
        <source>from 1 to %1</source>
        <translation>von 1 bis %1</translation>
    </message>
    <message>
        <source>On this server: %1.</source>
        <translation>Auf diesem Server: %1.</translation>
    </message>
    <message>
        <source>More than %1 for each logical processor, of which this server has %2: they will mostly wait for each other.</source>
        <translation>Mehr als %1 für jeden logischen Prozessor, von denen dieser Server %2 hat: Sie werden meist aufeinander warten.</translation>
    </message>
    <message>
        <source>%1 %</source>
        <translation>%1 %</translation>
    </message>
    <message>
        <source>Reserved on this server (1 logical processor)</source>
        <translation>Auf diesem Server reserviert (1 logischer Prozessor)</translation>
    </message>
    <message>
        <source>Reserved on this server (%1 logical processors)</source>
        <translation>Auf diesem Server reserviert (%1 logische Prozessoren)</translation>
    </message>
    <message>
        <source>The reserve is over the limit of %1 %. Reserve less, or raise the limit.</source>
        <translation>Die Reserve liegt über dem Limit von %1 %. Verringern Sie die Reserve, oder erhöhen Sie das Limit.</translation>
    </message>
    <message>
        <source>Beside what running machines reserve, this server can hold %1 % of each virtual processor.</source>
        <translation>Neben den Reserven ausgeführter virtueller Computer kann dieser Server %1 % jedes virtuellen Prozessors bereithalten.</translation>
    </message>
    <message>
        <source>%1 The machine would not start now.</source>
        <translation>%1 Der virtuelle Computer würde jetzt nicht starten.</translation>
    </message>
</context>
<context>
    <name>gui::ProcessorStrip</name>
    <message>
        <source>What this machine uses now</source>
        <translation>Derzeitige Nutzung dieses virtuellen Computers</translation>
    </message>
    <message>
        <source>What the machine uses is shown here while it runs.</source>
        <translation>Die Nutzung wird hier angezeigt, solange der virtuelle Computer ausgeführt wird.</translation>
    </message>
    <message>
        <source>total run time</source>
        <translation>Gesamtausführungszeit</translation>
    </message>
    <message>
        <source>reserve %1 %</source>
        <translation>Reserve %1 %</translation>
    </message>
    <message>
        <source>limit %1 %</source>
        <translation>Limit %1 %</translation>
    </message>
    <message>
        <source>using %1 %, wants %2 %</source>
        <translation>nutzt %1 %, benötigt %2 %</translation>
    </message>
    <message>
        <source>using %1 %</source>
        <translation>nutzt %1 %</translation>
    </message>
</context>
<context>
    <name>gui::QuickCreateDialog</name>
    <message>
        <source>Create Virtual Machine</source>
        <translation>Virtuellen Computer erstellen</translation>
    </message>
    <message>
        <source>Quick Create</source>
        <translation>Schnellerstellung</translation>
    </message>
    <message>
        <source>New Virtual Machine</source>
        <translation>Neuer virtueller Computer</translation>
    </message>
    <message>
        <source>New Virtual Machine %1</source>
        <translation>Neuer virtueller Computer %1</translation>
    </message>
    <message>
        <source>N&amp;ame:</source>
        <translation>N&amp;ame:</translation>
    </message>
    <message>
        <source>&amp;Memory:</source>
        <translation>Arbeits&amp;speicher:</translation>
    </message>
    <message>
        <source>MB</source>
        <translation>MB</translation>
    </message>
    <message>
        <source>Virtual &amp;processors:</source>
        <translation>Virtuelle &amp;Prozessoren:</translation>
    </message>
    <message>
        <source>Linux &amp;system:</source>
        <translation>&amp;Linux-System:</translation>
    </message>
    <message>
        <source>A kernel of this computer, or one of your own.</source>
        <translation>Ein Kernel dieses Computers oder ein eigener.</translation>
    </message>
    <message>
        <source>Kernel</source>
        <translation>Kernel</translation>
    </message>
    <message>
        <source>&amp;Kernel:</source>
        <translation>&amp;Kernel:</translation>
    </message>
    <message>
        <source>Initial RAM disk</source>
        <translation>Initiale RAM-Disk</translation>
    </message>
    <message>
        <source>Initial &amp;RAM disk:</source>
        <translation>Initiale &amp;RAM-Disk:</translation>
    </message>
    <message>
        <source>Command &amp;line:</source>
        <translation>&amp;Befehlszeile:</translation>
    </message>
    <message>
        <source>S&amp;tart the machine at once</source>
        <translation>Virtuellen Computer sofort s&amp;tarten</translation>
    </message>
    <message>
        <source>&amp;Create</source>
        <translation>&amp;Erstellen</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <source>Linux %1 of this computer</source>
        <translation>Linux %1 dieses Computers</translation>
    </message>
    <message>
        <source>Another kernel</source>
        <translation>Anderer Kernel</translation>
    </message>
    <message>
        <source>A machine needs a name.</source>
        <translation>Geben Sie einen Namen ein.</translation>
    </message>
    <message>
        <source>There is a machine with this name already.</source>
        <translation>Es ist bereits ein virtueller Computer mit diesem Namen vorhanden.</translation>
    </message>
    <message>
        <source>Choose the kernel to boot.</source>
        <translation>Wählen Sie den Kernel aus, der gestartet werden soll.</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>Schließen</translation>
    </message>
    <message>
        <source>The machine was made, but it can&apos;t be started. %1</source>
        <translation>Der virtuelle Computer wurde erstellt, kann aber nicht gestartet werden. %1</translation>
    </message>
</context>
<context>
    <name>gui::ReservationBar</name>
    <message>
        <source>this machine</source>
        <translation>dieser virtuelle Computer</translation>
    </message>
    <message>
        <source>Reserved on this server</source>
        <translation>Auf diesem Server reserviert</translation>
    </message>
    <message>
        <source>free: %1 logical processors</source>
        <translation>frei: %1 logische Prozessoren</translation>
    </message>
    <message>
        <source>%1: %2 logical processors, %3 % of the server</source>
        <translation>%1: %2 logische Prozessoren, %3 % des Servers</translation>
    </message>
</context>
<context>
    <name>gui::ResetCheckBoxesPage</name>
    <message>
        <source>Reset Check Boxes</source>
        <translation>Kontrollkästchen zurücksetzen</translation>
    </message>
    <message>
        <source>Pages of wizards that were hidden by &quot;Do not show this page again&quot; can be shown again.</source>
        <translation>Seiten von Assistenten, die mit „Diese Seite nicht mehr anzeigen“ ausgeblendet wurden, können wieder angezeigt werden.</translation>
    </message>
    <message>
        <source>&amp;Reset</source>
        <translation>&amp;Zurücksetzen</translation>
    </message>
    <message>
        <source>No page is hidden</source>
        <translation>Keine Seite ist ausgeblendet</translation>
    </message>
    <message>
        <source>1 page is hidden</source>
        <translation>1 Seite ist ausgeblendet</translation>
    </message>
    <message>
        <source>%1 pages are hidden</source>
        <translation>%1 Seiten sind ausgeblendet</translation>
    </message>
</context>
<context>
    <name>gui::ScreenClient</name>
    <message>
        <source>The name of its socket is too long: %1</source>
        <translation>Der Name seines Sockets ist zu lang: %1</translation>
    </message>
    <message>
        <source>Its socket %1 can&apos;t be reached: %2</source>
        <translation>Sein Socket %1 ist nicht erreichbar: %2</translation>
    </message>
    <message>
        <source>It does not speak as a VNC server does.</source>
        <translation>Er antwortet nicht wie ein VNC-Server.</translation>
    </message>
</context>
<context>
    <name>gui::ScreenSession</name>
    <message>
        <source>The screen can&apos;t be shown. %1</source>
        <translation>Der Bildschirm kann nicht gezeigt werden. %1</translation>
    </message>
</context>
<context>
    <name>gui::ScreenThumbnail</name>
    <message>
        <source>Screen of the virtual machine</source>
        <translation>Bildschirm des virtuellen Computers</translation>
    </message>
</context>
<context>
    <name>gui::Screenshots</name>
    <message>
        <source>The service does not answer.</source>
        <translation>Der Dienst antwortet nicht.</translation>
    </message>
</context>
<context>
    <name>gui::SerialSession</name>
    <message>
        <source>COM%1 can&apos;t be attached to: %2 may only be used by members of its group.</source>
        <translation>Verbindung mit COM%1 nicht möglich: %2 darf nur von Mitgliedern der zugehörigen Gruppe verwendet werden.</translation>
    </message>
    <message>
        <source>COM%1 can&apos;t be attached to at %2: %3.</source>
        <translation>Verbindung mit COM%1 über %2 nicht möglich: %3.</translation>
    </message>
</context>
<context>
    <name>gui::ServiceConnection</name>
    <message>
        <source>The service has closed the connection.</source>
        <translation>Der Dienst hat die Verbindung geschlossen.</translation>
    </message>
    <message>
        <source>No service answers on %1; %2.</source>
        <translation>Unter %1 antwortet kein Dienst; %2.</translation>
    </message>
    <message>
        <source>What answers on %1 is not Vireo&apos;s service: %2.</source>
        <translation>Unter %1 antwortet nicht der Dienst von Vireo: %2.</translation>
    </message>
    <message>
        <source>The service can&apos;t be reached.</source>
        <translation>Der Dienst ist nicht erreichbar.</translation>
    </message>
    <message>
        <source>The service was stopped. Machines that run go on, but can&apos;t be managed until it is started again.</source>
        <translation>Der Dienst wurde beendet. Laufende virtuelle Computer werden weiter ausgeführt, können aber erst wieder verwaltet werden, wenn er gestartet wurde.</translation>
    </message>
    <message>
        <source>The service was stopped, and the machines that ran with it.</source>
        <translation>Der Dienst wurde beendet, und mit ihm die laufenden virtuellen Computer.</translation>
    </message>
</context>
<context>
    <name>gui::ServiceStarter</name>
    <message>
        <source>The service was started, but does not answer. %1</source>
        <translation>Der Dienst wurde gestartet, antwortet aber nicht. %1</translation>
    </message>
    <message>
        <source>systemd has not started the service: %1</source>
        <translation>systemd hat den Dienst nicht gestartet: %1</translation>
    </message>
    <message>
        <source>The program vireod can&apos;t be started; is it installed?</source>
        <translation>Das Programm vireod kann nicht gestartet werden; ist es installiert?</translation>
    </message>
</context>
<context>
    <name>gui::SettingsDialog</name>
    <message>
        <source>Settings</source>
        <translation>Einstellungen</translation>
    </message>
    <message>
        <source>%1 What is edited here stays.</source>
        <translation>%1 Ihre Änderungen hier bleiben erhalten.</translation>
    </message>
    <message>
        <source>The machine was deleted.</source>
        <translation>Der virtuelle Computer wurde gelöscht.</translation>
    </message>
    <message>
        <source>Settings for %1 on %2</source>
        <translation>Einstellungen für %1 auf %2</translation>
    </message>
    <message>
        <source>Settings for %1</source>
        <translation>Einstellungen für %1</translation>
    </message>
</context>
<context>
    <name>gui::SettingsPage</name>
    <message>
        <source>can&apos;t change while the machine is running</source>
        <translation>kann nicht geändert werden, solange der virtuelle Computer ausgeführt wird</translation>
    </message>
    <message>
        <source>can&apos;t change while the machine is paused</source>
        <translation>kann nicht geändert werden, solange der virtuelle Computer angehalten ist</translation>
    </message>
    <message>
        <source>can&apos;t change while the machine is saved</source>
        <translation>kann nicht geändert werden, solange der virtuelle Computer gespeichert ist</translation>
    </message>
    <message>
        <source>can&apos;t change before the machine is off (%1)</source>
        <translation>kann erst geändert werden, wenn der virtuelle Computer ausgeschaltet ist (%1)</translation>
    </message>
</context>
<context>
    <name>gui::SettingsTree</name>
    <message>
        <source>Pages</source>
        <translation>Seiten</translation>
    </message>
    <message>
        <source>changed, not applied</source>
        <translation>geändert, nicht übernommen</translation>
    </message>
    <message>
        <source>needs attention</source>
        <translation>zu prüfen</translation>
    </message>
</context>
<context>
    <name>gui::StylePage</name>
    <message>
        <source>Style</source>
        <translation>Darstellung</translation>
    </message>
    <message>
        <source>How Vireo Manager looks. It changes at once with OK or Apply.</source>
        <translation>Legt fest, wie Vireo Manager aussieht. Mit OK oder Übernehmen gilt es sofort.</translation>
    </message>
    <message>
        <source>Colours</source>
        <translation>Farben</translation>
    </message>
    <message>
        <source>As the &amp;desktop has them</source>
        <translation>Wie auf dem &amp;Desktop</translation>
    </message>
    <message>
        <source>&amp;Light</source>
        <translation>&amp;Hell</translation>
    </message>
    <message>
        <source>Dar&amp;k</source>
        <translation>D&amp;unkel</translation>
    </message>
    <message>
        <source>Buttons and fields</source>
        <translation>Schaltflächen und Felder</translation>
    </message>
    <message>
        <source>&amp;Use the desktop&apos;s own style</source>
        <translation>&amp;Stil des Desktops verwenden</translation>
    </message>
    <message>
        <source>As other programs of the desktop look, with its colours.</source>
        <translation>Wie andere Programme des Desktops, mit dessen Farben.</translation>
    </message>
    <message>
        <source>The desktop&apos;s own</source>
        <translation>Stil des Desktops</translation>
    </message>
    <message>
        <source>Light</source>
        <translation>Hell</translation>
    </message>
    <message>
        <source>Dark</source>
        <translation>Dunkel</translation>
    </message>
    <message>
        <source>The desktop&apos;s colours</source>
        <translation>Farben des Desktops</translation>
    </message>
</context>
<context>
    <name>gui::SummaryPage</name>
    <message>
        <source>Summary</source>
        <translation>Zusammenfassung</translation>
    </message>
</context>
<context>
    <name>gui::SwitchChoice</name>
    <message>
        <source>Not connected</source>
        <translation>Nicht verbunden</translation>
    </message>
    <message>
        <source>%1 (gone)</source>
        <translation>%1 (nicht mehr vorhanden)</translation>
    </message>
    <message>
        <source>There is no such switch any more; the machine runs without it.</source>
        <translation>Diesen Switch gibt es nicht mehr; der virtuelle Computer wird ohne ihn ausgeführt.</translation>
    </message>
    <message>
        <source>The switch does not work: %1.</source>
        <translation>Der Switch funktioniert nicht: %1.</translation>
    </message>
</context>
<context>
    <name>gui::SwitchManager</name>
    <message>
        <source>%1: %2</source>
        <translation>%1: %2</translation>
    </message>
    <message>
        <source>Virtual Switch Manager</source>
        <translation>Manager für virtuelle Switches</translation>
    </message>
    <message>
        <source>Virtual Switches</source>
        <translation>Virtuelle Switches</translation>
    </message>
    <message>
        <source>%1 What is edited here stays.</source>
        <translation>%1 Was hier bearbeitet wurde, bleibt erhalten.</translation>
    </message>
    <message>
        <source>New virtual network switch</source>
        <translation>Neuer virtueller Netzwerkswitch</translation>
    </message>
    <message>
        <source>%1 *</source>
        <translation>%1 *</translation>
    </message>
    <message>
        <source>New Virtual Switch</source>
        <translation>Neuer virtueller Switch</translation>
    </message>
    <message>
        <source>New Virtual Switch %1</source>
        <translation>Neuer virtueller Switch %1</translation>
    </message>
</context>
<context>
    <name>gui::SwitchPage</name>
    <message>
        <source>&amp;Name:</source>
        <translation>&amp;Name:</translation>
    </message>
    <message>
        <source>No&amp;tes:</source>
        <translation>No&amp;tizen:</translation>
    </message>
    <message>
        <source>Connection type</source>
        <translation>Verbindungstyp</translation>
    </message>
    <message>
        <source>&amp;External network</source>
        <translation>&amp;Externes Netzwerk</translation>
    </message>
    <message>
        <source>&amp;Internal network</source>
        <translation>&amp;Internes Netzwerk</translation>
    </message>
    <message>
        <source>&amp;Private network</source>
        <translation>&amp;Privates Netzwerk</translation>
    </message>
    <message>
        <source>Re&amp;move</source>
        <translation>Ent&amp;fernen</translation>
    </message>
    <message>
        <source>Network adapter of the host</source>
        <translation>Netzwerkkarte des Hosts</translation>
    </message>
    <message>
        <source>Allow the host to &amp;share this network adapter</source>
        <translation>Gemeinsame Verwendung dieser Netzwerkkarte für den Host &amp;zulassen</translation>
    </message>
    <message>
        <source>&amp;Host&apos;s address:</source>
        <translation>Adresse des &amp;Hosts:</translation>
    </message>
    <message>
        <source>%1 (no cable)</source>
        <translation>%1 (kein Kabel)</translation>
    </message>
    <message>
        <source>%1 (gone)</source>
        <translation>%1 (nicht mehr vorhanden)</translation>
    </message>
    <message>
        <source>Virtual Switch Properties</source>
        <translation>Eigenschaften des virtuellen Switches</translation>
    </message>
    <message>
        <source>The switch does not work: %1.</source>
        <translation>Der Switch funktioniert nicht: %1.</translation>
    </message>
    <message>
        <source>No machine is connected to this switch.</source>
        <translation>Mit diesem Switch ist kein virtueller Computer verbunden.</translation>
    </message>
    <message>
        <source>Machines at this switch: %1.</source>
        <translation>Virtuelle Computer an diesem Switch: %1.</translation>
    </message>
    <message>
        <source>, </source>
        <translation>, </translation>
    </message>
    <message>
        <source>A switch needs a name.</source>
        <translation>Ein Switch braucht einen Namen.</translation>
    </message>
    <message>
        <source>The host has no network adapter that a switch can have.</source>
        <translation>Der Host hat keine Netzwerkkarte, die ein Switch haben kann.</translation>
    </message>
    <message>
        <source>The host loses its own connection through this adapter.</source>
        <translation>Der Host verliert seine eigene Verbindung über diese Netzwerkkarte.</translation>
    </message>
</context>
<context>
    <name>gui::TerminalView</name>
    <message>
        <source>Terminal</source>
        <translation>Terminal</translation>
    </message>
    <message>
        <source>Keys go to the virtual machine. Ctrl+Shift+Tab leaves the terminal.</source>
        <translation>Tasten gehen an den virtuellen Computer. Strg+Umschalt+Tab verlässt das Terminal.</translation>
    </message>
    <message>
        <source>&amp;Copy</source>
        <translation>&amp;Kopieren</translation>
    </message>
    <message>
        <source>&amp;Paste</source>
        <translation>E&amp;infügen</translation>
    </message>
    <message>
        <source>Select &amp;All</source>
        <translation>&amp;Alles auswählen</translation>
    </message>
    <message>
        <source>Zoom &amp;In</source>
        <translation>Ver&amp;größern</translation>
    </message>
    <message>
        <source>Zoom &amp;Out</source>
        <translation>Verk&amp;leinern</translation>
    </message>
    <message>
        <source>&amp;Reset Zoom</source>
        <translation>&amp;Zoom zurücksetzen</translation>
    </message>
</context>
<context>
    <name>gui::TimeRange</name>
    <message>
        <source>1 min</source>
        <translation>1 min</translation>
    </message>
    <message>
        <source>5 min</source>
        <translation>5 min</translation>
    </message>
    <message>
        <source>1 h</source>
        <translation>1 h</translation>
    </message>
    <message>
        <source>24 h</source>
        <translation>24 h</translation>
    </message>
</context>
<context>
    <name>gui::TreePage</name>
    <message>
        <source>This page %1.</source>
        <translation>Diese Seite %1.</translation>
    </message>
</context>
<context>
    <name>gui::VireoSettingsDialog</name>
    <message>
        <source>Vireo Settings</source>
        <translation>Vireo-Einstellungen</translation>
    </message>
    <message>
        <source>Server</source>
        <translation>Server</translation>
    </message>
    <message>
        <source>User</source>
        <translation>Benutzer</translation>
    </message>
</context>
<context>
    <name>gui::WholeServerGraph</name>
    <message>
        <source>Virtual machines</source>
        <translation>Virtuelle Computer</translation>
    </message>
    <message>
        <source>No virtual machine is running.</source>
        <translation>Es wird kein virtueller Computer ausgeführt.</translation>
    </message>
</context>
<context>
    <name>gui::Wizard</name>
    <message>
        <source>Steps</source>
        <translation>Schritte</translation>
    </message>
    <message>
        <source>Progress</source>
        <translation>Fortschritt</translation>
    </message>
    <message>
        <source>&lt; &amp;Previous</source>
        <translation>&lt; &amp;Zurück</translation>
    </message>
    <message>
        <source>&amp;Next &gt;</source>
        <translation>&amp;Weiter &gt;</translation>
    </message>
    <message>
        <source>&amp;Finish</source>
        <translation>&amp;Fertig stellen</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>Schließen</translation>
    </message>
</context>
<context>
    <name>gui::WizardPage</name>
    <message>
        <source>&amp;Do not show this page again</source>
        <translation>&amp;Diese Seite nicht mehr anzeigen</translation>
    </message>
</context>
<context>
    <name>gui::disk_words</name>
    <message>
        <source>Raw</source>
        <translation>Raw</translation>
    </message>
    <message>
        <source>dynamically expanding</source>
        <translation>dynamisch erweiterbar</translation>
    </message>
    <message>
        <source>fixed size</source>
        <translation>feste Größe</translation>
    </message>
    <message>
        <source>differencing</source>
        <translation>differenzierend</translation>
    </message>
    <message>
        <source>%1, %2, %3 (%4 on disk)</source>
        <translation>%1, %2, %3 (%4 auf dem Datenträger)</translation>
    </message>
    <message>
        <source>%1, parent %2</source>
        <translation>%1, übergeordnet: %2</translation>
    </message>
</context>
<context>
    <name>gui::drive_places</name>
    <message>
        <source>IDE Controller %1</source>
        <translation>IDE-Controller %1</translation>
    </message>
    <message>
        <source>SCSI Controller</source>
        <translation>SCSI-Controller</translation>
    </message>
    <message>
        <source>SCSI Controller %1</source>
        <translation>SCSI-Controller %1</translation>
    </message>
</context>
<context>
    <name>gui::orders</name>
    <message>
        <source>Turn Off Machine</source>
        <translation>Virtuellen Computer ausschalten</translation>
    </message>
    <message>
        <source>Turn %1 off? It loses power at once, and what its guest has not written to disk is lost.</source>
        <translation>Möchten Sie %1 ausschalten? Die Stromversorgung wird sofort getrennt. Daten, die der Gast noch nicht auf den Datenträger geschrieben hat, gehen verloren.</translation>
    </message>
    <message>
        <source>Turn Off</source>
        <translation>Ausschalten</translation>
    </message>
    <message>
        <source>Reset Machine</source>
        <translation>Virtuellen Computer zurücksetzen</translation>
    </message>
    <message>
        <source>Reset %1? What its guest has not written to disk is lost.</source>
        <translation>Möchten Sie %1 zurücksetzen? Daten, die der Gast noch nicht auf den Datenträger geschrieben hat, gehen verloren.</translation>
    </message>
    <message>
        <source>Reset</source>
        <translation>Zurücksetzen</translation>
    </message>
    <message>
        <source>Shut Down Machine</source>
        <translation>Virtuellen Computer herunterfahren</translation>
    </message>
    <message>
        <source>Ask the guest of %1 to shut down?</source>
        <translation>Möchten Sie %1 über den Gast herunterfahren?</translation>
    </message>
    <message>
        <source>Shut Down</source>
        <translation>Herunterfahren</translation>
    </message>
</context>
<context>
    <name>gui::page_list</name>
    <message>
        <source>Hardware</source>
        <translation>Hardware</translation>
    </message>
    <message>
        <source>Management</source>
        <translation>Verwaltung</translation>
    </message>
</context>
<context>
    <name>gui::service_stop</name>
    <message>
        <source>Stop Vireo&apos;s service on %1?

Machines that run go on without it. Until the service is started again, no machine can be started, stopped, changed or watched, none starts by itself, and nothing is recorded. The next service takes over the machines that still run.</source>
        <translation>Vireo-Dienst auf %1 beenden?

Laufende virtuelle Computer werden ohne ihn weiter ausgeführt. Bis der Dienst wieder gestartet wird, kann kein virtueller Computer gestartet, beendet, geändert oder beobachtet werden, keiner startet von selbst, und nichts wird aufgezeichnet. Der nächste Dienst übernimmt die virtuellen Computer, die dann noch laufen.</translation>
    </message>
    <message>
        <source>Stop Vireo&apos;s service on %1?

It was started so that machines which run are stopped with it, each by its automatic stop action. Until the service is started again, no machine can be started, changed or watched.</source>
        <translation>Vireo-Dienst auf %1 beenden?

Er wurde so gestartet, dass laufende virtuelle Computer mit ihm beendet werden, jeder nach seiner automatischen Stoppaktion. Bis der Dienst wieder gestartet wird, kann kein virtueller Computer gestartet, geändert oder beobachtet werden.</translation>
    </message>
    <message>
        <source>Stop Service</source>
        <translation>Dienst beenden</translation>
    </message>
</context>
<context>
    <name>gui::switches</name>
    <message>
        <source>NAT</source>
        <translation>NAT</translation>
    </message>
    <message>
        <source>External</source>
        <translation>Extern</translation>
    </message>
    <message>
        <source>Internal</source>
        <translation>Intern</translation>
    </message>
    <message>
        <source>Private</source>
        <translation>Privat</translation>
    </message>
    <message>
        <source>Default Switch</source>
        <translation>Default Switch</translation>
    </message>
    <message>
        <source>The Default Switch leads out by this host&apos;s address; others reach the guest by forwarded ports alone.</source>
        <translation>Der Default Switch führt über die Adresse dieses Hosts nach außen; andere erreichen den Gast nur über weitergeleitete Ports.</translation>
    </message>
    <message>
        <source>Connected with what the host&apos;s adapter %1 is connected to.</source>
        <translation>Verbunden mit dem, woran die Netzwerkkarte %1 des Hosts angeschlossen ist.</translation>
    </message>
    <message>
        <source>Connected with the other machines at it and with this host.</source>
        <translation>Verbunden mit den anderen virtuellen Computern am Switch und mit diesem Host.</translation>
    </message>
    <message>
        <source>Connected with the other machines at it alone.</source>
        <translation>Nur mit den anderen virtuellen Computern am Switch verbunden.</translation>
    </message>
</context>
<context>
    <name>gui::text</name>
    <message>
        <source>Off</source>
        <translation>Aus</translation>
    </message>
    <message>
        <source>Starting</source>
        <translation>Wird gestartet</translation>
    </message>
    <message>
        <source>Running</source>
        <translation>Wird ausgeführt</translation>
    </message>
    <message>
        <source>Pausing</source>
        <translation>Wird angehalten</translation>
    </message>
    <message>
        <source>Paused</source>
        <translation>Angehalten</translation>
    </message>
    <message>
        <source>Saving</source>
        <translation>Wird gespeichert</translation>
    </message>
    <message>
        <source>Saved</source>
        <translation>Gespeichert</translation>
    </message>
    <message>
        <source>Stopping</source>
        <translation>Wird beendet</translation>
    </message>
    <message>
        <source>Off-Critical</source>
        <translation>Aus-Kritisch</translation>
    </message>
    <message>
        <source>%1 MB</source>
        <translation>%1 MB</translation>
    </message>
    <message>
        <source>Allowed: %1.</source>
        <translation>Zulässig: %1.</translation>
    </message>
    <message>
        <source>No Contact</source>
        <translation>Kein Kontakt</translation>
    </message>
    <message>
        <source>OK</source>
        <translation>OK</translation>
    </message>
    <message>
        <source>Lost Contact</source>
        <translation>Kontakt verloren</translation>
    </message>
</context>
</TS>
