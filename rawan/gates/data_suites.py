"""What must hold of what came in and of the typed tables."""

from rawan.gates.checks import Suite
from rawan.settings import Settings
from rawan.warehouse import Warehouse


def raw_suites(warehouse: Warehouse, settings: Settings) -> list[Suite]:
    """Return the suites of what came in and of the reference tables."""
    expected = settings.region.expected_villages
    villages = (
        Suite("reference.villages", "FROM reference.villages")
        .hard(
            "ExpectColumnValuesToBeUnique",
            "each village code stands once",
            "setiap kode desa hanya sekali",
            column="village_code",
        )
        .hard(
            "ExpectColumnValuesToMatchRegex",
            "village codes have the form 18.01.04.2001",
            "kode desa berbentuk 18.01.04.2001",
            column="village_code",
            regex=r"^\d{2}\.\d{2}\.\d{2}\.\d{4}$",
        )
        .hard(
            "ExpectColumnValuesToBeBetween",
            "latitudes lie on the globe",
            "lintang berada di bumi",
            column="lat",
            min_value=-90,
            max_value=90,
        )
        .hard(
            "ExpectColumnValuesToBeBetween",
            "longitudes lie on the globe",
            "bujur berada di bumi",
            column="lon",
            min_value=-180,
            max_value=180,
        )
    )
    for column in ("village_code", "village", "district_code", "lat", "lon"):
        villages.hard(
            "ExpectColumnValuesToNotBeNull",
            f"every village has its {column}",
            f"setiap desa memiliki {column}",
            column=column,
        )
    if expected is not None:
        villages.hard(
            "ExpectTableRowCountToEqual",
            f"there are {expected} villages",
            f"jumlah desa {expected}",
            value=expected,
        )
    polsek = (
        Suite(
            "reference.polsek",
            "SELECT d.district_code, count(p.polsek) AS polsek,"
            " coalesce(bool_or(p.assumed), false) AS assumed FROM reference.districts AS d"
            " LEFT JOIN reference.polsek AS p USING (district_code) GROUP BY d.district_code",
        )
        .hard(
            "ExpectColumnValuesToBeInSet",
            "each kecamatan has exactly one polsek",
            "setiap kecamatan memiliki tepat satu polsek",
            column="polsek",
            value_set=[1],
        )
        .soft(
            "ExpectColumnValuesToBeInSet",
            "the polsek of each kecamatan is known, not assumed",
            "polsek setiap kecamatan diketahui, bukan dianggap",
            column="assumed",
            value_set=[False],
        )
    )
    rows = (
        Suite("raw.rows", 'SELECT row_id, file_hash, "row" FROM raw.rows')
        .hard(
            "ExpectColumnValuesToBeUnique",
            "each row that came in is stored once",
            "setiap baris masuk disimpan sekali",
            column="row_id",
        )
        .hard(
            "ExpectColumnValuesToNotBeNull",
            "each row knows the hash of its file",
            "setiap baris mencatat hash berkasnya",
            column="file_hash",
        )
        .hard(
            "ExpectColumnValuesToBeBetween",
            "each row knows its number in the file",
            "setiap baris mencatat nomornya di berkas",
            column="row",
            min_value=1,
        )
    )
    return [villages, polsek, rows]


def staging_suites(warehouse: Warehouse, settings: Settings) -> list[Suite]:
    """Return the suites of the typed tables."""
    types = [name for (name,) in warehouse.rows("SELECT type FROM reference.incident_types")]
    districts = [
        code for (code,) in warehouse.rows("SELECT district_code FROM reference.districts")
    ]
    villages = [code for (code,) in warehouse.rows("SELECT village_code FROM reference.villages")]
    limit = settings.gates.warn_quarantined_share
    fates = (
        Suite("staging.fates", "SELECT row_id, fate FROM staging.fates")
        .hard(
            "ExpectColumnValuesToBeUnique",
            "each row has one fate",
            "setiap baris punya satu nasib",
            column="row_id",
        )
        .hard(
            "ExpectColumnValuesToBeInSet",
            "each row is placed, excluded or quarantined",
            "setiap baris ditempatkan, dikecualikan, atau dikarantina",
            column="fate",
            value_set=["placed", "excluded", "quarantined"],
        )
    )
    quarantine = Suite(
        "staging.fates (share)",
        "SELECT coalesce(avg((fate = 'quarantined')::DOUBLE), 0) AS quarantined_share"
        " FROM staging.fates",
    ).soft(
        "ExpectColumnValuesToBeBetween",
        f"at most {limit:.0%} of the rows are in quarantine",
        f"paling banyak {limit:.0%} baris dikarantina",
        column="quarantined_share",
        max_value=limit,
    )
    incidents = (
        Suite("staging.incidents", "FROM staging.incidents")
        .hard(
            "ExpectCompoundColumnsToBeUnique",
            "each event stands once at each place",
            "setiap peristiwa hanya sekali di setiap tempat",
            column_list=["event_key", "district_code", "village_code"],
        )
        .hard(
            "ExpectColumnValuesToBeInSet",
            "each incident has a known type",
            "setiap insiden berjenis yang dikenal",
            column="type",
            value_set=types,
        )
        .hard(
            "ExpectColumnValuesToBeInSet",
            "each incident lies in a kecamatan of the region",
            "setiap insiden berada di kecamatan wilayah ini",
            column="district_code",
            value_set=districts,
        )
        .hard(
            "ExpectColumnValuesToBeInSet",
            "each village named is one of the region's",
            "setiap desa yang disebut termasuk wilayah ini",
            column="village_code",
            value_set=villages,
        )
        .hard(
            "ExpectColumnValuesToNotBeNull",
            "each incident has a day",
            "setiap insiden bertanggal",
            column="occurred_on",
        )
        .soft(
            "ExpectColumnPairValuesAToBeGreaterThanB",
            "no incident was known before it began",
            "tidak ada insiden yang diketahui sebelum terjadi",
            column_A="known_on",
            column_B="occurred_from",
            or_equal=True,
        )
    )
    reports = (
        Suite(
            "staging.reports", "SELECT source_grade, information_grade, weight FROM staging.reports"
        )
        .hard(
            "ExpectColumnValuesToBeInSet",
            "each report has a source grade A to F",
            "setiap laporan bernilai sumber A sampai F",
            column="source_grade",
            value_set=list("ABCDEF"),
        )
        .hard(
            "ExpectColumnValuesToBeInSet",
            "each report has an information grade 1 to 6",
            "setiap laporan bernilai informasi 1 sampai 6",
            column="information_grade",
            value_set=list("123456"),
        )
        .hard(
            "ExpectColumnValuesToBeBetween",
            "each report weighs between 0 and 1",
            "bobot setiap laporan antara 0 dan 1",
            column="weight",
            min_value=0,
            max_value=1,
        )
    )
    people = Suite("staging.demographics", "FROM staging.demographics").soft(
        "ExpectColumnValuesToBeBetween",
        "each village has between 50 and 100,000 inhabitants",
        "penduduk setiap desa antara 50 dan 100.000",
        column="population",
        min_value=50,
        max_value=100_000,
    )
    return [fates, quarantine, incidents, reports, people]
