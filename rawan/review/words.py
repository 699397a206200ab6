"""The words of the queue in both languages: on the terminal and in the workbook."""

from rawan.settings import Language

_WORDS: dict[str, dict[Language, str]] = {
    # Kinds of question
    "subject.place": {"id": "tempat", "en": "place"},
    "subject.same_event": {"id": "peristiwa sama", "en": "same event"},
    "subject.report_type": {"id": "jenis laporan", "en": "report type"},
    "subject.row": {"id": "baris karantina", "en": "quarantined row"},
    # Choices, as they stand in the drop-down lists
    "choice.accept": {"id": "terima", "en": "accept"},
    "choice.accept 1": {"id": "terima 1", "en": "accept 1"},
    "choice.accept 2": {"id": "terima 2", "en": "accept 2"},
    "choice.accept 3": {"id": "terima 3", "en": "accept 3"},
    "choice.correct": {"id": "ganti", "en": "correct"},
    "choice.alias": {"id": "alias", "en": "alias"},
    "choice.alias everywhere": {"id": "alias di mana pun", "en": "alias everywhere"},
    "choice.district": {"id": "tingkat kecamatan", "en": "kecamatan only"},
    "choice.reject": {"id": "tolak (di luar)", "en": "reject (outside)"},
    "choice.same": {"id": "sama", "en": "same"},
    "choice.different": {"id": "berbeda", "en": "different"},
    "choice.type": {"id": "jenis lain", "en": "other type"},
    "choice.none": {"id": "tidak satu pun", "en": "none of them"},
    "choice.empty": {"id": "kosongkan", "en": "make empty"},
    "choice.dismiss": {"id": "abaikan baris", "en": "leave row out"},
    # Names of what is shown
    "id": {"id": "kode", "en": "id"},
    "written": {"id": "tertulis", "en": "written"},
    "district": {"id": "kecamatan", "en": "kecamatan"},
    "where": {"id": "di mana", "en": "where"},
    "rows": {"id": "jumlah baris", "en": "rows"},
    "reason": {"id": "sebab", "en": "reason"},
    "candidate 1": {"id": "calon 1", "en": "candidate 1"},
    "candidate 2": {"id": "calon 2", "en": "candidate 2"},
    "candidate 3": {"id": "calon 3", "en": "candidate 3"},
    "left": {"id": "kabar pertama", "en": "first telling"},
    "left where": {"id": "sumber pertama", "en": "first source"},
    "right": {"id": "kabar kedua", "en": "second telling"},
    "right where": {"id": "sumber kedua", "en": "second source"},
    "likeness": {"id": "kemiripan", "en": "likeness"},
    "parts": {"id": "rincian kemiripan", "en": "parts of the likeness"},
    "suggested": {"id": "usulan", "en": "suggested"},
    "column": {"id": "kolom", "en": "column"},
    "cell": {"id": "isi sel", "en": "cell"},
    "text": {"id": "isi laporan", "en": "text of the report"},
    "decision": {"id": "keputusan", "en": "decision"},
    "value": {"id": "nilai", "en": "value"},
    "note": {"id": "catatan", "en": "note"},
    "secret": {"id": "(dirahasiakan)", "en": "(kept secret)"},
    "row": {"id": "baris", "en": "row"},
    "sheet": {"id": "lembar", "en": "sheet"},
    # Sentences of the terminal
    "nothing": {"id": "Tidak ada yang menunggu.", "en": "Nothing waits."},
    "title": {
        "id": "{n} dari {of} · {subject} · {rows} baris menunggu",
        "en": "{n} of {of} · {subject} · rows that wait: {rows}",
    },
    "keys.place": {
        "id": "nomor = terima, c = ganti, a = alias, r = tolak (di luar wilayah), "
        "d = tingkat kecamatan",
        "en": "number = accept, c = correct, a = alias, r = reject (outside the region), "
        "d = kecamatan only",
    },
    "keys.same_event": {
        "id": "y = satu peristiwa, n = dua peristiwa",
        "en": "y = one event, n = two events",
    },
    "keys.report_type": {
        "id": "nomor = terima, c = jenis lain, n = tidak satu pun",
        "en": "number = accept, c = another type, n = none of them",
    },
    "keys.row": {
        "id": "c = ganti isi sel, e = kosongkan sel, x = abaikan baris",
        "en": "c = correct the cell, e = make it empty, x = leave the row out",
    },
    "keys.always": {
        "id": "s = lewati, u = urungkan, ? = bantuan, q = selesai",
        "en": "s = skip, u = undo, ? = help, q = quit",
    },
    "help": {
        "id": "Setiap keputusan langsung disimpan. Catatan ditulis di belakang tanda #, misalnya: "
        "1 # menurut polsek",
        "en": "Every decision is kept at once. A note follows a # sign, for example: "
        "1 # so says the polsek",
    },
    "ask.place": {"id": "kode atau nama tempat: ", "en": "code or name of the place: "},
    "ask.which": {"id": "nomor (kosong = kembali): ", "en": "number (empty = back): "},
    "ask.everywhere": {
        "id": "berlaku di mana pun? y = ya, n = hanya di sini: ",
        "en": "does it hold everywhere? y = yes, n = only here: ",
    },
    "ask.type": {"id": "jenis: ", "en": "type: "},
    "ask.cell": {"id": "isi baru untuk {column}: ", "en": "new content of {column}: "},
    "ask.end": {
        "id": "Itu yang terakhir. u = urungkan, Enter = selesai: ",
        "en": "That was the last. u = undo, Enter = quit: ",
    },
    "back": {"id": "Tidak ada yang diputuskan.", "en": "Nothing was decided."},
    "no key": {"id": '"{typed}" bukan pilihan.', "en": '"{typed}" is no choice.'},
    "nothing found": {
        "id": '"{typed}" bukan kode dan bukan nama di wilayah ini.',
        "en": '"{typed}" is neither a code nor a name of the region.',
    },
    "done": {"id": "Disimpan: {what} [{id}]", "en": "Kept: {what} [{id}]"},
    "undone": {"id": "Diurungkan: {what} [{id}]", "en": "Undone: {what} [{id}]"},
    "nothing to undo": {
        "id": "Belum ada keputusan pada kesempatan ini. Yang lebih lama: rawan review --undo KODE",
        "en": "Nothing was decided in this sitting. Something older: rawan review --undo ID",
    },
    "left over": {
        "id": "{decided} diputuskan, {left} masih menunggu.",
        "en": "{decided} decided, {left} still wait.",
    },
    "no text": {"id": "(isi sudah dihapus)", "en": "(the text was deleted)"},
    "characters": {"id": "… ({n} karakter)", "en": "… ({n} characters in all)"},
    # Workbook
    "hint": {
        "id": "Pilih keputusan. Isi nilai hanya untuk ganti, alias, dan jenis lain.",
        "en": "Choose a decision. Give a value only to correct, for an alias and another type.",
    },
}


def word(key: str, lang: Language) -> str:
    """Return the words for a key.

    Examples
    --------
    >>> word("subject.place", "id")
    'tempat'
    """
    return _WORDS[key][lang]
