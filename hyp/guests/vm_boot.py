#!/usr/bin/env python3
"""Adds VMs to a machine that `armature run --emit-qemu DIR` has written.

    vm_boot.py DIR --vm guest=hello.guest,vcpus=2,memory=64M,runs=2 \\
                   --vm kernel=Image,initrd=cpio,append="console=ttyAMA0",vcpus=2,memory=256M

Writes DIR/vms.dtb and DIR/vms.sh: the same machine with the VMs' modules (hyp/abi/image.h) in its
device tree and memory, signed with the test key. `guest`: a flat image for 0x40200000, entered at its
first byte with x0 = vCPUs. `kernel`: a Linux arm64 Image; its device tree is made here. Needs dtc and
openssl.
"""
import argparse
import hashlib
import pathlib
import shlex
import struct
import subprocess
import sys
import tempfile

SEED = b"armature test key: not a secret!"
VM_BASE, GUEST_LOAD = 0x4000_0000, 0x4020_0000
PAGE, BLOCK = 4096, 2 << 20
MODULES_BASE = 0x4800_0000  # physical; KServ and its stacks end long before
KERNEL, INITRD, TREE, DATA = 1, 2, 3, 4


def round_up(value, unit):
    return (value + unit - 1) // unit * unit


def sign(message):
    """Pure Ed25519 (RFC 8032) with the test key."""
    der = bytes.fromhex("302e020100300506032b657004220420") + SEED
    with tempfile.TemporaryDirectory() as folder:
        key, data, out = (pathlib.Path(folder) / n for n in ("key", "data", "out"))
        key.write_bytes(der)
        data.write_bytes(message)
        subprocess.run(["openssl", "pkeyutl", "-sign", "-rawin", "-inkey", key, "-keyform", "DER",
                        "-in", data, "-out", out], check=True)
        return out.read_bytes()


def size(text):
    units = {"K": 10, "M": 20, "G": 30}
    return int(text[:-1]) << units[text[-1]] if text[-1] in units else int(text)


def parse(spec):
    """key=value pairs; a comma in a value is doubled."""
    pairs = spec.replace(",,", "\0").split(",")
    vm = dict(pair.replace("\0", ",").split("=", 1) for pair in pairs)
    unknown = set(vm) - {"guest", "kernel", "initrd", "append", "vcpus", "memory", "runs", "name"}
    if unknown or ("guest" in vm) == ("kernel" in vm):
        sys.exit(f"--vm {spec}: needs guest= or kernel=, and knows initrd, append, vcpus, memory, "
                 f"runs, name; not {', '.join(sorted(unknown)) or 'both'}")
    return vm


def vm_tree(memory, vcpus, append, initrd):
    """The board that KServ emulates (hyp/kserv/vm.h)."""
    cpus = "".join(f'cpu@{n} {{ device_type = "cpu"; compatible = "arm,armv8"; reg = <{n}>; '
                   'enable-method = "psci"; };' for n in range(vcpus))
    ramdisk = (f"linux,initrd-start = <0 {initrd[0]:#x}>; linux,initrd-end = <0 {initrd[1]:#x}>;"
               if initrd else "")
    quoted = append.replace("\\", "\\\\").replace('"', '\\"')
    source = f"""/dts-v1/;
/ {{
  compatible = "linux,dummy-virt"; model = "armature VM";
  #address-cells = <2>; #size-cells = <2>; interrupt-parent = <1>;
  chosen {{ stdout-path = "/pl011@9000000"; bootargs = "{quoted}"; {ramdisk} }};
  memory@{VM_BASE:x} {{ device_type = "memory"; reg = <0 {VM_BASE:#x} {memory >> 32:#x} {memory & 0xffffffff:#x}>; }};
  psci {{ compatible = "arm,psci-1.0", "arm,psci-0.2"; method = "hvc"; }};
  cpus {{ #address-cells = <1>; #size-cells = <0>; {cpus} }};
  timer {{ compatible = "arm,armv8-timer"; always-on; interrupts = <1 13 4 1 14 4 1 11 4 1 10 4>; }};
  intc@8000000 {{ compatible = "arm,gic-v3"; interrupt-controller; #interrupt-cells = <3>; phandle = <1>;
    reg = <0 0x08000000 0 0x10000 0 0x080a0000 0 {0x20000 * vcpus:#x}>; }};
  apb-pclk {{ compatible = "fixed-clock"; #clock-cells = <0>; clock-frequency = <24000000>; phandle = <2>; }};
  pl011@9000000 {{ compatible = "arm,pl011", "arm,primecell"; reg = <0 0x09000000 0 0x1000>;
    interrupts = <0 1 4>; clocks = <2 2>; clock-names = "uartclk", "apb_pclk"; }};
}};
"""
    return subprocess.run(["dtc", "-q", "-I", "dts", "-O", "dtb"], input=source.encode(), check=True,
                          stdout=subprocess.PIPE).stdout


def images_of(vm, memory, vcpus):
    """Images as (kind, gpa, bytes), entry and argument."""
    if "guest" in vm:
        return [(DATA, GUEST_LOAD, pathlib.Path(vm["guest"]).read_bytes())], GUEST_LOAD, vcpus
    kernel = pathlib.Path(vm["kernel"]).read_bytes()
    text_offset, image_size = struct.unpack_from("<QQ", kernel, 8)
    load = VM_BASE + BLOCK + text_offset
    images = [(KERNEL, load, kernel)]
    initrd = None
    if "initrd" in vm:
        data = pathlib.Path(vm["initrd"]).read_bytes()
        at = round_up(load + max(image_size, len(kernel)), BLOCK)
        initrd = (at, at + len(data))
        images.append((INITRD, at, data))
    images.append((TREE, VM_BASE, vm_tree(memory, vcpus, vm.get("append", ""), initrd)))
    return images, load, VM_BASE


def manifest_of(number, vm, images, entry, argument, memory, vcpus):
    name = vm.get("name") or pathlib.Path(vm.get("guest") or vm["kernel"]).stem
    records = b""
    for kind, gpa, data in images:
        padded = data + bytes(round_up(len(data), PAGE) - len(data))
        records += struct.pack("<IIQQ", kind, 0, gpa, len(data)) + hashlib.blake2b(padded).digest()
    body = struct.pack("<16s32sQQQII", b"armature-vm-1", name.encode()[:31], memory, entry, argument,
                       vcpus, len(images)) + records.ljust(5 * 88, b"\0")
    return body + sign(body)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory", type=pathlib.Path)
    parser.add_argument("--vm", action="append", default=[], metavar="KEY=VALUE,...")
    parser.add_argument("--spoil", type=int, metavar="N", help="change one byte of VM N's first image")
    arguments = parser.parse_args()
    folder = arguments.directory
    at, nodes, loaders = MODULES_BASE, "", ""

    def module(kind, data, properties, name):
        nonlocal at, nodes, loaders
        file = folder / name
        file.write_bytes(data)
        nodes += (f'module@{at:x} {{ compatible = "armature,module"; armature,kind = "{kind}"; '
                  f'{properties} reg = <0 {at:#x} 0 {len(data):#x}>; }};\n')
        loaders += f" \\\n  -device 'loader,file='\"$here\"'/{name},addr={at:#x},force-raw=on'"
        at = round_up(at + len(data), BLOCK)

    for number, vm in enumerate(map(parse, arguments.vm)):
        memory, vcpus = size(vm.get("memory", "64M")), int(vm.get("vcpus", "1"))
        images, entry, argument = images_of(vm, memory, vcpus)
        manifest = manifest_of(number, vm, images, entry, argument, memory, vcpus)
        module("vm-manifest", manifest,
               f'armature,vm = <{number}>; armature,runs = <{vm.get("runs", "1")}>;', f"vm{number}.manifest")
        for index, (_, _, data) in enumerate(images):
            if arguments.spoil == number and index == 0:
                data = data[:-1] + bytes([data[-1] ^ 1])
            module("vm-image", data, f"armature,vm = <{number}>; armature,image = <{index}>;",
                   f"vm{number}.image{index}")
    source = subprocess.run(["dtc", "-q", "-I", "dtb", "-O", "dts", folder / "machine.dtb"], check=True,
                            stdout=subprocess.PIPE).stdout.decode()
    source += f"\n/ {{ chosen {{\n{nodes}}}; }};\n"
    subprocess.run(["dtc", "-q", "-I", "dts", "-O", "dtb", "-o", folder / "vms.dtb"],
                   input=source.encode(), check=True)
    script = (folder / "run.sh").read_text().replace("machine.dtb \"$@\"", f"vms.dtb{loaders} \"$@\"")
    (folder / "vms.sh").write_text(script)
    (folder / "vms.sh").chmod(0o755)
    print(shlex.quote(str(folder / "vms.sh")))


if __name__ == "__main__":
    main()
