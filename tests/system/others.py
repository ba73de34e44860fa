#!/usr/bin/python3
"""Software that others start: Xen, KVM, UEFI, other kernels. Fetches what it boots.

usage: tests/system/others.py [--tier quick|full|matrix|long] [--build DIRECTORY] [--only SUBSTRING]

Nothing of it runs in the full gate; ./tests/run --long and --matrix do.
"""
import pathlib
import stat
import subprocess

from harness import LONG, TOP, check, main, summary, test

HERE = pathlib.Path(__file__).resolve().parent
subprocess.run([str(TOP / "platform" / "more_images"), str(TOP / "build" / "images")], check=True)


def quick_boot(c, kernel, *arguments, append=""):
    """Another kernel with the RAM disk of ours: it need not load its modules."""
    console, _ = c.run("-kernel", c.images / kernel, "-initrd", c.images / "initrd-cloud.cpio", "-m", "1G",
                       "-append", "console=ttyAMA0 cryptomgr.notests quick=1 nomodules " + append, *arguments)
    check("INIT " in console and "Power down" in console, console[-1500:])
    return console


@test(LONG)
def a_preempt_rt_kernel_boots_at_both_levels_on_eight_cores(c):
    check("cpus 8" in quick_boot(c, "Image-rt", "--el", "1", "-smp", "8"), "not all cores")
    check("cpus 8" in quick_boot(c, "Image-rt", "--el", "2", "-smp", "8", "--cpu", "cortex-a72"), "not all cores")


@test(LONG)
def a_newer_kernel_boots_at_el2(c):
    console = quick_boot(c, "Image-backports", "--el", "2", "-smp", "4")
    check("Hyp nVHE mode initialized successfully" in console, "no KVM")


@test(LONG)
def protected_kvm_takes_el2_and_gives_the_kernel_a_stage_2(c):
    console = quick_boot(c, "Image-cloud", "--el", "2", "-smp", "4", append="kvm-arm.mode=protected")
    check("Protected nVHE mode initialized successfully" in console, "no protected mode")


def xen(c):
    return ["--el", "2", "-m", "1G", "-kernel", c.images / "xen",
            "-append", "dom0_mem=512M console=dtuart dtuart=/pl011@9000000 sync_console",
            "-device", f"guest-loader,addr=0x49000000,kernel={c.images / 'Image-cloud'},"
                       "bootargs=console=hvc0 cryptomgr.notests quick=1",
            "-device", f"guest-loader,addr=0x4c000000,initrd={c.images / 'initrd-cloud.cpio'}"]


@test(LONG)
def xen_boots_linux_as_its_first_domain(c):
    for cores, cpu in ((1, "cortex-a57"), (4, "cortex-a72")):
        console, _ = c.run(*xen(c), "-smp", cores, "--cpu", cpu)
        check(f"cpus {cores}" in console, f"dom0 does not see {cores} cores: {console[-1500:]}")
        check("Hardware Dom0 halted: halting machine" in console, console[-500:])


@test(LONG)
def the_start_of_xen_is_the_same_without_the_fast_path(c):
    limit = [*xen(c), "-smp", "2", "--max-instructions", "20000000", "--digest"]
    check(summary(c.run(*limit)[1]) == summary(c.run(*limit, "--no-fast")[1]), "--no-fast differs")


@test(LONG)
def uefi_reaches_its_shell_and_keeps_its_variables_in_flash(c):
    code, variables = c.work / "code.fd", c.work / "variables.fd"
    code.write_bytes((c.images / "QEMU_EFI.fd").read_bytes())
    variables.write_bytes(bytes(1 << 20))
    flash = ["-m", "1G", "-drive", f"if=pflash,format=raw,file={code},readonly=on", "-drive",
             f"if=pflash,format=raw,file={variables}", "--until", "UEFI Interactive Shell"]
    console, first = c.run(*flash, "--el", "2")
    check("UEFI Interactive Shell" in console, console[-500:])
    check("EFI Internal Shell".encode("utf-16-le") in variables.read_bytes(), "no boot entry was stored")
    _, second = c.run(*flash, "--el", "2")
    check(int(summary(second)[2]) < int(summary(first)[2]), "the second boot did not find the variables")


@test(LONG)
def uefi_boots_a_kernel_from_fw_cfg(c):
    console, _ = c.run("-bios", c.images / "QEMU_EFI.fd", "-m", "1G", "-smp", "2", "-kernel", c.images / "Image-cloud",
                       "-initrd", c.images / "initrd-cloud.cpio", "-append", "console=ttyAMA0 cryptomgr.notests quick=1")
    check("EFI stub: Booting Linux Kernel" in console, "no EFI stub")
    check("INIT " in console and "Power down" in console, console[-800:])


def cpio_of(files):
    """A newc archive of regular files {name: (mode, bytes)}, their folders first."""
    out = bytearray()
    folders = sorted({name.rsplit("/", 1)[0] for name in files})
    entries = [(folder, stat.S_IFDIR | 0o755, b"") for folder in folders]
    entries += [(name, stat.S_IFREG | mode, body) for name, (mode, body) in files.items()]
    for inode, (name, mode, body) in enumerate([*entries, ("TRAILER!!!", 0, b"")], 1000):
        fields = [inode, mode, 0, 0, 1, 0, len(body), 0, 0, 0, 0, len(name) + 1, 0]
        out += b"070701" + b"".join(b"%08X" % field for field in fields) + name.encode() + b"\0"
        out += b"\0" * (-len(out) % 4) + body
        out += b"\0" * (-len(out) % 4)
    return bytes(out)


def kvm_initrd(c, vcpus):
    """Our RAM disk, and below /guest a monitor with a kernel, a RAM disk and a tree for its guest."""
    source = HERE / "kvm_guest"
    runner, tree = c.work / "runner", c.work / "guest.dtb"
    subprocess.run(["aarch64-linux-gnu-gcc", "-static", "-O2", "-Wall", "-Wextra", "-Werror", "-pthread",
                    str(source / "runner.c"), "-o", str(runner)], check=True)
    initrd = (c.images / "initrd-cloud.cpio").read_bytes()
    cpus = "".join(f'cpu@{n} {{ device_type = "cpu"; compatible = "arm,armv8"; reg = <{n}>; enable-method = "psci"; }};'
                   for n in range(vcpus))
    text = (source / "guest.dts").read_text()
    text = text.replace("CPUS", cpus).replace("INITRD_END", hex(0x48000000 + len(initrd)))
    subprocess.run(["dtc", "-q", "-O", "dtb", "-o", str(tree)], input=text, text=True, check=True)
    whole = c.work / "kvm.cpio"
    whole.write_bytes(initrd + cpio_of({
        "guest/runner": (0o755, runner.read_bytes()), "guest/initrd": (0o644, initrd),
        "guest/Image": (0o644, (c.images / "Image-cloud").read_bytes()), "guest/tree": (0o644, tree.read_bytes())}))
    return whole


@test(LONG)
def linux_runs_linux_under_kvm(c):
    """Host and guest are the same kernel; nVHE and protected mode; two vCPUs on two cores."""
    for mode in ("nvhe", "protected"):
        console, _ = c.run(
            "--el", "2", "-smp", "2", "-m", "1G", "--cpu", "cortex-a72", "-kernel", c.images / "Image-cloud",
            "-initrd", kvm_initrd(c, 2), "-append", f"console=ttyAMA0 cryptomgr.notests kvm-arm.mode={mode}",
            "--type", "armature# ::/guest/runner 2 /guest/Image /guest/initrd /guest/tree; poweroff -f\\n")
        check(console.count("INIT ") == 2, f"{mode}: not two boots: {console[-1500:]}")
        check("cpus 2" in console[console.rindex("INIT "):], f"{mode}: the guest does not see two cores")
        check("runner: the guest powered off" in console, console[-800:])


main(__doc__)
