"""The calendar of a fictional region: voting days, and the stages of the election to come.

Owns the stages and `calendar.toml`. The voting days belong to the process in `models/`.
"""

from datetime import date

from models.simulation import Process
from rawan.sources.fictional_files import ORIGIN, SOURCE, toml_text

ELECTION = "simulasi2024"
STAGES = {
    "campaign": (date(2024, 9, 25), date(2024, 11, 23), "kampanye", "campaign"),
    "logistics": (date(2024, 11, 24), date(2024, 11, 26), "distribusi logistik", "distribution"),
    "quiet": (date(2024, 11, 24), date(2024, 11, 26), "masa tenang", "quiet period"),
    "voting": (date(2024, 11, 27), date(2024, 11, 27), "pemungutan suara", "voting"),
    "recap": (date(2024, 11, 27), date(2024, 12, 16), "rekapitulasi", "count and recapitulation"),
}


def calendar_toml(process: Process) -> str:
    """Return `calendar.toml`: voting days, and the stages of the election to come."""
    lines = [f"# {ORIGIN}: an invented calendar."]
    for name, day in process.elections:
        is_general = name.startswith("pemilu")
        of_what = "pemilihan umum" if is_general else "pemilihan daerah"
        in_english = "general" if is_general else "regional"
        lines += [
            "",
            "[[elections]]",
            f"id = {toml_text(name)}",
            f"name_id = {toml_text(f'{ORIGIN} {of_what} {day.year}')}",
            f"name_en = {toml_text(f'{ORIGIN} {in_english} election of {day.year}')}",
            f"kind = {toml_text(in_english)}",
            f"voting_day = {day}",
            f"source = {toml_text(SOURCE)}",
        ]
        if name != ELECTION:
            continue
        for stage, (first, last, label_id, label_en) in STAGES.items():
            lines += [
                "",
                "[[elections.stages]]",
                f"id = {toml_text(stage)}",
                f"start = {first}",
                f"end = {last}",
                f"name_id = {toml_text(f'{ORIGIN} {label_id}')}",
                f"name_en = {toml_text(f'{ORIGIN} {label_en}')}",
            ]
    return "\n".join(lines) + "\n"
