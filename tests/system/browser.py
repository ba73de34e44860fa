"""A page in headless Chromium: its elements after the scripts have run, and pictures of it."""
import html.parser
import pathlib
import shutil
import struct
import subprocess
import tempfile
import zlib


def chromium(url, *options, size=(1280, 800)):
    program = shutil.which("chromium")
    if program is None:
        raise AssertionError("chromium is not installed (platform/setup packages)")
    with tempfile.TemporaryDirectory() as profile:
        return subprocess.run(
            [program, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--force-device-scale-factor=1",
             "--host-resolver-rules=MAP * ~NOTFOUND", f"--user-data-dir={profile}", f"--window-size={size[0]},{size[1]}",
             "--virtual-time-budget=2000", *options, url], capture_output=True, text=True, timeout=120)


class Elements(html.parser.HTMLParser):
    """All elements as (tag, attributes), and the text of the page."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.all, self.text, self.hidden = [], "", 0
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.all.append((tag, dict(attributes)))
        self.hidden += tag in ("script", "style")

    def handle_endtag(self, tag):
        self.hidden -= tag in ("script", "style")

    def handle_data(self, text):
        if not self.hidden:
            self.text += text + "\n"

    def of_class(self, name):
        return [e for e in self.all if name in e[1].get("class", "").split()]


def page(path, fragment=""):
    done = chromium(f"file://{path}{fragment}", "--dump-dom")
    return Elements(done.stdout)


def picture(path, png, fragment="", size=(1280, 800)):
    """Writes the PNG; returns how often each colour occurs in it."""
    chromium(f"file://{path}{fragment}", f"--screenshot={png}", size=size)
    return colours(pathlib.Path(png).read_bytes())


def colours(png):
    """Counts the colours of an 8-bit RGB or RGBA PNG without interlacing."""
    if png[:8] != b"\x89PNG\r\n\x1a\n":
        raise AssertionError("no PNG")
    at, packed = 8, b""
    while at < len(png):
        length, kind = struct.unpack(">I4s", png[at:at + 8])
        body = png[at + 8:at + 8 + length]
        if kind == b"IHDR":
            width, height, depth, colour_type = struct.unpack(">IIBB", body[:10])
        elif kind == b"IDAT":
            packed += body
        at += 12 + length
    if depth != 8 or colour_type not in (2, 6):
        raise AssertionError(f"depth {depth}, type {colour_type}")
    channels = 3 if colour_type == 2 else 4
    raw, stride = zlib.decompress(packed), width * channels
    before, counts = bytearray(stride), {}
    for row in range(height):
        start = row * (stride + 1)
        line = unfilter(raw[start], bytearray(raw[start + 1:start + 1 + stride]), before, channels)
        for x in range(0, stride, channels):
            key = bytes(line[x:x + 3])
            counts[key] = counts.get(key, 0) + 1
        before = line
    return {key.hex(): count for key, count in counts.items()}


def unfilter(kind, line, before, channels):
    """PNG specification, section 9: filter types 0 to 4."""
    for n in range(len(line)):
        left = line[n - channels] if n >= channels else 0
        up = before[n]
        if kind == 1:
            line[n] = (line[n] + left) & 255
        elif kind == 2:
            line[n] = (line[n] + up) & 255
        elif kind == 3:
            line[n] = (line[n] + (left + up) // 2) & 255
        elif kind == 4:
            corner = before[n - channels] if n >= channels else 0
            guess = left + up - corner
            a, b, c = abs(guess - left), abs(guess - up), abs(guess - corner)
            line[n] = (line[n] + (left if a <= b and a <= c else up if b <= c else corner)) & 255
    return line
