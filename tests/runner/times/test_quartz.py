"""From unix cron to Quartz: equal fire times, or a refusal with the reason.

The evaluator below reads Quartz as its documentation says, and knows nothing of the translation.
"""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from croniter import croniter
from hypothesis import given
from hypothesis import strategies as st

from inventory_runner.errors import InvalidInput
from inventory_runner.times import cron as unix
from inventory_runner.times import quartz
from services.schedule_service.cron_words import describe_cron

YEAR = date(2027, 1, 1)
SPANS = ((0, 59), (0, 59), (0, 23), (1, 31), (1, 12), (1, 7))
QUARTZ_NAMES = {
    4: ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"],
    5: ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"],
}


class QuartzReading:
    """A Quartz expression as sets of values: seconds minutes hours day-of-month month day-of-week, SUN = 1."""

    def __init__(self, text: str) -> None:
        fields = text.split()
        assert len(fields) == 6
        assert [fields[3], fields[5]].count("?") == 1, "exactly one day field is ?"
        assert "?" not in fields[:3] + fields[4:5]
        self.sets = [self._set(position, field) for position, field in enumerate(fields)]

    @staticmethod
    def _set(position: int, field: str) -> set[int]:
        first, last = SPANS[position]
        names = QUARTZ_NAMES.get(position, [])

        def number(word: str) -> int:
            value = names.index(word) + 1 if word in names else int(word)
            assert first <= value <= last
            return value

        if field in ("*", "?"):
            return set(range(first, last + 1))
        found: set[int] = set()
        for part in field.split(","):
            span, _, step = part.partition("/")
            low, dash, high = span.partition("-")
            start = number(low)
            end = number(high) if dash else (last if step else start)
            assert start <= end
            found.update(range(start, end + 1, int(step or 1)))
        return found

    def days(self) -> list[date]:
        every = (YEAR + timedelta(days=offset) for offset in range(365))
        return [
            day
            for day in every
            if day.day in self.sets[3]
            and day.month in self.sets[4]
            and day.isoweekday() % 7 + 1 in self.sets[5]
        ]

    def times(self) -> list[tuple[int, int]]:
        assert self.sets[0] == {0}
        return [(hour, minute) for hour in sorted(self.sets[2]) for minute in sorted(self.sets[1])]


def random_field(dice: random.Random, first: int, last: int, names: list[str]) -> str:
    def value() -> tuple[int, str]:
        number = dice.randint(first, last)
        return number, dice.choice([str(number), names[number - first]]) if names else str(number)

    def part() -> str:
        low, high = sorted(dice.sample(range(first, last + 1), 2))
        step = f"/{dice.randint(1, (last - first) // 2 + 1)}" if dice.random() < 0.5 else ""
        kind = dice.random()
        if kind < 0.4:
            return value()[1]
        if kind < 0.6:
            return f"*/{dice.randint(1, last - first + 1)}"
        if kind < 0.85:
            return f"{low}-{high}{step}"
        # a range that wraps around the field's end
        return f"{high}-{low}"

    return ",".join(part() for _ in range(dice.choice([1, 1, 1, 2, 3])))


def random_cron(dice: random.Random) -> str:
    spans = [(0, 59, []), (0, 23, []), (1, 31, []), (1, 12, QUARTZ_NAMES[4]), (0, 6, QUARTZ_NAMES[5])]
    fields = [random_field(dice, *span) for span in spans]
    for position, likely in ((1, 0.3), (3, 0.6)):
        if dice.random() < likely:
            fields[position] = "*"
    fields[dice.choice([2, 4])] = "*"
    if dice.random() < 0.2:
        fields[4], fields[2] = dice.choice(["7", "5-7", "0-7", "sat-sun"]), "*"
    return " ".join(fields)


def fires_on(cron: str) -> list[date]:
    """The days of the year on which croniter fires, one step a day."""
    minutes_aside = " ".join(["0", "0", *cron.split()[2:]])
    walk = croniter(minutes_aside, datetime(2026, 12, 31, 12), ret_type=datetime)
    found: list[date] = []
    while (moment := walk.get_next()).year == YEAR.year:
        found.append(moment.date())
    return found


def fires_at(cron: str) -> list[tuple[int, int]]:
    """The times of day at which croniter fires."""
    minute, hour = cron.split()[:2]
    walk = croniter(f"{minute} {hour} * * *", datetime(2026, 12, 31, 23, 59), ret_type=datetime)
    found: list[tuple[int, int]] = []
    while (moment := walk.get_next()).day == 1:
        found.append((moment.hour, moment.minute))
    return found


def test_a_year_of_random_expressions_fires_at_croniters_times() -> None:
    dice = random.Random(20270101)
    for _ in range(400):
        cron = random_cron(dice)
        try:
            reading = QuartzReading(quartz.convert_from_unix(cron))
        except InvalidInput as error:
            assert "never comes" in str(error), cron
            continue
        # a day's times are the same every day, so the year is walked by days and one day by minutes; a tenth
        # of the expressions is enough for the slow half of it
        if dice.random() < 0.1:
            assert reading.times() == fires_at(cron), cron
        assert reading.days() == fires_on(cron), cron


@pytest.mark.parametrize(
    "zone", ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"]
)
def test_a_year_in_a_zone_fires_at_the_wall_clocks_times(zone: str) -> None:
    place, dice = ZoneInfo(zone), random.Random(zone)
    for _ in range(25):
        cron = f"{dice.randint(0, 59)} {dice.randint(4, 23)} {dice.choice(['* *', '1-7 *', '*/3 2-11'])} *"
        if dice.random() < 0.5:
            cron = f"{' '.join(cron.split()[:2])} * * {dice.choice(['1-5', 'mon,thu', '0', '7'])}"
        reading = QuartzReading(quartz.convert_from_unix(cron))
        expected = [
            datetime(day.year, day.month, day.day, *time, tzinfo=place)
            for day in reading.days()
            for time in reading.times()
        ]
        walk = croniter(cron, datetime(2026, 12, 31, 23, 59, tzinfo=place), ret_type=datetime)
        found = []
        while (moment := walk.get_next()).year == YEAR.year:
            found.append(moment)
        assert [moment.timestamp() for moment in found] == [moment.timestamp() for moment in expected], cron


@pytest.mark.parametrize(
    ("cron", "expected"),
    [
        ("0 6 * * 1-5", "0 0 6 ? * MON-FRI"),
        ("*/15 * * * *", "0 0/15 * * * ?"),
        ("0 0 1 * *", "0 0 0 1 * ?"),
        ("0 0 * * 0", "0 0 0 ? * SUN"),
        ("0 0 * * 7", "0 0 0 ? * SUN"),
        ("30 22-2 * * *", "0 30 0-2,22,23 * * ?"),
        ("0 0 * * fri-mon", "0 0 0 ? * SUN,MON,FRI,SAT"),
        ("0 0 29 feb *", "0 0 0 29 FEB ?"),
        ("59/15 * * * *", "0 59 * * * ?"),
        ("  5   4 * JAN-MAR * ", "0 5 4 * JAN-MAR ?"),
        ("0 0 1-31 * *", "0 0 0 * * ?"),
        ("*,5 * * * *", "0 * * * * ?"),
        ("*/20,* 3 * * *", "0 * 3 * * ?"),
        ("0 6 *,1 * 1", "0 0 6 ? * MON"),
        ("0 6 1 * sun,*", "0 0 6 1 * ?"),
    ],
)
def test_known_expressions(cron: str, expected: str) -> None:
    assert quartz.convert_from_unix(cron) == expected


@pytest.mark.parametrize("cron", ["0 6 1 * 1", "0 6 */2 * mon-fri", "0 6 1-31 * 1", "0 6 */1 * 1"])
def test_both_day_fields_are_refused_with_the_reason(cron: str) -> None:
    with pytest.raises(quartz.NotExpressible, match="days of the month and days of the week") as caught:
        quartz.convert_from_unix(cron)
    assert caught.value.field == "cron_expression"


@pytest.mark.parametrize("cron", ["5-5 * * * *", "0 0 * * 1,3-3", "0 0 * mar-mar *"])
def test_a_range_of_one_value_is_refused_as_ambiguous(cron: str) -> None:
    with pytest.raises(quartz.NotExpressible, match="same value"):
        quartz.convert_from_unix(cron)


@pytest.mark.parametrize(
    "cron",
    [
        "",
        "* * * *",
        "* * * * * *",
        "60 * * * *",
        "0 24 * * *",
        "0 0 0 * *",
        "0 0 * 13 *",
        "0 0 * * 8",
        "0 0 30 2 *",
        "0 0 L * *",
        "0 0 * * 5#2",
        "0 0 15W * *",
        "h h * * *",
        "r r * * *",
        "@reboot",
        "0 0 ? * 1",
        "a b c d e",
        "0 0 * * 1;drop",
        "*/0 * * * *",
        "-1 * * * *",
        "٣ * * * *",
    ],
)
def test_what_is_no_unix_cron_is_refused_in_words(cron: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        quartz.convert_from_unix(cron)
    assert caught.value.message
    assert caught.value.field == "cron_expression"


LISTS = st.lists(
    st.sampled_from(["*", "5", "1-5", "5-1", "3-3", "*/2", "7/40", "1-6/2", "jan", "sun", "*-3", "99"]),
    min_size=1,
    max_size=3,
).map(",".join)


@given(st.lists(LISTS, min_size=5, max_size=5).map(" ".join))
def test_what_is_accepted_translates_or_is_refused_in_words(text: str) -> None:
    try:
        accepted = unix.check(text)
    except InvalidInput:
        return
    try:
        QuartzReading(quartz.convert_from_unix(accepted))
    except quartz.NotExpressible as error:
        assert error.hint
    assert describe_cron(accepted) is not None


def test_zones_that_java_lacks_are_refused() -> None:
    assert quartz.check_java_zone("Europe/Berlin") == "Europe/Berlin"
    # Java 17's lists lack these
    for name in ("Factory", "GMT+0", "GMT-0", "ROC", "America/Coyhaique"):
        with pytest.raises(quartz.NotExpressible):
            quartz.check_java_zone(name)
    for name in ("Mars/Olympus", "../../etc/passwd", ""):
        with pytest.raises(InvalidInput):
            quartz.check_java_zone(name)
