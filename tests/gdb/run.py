#!/usr/bin/python3
"""gdb-multiarch drives whole machines through the gdb server.

usage: tests/gdb/run.py [--build DIRECTORY] [--only SUBSTRING]

Each test is a function named as a sentence; it prints nothing when it passes.
"""
import argparse
import os
import pathlib
import random
import re
import socket
import subprocess
import sys
import tempfile
import time

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
TESTS = []
LIMIT_SECONDS = 240


def test(function):
    TESTS.append(function)
    return function


def check(condition, message):
    if not condition:
        raise AssertionError(message)


class Context:
    def __init__(self, build):
        self.armature = build / "armature"
        self.kcore = build / "hyp" / "kcore.elf"
        self.images = TOP / "build" / "images"

    def linux(self, limit, *more):
        """A Linux boot of `limit` instructions."""
        return ["-kernel", self.images / "Image-cloud", "-initrd", self.images / "initrd-cloud.cpio", "-append",
                "console=ttyAMA0 cryptomgr.notests quick=1", "-m", "256M", "--max-instructions", limit, "--digest",
                "--quiet", *more]

    def run(self, arguments):
        command = [str(self.armature), "run", *map(str, arguments)]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace",
                              timeout=LIMIT_SECONDS)
        check(done.returncode == 0, f"exit code {done.returncode}: {done.stderr[-800:]}")
        return summary(done.stderr)


class Server:
    """armature run --gdb on a free port, stopped before the first instruction."""

    def __init__(self, context, arguments):
        self.messages = tempfile.TemporaryFile("w+")
        command = [str(context.armature), "run", *map(str, arguments), "--gdb", "tcp:0", "-S"]
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                        stderr=self.messages)
        for _ in range(600):
            match = re.search(r"target remote 127\.0\.0\.1:(\d+)", self.text())
            if match:
                self.port = int(match[1])
                return
            check(self.process.poll() is None, f"the server ended: {self.text()}")
            time.sleep(0.05)
        raise AssertionError("the server never listened")

    def text(self):
        # At the file's own position a read would move where the process writes next.
        return os.pread(self.messages.fileno(), os.fstat(self.messages.fileno()).st_size, 0).decode()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()

    def summary(self):
        self.process.wait(LIMIT_SECONDS)
        check(self.process.returncode == 0, f"exit code {self.process.returncode}: {self.text()[-800:]}")
        return summary(self.text())

    def gdb(self, *commands, symbols=None):
        """Runs gdb with these commands; what it printed."""
        script = ["set confirm off", "set pagination off", "set architecture aarch64", "set width 0"]
        if symbols:
            script.append(f"file {symbols}")
        script += [f"target remote 127.0.0.1:{self.port}", *commands]
        with tempfile.NamedTemporaryFile("w", suffix=".gdb") as file:
            file.write("\n".join(script) + "\n")
            file.flush()
            done = subprocess.run(["gdb-multiarch", "-nx", "-batch", "-x", file.name], capture_output=True, text=True,
                                  stdin=subprocess.DEVNULL, errors="replace", timeout=LIMIT_SECONDS)
        return done.stdout + done.stderr


def summary(messages):
    match = re.search(r"instructions (\d+)  cycles (\d+)  events (\d+)  digest (\w+)", messages)
    check(match, f"no summary line in: {messages[-500:]}")
    return match.groups()


# Used inside gdb: the address of the last descriptor that `monitor walk` names.
WALK = """python
import gdb, re
def last_descriptor(va, level):
    text = gdb.execute(f"monitor walk {va:#x} {level}", to_string=True)
    return int(re.findall(r"descriptor at PA (0x[0-9a-f]+)", text)[-1], 16)
end"""


@test
def a_stage_2_fault_in_kcore_is_caught_walked_and_traced_back_to_its_store(c):
    with Server(c, c.linux(3_000_000, "--firmware", c.kcore, "-smp", 2, "--gdb-history", 1_000_000)) as server:
        said = server.gdb(
            WALK,
            "break armature::kcore::handle_kserv_fault",
            "ignore 1 40",
            "continue",
            "printf \"level %d\\n\", ($cpsr >> 2) & 3",
            "printf \"kernel pc %lx vttbr %lx sctlr %lx\\n\", $ELR_EL2, $VTTBR_EL2, $SCTLR_EL1",
            "info threads",
            "set $ipa = (($HPFAR_EL2 >> 4) << 12)",
            "printf \"fault at %lx\\n\", $ipa",
            "delete",
            # Until the handler has returned: the page is mapped now.
            "tbreak *$lr",
            "continue",
            "python descriptor = last_descriptor(int(gdb.parse_and_eval('$FAR_EL2')), 'el1')",
            "python gdb.execute(f'set $descriptor = {descriptor}')",
            "printf \"descriptor %lx holds %lx\\n\", $descriptor, *(unsigned long *)$descriptor",
            "watch *(unsigned long *)$descriptor",
            "reverse-continue",
            "printf \"before the store %lx\\n\", *(unsigned long *)$descriptor",
            "x/i $pc",
            "info symbol $pc",
            "delete",
            "stepi",
            "printf \"after the store %lx\\n\", *(unsigned long *)$descriptor",
            "monitor position",
            "kill", symbols=c.kcore)
    check("level 2" in said, f"the breakpoint is not at EL2:\n{said}")
    check(re.search(r"kernel pc [0-9a-f]+ vttbr [0-9a-f]+ sctlr [0-9a-f]+", said), f"no registers:\n{said}")
    check(re.search(r"Thread 2.*core 1", said), f"no thread for core 1:\n{said}")
    match = re.search(r"descriptor ([0-9a-f]+) holds ([0-9a-f]+)", said)
    check(match and int(match[2], 16) & 1, f"the handler's page is not mapped:\n{said}")
    check(re.search(r"before the store 0\b", said), f"the descriptor was not invalid before:\n{said}")
    check(re.search(r"=> 0x[0-9a-f]+.*:\s+st", said), f"not at a store:\n{said}")
    check("write_descriptor" in said, f"not where KCore writes descriptors:\n{said}")
    check(f"after the store {match[2]}" in said, f"the step did not make the store:\n{said}")


@test
def a_boot_under_gdb_is_the_boot_without_it(c):
    boot = c.linux(12_000_000, "-smp", 2)
    alone = c.run(boot)
    with Server(c, [*boot, "--gdb-history", 2_000_000]) as server:
        said = server.gdb(
            "monitor info",
            "stepi 5",
            "hbreak *($pc + 64)",
            "print $x0",
            "delete",
            # Two places in the boot.
            "monitor until 7000000",
            "continue",
            "break *$pc",
            "delete",
            "stepi 20",
            "set $here = $pc",
            "reverse-stepi 7",
            "stepi 7",
            "printf \"same place %d\\n\", $here == $pc",
            "monitor position",
            "continue",  # to the limit
            "printf \"at the end\\n\"",
            "reverse-stepi",
            "reverse-stepi",
            "continue",
            "continue")
        under_gdb = server.summary()
    check("same place 1" in said, f"back and forth is another place:\n{said}")
    check("at the end" in said, f"the limit was not reported:\n{said}")
    check(under_gdb == alone, f"gdb altered the run: {alone} became {under_gdb}\n{said}")


@test
def two_vms_are_told_apart_by_their_symbols_and_their_vmids(c):
    guests = c.kcore.parent
    arguments = ["-smp", 2, "-m", "512M", "--quiet", "--digest", "--max-instructions", 40_000_000, "--vm",
                 f"guest={guests}/hello.guest", "--vm", f"guest={guests}/ipi.guest,vcpus=2"]
    with Server(c, [*arguments, "--gdb-history", 0]) as server:
        said = server.gdb(
            "monitor elf",
            f"add-symbol-file {guests}/hello.elf",
            f"monitor elf el1 {guests}/hello.elf",
            # Both guests are linked at one address: the breakpoint counts in both, at EL1 only.
            "break *(long)&guest_entry",
            "continue",
            "printf \"level %d vmid %d\\n\", ($cpsr >> 2) & 3, $VTTBR_EL2 >> 48",
            "python gdb.execute(f\"monitor walk {int(gdb.parse_and_eval('$pc')):#x}\")",
            "monitor vm",
            "continue",
            "printf \"level %d vmid %d\\n\", ($cpsr >> 2) & 3, $VTTBR_EL2 >> 48",
            "kill", symbols=c.kcore)
    for level, image in ((2, "kcore"), (1, "kserv"), (1, "hello"), (1, "ipi")):
        check(re.search(rf"EL{level}: add-symbol-file \S*/{image}.elf", said), f"no symbols of {image}:\n{said}")
    seen = re.findall(r"level (\d) vmid (\d+)", said)
    check(len(seen) == 2 and all(level == "1" and int(vmid) > 0 for level, vmid in seen), f"not in a VM:\n{said}")
    check(seen[0][1] != seen[1][1], f"the second VM has the VMID of the first:\n{said}")
    check(re.search(r"stage 2 level \d+ .*\n.*PA 0x", said), f"no walk through stage 2:\n{said}")


@test
def in_a_two_vm_run_a_vms_stage_2_fault_is_caught_and_its_descriptor_traced_back(c):
    guests = c.kcore.parent
    arguments = ["-smp", 2, "-m", "512M", "--quiet", "--digest", "--max-instructions", 40_000_000, "--gdb-history",
                 1_000_000, "--vm", f"guest={guests}/memory.guest,vcpus=2,memory=16M", "--vm",
                 f"guest={guests}/ipi.guest,vcpus=2,memory=16M"]
    with Server(c, arguments) as server:
        said = server.gdb(
            WALK,
            # A Data Abort from a VM: a translation fault at stage 2, in the VM's memory.
            "break kcore_leave_vcpu if ($ESR_EL2 >> 26) == 0x24 && ($ESR_EL2 & 0x3c) == 4 && $HPFAR_EL2 >= 0x400000",
            "ignore 1 1",
            "continue",
            "printf \"VM: pc %lx vttbr %lx ttbr %lx ipa %lx\\n\", $ELR_EL2, $VTTBR_EL2, $TTBR0_EL1, ($HPFAR_EL2 >> 4) << 12",
            "set $vm = $VTTBR_EL2",
            "set $far = $FAR_EL2",
            "python gdb.execute(f\"monitor walk {int(gdb.parse_and_eval('$far')):#x} el1\")",
            "delete",
            # KCore's handler: the registers are KServ's again, the VM's are saved.
            "tbreak armature::kcore::handle_exit",
            "continue",
            "printf \"KServ: vttbr %lx sctlr %lx ttbr %lx\\n\", $VTTBR_EL2, $SCTLR_EL1, $TTBR0_EL1",
            "printf \"saved pc %lx\\n\", vcpu.saved.context.pc",
            # The next time that VM leaves: the page is there.
            "tbreak kcore_leave_vcpu if $VTTBR_EL2 == $vm",
            "continue",
            "python descriptor = last_descriptor(int(gdb.parse_and_eval('$far')), 'el1')",
            "python gdb.execute(f'set $descriptor = {descriptor}')",
            "printf \"descriptor %lx holds %lx\\n\", $descriptor, *(unsigned long *)$descriptor",
            "watch *(unsigned long *)$descriptor",
            "reverse-continue",
            "printf \"before the store %lx\\n\", *(unsigned long *)$descriptor",
            "x/i $pc",
            "backtrace 4",
            "delete",
            "stepi",
            "printf \"after the store %lx\\n\", *(unsigned long *)$descriptor",
            "kill", symbols=c.kcore)
    vm = re.search(r"VM: pc ([0-9a-f]+) vttbr ([0-9a-f]+) ttbr [0-9a-f]+ ipa ([0-9a-f]+)", said)
    kserv = re.search(r"KServ: vttbr ([0-9a-f]+) sctlr ([0-9a-f]+) ttbr ([0-9a-f]+)", said)
    check(vm and int(vm[2], 16) >> 48 != 0 and int(vm[3], 16) >= 0x40000000, f"not a fault of a VM:\n{said}")
    check("Translation fault, stage 2 level" in said, f"no walk that ends in the fault:\n{said}")
    check(kserv and int(kserv[1], 16) >> 48 == 0 and int(kserv[2], 16) & 1 and int(kserv[3], 16),
          f"not KServ's registers:\n{said}")
    check(f"saved pc {vm[1]}" in said, f"not the VM's saved registers:\n{said}")
    holds = re.search(r"descriptor [0-9a-f]+ holds ([0-9a-f]+)", said)
    check(holds and int(holds[1], 16) & 1, f"the page was not mapped:\n{said}")
    check(re.search(r"before the store 0\b", said), f"the descriptor was not invalid before:\n{said}")
    check(re.search(r"=> 0x[0-9a-f]+.*:\s+st", said), f"not at a store:\n{said}")
    check(re.search(r"#\d+ .*write_descriptor", said) and re.search(r"#\d+ .*map_range|#\d+ .*give", said),
          f"not where KCore gives a page to a VM:\n{said}")
    check(f"after the store {holds[1]}" in said, f"the step did not make the store:\n{said}")


@test
def a_violation_stops_the_machine_with_its_proof(c):
    guests = c.kcore.parent
    arguments = ["--firmware", guests / "planted" / "kcore-no_tlbi.elf", "-smp", 2, "-m", "256M", "--quiet", "--check",
                 "all", "--vm", f"guest={guests}/hello.guest,memory=8M"]
    with Server(c, arguments) as server:
        said = server.gdb("continue", "printf \"stopped at %lx\\n\", $pc", "monitor checks", "monitor stats core0.dtlb",
                          "kill")
    check(re.search(r"violation of [\w-]+: ", said), f"no violation:\n{said}")
    # The proof: the rule's source, and the events.
    check(re.search(r"  rule: Arm ARM", said), f"no citation:\n{said}")
    check(re.search(r"\d+ +[\d.]+ core\d .* (table_write|tlbi|barrier) ", said), f"no events:\n{said}")
    check(re.search(r"stopped at [0-9a-f]+", said), f"no stop:\n{said}")
    check(re.search(r"core0\.dtlb\S* +\d+ ", said), f"no statistics:\n{said}")


@test
def packets_that_make_no_sense_are_refused_one_by_one(c):
    generator = random.Random(6)
    with Server(c, c.linux(4_000_000_000)) as server:
        with socket.create_connection(("127.0.0.1", server.port), timeout=20) as wild:
            wild.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for _ in range(300):
                # k and R end the run, c and s and vCont go on with it: everything else must answer at once.
                first = generator.choice("!?ADgGHmMpPqQTvXxZz_bdfijJnotuwy")
                body = first + "".join(generator.choice("0123456789abcdef,:;.-+ftTxS*") for _ in range(generator.randrange(40)))
                if body.startswith(("vCont", "vKill", "D", "A", "vAttach", "vRun")):
                    continue
                wild.sendall(f"${body}#{sum(body.encode()) & 255:02x}".encode())
                answer = b""
                while b"#" not in answer[:-2]:
                    more = wild.recv(65536)
                    check(more, f"the server hung up after {body!r}")
                    answer += more
                wild.sendall(b"+")
        said = server.gdb("monitor position", "kill")
        check("instruction" in said, f"no service afterwards:\n{said}")


@test
def a_wild_client_gets_nowhere_and_the_next_one_is_served(c):
    with Server(c, c.linux(4_000_000_000)) as server:
        for noise in (b"$", b"\x03\x03$m#", b"$" + b"z" * 300_000, b"$vCont;s:9#", bytes(range(256)) * 50):
            with socket.create_connection(("127.0.0.1", server.port), timeout=20) as wild:
                wild.sendall(noise)
        time.sleep(0.2)
        check(server.process.poll() is None, f"the server died: {server.text()}")
        said = server.gdb("info registers pc", "monitor position", "kill")
        check("instruction" in said, f"no service after a wild client:\n{said}")
        server.summary()


def refused(c, *arguments, says):
    done = subprocess.run([str(c.armature), "run", "-kernel", "x", *arguments], capture_output=True, text=True)
    check(done.returncode == 2 and says in done.stderr, f"{arguments}: {done.returncode} {done.stderr}")
    check(done.stderr.count("\n") == 1, f"{arguments}: not one line: {done.stderr}")


@test
def a_bad_address_is_the_users_mistake(c):
    linux = c.linux(1)
    for address in ("tcp:70000", "1234", "unix:x", "tcp:example.org:1"):
        done = subprocess.run([str(c.armature), "run", *map(str, linux), "--gdb", address], capture_output=True,
                              text=True)
        check(done.returncode == 2 and "allowed: tcp:PORT" in done.stderr, f"{address}: {done.stderr}")
    refused(c, "-S", says="stopped: needs a gdb server")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", type=pathlib.Path, default=TOP / "build" / "release")
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    context = Context(options.build)
    failures = 0
    for function in TESTS:
        name = function.__name__.replace("_", " ")
        if options.only not in name:
            continue
        start = time.time()
        try:
            function(context)
            print(f"passed {name} ({time.time() - start:.1f} s)")
        except (AssertionError, subprocess.TimeoutExpired, OSError) as error:
            print(f"FAILED {name}: {error}")
            failures += 1
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
