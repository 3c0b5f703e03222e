# Zone names on standard input; expectations on standard output, one a line (see civil.rs).
import calendar
import sys
import zoneinfo
from datetime import datetime, timedelta, timezone

try:
    import tzdata

    zoneinfo.reset_tzpath(to=())
    version = tzdata.IANA_VERSION
except ImportError:
    version = "of-the-system"

UTC = timezone.utc
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NAIVE = datetime(1970, 1, 1)
SECOND, DAY, WEEK = 1000, 86_400_000, 7 * 86_400_000
BEGIN = int((datetime(2000, 1, 1) - NAIVE).total_seconds()) * 1000
END = int((datetime(2040, 12, 31) - NAIVE).total_seconds()) * 1000
out = ["version " + version]


def ms(delta):
    return (delta.days * 86_400 + delta.seconds) * 1000 + delta.microseconds // 1000


def local(zone, time):
    moment = (EPOCH + timedelta(milliseconds=time)).astimezone(zone)
    return ms(moment.replace(tzinfo=None) - NAIVE)


def offset(zone, time):
    return local(zone, time) - time


def transition(zone, low, high):
    before = offset(zone, low)
    while high - low > SECOND:
        middle = (low + high) // 2 // SECOND * SECOND
        if offset(zone, middle) == before:
            low = middle
        else:
            high = middle
    return high


def at(zone, wall):
    """The first instant that shows this; of a skipped one, the first that shows something later."""
    moment = (NAIVE + timedelta(milliseconds=wall)).replace(tzinfo=zone, fold=0)
    time = ms(moment.astimezone(UTC) - EPOCH)
    if local(zone, time) == wall:
        return time
    return transition(zone, time - DAY - DAY // 8, time)


def add(zone, time, months, days):
    date = NAIVE + timedelta(milliseconds=local(zone, time))
    count = date.year * 12 + date.month - 1 + months
    year, month = count // 12, count % 12 + 1
    day = min(date.day, calendar.monthrange(year, month)[1])
    date = date.replace(year=year, month=month, day=day) + timedelta(days)
    return at(zone, ms(date - NAIVE))


def following(zone, now, clock, weekday):
    date = local(zone, now) // DAY - 1
    while True:
        fits = weekday in (0, (date + 3) % 7 + 1)
        if fits and (time := at(zone, date * DAY + clock)) > now:
            return time
        date += 1


def say(*words):
    out.append(" ".join(map(str, words)))


for name in sys.stdin.read().split():
    try:
        zone = zoneinfo.ZoneInfo(name)
    except zoneinfo.ZoneInfoNotFoundError:
        say("missing", name)
        continue
    changes = []
    known = offset(zone, BEGIN)
    for time in range(BEGIN + WEEK, END, WEEK):
        here = offset(zone, time)
        if here != known:
            changes.append(transition(zone, time - WEEK, time))
            known = here
    sample = changes[:3] + changes[3:-3:9] + changes[-3:] if len(changes) > 9 else changes
    for change in sample + [BEGIN, END]:
        for time in (change - SECOND, change, change + SECOND):
            wall = local(zone, time)
            say("local", name, time, wall // DAY, wall % DAY)
        before, after = local(zone, change - 1) + 1, local(zone, change)
        middle = (before + after) // 2 // SECOND * SECOND
        for wall in sorted({before, after, middle, before - SECOND, after + SECOND, before // DAY * DAY}):
            say("at", name, wall // DAY, wall % DAY, at(zone, wall))
        for back, months, days in ((DAY, 0, 1), (31 * DAY, 1, 0), (3 * DAY + 1800_000, 0, 3)):
            say("add", name, change - back, months, days, add(zone, change - back, months, days))
        for now in (change - 1, change, change + 5):
            for weekday in (0, 1, 7):
                then = following(zone, now, middle % DAY, weekday)
                say("next", name, now, middle % DAY, weekday, then)
print("\n".join(out))
