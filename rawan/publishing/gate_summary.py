"""What the gates let pass and somebody should mend, and who."""

from rawan.gates.validate import Finding
from rawan.publishing.edition import Edition
from rawan.publishing.texts import text
from rawan.settings import Language

# Who mends what a gate found, by the table it looked at; see the words `page.owner.`.
_OWNERS = {
    "reports": "reports",
    "incidents": "incidents",
    "incident_types": "incidents",
    "polling_stations": "polling_stations",
    "demographics": "demographics",
    "villages": "places",
    "districts": "places",
    "polsek": "polsek",
    "totals": "places",
    "village_cutoff": "scores",
    "cutoffs": "scores",
    "ranking": "scores",
}


def owner_of(finding: Finding) -> str:
    """Return who mends what a check found, as the words `page.owner.` name them."""
    table = finding.table.split(" ")[0].rpartition(".")[2]
    return _OWNERS.get(table, "intake")


def gate_lines(edition: Edition, lang: Language) -> list[str]:
    """Return what did not hold and who should mend it, and how many checks there were."""
    failed = [finding for finding in edition.findings if finding.status != "passed"]
    lines = [
        text("gates.counted", lang).format(all=len(edition.findings), failed=len(failed)),
    ]
    for finding in failed:
        owner = text(f"page.owner.{owner_of(finding)}", lang)
        lines.append(f"- {finding.sentence(lang)}. {text('page.mend', lang).format(owner=owner)}")
    return lines
