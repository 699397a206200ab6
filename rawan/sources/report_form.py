"""The form of a laporan informasi: lines of text to reports, without who reported.

Owns the parts of the form (number, introduction, facts, opinion, signature) and what of them goes
on. Where the form is recognised, only its facts and the reporter's opinion are kept as text, and
the number, dates, place and grades as cells; everything else stays behind. A document that is
not in the form is one report with all its text, without the lines that name a person.
What a line says of a person is judged in `rawan.sources.identity`, dates in `rawan.sources.dates`.

When it happened: the facts' own line for it (Waktu, Hari/tanggal); else the day that the facts
name; of several days within a month the span from the first to the last; else the date of the
letter. Days after the letter are plans and do not count.
"""

import re
from dataclasses import dataclass, field
from datetime import date

from rawan.sources.dates import parse_interval, read_interval
from rawan.sources.identity import (
    is_identity_label,
    is_officer_line,
    is_personal_label,
    labelled,
    masked,
    names_in,
)
from rawan.sources.report_words import (
    ADDRESSEES,
    CLOSING,
    DATE,
    DISTRICT,
    GRADE_LABEL,
    GRADES,
    HAPPENED,
    HEADING,
    LETTER_DATE,
    NUMBER,
    OBTAINED,
    SIGNATORY,
    VILLAGE,
    is_dateline,
    segments,
)

HEAD, INTRODUCTION, FACTS, OPINION, CLOSED = "head", "introduction", "facts", "opinion", "closed"
_SPAN_DAYS = 31
_MOST_NAMES = 200
_SENTENCE = 40  # signs; a shorter line does not begin the text of a letter
_NEAR_END = 14  # lines that a signature and a distribution list may take

# What the line before leaves open: nothing, the value of a label that goes, the rest of one.
_NOTHING, _VALUE, _REST = "", "value", "rest"


@dataclass
class Report:
    """One report as its document has it; an absent cell is ''.

    `problem` says why it cannot be taken as a row.
    """

    number: str = ""
    occurred: str = ""
    known: str = ""
    districts: list[str] = field(default_factory=list)
    villages: list[str] = field(default_factory=list)
    source_grade: str = ""
    information_grade: str = ""
    text: str = ""
    problem: str = ""


def read_reports(lines: list[str], is_wrapped: bool) -> list[Report]:
    """Return the reports that a document holds, at least one.

    `is_wrapped` says that a sentence may go on in the next line (PDF, plain text).
    """
    lines = [re.sub(r"\s{4,}", "   ", line) for line in lines]
    return [_Reader(segment, is_wrapped).read() for segment in segments(lines)]


class _Reader:
    """Reads the lines of one report, in order."""

    def __init__(self, lines: list[str], is_wrapped: bool) -> None:
        self.lines = lines
        self.is_wrapped = is_wrapped
        self.report = Report()
        self.headings = {i for i, line in enumerate(lines) if self._heading(line)}
        self.is_form = any(self._heading(lines[i]) in (FACTS, OPINION) for i in self.headings)
        self.last_heading = max(self.headings, default=-1)
        self.near_end = self._near_end()
        self.telling = (FACTS, OPINION) if self.is_form else (HEAD,)
        self.kept: dict[str, list[str]] = {part: [] for part in self.telling}
        self.names: list[str] = []
        self.has_told = False
        self.open = _NOTHING
        self.is_about_person = False  # the lines before ask who somebody is
        self.pending = ""  # the label whose value is looked for in the next line
        self.above = ""  # the line of the signature before
        self.happened = self.obtained = self.letter = ""

    def _near_end(self) -> int:
        """Return the line from which on a signature may stand, whatever list follows it."""
        filled = [i for i, line in enumerate(self.lines) if line.strip() and i > self.last_heading]
        lists = (i for i in filled if self._is_list(self.lines[i]))
        end = next(lists, len(self.lines))
        before = [i for i in filled if i < end]
        return before[-_NEAR_END] if len(before) > _NEAR_END else 0

    @staticmethod
    def _is_list(line: str) -> bool:
        found = CLOSING.match(line[:200])
        return bool(found and found["list"])

    def read(self) -> Report:
        part = HEAD
        for i, line in enumerate(self.lines):
            if not line.strip():
                self.open = _NOTHING if self.open == _REST else self.open
                self._keep(part, "")
                continue
            if self.is_form and (heading := self._heading(line)):
                part, self.open, self.pending = heading, _NOTHING, ""
                found = HEADING.match(line)
                line = (found and found["rest"]) or ""
                if not line:
                    continue
            if part == CLOSED:
                self._signature(line)
            elif self._closes(i, line, part):
                part = CLOSED
                self._unsign(i)
                self._signature(line)
            else:
                self.open = self._line(line, part)
        self._finish()
        return self.report

    @staticmethod
    def _heading(line: str) -> str:
        found = HEADING.match(line) if len(line) < 2000 else None
        return next((part for part in (INTRODUCTION, FACTS, OPINION) if found and found[part]), "")

    def _keep(self, part: str, line: str) -> None:
        if part in self.kept:
            self.kept[part].append(line.rstrip())
            self.has_told = self.has_told or len(line) >= _SENTENCE

    def _line(self, line: str, part: str) -> str:
        """Take one line of a part; return what it leaves open for the next."""
        if part == HEAD and (found := NUMBER.match(line)):
            self.report.number = self.report.number or " ".join(found["number"].split())
            self._date_of_letter(found["rest"] or "")
            return _NOTHING
        if is_dateline(line) and part == HEAD:
            self._date_of_letter(line)
            return _NOTHING
        if pair := labelled(line):
            label, value = pair
            self.pending = "" if value else label
            if is_identity_label(label):
                self.names += names_in(value)
                self.is_about_person = True
                return _VALUE if not value else self._rest(line)
            if self.is_about_person and is_personal_label(label):
                return self._rest(line)
            self.is_about_person = False
            self._field(label, value, part)
            self._keep(part, line)
            return _NOTHING
        if not self.is_form and (is_officer_line(line) or ADDRESSEES.match(line)):
            self.names += names_in(line)
            return _REST
        if self.open and not (self.open == _VALUE and not self.is_wrapped and len(line) > 80):
            self.names += names_in(line)
            return self._rest(line)
        self.is_about_person = False
        if self.pending:
            self._field(self.pending, line.strip(), part)
            self.pending = ""
        self._keep(part, line)
        return _NOTHING

    def _rest(self, line: str) -> str:
        """Return whether the next line may continue this one, which is dropped."""
        is_open = line.rstrip().endswith((",", "-", "/")) or (self.is_wrapped and len(line) >= 60)
        return _REST if is_open else _NOTHING

    def _field(self, label: str, value: str, part: str) -> None:
        """Take the value of a line that is labelled, if the form knows the label."""
        if part == HEAD and not self.report.number and re.fullmatch(r"no(?:mor)?", label, re.I):
            self.report.number = " ".join(value.split())[:80]
        elif DISTRICT.fullmatch(label):
            self._add(self.report.districts, value)
        elif VILLAGE.fullmatch(label):
            self._add(self.report.villages, value)
        elif part not in (FACTS, OPINION) and (found := GRADE_LABEL.fullmatch(label)):
            self._grade((found["which"] or "").lower(), value)
        elif part == INTRODUCTION and OBTAINED.fullmatch(label):
            self.obtained = self.obtained or self._date(value)
        elif part in self.telling and HAPPENED.fullmatch(label):
            self.happened = self.happened or self._date(value)
        elif LETTER_DATE.fullmatch(label):
            self._date_of_letter(value)

    @staticmethod
    def _add(places: list[str], value: str) -> None:
        place = masked(" ".join(value.split())).strip(" .,;")[:80]
        if place and place not in places:
            places.append(place)

    def _grade(self, which: str, value: str) -> None:
        if not re.search(r"[A-Za-z0-9]", value):
            return
        if found := GRADES.search(value.upper()):
            source, information = found[1], found[2]
        else:
            grade = value.upper().strip(" .()")
            source = grade if re.fullmatch("[A-F]", grade) and which != "informasi" else ""
            information = grade if re.fullmatch("[1-6]", grade) and which != "sumber" else ""
            if self.is_form and not source and not information:
                self._problem("its grade is not of the form A-1 to F-6.")
        self.report.source_grade = self.report.source_grade or source
        self.report.information_grade = self.report.information_grade or information

    def _date(self, value: str) -> str:
        """Return the date in a value, as it stands there; one that is wrong is a problem."""
        value = value.strip(" .;")
        if parse_interval(value):
            return value
        if found := DATE.search(value[:300]):
            text = found[0] + (")" if "(" in found[0] else "")
            interval = read_interval(text)
            if interval.first is None:
                self._problem(interval.reason)
                return ""
            return text
        return ""

    def _date_of_letter(self, text: str) -> None:
        if not self.letter:
            self.letter = self._date(text)

    def _closes(self, i: int, line: str, part: str) -> bool:
        """Tell whether a line begins the signature or the distribution list."""
        if (
            i < self.last_heading
            or part not in self.telling
            or not re.match(r"\s*(?:[A-Z]|a\.?n\.)", line)
        ):
            return False
        if part == HEAD and not self.has_told:
            return False
        closing = CLOSING.match(line[:200])
        if closing and (closing["list"] or (self.is_form and closing["sure"])):
            return True
        if self.is_form and is_dateline(line):
            return True
        if i < self.near_end:
            return False
        if is_dateline(line) or closing or is_officer_line(line):
            return True
        return len(line) < 90 and bool(SIGNATORY.match(line))

    def _unsign(self, i: int) -> None:
        """Take back the lines above a signature's first sure line that are names and titles."""
        if not is_officer_line(self.lines[i]):
            return
        kept = next((self.kept[part] for part in reversed(self.telling) if self.kept[part]), [])
        taken = 0
        while kept and taken < 6:
            line = kept[-1].strip()
            if line and (len(line) > 60 or line[-1] in ".;:" or not _is_capitalised(line)):
                break
            taken += bool(line)
            self.names += names_in(line)
            kept.pop()

    def _signature(self, line: str) -> None:
        """Look at a line of the signature: for the date of the letter, and whose name it is."""
        if is_dateline(line):
            self._date_of_letter(line)
        elif (pair := labelled(line)) and LETTER_DATE.fullmatch(pair[0]):
            self._date_of_letter(pair[1])
        elif is_officer_line(line):
            self.names += names_in(self.above) + names_in(line)
        elif pair and is_identity_label(pair[0]):
            self.names += names_in(pair[1])
        self.above = line

    def _problem(self, reason: str) -> None:
        self.report.problem = self.report.problem or reason

    def _finish(self) -> None:
        texts = ["\n".join(self.kept[part]).strip() for part in self.telling]
        text = "\n\n".join(text for text in texts if text)
        if len(set(self.names)) > _MOST_NAMES:
            self._problem(f"it names more than {_MOST_NAMES} reporters or sources.")
            return
        self.report.text = masked(re.sub(r"\n{3,}", "\n\n", text), self.names)
        self.report.number = masked(self.report.number)
        if not self.report.text:
            self._problem("it has no facts and no opinion, or nothing but names.")
        self.report.known = self.obtained or self.letter
        self.report.occurred = self.happened or self._day_of_facts()

    def _day_of_facts(self) -> str:
        """Return the day or span that the facts name, without plans; else that of the letter.

        It is '' where every date in the facts is wrong (a weekday that contradicts): then the day
        is not known.
        """
        facts = " ".join(" ".join(self.kept[self.telling[0]]).split())
        end = parse_interval(self.letter or self.obtained)
        found: dict[tuple[date, date], str] = {}
        is_wrong = is_plan = False
        for match in DATE.finditer(facts):
            text = match[0] + (")" if "(" in match[0] else "")
            interval = parse_interval(text)
            if interval is None:
                is_wrong = True
            elif end and interval[0] > end[1]:
                is_plan = True
            else:
                found.setdefault(interval, text)
        if not found:
            return "" if is_wrong and not is_plan else self.letter
        if len(found) == 1:
            return next(iter(found.values()))
        first, last = min(found), max(found, key=lambda interval: interval[1])
        if (last[1] - first[0]).days > _SPAN_DAYS:
            return self.letter
        return f"{first[0].isoformat()} s.d. {last[1].isoformat()}"


def _is_capitalised(line: str) -> bool:
    return all(word[:1].isupper() or not word[:1].isalpha() for word in line.split())
