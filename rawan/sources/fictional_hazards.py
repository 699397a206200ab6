"""The hazards of a fictional region, and the types of incident that are their outcomes.

Owns the types and `hazards.toml`. How often each type happens is drawn in `models/`.
"""

from rawan.sources.fictional_files import ORIGIN, toml_text

# type: group, Indonesian label, English label, meaning
TYPES = {
    "bentrok_pendukung": ("clash", "Bentrok pendukung", "Clash of supporters",
                          "Supporters of rival candidates come to blows."),
    "bentrok_warga": ("clash", "Bentrok warga", "Communal clash",
                      "Groups of villagers come to blows."),
    "perusakan": ("clash", "Perusakan", "Destruction", "Property is damaged by a crowd."),
    "pembakaran": ("clash", "Pembakaran", "Arson", "Property is set on fire."),
    "intimidasi": ("clash", "Intimidasi", "Intimidation",
                   "Voters, candidates or officials are threatened."),
    "penyerangan_aparat": ("clash", "Penyerangan aparat", "Attack on officers",
                           "Police, soldiers or election officials are attacked."),
    "kericuhan_tps": ("clash", "Kericuhan di TPS", "Riot at a polling station",
                      "Disorder at a polling station or at the count."),
    "sengketa_pilkades": ("clash", "Sengketa pilkades", "Contested village-head election",
                          "Disorder over the election of a village head."),
    "unjuk_rasa": ("protest", "Unjuk rasa", "Protest", "A demonstration."),
    "sengketa_lahan": ("land", "Sengketa lahan", "Land dispute", "An open dispute over land."),
    "politik_uang": ("allegation", "Dugaan politik uang", "Alleged vote buying",
                     "Vote buying is alleged."),
    "pelanggaran_netralitas": ("allegation", "Dugaan pelanggaran netralitas",
                               "Alleged breach of neutrality",
                               "An official is said to have taken sides."),
    "gangguan_logistik": ("logistics", "Gangguan logistik", "Logistics held up",
                          "Election material arrives late, wet or not at all."),
    "psu": ("administrative", "Pemungutan suara ulang", "Repeat vote", "Voting is repeated."),
    "kriminal_lain": ("crime", "Kriminal lain", "Other crime", "A crime apart from elections."),
}  # fmt: skip


def hazards_toml() -> str:
    """Return `hazards.toml`: the two hazards, and what each type of incident counts for."""
    lines = [
        f"# {ORIGIN}: hazards, and the types of incident that are their outcomes.",
        "[[hazards]]",
        'id = "conflict"',
        'name_id = "Bentrokan"',
        'name_en = "Clashes"',
        "",
        "[[hazards]]",
        'id = "logistics"',
        'name_id = "Hambatan logistik"',
        'name_en = "Logistics held up"',
    ]
    hazards = {"clash": "conflict", "logistics": "logistics"}
    for name, (group, label_id, label_en, meaning) in TYPES.items():
        hazard = hazards.get(group, "")
        lines += [
            "",
            f"[types.{name}]",
            f"hazard = {toml_text(hazard)}",
            f"outcome = {str(bool(hazard)).lower()}",
            f"group = {toml_text(group)}",
            f"label_id = {toml_text(label_id)}",
            f"label_en = {toml_text(label_en)}",
            f"meaning_en = {toml_text(meaning)}",
        ]
    return "\n".join(lines) + "\n"
