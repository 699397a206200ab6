"""Makes the pictures of the docs from a published folder: page, phone, workbook, brief, sheet.

python docs/pictures.py                        from out/latest into docs/
python docs/pictures.py out/RUN --out FOLDER   from another run, into another folder
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import polars as pl
from palette import small  # beside this file

from rawan.errors import RawanError
from rawan.publishing.file_names import file_names

DOCS = Path(__file__).resolve().parent
WIDTH = 1280
HEIGHT = 900
PHONE = (360, 740)
_SECONDS = 120
_WAIT = 1500  # milliseconds until a page is drawn


def page(folder: Path, size: tuple[int, int], village: str, sharpness: float = 1) -> bytes:
    """Return the page of a run as Chromium shows it, with one village chosen.

    Parameters
    ----------
    size : width and height of the window [CSS pixels].
    village : what stands behind the # of its address; nothing is chosen if empty.
    sharpness : pixels of the picture for one of the window.
    """
    from playwright.sync_api import sync_playwright

    chromium = os.environ.get("RAWAN_CHROMIUM") or shutil.which("chromium")
    if not chromium:
        raise RawanError(
            "No Chromium for the picture of the page: install it (make chromium) or set "
            "RAWAN_CHROMIUM to its path."
        )
    address = _file(folder, "index.html").resolve().as_uri()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        shown = browser.new_page(
            viewport={"width": size[0], "height": size[1]}, device_scale_factor=sharpness
        )
        shown.goto(address + (f"#{village}" if village else ""))
        shown.wait_for_timeout(_WAIT)
        picture = shown.screenshot()
        browser.close()
    return picture


def workbook(folder: Path) -> bytes:
    """Return the first sheet of the workbook as LibreOffice prints it."""
    program = shutil.which("soffice") or shutil.which("libreoffice")
    if not program:
        raise RawanError(
            "No LibreOffice for the picture of the workbook: install it "
            "(apt install --no-install-recommends libreoffice-calc)."
        )
    source = _file(folder, "ranking.xlsx")
    with tempfile.TemporaryDirectory() as name:
        own = Path(name)
        command = [program, f"-env:UserInstallation={(own / 'profile').as_uri()}", "--headless"]
        command += ["--convert-to", "pdf", "--outdir", str(own), str(source)]
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, timeout=_SECONDS, check=False
            )
        except subprocess.TimeoutExpired as error:
            raise RawanError(
                f"{source}: LibreOffice took longer than {_SECONDS} seconds and was stopped. Close "
                "every window of LibreOffice and try again."
            ) from error
        printed = own / "ranking.pdf"
        if not printed.exists():
            raise RawanError(
                f"{source}: LibreOffice could not open it: {done.stderr.strip()}. Close every "
                "window of LibreOffice and try again."
            )
        return pdf_page(printed)


def pdf_page(path: Path) -> bytes:
    """Return the first page of a PDF as a picture of the usual width."""
    program = shutil.which("pdftoppm")
    if not program:
        raise RawanError("No pdftoppm for the pictures of PDFs: install it (poppler-utils).")
    with tempfile.TemporaryDirectory() as name:
        size = ["-scale-to-x", str(WIDTH), "-scale-to-y", "-1"]
        command = [program, "-png", "-singlefile", "-f", "1", "-l", "1", *size]
        subprocess.run([*command, str(path), str(Path(name, "page"))], check=True, timeout=_SECONDS)
        return Path(name, "page.png").read_bytes()


def pictures(folder: Path) -> dict[str, Callable[[], bytes]]:
    """Return how each picture is made, by its name.

    The village that is chosen is the first of the first list; the sheet is that of its polsek.
    """
    ranking = pl.read_parquet(_file(folder, "ranking.parquet"))
    first = ranking.row(0, named=True)
    village = f"{first['hazard']}/{first['stage']}/{first['village_code']}"
    sheet = file_names(sorted(set(ranking["polsek"])))[first["polsek"]]
    return {
        "page.png": lambda: page(folder, (WIDTH, HEIGHT), village),
        "page-phone.png": lambda: page(folder, PHONE, "", sharpness=2),
        "workbook.png": lambda: workbook(folder),
        "brief.png": lambda: pdf_page(_file(folder, "brief.pdf")),
        "polsek.png": lambda: pdf_page(_file(folder / "polsek", f"{sheet}.pdf")),
    }


def _file(folder: Path, name: str) -> Path:
    path = folder / name
    if not path.is_file():
        raise RawanError(f"{path}: is not there. Publish a run first (rawan run).")
    return path


def main() -> int:
    """Make the pictures; return the exit code."""
    parser = argparse.ArgumentParser(description="Make the pictures of the docs.")
    latest = DOCS.parent / "out" / "latest"
    parser.add_argument("folder", type=Path, nargs="?", default=latest, help="a published run")
    parser.add_argument("--out", type=Path, default=DOCS, help="where the pictures go")
    arguments = parser.parse_args()
    try:
        arguments.out.mkdir(parents=True, exist_ok=True)
        for name, made in pictures(arguments.folder).items():
            picture = small(made())
            (arguments.out / name).write_bytes(picture)
            sys.stdout.write(f"{arguments.out / name}: {len(picture) // 1000} kB\n")
    except RawanError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
