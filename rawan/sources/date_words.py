"""The words of written dates, Indonesian and English: each becomes one mark.

With marks instead of words, the patterns in `rawan.sources.dates` stay short: @10 is a month, #7 a
day of the week, =2 a Roman number, ~ joins the ends of a range, ! is a part of a day, ^6 counts
halves of a year and ^3 quarters, %1 to %3 are the thirds of a month.
"""

MONTHS = (
    "januari january jan",
    "februari pebruari february febr feb peb",
    "maret march mar mrt",
    "april apr",
    "mei may",
    "juni june jun",
    "juli july jul",
    "agustus august agust agu agt ags aug",
    "september sept sep",
    "oktober october okt oct",
    "november nopember nov nop",
    "desember december des dec",
)
DAYS = (
    "senin monday sen mon",
    "selasa tuesday sel tue tues",
    "rabu wednesday rab wed",
    "kamis thursday kam thu thur thurs",
    "jumat jum'at friday jum fri",
    "sabtu saturday sab sat",
    "minggu ahad sunday min mgg ahd sun",
)
_ROMAN = ["i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii"]
RELATIVE = frozenset(
    [
        *("kemarin", "kemaren", "besok", "lusa", "tadi", "sekarang", "ini", "itu", "lalu", "depan"),
        *("today", "yesterday", "tomorrow"),
    ]
)
_TIMES = ("sekitar", "sekira", "pukul", "pkl", "pk", "jam", "wib", "wita", "wit", "selesai")
MARKS = (
    {word: f"@{n:02}" for n, words in enumerate(MONTHS, 1) for word in words.split()}
    | {word: f"#{n}" for n, words in enumerate(DAYS, 1) for word in words.split()}
    | {word: f"={n}" for n, word in enumerate(_ROMAN, 1)}
    | dict.fromkeys(["sampai", "hingga", "sd", "to", "until", "till"], "~")
    | dict.fromkeys(["pagi", "siang", "sore", "petang", "malam", "subuh"], "!")
    | dict.fromkeys(["semester", "smt"], "^6")
    | dict.fromkeys(["triwulan", "kuartal", "tw", "q"], "^3")
    | {"awal": "%1", "pertengahan": "%2", "medio": "%2", "akhir": "%3"}
    | {"dan": "&", "pada": "p", "hari": "h", "bulan": "m", "bln": "m"}
    | dict.fromkeys(["tanggal", "tgl"], "d")
    | dict.fromkeys(["tahun", "thn", "th"], "y")
    # Words of a time stay: each end of a range may have one.
    | {word: word for word in _TIMES}
)
