"""Pictures of the docs made small: the same picture, in few colours."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
import typst

from rawan.settings import PROJECT_ROOT

DRAWN = b"""#set page(width: 60pt, height: 40pt, margin: 0pt, fill: none)
#box(width: 100%, height: 100%, fill: gradient.linear(red, blue, green))
#place(top, text(size: 20pt)[Desa])"""


@pytest.fixture(scope="module")
def palette() -> ModuleType:
    path = PROJECT_ROOT / "docs" / "palette.py"
    spec = importlib.util.spec_from_file_location("palette", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_picture_keeps_its_size_and_nearly_its_colours(palette: ModuleType) -> None:
    whole = typst.compile(DRAWN, format="png", ppi=144.0, ignore_system_fonts=True)
    assert isinstance(whole, bytes)
    made = palette.small(whole)
    assert made[24:26] == b"\x08\x03"  # 8 bit, by palette
    assert made[16:24] == whole[16:24]  # width and height
    # A picture in a palette is read back by the typesetter, which reads every PNG.
    again = typst.compile(
        b"#set page(width: 60pt, height: 40pt, margin: 0pt)\n"
        b'#image(bytes(json(bytes(sys.inputs.png))), format: "png", width: 100%)',
        format="png",
        ppi=144.0,
        sys_inputs={"png": str(list(made))},
        ignore_system_fonts=True,
    )
    assert isinstance(again, bytes)
    before, after = palette._pixels(whole).astype(int), palette._pixels(again).astype(int)
    assert before.shape == after.shape
    assert abs(before - after).mean() < 6


def test_what_is_no_picture_is_refused(palette: ModuleType) -> None:
    with pytest.raises(ValueError, match="not a PNG"):
        palette.small(b"GIF89a")


def test_without_a_published_run_the_command_says_so(tmp_path: Path) -> None:
    command = [sys.executable, str(PROJECT_ROOT / "docs" / "pictures.py"), str(tmp_path / "none")]
    environment = {**os.environ, "PYTHONPATH": str(PROJECT_ROOT)}
    done = subprocess.run(
        [*command, "--out", str(tmp_path)], capture_output=True, text=True, env=environment
    )
    assert done.returncode == 1
    assert "ranking.parquet: is not there. Publish a run first" in done.stderr
    assert "Traceback" not in done.stderr
