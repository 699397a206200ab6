"""The brief of a region and one page a polsek, as PDF.

Owns the typesetting: which template, which fonts, which date. What the pages say is
`brief_data.py`. Data travel as JSON: nothing in a text acts as markup.
"""

import json
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, Literal

import typst

from rawan.errors import RawanError
from rawan.publishing.edition import Edition
from rawan.publishing.file_names import file_names
from rawan.publishing.paper.brief_data import Brief
from rawan.settings import Language

_TEMPLATE = Path(__file__).parents[1] / "templates" / "brief.typ"


def write_brief(edition: Edition, path: Path, lang: Language) -> None:
    """Write the brief of a region: two or three pages of A4; the same edition, the same bytes.

    Parameters
    ----------
    edition : what is written, and nothing else.
    path : file to write; replaced if it is there.
    lang : language of the words.
    """
    path.write_bytes(typeset(Brief(edition, lang).region(), edition.facts.made_on))


def write_sheets(edition: Edition, folder: Path, lang: Language) -> list[Path]:
    """Write one page of A4 for each polsek of an edition.

    Parameters
    ----------
    folder : where they are written, each named after its polsek; made if it is not there.

    Returns
    -------
    The files, in the order of the names of the polsek.
    """
    folder.mkdir(parents=True, exist_ok=True)
    brief = Brief(edition, lang)
    written = []
    for polsek, name in file_names(brief.polsek).items():
        path = folder / f"{name}.pdf"
        path.write_bytes(typeset(brief.sheet(polsek), edition.facts.made_on))
        written.append(path)
    return written


def typeset(data: dict[str, Any], made_on: datetime, to: Literal["pdf", "png"] = "pdf") -> bytes:
    """Return the pages that data of `brief_data.py` make.

    Parameters
    ----------
    made_on : stands in the file as the date it was made.
    to : a PDF, or a picture of a single page.

    Raises
    ------
    RawanError
        If the template cannot be set.
    """
    written = made_on.astimezone(UTC)
    data = {**data, "date": list(written.timetuple()[:6])}
    try:
        made = _compiler().compile(
            format=to,
            ppi=110.0,
            sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
            timestamp=int(written.timestamp()),
        )
    except typst.TypstError as error:
        raise RawanError(
            f"{_TEMPLATE.name}: the brief could not be set: {error}. Install the pinned version of "
            "typst anew; if that does not help, please report it."
        ) from error
    first = made[0] if isinstance(made, list) else made
    return first or b""


@cache
def _compiler() -> typst.Compiler:
    """Return the compiler with the fonts that it carries: those of a machine would differ."""
    return typst.Compiler(_TEMPLATE, root=_TEMPLATE.parent, ignore_system_fonts=True)
