#!/usr/bin/python3
"""Whole-machine tests: stock kernels, U-Boot, KCore, snapshots, recordings, bad input.

usage: tests/system/run.py [--tier quick|full|matrix|long] [--build DIRECTORY] [--only SUBSTRING]

Each test is a function named as a sentence; it prints nothing when it passes.
"""
import json
import subprocess

from harness import LONG, MATRIX, QUICK, check, main, refused, summary, test


def commands(*lines):
    typed = []
    for line in lines:
        typed += ["--type", f"armature# ::{line}\\n"]
    return typed


def boot(c, kernel, cpu, mode, cores):
    arguments = c.linux(kernel, quick=False) + ["--cpu", cpu, "-smp", cores]
    arguments += ["--firmware", c.kcore] if mode == "kcore" else ["--el", mode]
    console, _ = c.run(*arguments, *commands("echo sum $((6*7)); nproc", "poweroff -f"))
    check(f"cpus {cores}" in console, f"init does not see {cores} cpus: {console[-500:]}")
    check("sum 42" in console, f"the shell did not run a command: {console[-800:]}")
    check("reboot: Power down" in console, f"no power down: {console[-500:]}")
    if mode == "kcore":
        check("All CPU(s) started at EL1" in console or cores == 1, "KCore must start the kernel at EL1")


@test(QUICK)
def the_cloud_kernel_boots_to_a_shell_runs_commands_and_powers_off(c):
    boot(c, "cloud", "cortex-a57", "1", 2)


@test()
def the_generic_kernel_boots_at_el2_on_four_a72(c):
    boot(c, "generic", "cortex-a72", "2", 4)


@test()
def the_cloud_kernel_boots_under_kcore_on_two_a72(c):
    boot(c, "cloud", "cortex-a72", "kcore", 2)


@test()
def the_generic_kernel_boots_under_kcore_on_one_a57(c):
    boot(c, "generic", "cortex-a57", "kcore", 1)


@test(MATRIX)
def both_kernels_boot_on_all_cpus_core_counts_and_levels(c):
    failed = []
    for kernel in ("generic", "cloud"):
        for cpu in ("cortex-a57", "cortex-a72"):
            for mode in ("1", "2", "kcore"):
                for cores in (1, 2, 4):
                    name = f"{kernel} {cpu} {mode} x{cores}"
                    try:
                        boot(c, kernel, cpu, mode, cores)
                        print(f"    {name}: ok", flush=True)
                    except (AssertionError, subprocess.TimeoutExpired) as error:
                        print(f"    {name}: {error}", flush=True)
                        failed.append(name)
    check(not failed, f"failed: {failed}")


PREFIX = ["--max-instructions", "40000000", "--digest"]


@test()
def two_runs_count_the_same_instructions_and_digest(c):
    arguments = [*c.linux(), "-smp", 2, "--digest"]
    first = summary(c.run(*arguments)[1])
    second = summary(c.run(*arguments)[1])
    check(first == second, f"{first} and {second}")


@test()
def a_listener_does_not_change_the_digest(c):
    arguments = [*c.linux(), "-smp", 2, *PREFIX]
    plain = summary(c.run(*arguments)[1])
    log = c.work / "all.trace"
    recorded = summary(c.run(*arguments, "--trace", log, "--events", "tlb,table_write", "--table")[1])
    check(plain == recorded, f"{plain} and {recorded}")
    check(log.stat().st_size > 1000, "the event log is empty")


@test()
def the_fast_path_gives_the_same_state_statistics_and_digest_as_no_fast(c):
    results = []
    for option in ([], ["--no-fast"], ["--check-fast"]):
        stats = c.work / f"stats{len(results)}.json"
        messages = c.run(*c.linux(), "-smp", 2, *PREFIX, "--stats", stats, *option)[1]
        results.append((summary(messages), stats.read_text()))
    check(results[0] == results[1], "--no-fast differs from the default")
    check(results[0] == results[2], "--check-fast differs from the default")


@test()
def the_fast_path_agrees_for_other_quanta(c):
    for quantum in ("insn", "100"):
        results = []
        for option in ([], ["--no-fast"]):
            messages = c.run(*c.linux(), "-smp", 2, "--max-instructions", 8000000, "--digest",
                             "--quantum", quantum, *option)[1]
            results.append(summary(messages))
        check(results[0] == results[1], f"quantum {quantum}: {results}")


@test()
def a_snapshot_taken_in_mid_boot_continues_to_the_same_digest(c):
    snapshot = c.work / "boot.snapshot"
    whole_state, rest_state, slow_state = (c.work / name for name in ("whole", "rest", "slow"))
    base = [*c.linux(), "-smp", 2, "--digest"]
    limit = ["--max-instructions", 60000000]
    c.run(*base, "--max-instructions", 30000000, "--save", snapshot)
    whole = summary(c.run(*base, *limit, "--save", whole_state)[1])
    rest = summary(c.run(*base, *limit, "--restore", snapshot, "--save", rest_state)[1])
    check(whole == rest, f"{whole} and {rest}")
    check(whole_state.read_bytes() == rest_state.read_bytes(), "the states differ")
    slow = summary(c.run(*base, *limit, "--restore", snapshot, "--no-fast", "--save", slow_state)[1])
    check(whole == slow, f"{whole} and {slow}")
    check(whole_state.read_bytes() == slow_state.read_bytes(), "the state of --no-fast differs")


@test()
def recorded_input_replays_to_the_same_digest(c):
    record = c.work / "input.record"
    arguments = [*c.linux(quick=False), "--digest"]
    live = subprocess.Popen([str(c.armature), "run", *map(str, arguments), "--record", str(record)],
                            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    seen = ""
    while "armature# " not in seen:
        byte = live.stdout.read(1)
        check(byte, "the guest ended before its prompt")
        seen += byte
    live.stdin.write("echo typed by a test\npoweroff -f\n")
    live.stdin.flush()
    console, messages = live.communicate(timeout=300)
    check("typed by a test" in console, console[-500:])
    replayed_console, replayed = c.run(*arguments, "--replay", record)
    check(summary(messages) == summary(replayed), f"{messages} and {replayed}")
    check("typed by a test" in replayed_console, "the replay typed nothing")


def reboot(c, *firmware):
    console, _ = c.run(*c.linux(quick=False), "-smp", 2, *firmware, "--type", "armature# ::reboot -f\\n",
                       "--type", "armature# ::echo anew $((6*7)); poweroff -f\\n")
    check(console.count("Booting Linux") == 2, f"not two boots: {console[-800:]}")
    check("anew 42" in console and "Power down" in console, console[-800:])


@test()
def linux_reboots_and_boots_anew(c):
    reboot(c)


@test(LONG)
def linux_reboots_under_kcore(c):
    reboot(c, "--firmware", c.kcore)


@test()
def a_reset_between_snapshot_and_end_leads_to_the_same_digest(c):
    program = c.build / "firmware" / "a_reset_boots_the_machine_anew.elf"
    base = ["-kernel", program, "-smp", 2, "--digest"]
    whole = summary(c.run(*base)[1])
    half = str(int(whole[0]) // 2)
    snapshot = c.work / "reset.snapshot"
    c.run(*base, "--max-instructions", half, "--save", snapshot)
    for option in ([], ["--no-fast"]):
        rest = summary(c.run(*base, "--restore", snapshot, *option)[1])
        check(whole == rest, f"{option}: {whole} and {rest}")
    check("asked for a reset" in c.run(*base, "-no-reboot")[1], "--no-reboot did not end it")


@test()
def counts_conserve_after_a_linux_boot(c):
    stats = c.work / "boot.json"
    c.run(*c.linux(), "-smp", 2, "--el", 2, "--stats", stats)
    values = {name: entry["value"] for name, entry in json.loads(stats.read_text())["statistics"].items()}
    structures = 0
    for name in values:
        if not name.endswith(".lookups"):
            continue
        base = name[: -len(".lookups")]
        check(values[name] == values[base + ".hits"] + values[base + ".misses"], f"{base}: lookups")
        check(values[base + ".resident"] == values[base + ".fills"] - values[base + ".evictions"]
              - values[base + ".invalidations"], f"{base}: resident")
        structures += 1
    check(structures == 10, f"{structures} structures")


@test()
def the_console_of_linux_is_the_same_text_as_on_qemu(c):
    ours, _ = c.run(*c.linux(append="nokaslr loglevel=3"), "-smp", 2)
    theirs = subprocess.run(
        ["qemu-system-aarch64", "-M", "virt,gic-version=3,its=off,dtb-randomness=off", "-cpu", "cortex-a57", "-smp", "2",
         "-m", "512", "-nographic", "-nodefaults", "-serial", "stdio", "-kernel", str(c.images / "Image-cloud"),
         "-initrd", str(c.images / "initrd-cloud.cpio"), "-append", "console=ttyAMA0 cryptomgr.notests quick=1 nokaslr loglevel=3"],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300).stdout
    markers = [[line.strip() for line in text.splitlines() if line.startswith("INIT ")] for text in (ours, theirs)]
    check(markers[0] == markers[1] and len(markers[0]) == 1, f"{markers}")


def same_on_both_engines(c, *arguments):
    """State, statistics and digest at the end of a run, with and without the fast path."""
    results = []
    for option in ([], ["--no-fast"]):
        statistics = c.work / f"engine{len(results)}.json"
        console, messages = c.run(*arguments, "--digest", "--stats", statistics, *option)
        results.append((console, summary(messages), statistics.read_text()))
    check(results[0] == results[1], f"--no-fast differs: {results[0][1]} and {results[1][1]}")
    return results[0][0]


@test()
def u_boot_runs_to_its_end_the_same_without_the_fast_path(c):
    console = same_on_both_engines(c, "-bios", c.images / "u-boot.bin", "-m", "512M", "--type", "stop autoboot::x",
                                   "--type", "=> ::bdinfo\\n", "--type", "=> ::poweroff\\n")
    check("DRAM bank" in console and "poweroff ..." in console, console[-500:])


@test()
def a_boot_under_kcore_runs_to_its_end_the_same_without_the_fast_path(c):
    console = same_on_both_engines(c, *c.linux(), "--firmware", c.kcore, "-smp", 2)
    check("INIT " in console and "Power down" in console, console[-500:])


def boot_by_u_boot(c):
    disk = c.work / "boot.disk"
    kernel = (c.images / "Image-cloud").read_bytes()
    initrd = (c.images / "initrd-cloud.cpio").read_bytes()
    sector = 512
    kernel_sectors = -(-len(kernel) // sector)
    initrd_sectors = -(-len(initrd) // sector)
    disk.write_bytes(kernel.ljust(kernel_sectors * sector, b"\0") + initrd.ljust(initrd_sectors * sector, b"\0"))
    typed = ["--type", "stop autoboot::x", "--type", "=> ::version\\n", "--type", "=> ::bdinfo\\n",
             "--type", f"=> ::virtio scan; virtio read 0x48000000 0 {kernel_sectors:x}\\n",
             "--type", f"=> ::virtio read 0x4c000000 {kernel_sectors:x} {initrd_sectors:x}\\n",
             "--type", "=> ::setenv bootargs console=ttyAMA0 quick=1 cryptomgr.notests\\n",
             "--type", f"=> ::booti 0x48000000 0x4c000000:{len(initrd):x} ${{fdtcontroladdr}}\\n"]
    return ["-bios", c.images / "u-boot.bin", "-m", "1G", "--drive", f"file={disk},readonly=on", *typed]


@test()
def u_boot_answers_and_boots_linux_with_booti(c):
    console, _ = c.run(*boot_by_u_boot(c))
    check("U-Boot 20" in console, "no banner")
    check("aarch64-linux-gnu-gcc" in console, "version printed nothing")
    check("DRAM bank" in console, "bdinfo printed nothing")
    check("INIT " in console and "Power down" in console, console[-1500:])


@test(LONG)
def linux_booted_by_u_boot_runs_to_its_end_the_same_without_the_fast_path(c):
    check("INIT " in same_on_both_engines(c, *boot_by_u_boot(c), "-smp", 2), "no boot")


@test()
def linux_reads_and_writes_a_virtio_disk(c):
    disk = c.work / "data.disk"
    disk.write_bytes(b"armature disk".ljust(4096, b".") + bytes(1 << 20))
    console, _ = c.run(*c.linux(quick=False), "--drive", disk, *commands(
        "head -c 13 /dev/vda; echo", "echo written by the guest | dd of=/dev/vda bs=512 seek=16 conv=notrunc 2>/dev/null; sync",
        "poweroff -f"))
    check("armature disk" in console, console[-800:])
    check(b"written by the guest" in disk.read_bytes(), "the write did not reach the file")


@test()
def linux_reaches_the_user_network(c):
    console, _ = c.run(*c.linux(quick=False), "--net", "user", *commands(
        "ip link set eth0 up; ip addr add 10.0.2.15/24 dev eth0; ping -c 2 -W 2 10.0.2.2", "poweroff -f"))
    check("2 packets received" in console, console[-800:])


@test(QUICK)
def every_table_is_printed_whole_by_row_and_with_the_nearest_name(c):
    def info(*words, expect=0):
        done = subprocess.run([str(c.armature), "info", *words], capture_output=True, text=True)
        check(done.returncode == expect, f"info {words}: exit code {done.returncode}: {done.stderr}")
        return done.stdout + done.stderr
    rows = {"presets": ("cortex-a57", "cortex-a75"), "regs": ("HCR_EL2", "HCR_EL4"), "events": ("tlb_drop", "tlb_dorp"),
            "instructions": ("ERET", "ERTE"), "stats": ("coreN.dtlb.hits", "coreN.dtlb.hist"),
            "options": ("quantum", "quantun")}
    for table, (row, mistake) in rows.items():
        whole, one = info(table), info(table, row)
        check(row in whole and row in one and len(one) < len(whole), f"info {table} {row}: {one[:300]}")
        message = info(table, mistake, expect=2)
        check(message.count("\n") == 1 and "did you mean" in message, f"info {table} {mistake}: {message}")
    check("GICD_CTLR" in info("machine"), "the devices' registers are missing")
    check("did you mean 'presets'" in info("preset", expect=2), "a table's name has no near miss")


@test(QUICK)
def bad_input_is_one_clear_line_and_exit_code_2(c):
    w = c.work
    (w / "empty").write_bytes(b"")
    (w / "damaged.elf").write_bytes(b"\x7fELF" + b"\xff" * 60)
    (w / "bad.dtb").write_bytes(b"no tree at all" * 10)
    (w / "bad.toml").write_text("smp = 2\nmemroy = '1G'\n")
    (w / "torn.toml").write_text("smp = = 2\n")
    (w / "bad.snapshot").write_bytes(b"junk" * 100)
    kernel = c.images / "Image-cloud"
    refused(c, "-kernel", w / "absent", says=["absent"])
    refused(c, "-kernel", w / "empty", says=["empty"])
    refused(c, "-kernel", w / "damaged.elf", says=["damaged.elf", "ELF"])
    refused(c, "-kernel", kernel, "-dtb", w / "bad.dtb", says=["bad.dtb", "device tree"])
    refused(c, "--config", w / "bad.toml", says=["bad.toml:2", "memroy", "memory"])
    refused(c, "--config", w / "torn.toml", says=["torn.toml:1"])
    refused(c, "-kernel", kernel, "--restore", w / "bad.snapshot", says=["bad.snapshot"])
    refused(c, "-kernel", kernel, "--drive", w / "absent.img", says=["absent.img"])
    refused(c, "-kernel", kernel, "--cpu", "cortex-a71", says=["cortex-a71", "cortex-a7"])
    refused(c, "-kernel", kernel, "-m", "12", says=["memory", "64M"])
    refused(c, "-kernel", kernel, "-smp", "99", says=["smp", "1..16"])
    refused(c, "-kernel", kernel, "--trace", w / "t", "--events", "tbl", says=["tbl", "tlb"])
    refused(c, "-kernal", kernel, says=["kernal", "kernel"])
    refused(c, says=["nothing to run"])
    check(not (w / "t").exists(), "a refused run left a file")
    snapshot = w / "keep.snapshot"
    snapshot.write_bytes(b"precious")
    refused(c, "-kernel", w / "absent", "--save", snapshot, says=["absent"])
    check(snapshot.read_bytes() == b"precious", "an existing file was overwritten")


main(__doc__)
