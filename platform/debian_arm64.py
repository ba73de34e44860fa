"""Debian's arm64 packages on a machine of another architecture.

Uses a private apt list folder, so the system's own architecture list stays as it is.
"""
import pathlib
import subprocess


def run(*command, **options):
    return subprocess.run(command, check=True, text=True, stdout=subprocess.PIPE, **options).stdout


class Packages:
    """`work` is a folder for lists and packages; they are unpacked in `root` below it."""

    def __init__(self, work):
        self.work = pathlib.Path(work)
        self.root = self.work / "root"
        lists = self.work / "lists"
        (lists / "partial").mkdir(parents=True)
        self.options = ["-oAPT::Architecture=arm64", "-oAPT::Architectures=arm64",
                        f"-oDir::State::Lists={lists}", f"-oDir::Cache::pkgcache={self.work}/pkg.bin",
                        f"-oDir::Cache::srcpkgcache={self.work}/src.bin", "-oAPT::Sandbox::User=root"]
        run("apt-get", *self.options, "update")

    def search(self, pattern):
        return run("apt-cache", *self.options, "search", "--names-only", pattern)

    def download(self, *names):
        run("apt-get", *self.options, "download", *names, cwd=self.work)

    def unpack(self):
        for deb in self.work.glob("*.deb"):
            run("dpkg", "-x", str(deb), str(self.root))
