"""The words people read, in Bahasa Indonesia (default) and English.

One entry for each key, both languages side by side. Keys start with the place they are
used in: `page.`, `workbook.`, `card.`. A word in braces is filled in where it is used.
"""

from datetime import date
from difflib import get_close_matches
from typing import Literal

Language = Literal["id", "en"]

MONTHS: dict[Language, tuple[str, ...]] = {
    "id": (
        *("Januari", "Februari", "Maret", "April", "Mei", "Juni"),
        *("Juli", "Agustus", "September", "Oktober", "November", "Desember"),
    ),
    "en": (
        *("January", "February", "March", "April", "May", "June"),
        *("July", "August", "September", "October", "November", "December"),
    ),
}

TEXTS: dict[str, dict[Language, str]] = {
    "band.kurang_rawan": {"id": "Kurang rawan", "en": "Low"},
    "band.rawan": {"id": "Rawan", "en": "Elevated"},
    "band.sangat_rawan": {"id": "Sangat rawan", "en": "High"},
    "band.khusus": {"id": "Khusus", "en": "Special"},
    "page.title": {"id": "Peta dan daftar kerawanan", "en": "Risk map and list"},
    "page.cutoff": {
        "id": "Data sampai sebelum {date}",
        "en": "Data up to, not including, {date}",
    },
    "page.purpose_label": {"id": "Untuk apa", "en": "What it is for"},
    "page.purpose": {
        "id": "Menentukan di mana perlu hadir lebih dahulu dan dengan siapa perlu berbicara "
        "menjelang dan selama tahapan pemilihan.",
        "en": "To decide where to be present first and whom to talk to, before and during the "
        "stages of the election.",
    },
    "page.not_for_label": {"id": "Bukan untuk", "en": "What it is not"},
    "page.skip": {"id": "Langsung ke tabel", "en": "Skip to the table"},
    "page.simulation": {"id": "SIMULASI", "en": "SIMULATION (SIMULASI)"},
    "page.simulation_note": {
        "id": "Data rekaan. Tidak menggambarkan keadaan sebenarnya dan tidak boleh dipakai "
        "untuk penugasan.",
        "en": "Invented data. It describes no real place and must not be used to deploy anyone.",
    },
    "page.noscript": {
        "id": "Halaman ini memerlukan JavaScript. Isi yang sama tersedia pada berkas ranking.xlsx "
        "dan ranking.csv.",
        "en": "This page needs JavaScript. The same content is in ranking.xlsx and ranking.csv.",
    },
    "page.lists": {"id": "Ancaman dan tahapan", "en": "Hazard and stage"},
    "page.warnings": {"id": "Catatan mutu data", "en": "Notes on data quality"},
    "page.window_basis": {
        "id": "Kejadian terlalu sedikit untuk membedakan tahapan: nilai ini adalah nilai seluruh "
        "masa pemilihan, bukan nilai khusus tahapan ini.",
        "en": "Too few incidents to tell the stages apart: this is the score of the whole election "
        "window, not of this stage alone.",
    },
    "page.horizon": {
        "id": "Berlaku {start} s.d. {end} ({days} hari)",
        "en": "For {start} to {end} ({days} days)",
    },
    "page.model": {"id": "Model", "en": "Model"},
    "page.beats.yes": {
        "id": "lebih baik daripada pembanding",
        "en": "beats the baseline",
    },
    "page.beats.no": {
        "id": "tidak terbukti lebih baik daripada pembanding",
        "en": "not shown to beat the baseline",
    },
    "page.beats.unknown": {"id": "belum dapat diuji", "en": "could not be tested"},
    "page.filter": {"id": "Saring", "en": "Filter"},
    "page.search": {
        "id": "Cari desa, kode atau polsek",
        "en": "Search village, code or polsek",
    },
    "page.all_districts": {"id": "Semua kecamatan", "en": "All kecamatan"},
    "page.all_bands": {"id": "Semua golongan", "en": "All bands"},
    "page.only_blind": {"id": "Hanya titik buta", "en": "Blind spots only"},
    "page.reset": {"id": "Hapus saringan", "en": "Clear filters"},
    "page.shown": {"id": "{n} dari {all} desa", "en": "{n} of {all} villages"},
    "page.map": {"id": "Peta", "en": "Map"},
    "page.map_help": {
        "id": "Peta desa. Tombol panah berpindah antardesa, Enter memilih.",
        "en": "Map of villages. Arrow keys move between villages, Enter chooses.",
    },
    "page.map_note": {
        "id": "Satu sel untuk satu desa, dibentuk dari titik lokasinya; bukan batas administrasi.",
        "en": "One cell for one village, drawn around its point; not an administrative boundary.",
    },
    "page.map_missing": {
        "id": "{n} desa tanpa koordinat tidak tergambar; semuanya ada di tabel.",
        "en": "{n} villages without coordinates are not drawn; all are in the table.",
    },
    "page.north": {"id": "U", "en": "N"},
    "page.zoom_in": {"id": "Perbesar", "en": "Zoom in"},
    "page.zoom_out": {"id": "Perkecil", "en": "Zoom out"},
    "page.zoom_reset": {"id": "Seluruh wilayah", "en": "Whole region"},
    "page.colour_by": {"id": "Warna menurut", "en": "Colour by"},
    "page.legend": {"id": "Keterangan warna", "en": "Legend"},
    "page.table": {"id": "Daftar desa", "en": "Villages"},
    "page.rank": {"id": "Peringkat", "en": "Rank"},
    "page.rank_short": {"id": "No.", "en": "Rank"},
    "page.village": {"id": "Desa", "en": "Village"},
    "page.code": {"id": "Kode wilayah", "en": "Code"},
    "page.district": {"id": "Kecamatan", "en": "Kecamatan"},
    "page.polsek": {"id": "Polsek", "en": "Polsek"},
    "page.interval": {"id": "Selang 90%", "en": "90% interval"},
    "page.interval_long": {"id": "Selang peringkat 90%", "en": "90% rank interval"},
    "page.top_k": {"id": "Peluang {k} besar", "en": "Top {k} probability"},
    "page.band": {"id": "Golongan", "en": "Band"},
    "page.risk": {"id": "Peluang kejadian", "en": "Probability"},
    "page.risk_long": {
        "id": "Peluang sedikitnya satu kejadian",
        "en": "Probability of at least one incident",
    },
    "page.index": {"id": "Indeks (0–100)", "en": "Index (0–100)"},
    "page.index_long": {
        "id": "Indeks 0–100, bukan peluang",
        "en": "Index 0–100, not a probability",
    },
    "page.change": {"id": "Perubahan", "en": "Change"},
    "page.change_up": {"id": "naik {n}", "en": "up {n}"},
    "page.change_down": {"id": "turun {n}", "en": "down {n}"},
    "page.change_same": {"id": "tetap", "en": "unchanged"},
    "page.change_none": {"id": "belum ada pembanding", "en": "no earlier list"},
    "page.change_long": {
        "id": "Perubahan dari daftar lalu",
        "en": "Change since last list",
    },
    "page.coverage": {"id": "Cakupan", "en": "Coverage"},
    "page.coverage_long": {
        "id": "Cakupan laporan (bagian tengah tahun)",
        "en": "Coverage (share of half-years)",
    },
    "page.blind": {"id": "Titik buta", "en": "Blind spot"},
    "page.blind_note": {
        "id": "Titik buta: tidak ada satu sumber pun menyebut desa ini. Tidak diketahui bukan "
        "berarti aman.",
        "en": "Blind spot: no source of any kind names this village. Unknown is not safe.",
    },
    "page.blind_title": {
        "id": "Titik buta: tidak diketahui bukan berarti aman",
        "en": "Blind spots: unknown is not safe",
    },
    "page.blind_intro": {
        "id": "{n} desa tidak disebut oleh sumber mana pun. Peringkatnya bertumpu pada ciri "
        "wilayah saja; pastikan dahulu keadaannya di lapangan.",
        "en": "No source names these {n} villages. Their rank rests on features of the place "
        "alone; find out first how things stand there.",
    },
    "page.blind_nothing": {
        "id": "Tidak ada: setiap desa disebut sedikitnya satu sumber.",
        "en": "None: at least one source names every village.",
    },
    "page.cut": {
        "id": "Batas {k} desa yang dapat ditambah personelnya",
        "en": "Cut at the {k} villages that can be given more people",
    },
    "page.cut_tied": {
        "id": "{n} desa bernilai sama pada batas ini",
        "en": "{n} villages share the score at the cut",
    },
    "page.tied": {"id": "sama dengan {n} desa lain", "en": "tied with {n} others"},
    "page.not_tied": {"id": "tidak ada yang sama", "en": "no ties"},
    "page.of": {"id": "{rank} dari {n}", "en": "{rank} of {n}"},
    "page.imputed": {
        "id": "Masukan yang diisi taksiran",
        "en": "Share of inputs imputed",
    },
    "page.baseline": {
        "id": "Peringkat menurut kejadian lampau saja",
        "en": "Rank by past incidents only",
    },
    "page.baseline_above": {
        "id": "model menempatkannya {n} lebih tinggi",
        "en": "the model puts it {n} higher",
    },
    "page.baseline_below": {
        "id": "model menempatkannya {n} lebih rendah",
        "en": "the model puts it {n} lower",
    },
    "page.baseline_same": {"id": "sama dengan model", "en": "same as the model"},
    "page.tps": {"id": "TPS", "en": "Polling stations (TPS)"},
    "page.unknown": {"id": "tidak diketahui", "en": "unknown"},
    "page.used": {"id": "Dasar penilaian", "en": "Based on"},
    "page.used_value": {
        "id": "{incidents} kejadian, {reports} laporan",
        "en": "{incidents} incidents, {reports} reports",
    },
    "page.why": {"id": "Mengapa peringkat ini", "en": "Why this rank"},
    "page.parts": {
        "id": "Uraian skor: kanan menaikkan, kiri menurunkan",
        "en": "Parts of the score: right raises, left lowers",
    },
    "page.part": {"id": "Faktor", "en": "Factor"},
    "page.contribution": {"id": "Sumbangan", "en": "Contribution"},
    "page.sum": {"id": "Jumlah = skor", "en": "Sum = score"},
    "page.zeros": {"id": "{n} faktor lain bernilai 0", "en": "{n} other factors are 0"},
    "page.incidents": {"id": "Kejadian tercatat", "en": "Recorded incidents"},
    "page.no_incidents": {
        "id": "Tidak ada kejadian tercatat di desa ini. Ini tidak membuktikan desa ini aman.",
        "en": "No incident on record here. That does not prove the village safe.",
    },
    "page.known": {"id": "diketahui {date}", "en": "known {date}"},
    "page.source": {"id": "Sumber", "en": "Source"},
    "page.sources_closed": {
        "id": "{n} sumber tanpa tautan publik",
        "en": "{n} sources without a public link",
    },
    "page.event": {"id": "Kejadian", "en": "Event"},
    "page.close": {"id": "Tutup", "en": "Close"},
    "page.detail": {"id": "Rincian desa", "en": "Village details"},
    "page.selected": {
        "id": "Dipilih: {village}, peringkat {rank}, selang {low} sampai {high}",
        "en": "Chosen: {village}, rank {rank}, interval {low} to {high}",
    },
    "page.choose": {
        "id": "Pilih desa pada peta atau tabel untuk melihat alasannya.",
        "en": "Choose a village in the map or table to see the reasons.",
    },
    "page.reading": {"id": "Cara membaca", "en": "How to read this"},
    "page.reading.rank": {
        "id": "Peringkat 1 adalah yang tertinggi. Selang 90% menunjukkan seberapa jauh peringkat "
        "dapat bergeser karena ketidakpastian data dan model; selang yang lebar berarti jangan "
        "mengandalkan urutan persisnya.",
        "en": "Rank 1 is the highest. The 90% interval shows how far the rank may move through "
        "uncertainty of data and model; where it is wide, do not rely on the exact order.",
    },
    "page.reading.top_k": {
        "id": "Peluang {k} besar adalah bagian dari simulasi ulang yang menempatkan desa itu di "
        "antara {k} teratas. Golongan ditentukan dari peluang ini; golongan Khusus ditetapkan "
        "oleh petugas.",
        "en": "Top {k} probability is the share of repeated draws that put the village among the "
        "first {k}. Bands follow from it; Special is set by people only.",
    },
    "page.reading.coverage": {
        "id": "Cakupan adalah bagian tengah tahun ketika sedikitnya satu sumber menyebut desa itu. "
        "Cakupan rendah berarti sedikit yang diketahui, bukan sedikit yang terjadi.",
        "en": "Coverage is the share of half-years in which any source named the village. Low "
        "coverage means little is known, not that little happened.",
    },
    "page.reading.parts": {
        "id": "Sumbangan tiap faktor bila dijumlahkan tepat sama dengan skor; angka dibulatkan "
        "sedemikian rupa sehingga jumlahnya tetap tepat.",
        "en": "The contributions add up to the score exactly; figures are rounded so that the sum "
        "still holds.",
    },
    "page.run": {"id": "Nomor terbitan", "en": "Run"},
    "page.origin": {"id": "Asal data", "en": "Origin of the data"},
    "page.per_page": {"id": "_MENU_ baris", "en": "_MENU_ rows"},
    "page.info": {"id": "_START_–_END_ dari _TOTAL_", "en": "_START_–_END_ of _TOTAL_"},
    "page.nothing": {"id": "Tidak ada desa yang cocok", "en": "No village matches"},
    "page.sort": {"id": ": urutkan", "en": ": sort"},
    "page.first": {"id": "Halaman pertama", "en": "First page"},
    "page.previous": {"id": "Halaman sebelumnya", "en": "Previous page"},
    "page.next": {"id": "Halaman berikutnya", "en": "Next page"},
    "page.last": {"id": "Halaman terakhir", "en": "Last page"},
    "page.pages": {"id": "Halaman tabel", "en": "Pages of the table"},
}


def text(key: str, lang: Language) -> str:
    """The words for a key in one language.

    Raises
    ------
    KeyError
        If there is no such key; the message names the nearest one.

    Examples
    --------
    >>> text("page.village", "id")
    'Desa'
    """
    words = TEXTS.get(key)
    if words is None:
        near = get_close_matches(key, TEXTS, n=1, cutoff=0.0)
        hint = f"; the nearest is {near[0]!r}" if near else ""
        raise KeyError(f"no words for {key!r}{hint}")
    return words[lang]


def date_text(day: date, lang: Language) -> str:
    """A date in words.

    Examples
    --------
    >>> from datetime import date
    >>> date_text(date(2024, 11, 27), "id")
    '27 November 2024'
    """
    return f"{day.day} {MONTHS[lang][day.month - 1]} {day.year}"
