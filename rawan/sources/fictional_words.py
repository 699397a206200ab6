"""The words in which a fictional region is told of: incidents in two wordings, and reports.

Owns sentences and how they are put together. Every sentence is invented; none names a person,
a party or a real place. Which rows get which words is drawn in `fictional_incidents.py` and
`fictional_reports.py`.
"""

from collections.abc import Sequence

import numpy as np
import polars as pl

from rawan.sources.fictional_files import ORIGIN
from rawan.sources.fictional_hazards import TYPES

# What happened, by type: as the first source tells it, and as another does.
_ACTS = {
    "bentrok_pendukung": (
        ("massa dua pasangan calon saling lempar batu", "dua kubu pendukung saling lempar batu"),
        ("rombongan konvoi diadang pendukung lawan", "pendukung lawan mengadang rombongan konvoi"),
        ("adu mulut soal alat peraga berujung pukul-pukulan", "cekcok alat peraga jadi baku pukul"),
    ),
    "bentrok_warga": (
        ("warga dua dusun saling serang", "dua kelompok warga dusun saling serang"),
        ("keributan pemuda di hajatan meluas", "keributan pemuda usai hajatan meluas"),
        ("warga saling kejar membawa kayu", "warga membawa kayu dan saling kejar"),
    ),
    "perusakan": (
        ("kaca balai desa dipecahkan massa", "massa memecahkan kaca balai desa"),
        ("posko pemenangan dirusak orang tak dikenal", "orang tak dikenal merusak posko"),
        ("alat peraga kampanye dirobohkan", "baliho dan alat peraga dirobohkan"),
    ),
    "pembakaran": (
        ("sebuah gubuk dibakar massa", "massa membakar sebuah gubuk"),
        ("ban dibakar di tengah jalan desa", "jalan desa ditutup dengan ban terbakar"),
        ("sepeda motor dibakar sekelompok orang", "sekelompok orang membakar sepeda motor"),
    ),
    "intimidasi": (
        ("pemilih didatangi dan ditekan pada malam hari", "warga ditekan agar mengubah pilihan"),
        ("petugas pemungutan suara diancam", "ancaman diterima petugas pemungutan suara"),
        ("saksi dilarang masuk ke lokasi", "saksi dihalangi masuk lokasi"),
    ),
    "penyerangan_aparat": (
        ("petugas yang melerai dilempari batu", "batu dilemparkan ke petugas yang melerai"),
        ("kendaraan patroli dirusak massa", "massa merusak kendaraan patroli"),
        ("petugas pengawas didorong dan dipukul", "petugas pengawas dipukul massa"),
    ),
    "kericuhan_tps": (
        ("penghitungan suara dihentikan karena ricuh", "ricuh menghentikan penghitungan suara"),
        ("massa memprotes sisa surat suara", "sisa surat suara diprotes massa"),
        ("kotak suara hendak dibawa pergi", "kotak suara nyaris dibawa pergi massa"),
    ),
    "sengketa_pilkades": (
        ("hasil pilkades ditolak dan balai desa disegel", "balai desa disegel penolak pilkades"),
        ("pelantikan kepala desa diadang", "massa mengadang pelantikan kepala desa"),
        ("panitia pilkades didatangi massa", "massa mendatangi panitia pilkades"),
    ),
    "unjuk_rasa": (
        ("warga berunjuk rasa menuntut perbaikan jalan", "unjuk rasa menuntut jalan diperbaiki"),
        ("massa berorasi di depan kantor kecamatan", "orasi massa di kantor kecamatan"),
        ("warga menuntut penghitungan ulang", "tuntutan hitung ulang disuarakan warga"),
    ),
    "sengketa_lahan": (
        ("warga menduduki lahan kebun", "lahan kebun diduduki warga"),
        ("patok batas tanah dicabut", "pencabutan patok batas tanah memicu protes"),
        ("jalan masuk kebun ditutup warga", "warga menutup jalan masuk kebun"),
    ),
    "politik_uang": (
        ("amplop berisi uang dibagikan kepada pemilih", "pembagian amplop uang dilaporkan warga"),
        ("paket sembako dibagikan dari rumah ke rumah", "sembako dibagikan ke rumah-rumah"),
        ("kupon belanja diedarkan di masa tenang", "peredaran kupon belanja dilaporkan"),
    ),
    "pelanggaran_netralitas": (
        ("perangkat desa ikut mengarahkan pilihan", "perangkat desa diduga mengarahkan pilihan"),
        ("kendaraan dinas dipakai untuk kampanye", "kampanye memakai kendaraan dinas"),
        ("aparatur hadir di panggung kampanye", "aparatur terlihat di panggung kampanye"),
    ),
    "gangguan_logistik": (
        ("surat suara terlambat karena jalan putus", "jalan putus menghambat surat suara"),
        ("kotak suara basah di perahu", "perahu kemasukan air dan kotak suara basah"),
        ("truk logistik terperosok", "truk pengangkut logistik terperosok di lumpur"),
    ),
}
_TIMES = (
    ("pada pagi hari", "pagi-pagi"),
    ("pada siang hari", "siang itu"),
    ("pada sore hari", "sore itu"),
    ("pada malam hari", "malam itu"),
    ("menjelang subuh", "dini hari"),
    ("selepas magrib", "saat petang"),
)
_ENDINGS = (
    ("Situasi dapat dikendalikan", "Keadaan sudah terkendali"),
    ("Tidak ada korban jiwa", "Tak ada korban jiwa"),
    ("Beberapa orang dimintai keterangan", "Sejumlah orang dimintai keterangan"),
    ("Tokoh masyarakat turun menengahi", "Tokoh masyarakat ikut menengahi"),
    ("Penjagaan ditambah sampai keesokan hari", "Penjagaan ditambah hingga besok"),
    ("Kerugian masih didata", "Nilai kerugian sedang didata"),
    ("Musyawarah desa dijadwalkan pekan depan", "Akan ada musyawarah desa pekan depan"),
    ("Laporan diteruskan ke kecamatan", "Kejadian diteruskan ke kecamatan"),
)
_SIGNS = {
    "bentrok_pendukung": (
        "dua kubu pendukung merencanakan konvoi pada jam yang sama",
        "pendukung saling ejek lewat pesan berantai",
        "posko dua pasangan calon berdiri berhadapan dan dijaga pemuda",
        "beredar ajakan mengadang rombongan lawan",
    ),
    "intimidasi": (
        "warga mengaku didatangi dan ditanya pilihannya",
        "ketua kelompok tani ditekan agar mengumpulkan kartu",
        "beredar daftar nama pemilih yang akan didatangi",
        "calon saksi diminta mundur oleh sekelompok orang",
    ),
    "bentrok_warga": (
        "pemuda dua dusun berkumpul membawa kayu",
        "perselisihan lama soal tanah diungkit lagi",
        "tersebar kabar akan ada serangan balasan",
        "acara hiburan malam sering berakhir ribut",
    ),
    "perusakan": (
        "baliho dicoret dan pelakunya dicari massa",
        "beredar rencana merobohkan alat peraga",
        "balai desa dilempari pada malam hari",
        "penolakan hasil musyawarah desa makin keras",
    ),
    "unjuk_rasa": (
        "warga menyiapkan aksi menuntut bantuan yang belum turun",
        "spanduk tuntutan dipasang di jalan utama",
        "dikumpulkan iuran untuk menyewa truk menuju kantor kecamatan",
        "kelompok pemuda membahas rencana aksi di balai dusun",
    ),
}  # fmt: skip
_HEARD = (
    "Menurut keterangan warga sekitar {n} orang sudah menyatakan ikut",
    "Dalam pertemuan terakhir hadir kira-kira {n} orang",
    "Sedikitnya {n} orang terlihat berkumpul beberapa malam terakhir",
    "Grup percakapan dengan {n} anggota ramai membahasnya",
    "Jumlah yang terlibat diperkirakan {n} orang",
)
_ADVICE = (
    "Disarankan patroli dialogis dan pertemuan dengan tokoh masyarakat",
    "Perlu pemantauan lanjutan sampai hari pemungutan suara",
    "Belum ada tindakan nyata, situasi masih kondusif",
    "Pemerintah desa diminta segera mempertemukan kedua pihak",
    "Keterangan ini masih perlu dicocokkan dengan sumber lain",
    "Disarankan penjagaan pada malam hari",
)


def incident_details(types: pl.Series, rng: np.random.Generator) -> pl.DataFrame:
    """Draw what there is to tell of incidents: numbers of phrases, and people involved.

    Parameters
    ----------
    types : the type of each incident.
    rng : the draws.

    Returns
    -------
    pl.DataFrame
        One row for each incident: `type, act, time, ending` (numbers of phrases) and `crowd`.
    """
    n = len(types)
    return pl.DataFrame(
        {
            "type": types,
            "act": rng.integers(0, 3, n),
            "time": rng.integers(0, len(_TIMES), n),
            "ending": rng.integers(0, len(_ENDINGS), n),
            "crowd": np.exp(rng.normal(3.9, 0.8, n)).astype(np.int64) + 5,
        }
    )


def told_first(details: pl.DataFrame, where: pl.Series) -> pl.Series:
    """Tell incidents as an authority lists them."""
    label = {kind: TYPES[kind][1] for kind in _ACTS}
    return _joined(
        f"{ORIGIN}. ",
        details["type"].replace_strict(label),
        " di ",
        where,
        " ",
        _picked(_TIMES, 0, details["time"]),
        ": ",
        _act(details, 0),
        ", melibatkan ",
        details["crowd"].cast(pl.String),
        " orang. ",
        _picked(_ENDINGS, 0, details["ending"]),
        ".",
    )


def told_again(details: pl.DataFrame, where: pl.Series) -> pl.Series:
    """Tell the same incidents as another source would, in slightly different words."""
    return _joined(
        f"{ORIGIN}. Kabar dari ",
        where,
        ": ",
        _act(details, 1),
        " ",
        _picked(_TIMES, 1, details["time"]),
        ". Sekitar ",
        details["crowd"].cast(pl.String),
        " orang terlibat. ",
        _picked(_ENDINGS, 1, details["ending"]),
        ".",
    )


def report_texts(types: pl.Series, where: pl.Series, rng: np.random.Generator) -> pl.Series:
    """Write reports of one to three sentences on what is brewing.

    Parameters
    ----------
    types : type of threat of each report; one of `models.simulation.REPORT_TYPES`.
    where : the place in words.
    rng : the draws.
    """
    n = len(types)
    number = rng.integers(0, 4, n)
    signs = [sign for of_type in _SIGNS.values() for sign in of_type]
    start = {kind: 4 * at for at, kind in enumerate(_SIGNS)}
    sign = pl.Series(signs).gather(types.replace_strict(start, return_dtype=pl.Int64) + number)
    people = np.exp(rng.normal(3.2, 0.7, n)).astype(np.int64) + 3
    heard = pl.Series(_HEARD).gather(rng.integers(0, len(_HEARD), n))
    says_heard = pl.Series(rng.random(n) < 0.6)
    advice = pl.Series(_ADVICE).gather(rng.integers(0, len(_ADVICE), n))
    says_advice = pl.Series(rng.random(n) < 0.5)
    label = types.replace_strict({kind: TYPES[kind][1].lower() for kind in _SIGNS})
    parts = pl.DataFrame(
        {
            "label": label,
            "sign": sign,
            "where": where,
            "heard": heard,
            "people": people,
            "says_heard": says_heard,
            "advice": advice,
            "says_advice": says_advice,
        }
    )
    counted = pl.col("heard").str.replace("{n}", pl.col("people").cast(pl.String), literal=True)
    return parts.select(
        pl.concat_str(
            pl.lit(f"{ORIGIN}. Ada tanda-tanda "),
            "label",
            pl.lit(" di "),
            "where",
            pl.lit(": "),
            "sign",
            pl.lit("."),
            pl.when("says_heard")
            .then(pl.concat_str(pl.lit(" "), counted, pl.lit(".")))
            .otherwise(pl.lit("")),
            pl.when("says_advice")
            .then(pl.concat_str(pl.lit(" "), "advice", pl.lit(".")))
            .otherwise(pl.lit("")),
        )
    ).to_series()


def _act(details: pl.DataFrame, wording: int) -> pl.Series:
    acts = [act[wording] for of_type in _ACTS.values() for act in of_type]
    start = {kind: 3 * at for at, kind in enumerate(_ACTS)}
    first = details["type"].replace_strict(start, return_dtype=pl.Int64)
    return pl.Series(acts).gather(first + details["act"])


def _picked(phrases: Sequence[tuple[str, str]], wording: int, number: pl.Series) -> pl.Series:
    return pl.Series([phrase[wording] for phrase in phrases]).gather(number)


def _joined(*parts: pl.Series | str) -> pl.Series:
    """Join texts and columns of texts row by row."""
    literal = [pl.lit(part) if isinstance(part, str) else part for part in parts]
    return pl.select(pl.concat_str(literal)).to_series()
