"""What the window's pictures must be; used by run.py."""
import os
import signal
import subprocess
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
