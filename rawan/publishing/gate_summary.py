"""What the gates let pass and somebody should mend, in plain sentences."""

from rawan.publishing.edition import Edition
from rawan.publishing.page.data import OWNERS
from rawan.publishing.texts import text
from rawan.settings import Language


def gate_lines(edition: Edition, lang: Language) -> list[str]:
    """Return what did not hold and who should mend it, and how many checks there were."""
    failed = [finding for finding in edition.findings if finding.status != "passed"]
    lines = [
        text("gates.counted", lang).format(all=len(edition.findings), failed=len(failed)),
    ]
    for finding in failed:
        table = finding.table.split(" ")[0].rpartition(".")[2]
        owner = text(f"page.owner.{OWNERS.get(table, 'intake')}", lang)
        lines.append(f"- {finding.sentence(lang)}. {text('page.mend', lang).format(owner=owner)}")
    return lines
