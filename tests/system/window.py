#!/usr/bin/python3
"""The window and its pictures (platform/display).

usage: tests/system/window.py [--tier quick|full|matrix|long] [--build DIRECTORY] [--only SUBSTRING]
"""
import json
import os
import pathlib
import subprocess
import time

import window_check
from harness import check, main, summary, test


def two_guests(c):
    hyp = c.build / "hyp"
    return ["--vm", f"guest={hyp}/shootdown.guest,vcpus=2,memory=8M", "--vm", f"guest={hyp}/ipi.guest,vcpus=2,memory=8M",
            "-smp", 2, "-m", "256M"]


@test()
def the_machine_view_of_two_vms_is_the_same_picture_twice_and_changes_nothing(c):
    pictures = [c.work / "one.png", c.work / "two.png"]
    seen = [summary(c.run(*two_guests(c), "--digest", "--screenshot", f"{p}@end")[1]) for p in pictures]
    plain = summary(c.run(*two_guests(c), "--digest")[1])
    check(seen == [plain, plain], f"{seen} and {plain}")
    width, height, colours = window_check.colours(pictures[0])
    check((width, height) == (1280, 800) and colours > 20, f"{width}x{height}, {colours} colours")
    check(window_check.same_picture(*pictures), "two runs draw two pictures")


@test()
def a_window_opens_on_an_x_server_and_without_one(c):
    arguments = [str(c.armature), "run", *map(str, two_guests(c)), "--display"]
    for name, prefix, environment in (("dummy", [], {"SDL_VIDEODRIVER": "dummy"}),
                                      ("x11", ["xvfb-run", "-a", "-s", "-screen 0 1400x900x24"], {"SDL_VIDEODRIVER": "x11"})):
        picture = c.work / f"{name}.png"
        done = subprocess.run([*prefix, *arguments, "--screenshot", f"{picture}@end"], text=True, timeout=300,
                              capture_output=True, env={**os.environ, **environment}, stdin=subprocess.DEVNULL)
        check(done.returncode == 0, f"{name}: {done.stderr[-800:]}")
        check(window_check.colours(picture)[2] > 20, f"{name}: nothing was drawn")


@test()
def a_window_that_is_closed_ends_the_run_with_its_statistics(c):
    statistics = c.work / "closed.json"
    spin = c.work / "spin.bin"
    spin.write_bytes(bytes.fromhex("00000014"))
    command = [str(c.armature), "run", "-kernel", str(spin), "--display", "--stats", str(statistics)]
    code, messages = window_check.interrupted(command, {"SDL_VIDEODRIVER": "dummy"}, after=3)
    check(code == 0, f"exit code {code}: {messages[-500:]}")
    check("core0.instructions" in json.loads(statistics.read_text())["statistics"], "no statistics were written")


def keys_guest(c):
    """The program of window_keys.c."""
    program = c.work / "keys.elf"
    subprocess.run(["aarch64-linux-gnu-gcc", "-O1", "-Wall", "-Wextra", "-Werror", "-ffreestanding", "-nostdlib",
                    "-mgeneral-regs-only", "-mstrict-align", "-fno-pic", "-static",
                    "-Wl,--build-id=none,-Ttext=0x40200000,-estart,-z,noexecstack",
                    str(pathlib.Path(__file__).with_name("window_keys.c")), "-o", str(program)], check=True)
    return program


def keys_window(c, statistics):
    return window_check.X11Window([str(c.armature), "run", "-kernel", str(keys_guest(c)), "--framebuffer", "640x480",
                                   "-m", "256M", "--display", "--stats", str(statistics)])


@test()
def keys_pressed_in_the_window_reach_the_guests_virtio_keyboard(c):
    statistics = c.work / "keys.json"
    with keys_window(c, statistics) as window:
        window.wait_for("ready")
        window.focus()
        window.xdotool("key", "--delay", 60, "a", "Return", "7")
        window.xdotool("keydown", "shift", "key", "b", "keyup", "shift")
        window.wait_for("key 42 up")
        window.xdotool("key", "q")
        code = window.exit_code()
        keys = window.printed().split("\n")[1:-1]
    # Codes of Linux' input-event-codes.h.
    wanted = [f"key {code} {way}" for code in (30, 28, 8) for way in ("down", "up")]
    wanted += ["key 42 down", "key 48 down", "key 48 up", "key 42 up", "key 16 down", "key 16 up"]
    check(code == 0 and keys == wanted, f"exit code {code}, keys {keys}")
    check("core0.instructions" in json.loads(statistics.read_text())["statistics"], "no statistics were written")


@test()
def f9_slows_the_machine_down_and_f10_lets_it_go(c):
    command = [str(c.armature), "run", "-kernel", str(keys_guest(c)), "--framebuffer", "640x480", "-m", "256M", "--display"]
    with window_check.X11Window(command) as window:
        window.wait_for("ready")
        window.focus()
        window.xdotool("key", "--delay", 60, *["F9"] * 5)
        window.xdotool("key", "--delay", 60, "a")
        time.sleep(1.5)
        slow = window.printed()  # a line takes the guest some 10 us
        window.xdotool("key", "--delay", 60, *["F10"] * 5)
        window.wait_for("key 30 up")
        window.xdotool("key", "q")
        code = window.exit_code()
    check("key 30 down" not in slow, f"as fast as before: {slow}")
    check(code == 0, f"exit code {code}")


@test()
def the_button_that_closes_the_window_ends_the_run_with_its_statistics(c):
    statistics = c.work / "button.json"
    with keys_window(c, statistics) as window:
        window.wait_for("ready")
        window.focus()
        window.close()
        code, messages = window.exit_code(), window.said()
    check(code == 0, f"exit code {code}: {messages[-500:]}")
    check(summary(messages), "no summary")
    check(json.loads(statistics.read_text())["statistics"]["core0.instructions"]["value"] > 0, "no statistics were written")


@test()
def the_generic_kernel_draws_its_console_on_the_framebuffer(c):
    picture = c.work / "screen.png"
    arguments = c.linux("generic", "console=tty0 video=640x480") + ["--framebuffer", "640x480"]
    console, _ = c.run(*arguments, "--until", "simplefb: registered|fb0: simplefb", "--screenshot", f"{picture}@end")
    check("simple-framebuffer" in console, f"no framebuffer: {console[-500:]}")
    black = c.work / "black.png"
    c.run("-kernel", c.images / "Image-generic", "--framebuffer", "640x480", "--max-instructions", 1000,
          "--screenshot", f"{black}@end")
    drawn, before = (window_check.colours(p, window_check.CONSOLES)[2] for p in (picture, black))
    check(drawn > 16 and before <= 2, f"{drawn} colours on the screen, {before} before it is drawn on")


main(__doc__)
