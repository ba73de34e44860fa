"""Every notebook runs top to bottom."""
import subprocess

import nbclient
import nbformat
import pytest

from conftest import BUILD, TOP

FOLDER = TOP / "python" / "notebooks"


@pytest.mark.parametrize("file", sorted(FOLDER.glob("*.ipynb")), ids=lambda file: file.stem)
def test_a_notebook_runs_top_to_bottom(file):
    notebook = nbformat.read(file, as_version=4)
    # No part of an ordinary build.
    if any("planted" in cell.source for cell in notebook.cells) and not (BUILD / "hyp" / "planted").exists():
        subprocess.run(["cmake", "--build", BUILD, "--target", "planted_firmware"], check=True, capture_output=True)
    assert all(not cell.get("outputs") for cell in notebook.cells), "commit notebooks without outputs"
    nbclient.NotebookClient(notebook, timeout=300, kernel_name="python3",
                            resources={"metadata": {"path": str(FOLDER)}}).execute()
    assert any(cell.get("outputs") for cell in notebook.cells)
