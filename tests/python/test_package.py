"""The package as a whole: stubs, documentation, examples, installation."""
import ast
import inspect
import os
import pathlib
import subprocess
import sys

import matplotlib.pyplot
import numpy as np
import pytest

import armature
from armature import _armature
from conftest import BUILD, TOP


def public(names):
    return {name for name in names if not name.startswith("_") or name in ("__len__",)}


def test_the_stub_names_exactly_what_the_module_has():
    tree = ast.parse((TOP / "python" / "armature" / "_armature.pyi").read_text())
    stub = {"": set()}
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            stub[node.name] = public(n.name for n in node.body if isinstance(n, ast.FunctionDef))
        elif isinstance(node, ast.FunctionDef):
            stub[""].add(node.name)
        elif isinstance(node, ast.AnnAssign):
            stub[""].add(node.target.id)
    classes = {name: value for name, value in vars(_armature).items() if inspect.isclass(value)}
    assert set(classes) == set(stub) - {""}
    assert public(vars(_armature)) - set(classes) == stub[""]
    for name, value in classes.items():
        assert public(vars(value)) == stub[name], name


def test_everything_public_is_documented():
    missing = []
    for name in armature.__all__:
        value = getattr(armature, name)
        if inspect.isclass(value) or inspect.isfunction(value):
            if not inspect.getdoc(value):
                missing.append(name)
        if inspect.isclass(value) and value.__module__.startswith("armature"):
            missing += [f"{name}.{method}" for method, function in vars(value).items()
                        if not method.startswith("_") and (inspect.isfunction(function) or isinstance(function, property))
                        and not inspect.getdoc(function) and method not in ("pc", "remove", "of", "count", "index")]
    assert not missing


@pytest.mark.parametrize("example", sorted((TOP / "python" / "examples").glob("*.py")), ids=lambda file: file.stem)
def test_an_example_runs(example, tmp_path):
    done = subprocess.run([sys.executable, example, BUILD], cwd=tmp_path, capture_output=True, text=True,
                          env={**os.environ, "MPLBACKEND": "agg"})
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()


def test_the_hello_of_the_readme_boots_two_vms_and_plots_their_fills(tmp_path, monkeypatch):
    """Its very text, and then the plot's data against the log of the same run by the command."""
    matplotlib.use("agg")
    section = (TOP / "README.md").read_text().split("## Use it from Python\n")[1].split("\n## ")[0]
    hello = [line[4:] for line in section.splitlines() if line.startswith("    ")]
    assert len(hello) == 6 and hello[0] == "import armature"
    (tmp_path / "build").mkdir()
    (tmp_path / "build" / "release").symlink_to(BUILD)
    monkeypatch.chdir(tmp_path)
    matplotlib.pyplot.close("all")
    exec("\n".join(hello), {})
    axes = matplotlib.pyplot.gca()
    shown = {int(label.get_text()): bar.get_height() for label, bar in zip(axes.get_xticklabels(), axes.patches)}
    assert (tmp_path / "fills.png").read_bytes().startswith(b"\x89PNG") and axes.get_ylabel() == "TLB fills"
    guest = BUILD / "hyp" / "hello.guest"
    subprocess.run([BUILD / "armature", "run", "--cpu", "cortex-a72", "-smp", "2", "--vm", f"guest={guest},vcpus=2",
                    "--vm", f"guest={guest}", "--trace", "fills.trace", "--events", "tlb_fill"], check=True,
                   capture_output=True)
    vmids, fills = np.unique(armature.read_log("fills.trace").array["vmid"], return_counts=True)
    assert shown == dict(zip(vmids, fills)) and set(shown) == {0, 1, 2}


def test_pip_installs_it_offline(tmp_path):
    """Into a fresh virtual environment, with build isolation and no index; the copy then runs a machine."""
    venv = tmp_path / "venv"
    subprocess.run(["/usr/bin/python3", "-m", "venv", "--system-site-packages", venv], check=True)
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    environment["PIP_NO_INDEX"] = "1"
    done = subprocess.run([venv / "bin" / "pip", "install", "--quiet", TOP], env=environment, capture_output=True,
                          text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    kernel = BUILD / "firmware" / "a_stale_translation_is_used_until_its_tlbi.elf"
    code = (f"import armature; print(armature.__file__); m = armature.Machine(kernel={str(kernel)!r}, memory='64M'); "
            "print(m.run(timeout=1).reason)")
    told = subprocess.run([venv / "bin" / "python", "-c", code], env=environment, capture_output=True, text=True,
                          cwd=tmp_path)
    assert told.returncode == 0, told.stderr
    file, reason = told.stdout.split()
    assert pathlib.Path(file).is_relative_to(venv) and reason == "powered_off"
