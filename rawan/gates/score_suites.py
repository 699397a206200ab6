"""What must hold of the features and of the list as it will be published."""

from rawan.gates.checks import Suite
from rawan.settings import Settings
from rawan.warehouse import Warehouse


def feature_suites(warehouse: Warehouse, settings: Settings) -> list[Suite]:
    """Return the suites of the one table that training and scoring share."""
    rows = warehouse.value(
        "SELECT (SELECT count(*) FROM reference.villages) * (SELECT count(*) FROM features.cutoffs)"
    )
    table = (
        Suite("features.village_cutoff", "FROM features.village_cutoff")
        .hard(
            "ExpectCompoundColumnsToBeUnique",
            "each village stands once at each cutoff",
            "setiap desa hanya sekali pada setiap batas waktu",
            column_list=["village_code", "cutoff"],
        )
        .hard(
            "ExpectTableRowCountToEqual",
            f"no village is missing at any cutoff ({rows} rows)",
            f"tidak ada desa yang hilang pada batas waktu mana pun ({rows} baris)",
            value=int(rows),
        )
        .hard(
            "ExpectColumnValuesToBeBetween",
            "decayed counts are never negative",
            "hitungan meluruh tidak pernah negatif",
            column="clash_decayed_long",
            min_value=0,
        )
        .hard(
            "ExpectColumnValuesToBeBetween",
            "coverage is a share",
            "cakupan berupa bagian 0 sampai 1",
            column="coverage",
            min_value=0,
            max_value=1,
        )
    )
    known = Suite(
        "features.village_cutoff (published)",
        "SELECT competitiveness, turnout, tps_count, population FROM features.village_cutoff"
        " WHERE cutoff = getvariable('published_cutoff')",
    )
    for column in ("competitiveness", "turnout", "tps_count", "population"):
        known.soft(
            "ExpectColumnValuesToNotBeNull",
            f"{column} is known of some village at the published cutoff; else it is left out",
            f"{column} diketahui di suatu desa pada batas waktu terbit; bila tidak, tidak dipakai",
            column=column,
        )
    future = Suite(
        "features.village_cutoff (future)",
        "SELECT outcome_count FROM features.village_cutoff"
        " WHERE cutoff = getvariable('published_cutoff')",
    ).hard(
        "ExpectColumnValuesToBeInSet",
        "nothing is known of what follows the published cutoff",
        "tidak ada yang diketahui tentang sesudah batas waktu terbit",
        column="outcome_count",
        value_set=[0],
    )
    return [table, known, future]


def mart_suites(warehouse: Warehouse, settings: Settings) -> list[Suite]:
    """Return the suites of the list as it will be published."""
    rows = warehouse.value(
        "SELECT (SELECT count(*) FROM reference.villages) * (SELECT count(*) FROM scores.stages)"
    )
    ranking = (
        Suite(
            "marts.ranking",
            "SELECT * EXCLUDE (components),"
            " abs(score - list_sum(CAST(json_extract(components, '$.*') AS DOUBLE[]))) AS residual"
            " FROM marts.ranking",
        )
        .hard(
            "ExpectCompoundColumnsToBeUnique",
            "each village stands once in each list",
            "setiap desa hanya sekali dalam setiap daftar",
            column_list=["hazard", "stage", "village_code"],
        )
        .hard(
            "ExpectTableRowCountToEqual",
            f"no village is missing from any list ({rows} rows)",
            f"tidak ada desa yang hilang dari daftar mana pun ({rows} baris)",
            value=int(rows),
        )
        .hard(
            "ExpectColumnPairValuesAToBeGreaterThanB",
            "no rank is better than its interval",
            "peringkat tidak lebih baik daripada rentangnya",
            column_A="rank",
            column_B="rank_low",
            or_equal=True,
        )
        .hard(
            "ExpectColumnPairValuesAToBeGreaterThanB",
            "no rank is worse than its interval",
            "peringkat tidak lebih buruk daripada rentangnya",
            column_A="rank_high",
            column_B="rank",
            or_equal=True,
        )
        .hard(
            "ExpectColumnValuesToBeBetween",
            "reasons add up to the score",
            "alasan berjumlah sama dengan skor",
            column="residual",
            max_value=1e-9,
        )
    )
    for column, least, most in (
        ("rank", 1, None),
        ("risk", 0, 1),
        ("index", 0, 100 + 1e-9),
        ("top_k_probability", 0, 1),
        ("share_imputed", 0, 1),
    ):
        ranking.hard(
            "ExpectColumnValuesToBeBetween",
            f"{column} keeps within its range",
            f"{column} berada dalam rentangnya",
            column=column,
            min_value=least,
            max_value=most,
        )
    for column in ("polsek", "baseline_rank", "coverage", "score"):
        ranking.hard(
            "ExpectColumnValuesToNotBeNull",
            f"every row has its {column}",
            f"setiap baris memiliki {column}",
            column=column,
        )
    limits = settings.gates
    shares = (
        Suite(
            "marts.ranking (shares)",
            "SELECT avg(blind_spot::DOUBLE) AS blind_spots, avg(share_imputed) AS imputed"
            " FROM marts.ranking",
        )
        .soft(
            "ExpectColumnValuesToBeBetween",
            f"at most {limits.warn_blind_spot_share:.0%} of the villages are blind spots",
            f"paling banyak {limits.warn_blind_spot_share:.0%} desa merupakan titik buta",
            column="blind_spots",
            max_value=limits.warn_blind_spot_share,
        )
        .soft(
            "ExpectColumnValuesToBeBetween",
            f"at most {limits.warn_imputed_share:.0%} of the inputs were filled in",
            f"paling banyak {limits.warn_imputed_share:.0%} masukan merupakan isian",
            column="imputed",
            max_value=limits.warn_imputed_share,
        )
    )
    return [ranking, shares]
