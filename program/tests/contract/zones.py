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
SECOND, DAY, STEP = 1000, 86_400_000, 28 * 86_400_000
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


def window_end(zone, time, begin, end):
    ends = []
    for date in range(local(zone, time) // DAY - 1, local(zone, time) // DAY + 2):
        first, last = at(zone, date * DAY + begin), at(zone, (date + (begin > end)) * DAY + end)
        if first <= time < last:
            ends.append(last)
    return max(ends, default=0)


def month(zone, time):
    """The month whose first instant is the newest that has come."""
    bounds = []
    date = (NAIVE + timedelta(milliseconds=local(zone, time))).replace(day=15)
    for days in (-30, 0, 30, 60):
        first = (date + timedelta(days)).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        bounds.append(at(zone, ms(first - NAIVE)))
    begun = max(n for n, bound in enumerate(bounds) if bound <= time)
    return bounds[begun], bounds[begun + 1]


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
    for time in range(BEGIN + STEP, END, STEP):
        here = offset(zone, time)
        if here != known:
            changes.append(transition(zone, time - STEP, time))
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
        for now in (change - 1, change):
            for begin, end in ((21, 8), (0, 3), (23, 1)):
                begin, end = begin * DAY // 24, end * DAY // 24 + 1800_000
                say("quiet", name, now, begin, end, window_end(zone, now, begin, end))
            say("month", name, now, *month(zone, now))
            for weekday in (0, 7):
                then = following(zone, now, middle % DAY, weekday)
                say("next", name, now, middle % DAY, weekday, then)
print("\n".join(out))
