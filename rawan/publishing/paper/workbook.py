"""An edition as a workbook: the file to double-click.

Owns which sheets there are and in what order. Their rows are made in `workbook_rows.py` and
`workbook_notes.py`, and written, with heads, filters and print set-up, in `workbook_sheet.py`.
"""

from pathlib import Path

from rawan.publishing.edition import Edition
from rawan.publishing.paper.edition_words import marks
from rawan.publishing.paper.workbook_notes import how_to_read, quality
from rawan.publishing.paper.workbook_rows import (
    blind_spots,
    by_polsek,
    changed,
    list_sheets,
    reasons_told,
)
from rawan.publishing.paper.workbook_sheet import Book
from rawan.publishing.texts import text
from rawan.settings import Language


def write_workbook(edition: Edition, path: Path, lang: Language) -> None:
    """Write an edition as a workbook; the same edition gives the same bytes.

    One sheet a list; then the villages of each list's top k by polsek, the reasons, the blind
    spots, the changes, the quality of the data, and how to read it. Codes and every other text
    are texts: nothing in a cell acts. What the audience may not read is no column.

    Parameters
    ----------
    edition : what is written, and nothing else.
    path : file to write; replaced if it is there.
    lang : language of heads and words.
    """
    with Book(path, marks(edition, lang), edition.facts.made_on, lang) as book:
        for title, sheet in list_sheets(edition, lang):
            book.add(title, sheet)
        book.add(text("workbook.by_polsek", lang), by_polsek(edition, lang))
        book.add(text("workbook.reasons", lang), reasons_told(edition, lang))
        book.add(text("workbook.blind_spots", lang), blind_spots(edition, lang))
        book.add(text("workbook.changes", lang), changed(edition, lang))
        book.add(text("workbook.quality", lang), quality(edition, lang))
        book.add(text("workbook.how_to_read", lang), how_to_read(edition, lang))
