"""What the window's pictures must be; used by run.py."""
import contextlib
import ctypes
import os
import signal
import subprocess
import tempfile
import time

from PIL import Image


# Where the tab of the consoles panel lies in a picture of 1280x800.
CONSOLES = (780, 440, 1265, 770)


def colours(path, box=None):
    """Width, height and the number of different colours of a picture, or of a box in it."""
    with Image.open(path) as picture:
        picture.load()
        found = picture.crop(box or (0, 0, picture.width, picture.height)).convert("RGB").getcolors(1 << 24)
        return picture.width, picture.height, len(found)


def same_picture(first, second):
    with Image.open(first) as one, Image.open(second) as two:
        return one.tobytes() == two.tobytes()


def interrupted(command, environment, after):
    """Runs `command`, sends it SIGINT after some seconds; returns the exit code and messages."""
    process = subprocess.Popen(command, env={**os.environ, **environment}, stdin=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    time.sleep(after)
    process.send_signal(signal.SIGINT)
    _, messages = process.communicate(timeout=60)
    return process.returncode, messages


def so_far(file):
    """What a process has written; a read at the file's own position would move where it writes next."""
    return os.pread(file.fileno(), os.fstat(file.fileno()).st_size, 0).decode()


class X11Window:
    """A program's window on an X server of its own, and a person before it."""

    def __init__(self, command):
        self.display = f":{90 + os.getpid() % 900}"
        self.server = subprocess.Popen(["Xvfb", self.display, "-screen", "0", "1400x900x24", "-nolisten", "tcp"],
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.environment = {**os.environ, "DISPLAY": self.display, "SDL_VIDEODRIVER": "x11"}
        for _ in range(100):
            if os.path.exists(f"/tmp/.X11-unix/X{self.display[1:]}"):
                break
            time.sleep(0.1)
        self.console = tempfile.TemporaryFile("w+")
        self.messages = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(command, env=self.environment, stdin=subprocess.DEVNULL, stdout=self.console,
                                        stderr=self.messages)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in (self.process, self.server):
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            process.wait()

    def printed(self):
        return so_far(self.console)

    def wait_for(self, text, seconds=60):
        for _ in range(seconds * 20):
            if text in self.printed():
                return
            assert self.process.poll() is None, f"the program ended: {self.printed()[-400:]}"
            time.sleep(0.05)
        raise AssertionError(f"'{text}' never came: {self.printed()[-400:]}")

    def xdotool(self, *words):
        done = subprocess.run(["xdotool", *map(str, words)], env=self.environment, capture_output=True, text=True,
                              timeout=60)
        assert done.returncode == 0, f"xdotool {words}: {done.stderr}"
        return done.stdout.split()

    def focus(self):
        self.window = int(self.xdotool("search", "--sync", "--onlyvisible", "--name", "Armature")[0])
        self.xdotool("windowfocus", "--sync", self.window)

    def close(self):
        """What a window manager does for the button that closes a window: the message WM_DELETE_WINDOW."""
        x11 = ctypes.CDLL("libX11.so.6")
        x11.XOpenDisplay.restype = ctypes.c_void_p
        x11.XInternAtom.restype = ctypes.c_ulong
        display = ctypes.c_void_p(x11.XOpenDisplay(self.display.encode()))
        protocols, delete = (x11.XInternAtom(display, name, 0) for name in (b"WM_PROTOCOLS", b"WM_DELETE_WINDOW"))
        client_message, bits = 33, 32
        event = (ctypes.c_long * 24)(client_message, 0, 1, display.value, self.window, protocols, bits, delete)
        assert x11.XSendEvent(display, ctypes.c_ulong(self.window), 0, ctypes.c_long(0), ctypes.byref(event))
        x11.XCloseDisplay(display)

    def exit_code(self, seconds=30):
        return self.process.wait(seconds)

    def said(self):
        return so_far(self.messages)
