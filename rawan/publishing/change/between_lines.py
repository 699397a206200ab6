"""The comparison of two runs as lines for a terminal, in either language."""

from collections.abc import Mapping
from typing import Any

from models.change import PARTS
from rawan.publishing.change.between import Between, ListChange, moved_mainly_by
from rawan.publishing.change.between_manifests import Difference
from rawan.publishing.texts import date_text, text
from rawan.settings import Language

_SHOWN = 20


def lines(found: Between, lang: Language) -> list[str]:
    """Return the comparison as lines: every list, then what the runs were made from."""
    told = [
        text("between.title", lang).format(
            before=found.before.run_id,
            before_cutoff=date_text(found.before.cutoff, lang),
            after=found.after.run_id,
            after_cutoff=date_text(found.after.cutoff, lang),
        ),
        f"{found.after.region}, {found.data_origin}",
    ]
    for change in found.lists:
        told += ["", *_list(change, lang)]
    if not found.made_from:
        return [*told, "", text("between.made_from_same", lang)]
    told += ["", text("between.made_from", lang)]
    told += [f"  {_difference(one, lang)}" for one in found.made_from[:_SHOWN]]
    if (more := len(found.made_from) - _SHOWN) > 0:
        told.append("  " + text("between.more_differences", lang).format(number=more))
    return told


def _list(change: ListChange, lang: Language) -> list[str]:
    before, after = change.top_k
    flags = ("entered", "left", "is_beyond")
    rows = {flag: change.where(flag).to_dicts() for flag in flags}
    told = [
        text("between.list", lang).format(
            hazard=text(f"hazard.{change.hazard}", lang),
            stages=", ".join(text(f"stage.{stage}", lang) for stage in change.stages),
            entered=len(rows["entered"]),
            left=len(rows["left"]),
            beyond=len(rows["is_beyond"]),
            k=after,
        )
    ]
    if before != after:
        told.append(text("between.top_k", lang).format(before=before, after=after))
    if change.why_not is not None:
        told.append(change.why_not.said(lang))
    else:
        counts = moved_mainly_by(change.villages)
        moved = sum(counts[name] for name in (*PARTS, "several"))
        told.append(text("between.mainly", lang).format(moved=moved, **counts))
    for flag in flags:
        k = before if flag == "left" else after
        told.append(text(f"between.{flag}", lang).format(k=k))
        told += [f"  {_village(row, lang)}" for row in rows[flag][:_SHOWN]]
        if (more := len(rows[flag]) - _SHOWN) > 0:
            told.append("  " + text("between.more", lang).format(number=more))
        if not rows[flag]:
            told.append("  " + text("between.nobody", lang))
    return told


def _village(row: Mapping[str, Any], lang: Language) -> str:
    """Return where a village was and is, and the parts of its move, the largest first."""
    none = text("between.not_listed", lang)
    before, after = (none if row[n] is None else row[n] for n in ("rank_before", "rank_after"))
    said = [
        f"{row['village_code']}  {row['village']}, {row['district']}: "
        + text("between.rank", lang).format(before=before, after=after)
    ]
    if row["rank_low_before"] is not None:
        low, high = row["rank_low_before"], row["rank_high_before"]
        said.append(text("between.interval", lang).format(low=low, high=high))
    steps = [(row[f"by_{part}"] or 0, part) for part in PARTS]
    said += [
        text(f"between.part.{part}", lang).format(steps=f"{step:+d}")
        for step, part in sorted(steps, key=lambda one: -abs(one[0]))
        if step
    ]
    return "; ".join(said)


def _difference(one: Difference, lang: Language) -> str:
    how = "added" if one.before is None else "removed" if one.after is None else "changed"
    kind = text(f"between.kind.{one.kind}", lang)
    name = "" if one.kind == "code" else one.name
    told = text(f"between.{how}", lang).format(
        kind=kind, name=name, before=one.before, after=one.after
    )
    return told.replace(" :", ":", 1) if not name else told
