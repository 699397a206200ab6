"""What a form says beside its columns, in both languages: prompts, errors and notes."""

from rawan.settings import Language

TEXTS: dict[Language, dict[str, str]] = {
    "id": {
        "meaning": "arti",
        "prompt.districts": "Pilih kecamatan lebih dulu; daftar desa mengikutinya. Beberapa nama "
        "dipisah titik koma.",
        "prompt.villages": "Desa atau kelurahan dalam kecamatan di baris ini. Beberapa nama "
        "dipisah titik koma.",
        "prompt.occurred_on": "Tahun-bulan-tanggal, misalnya 2024-11-20. Tanggal tidak lengkap "
        "diawali tanda petik: '2024-11 atau '2024.",
        "error.place": "Nama ini tidak ada dalam daftar kecamatan itu. Lanjutkan hanya bila ada "
        "beberapa nama yang dipisah titik koma, atau nama yang memang tidak terdaftar.",
        "error.list": "Pilih salah satu dari daftar, atau kosongkan.",
        "error.date": "Bukan tanggal antara 2000 dan 2100. Tulis 2024-11-20; tanggal tidak lengkap "
        "diawali tanda petik: '2024-11 atau '2024.",
        "error.number": "Isi angka antara {low} dan {high}.",
    },
    "en": {
        "meaning": "meaning",
        "prompt.districts": "Choose the kecamatan first; the list of villages follows it. "
        "Separate several names by semicolons.",
        "prompt.villages": "Desa or kelurahan of the kecamatan in this row. Separate several names "
        "by semicolons.",
        "prompt.occurred_on": "Year-month-day, such as 2024-11-20. Begin a part of a date with an "
        "apostrophe: '2024-11 or '2024.",
        "error.place": "This name is not in the list of that kecamatan. Go on only if there are "
        "several names, separated by semicolons, or a name that is indeed not listed.",
        "error.list": "Choose one of the list, or leave the cell empty.",
        "error.date": "Not a date between 2000 and 2100. Write 2024-11-20; begin a part of a date "
        "with an apostrophe: '2024-11 or '2024.",
        "error.number": "Enter a number between {low} and {high}.",
    },
}

# "all..." stands in every form, the others in the form of the kind that they are named after;
# "village" where a row belongs to one village, "twins" where names of villages repeat.
NOTES: dict[Language, dict[str, str]] = {
    "id": {
        "all.fill": "Isi lembar isian mulai baris kedua, satu baris satu hal. Kolom bertanda * "
        "wajib. Yang tidak diketahui dikosongkan, jangan dikira-kira.",
        "all.place": "Pilih kecamatan lebih dulu, baru desa: nama desa yang sama ada di beberapa "
        "kecamatan. kode_desa, bila diisi, didahulukan dari nama.",
        "all.date": "Tanggal ditulis tahun-bulan-tanggal. Tanggal tidak lengkap diawali tanda "
        "petik ('2024-11 atau '2024), supaya tidak diubah menjadi satu hari.",
        "all.persons": "Jangan menulis nama, NIK, NRP, atau nomor telepon siapa pun di kolom mana "
        "pun.",
        "all.revise": "Untuk mengoreksi atau mencabut baris lama, tulis nomor yang sama dan pilih "
        "status koreksi atau dicabut, bila formulir ini memilikinya.",
        "nil_returns": "Laporan nihil berarti: sudah diperiksa, tidak ada kejadian. Satu baris "
        "untuk setiap desa yang diperiksa. Kecamatan saja tidak mengatakan apa pun tentang "
        "desa-desanya dan tidak dihitung.",
        "village": "Setiap baris milik satu desa: isi desa beserta kecamatannya, atau kode_desa.",
        "twins": "Ada dua desa bernama sama dalam satu kecamatan: untuk desa itu isi kode_desa.",
    },
    "en": {
        "all.fill": "Fill in the sheet isian from its second row on, one row for one thing. "
        "Columns marked * are required. Leave empty what is not known; do not guess.",
        "all.place": "Choose the kecamatan first, then the village: the same name stands in "
        "several kecamatan. kode_desa, where it is given, wins over the name.",
        "all.date": "Dates are written year-month-day. Begin a part of a date with an apostrophe "
        "('2024-11 or '2024), or it will be turned into a single day.",
        "all.persons": "Write nobody's name, identity number or telephone number in any column.",
        "all.revise": "To correct or withdraw an earlier row, write its number again and choose "
        "the status koreksi (corrected) or dicabut (withdrawn), where this form has it.",
        "nil_returns": "A nil return says: looked, and nothing happened. One row for each village "
        "that was looked at. A kecamatan alone says nothing about its villages and does not "
        "count.",
        "village": "A row belongs to one village: give it with its kecamatan, or give kode_desa.",
        "twins": "Two villages of one kecamatan share a name: give kode_desa for these.",
    },
}
