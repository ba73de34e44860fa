"""Runs a student's program on the simulator and tells what the hardware did: events, checkers' verdicts and
the state of the machine at its end. Nothing that the program prints takes part."""
import pathlib
import re
import resource
import shutil
import socket
import subprocess
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
COMPILER = "aarch64-linux-gnu-gcc"
FLAGS = ["-O1", "-Wall", "-Wextra", "-ffreestanding", "-nostdlib", "-mgeneral-regs-only", "-fno-pic", "-static",
         "-Wl,--build-id=none", "-z", "noexecstack"]


# What a student's file may ask of the host.
COMPILER_SECONDS, COMPILER_BYTES, PROGRAM_BYTES = 60, 2 << 30, 32 << 20


class CannotGrade(Exception):
    """The student's program gives nothing to grade; the text is the reason, for the student."""


def find_armature(build=None):
    """The simulator: of this build directory, of the source tree, or on PATH."""
    candidates = [pathlib.Path(build) / "armature"] if build else []
    candidates.append(HERE.parent.parent / "build" / "release" / "armature")
    on_path = shutil.which("armature")
    if on_path:
        candidates.append(pathlib.Path(on_path))
    for candidate in candidates:
        if candidate.is_file():
            return candidate
    raise CannotGrade("no armature command: build it, or give --build DIRECTORY")


def compile_program(fixed, student, includes, seed, target, flags=()):
    """A lab's program: the runtime in support/, what the lab has in `fixed`, and the student's file."""
    support = HERE / "support"
    objects = [shared_object(source, [support, *includes], seed, flags) if source.suffix in (".c", ".S") else source
               for source in (support / "start.S", support / "lab.c", *fixed)]
    cross_compile([*objects, student], [support, *includes], seed, target, [*flags, "-T", support / "lab.ld"])


OBJECTS = {}  # (source, seed, flags) -> object: who grades many programs compiles what is ours once
OBJECTS_FOLDER = tempfile.TemporaryDirectory(prefix="armature-lab-")


def shared_object(source, includes, seed, flags):
    key = (source, seed, tuple(flags))
    if key not in OBJECTS:
        with tempfile.NamedTemporaryFile(dir=OBJECTS_FOLDER.name, suffix=".o", delete=False) as file:
            pass
        cross_compile([source], includes, seed, file.name, [*flags, "-c"])
        OBJECTS[key] = pathlib.Path(file.name)
    return OBJECTS[key]


def limit_compiler():
    resource.setrlimit(resource.RLIMIT_AS, (COMPILER_BYTES, COMPILER_BYTES))
    resource.setrlimit(resource.RLIMIT_FSIZE, (PROGRAM_BYTES, PROGRAM_BYTES))


def cross_compile(sources, includes, seed, target, flags):
    """Compiles with the cross compiler only; raises CannotGrade with the compiler's first complaint."""
    if shutil.which(COMPILER) is None:
        raise CannotGrade(f"{COMPILER} is missing: ./platform/setup packages installs it")
    command = [COMPILER, *FLAGS, f"-DLAB_SEED={seed}ull", *(f"-I{i}" for i in includes), *map(str, flags),
               *map(str, sources), "-o", str(target)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, errors="replace", stdin=subprocess.DEVNULL,
                              timeout=COMPILER_SECONDS, preexec_fn=limit_compiler)
    except subprocess.TimeoutExpired:
        raise CannotGrade(f"it does not compile: the compiler did not end within {COMPILER_SECONDS} seconds") from None
    if done.returncode != 0:
        lines = [line for line in done.stderr.splitlines() if "error" in line or "undefined reference" in line]
        first = next((line for line in lines + done.stderr.splitlines() if line.strip()), "no reason given")
        for source in sources:
            first = first.replace(str(source), pathlib.Path(source).name)
        raise CannotGrade("it does not compile: " + first)


def flat_image(elf, target):
    """The bytes of an ELF file as they lie in memory."""
    subprocess.run(["aarch64-linux-gnu-objcopy", "-O", "binary", str(elf), str(target)], check=True)


def strip(elf, target):
    """A copy without names: what it is, is for the student to find out."""
    subprocess.run(["aarch64-linux-gnu-objcopy", "--strip-all", str(elf), str(target)], check=True)


class Event:
    """One line of `armature trace dump`."""

    LINE = re.compile(r"\s*(?P<number>[\d.]+)\s+(?P<cycle>[\d.]+) (?P<core>\S+)\s+EL(?P<el>\d) pc=(?P<pc>0x[0-9a-f]+) "
                      r"vmid=(?P<vmid>\d+) asid=(?P<asid>\d+) (?P<kind>\w+)(?P<fields>.*)")

    def __init__(self, match):
        self.number = match["number"]
        self.core = int(match["core"].removeprefix("core")) if match["core"].startswith("core") else None
        self.el, self.pc = int(match["el"]), int(match["pc"], 16)
        self.asid, self.vmid = int(match["asid"]), int(match["vmid"])
        self.kind = match["kind"]
        self.fields = {}
        for name, value in re.findall(r"(\w+)=(.*?)(?= \w+=|$)", match["fields"]):  # "op=DC CVAC"
            self.fields[name] = int(value, 0) if re.fullmatch(r"-?(0x[0-9a-f]+|\d+)", value) else value
        self.text = match.string.strip()

    def __getitem__(self, name):
        return self.fields[name]

    def get(self, name, otherwise=None):
        return self.fields.get(name, otherwise)


class Remote:
    """As much of gdb's protocol as looking at a machine needs."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=120)
        self.bytes = b""
        self.said = []
        self.ask("QStartNoAckMode")

    def close(self):
        self.socket.close()

    def send(self, payload):
        data = payload.encode()
        self.socket.sendall(b"$" + data + b"#%02x" % (sum(data) & 0xff))

    def receive(self):
        """The next packet that is no console output."""
        while True:
            match = re.search(rb"\$([^#]*)#..", self.bytes, re.S)
            if not match:
                more = self.socket.recv(65536)
                if not more:
                    raise CannotGrade("the simulator went away")
                self.bytes += more
                continue
            self.bytes = self.bytes[match.end():]
            payload = match[1].decode("latin-1")
            if payload.startswith("O") and payload != "OK":
                self.said.append(bytes.fromhex(payload[1:]).decode(errors="replace"))
                continue
            return payload

    def ask(self, payload):
        self.send(payload)
        return self.receive()

    def monitor(self, command):
        self.said.clear()
        self.ask("qRcmd," + command.encode().hex())
        return "".join(self.said)

    def memory(self, address, size):
        answer = self.ask(f"m{address:x},{size:x}")
        return b"" if answer.startswith("E") else bytes.fromhex(answer)

    def physical(self, address, size, view="coherent"):
        """Bytes of RAM whatever the cores translate now: as they see them, or past the caches (view "PoC")."""
        first, data = address & ~63, b""
        for line in range(first, address + size, 64):
            said = self.monitor(f"cache {line:#x}")
            words = r"((?: +[0-9a-f]{16}){8})"
            match = re.search(view + words, said) or re.search("coherent" + words, said)  # "PoC: the same"
            data += b"".join(int(word, 16).to_bytes(8, "little") for word in match[1].split())
        return data[address - first:address - first + size]

    def register(self, number, core=0):
        self.ask(f"Hg{core + 1}")
        return int.from_bytes(bytes.fromhex(self.ask(f"p{number:x}")), "little")


def symbols_of(elf, kinds="tTbBdDrR"):
    """{name: address} of an ELF file; kinds as nm has them: t is a function."""
    listing = subprocess.run(["aarch64-linux-gnu-nm", str(elf)], capture_output=True, text=True).stdout
    return {name: int(address, 16) for address, kind, name in
            (line.split() for line in listing.splitlines() if len(line.split()) == 3) if kind in kinds}


def function_at(elf, pc):
    functions = {name: at for name, at in symbols_of(elf, "tT").items() if at <= pc and not name.startswith("$")}
    name = max(functions, key=functions.get, default=None)
    return name if name is not None and pc - functions[name] < 0x10000 else "no function of the program"


def words_of(data):
    return [int.from_bytes(data[i:i + 8], "little") for i in range(0, len(data), 8)]


class Run:
    """One run of a program to its end. Use as a context: the machine can be looked at until it is left."""

    STOPS_MAX = 200
    ENDS = ("the machine is off", "the run is over", "every core sleeps", "the guest asked for a reset")

    def __init__(self, armature, elf, *, kernel=None, cores=1, memory="64M", limit=20_000_000, events="translation,core",
                 seed=1, el=1, options=()):
        self.folder = tempfile.TemporaryDirectory()
        self.elf = elf
        self.trace = pathlib.Path(self.folder.name) / "run.trace"
        self.armature = armature
        self.limit = limit
        self.symbols = symbols_of(elf)
        command = [str(armature), "run", "-kernel", str(kernel or elf), "-m", memory, "-smp", str(cores), "--el", str(el), "--quiet",
                   "--seed", str(seed), "--max-instructions", str(limit), "--trace", str(self.trace), "--events",
                   events, "--gdb", "tcp:0", "-S", "--gdb-history", "0", "--no-reboot",
                   *options]
        self.messages = open(pathlib.Path(self.folder.name) / "messages", "w+")
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                        stderr=self.messages)
        self.remote = Remote(self._port())
        # A checker's violation stops the machine; here it goes on to its end.
        self.end = ""
        for _ in range(self.STOPS_MAX):
            self.remote.said.clear()
            self.remote.ask("c")
            self.end = "".join(self.remote.said)
            if any(end in self.end for end in self.ENDS):
                break

    def _port(self):
        for _ in range(1200):
            self.messages.seek(0)
            text = self.messages.read()
            match = re.search(r"target remote 127\.0\.0\.1:(\d+)", text)
            if match:
                return int(match[1])
            if self.process.poll() is not None:
                reason = text.strip().replace(str(self.elf), self.elf.name)
                raise CannotGrade(f"the simulator refused the program: {reason}")
            time.sleep(0.02)
        raise CannotGrade("the simulator did not start")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.finish()
        self.folder.cleanup()

    def finish(self):
        if self.process.poll() is None:
            self.remote.send("k")
            try:
                self.process.wait(60)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.remote.close()
        self.messages.close()

    def why_unfinished(self):
        """None when the program came to its end by itself, else the reason, for the student."""
        if "the machine is off" in self.end:
            return None
        pc = int.from_bytes(bytes.fromhex(self.remote.ask("p20")), "little")
        where = function_at(self.elf, pc)
        if "the run is over" in self.end:
            return f"it did not end within {self.limit:,} instructions; it was in {where} (pc {pc:#x})"
        if "asked for a reset" in self.end:
            return "it asked for a reset of the machine"
        return f"every core waits and nothing will wake one; the last pc is {pc:#x}, in {where}"

    def verdicts(self):
        """[(rule, sentence)] of the checkers' violations; with --check in the options."""
        return re.findall(r"^violation of ([\w-]+): (.*)$", self.remote.monitor("checks"), re.M)

    def words(self, symbol, count):
        """`count` 64-bit words of the program's variable."""
        return words_of(self.remote.memory(self.symbols[symbol], 8 * count))

    def physical_words(self, where, count, view="coherent"):
        """The same of a variable or an address where the program translates one to one, if at all."""
        address = self.symbols[where] if isinstance(where, str) else where
        return words_of(self.remote.physical(address, 8 * count, view))

    def events(self):
        """All events of the trace; ends the run."""
        self.finish()
        dump = subprocess.run([str(self.armature), "trace", "dump", str(self.trace)], capture_output=True, text=True)
        return [Event(match) for match in map(Event.LINE.match, dump.stdout.splitlines()) if match]
