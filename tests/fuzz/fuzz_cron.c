/* fuzz_cron.c - eight bytes: a moment; then any text as a schedule. The next time is later and has the schedule's
 * minute, month and day; in UTC it is the one that trying minute after minute finds. */
#include "base/cron.h"
#include "base/kassert.h"
#include "base/mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define SPAN_S INT64_C(8000000000) /* either side of 1970: more than 250 years */

enum { TRIED_MINUTES = 3 * 24 * 60 };

static bool has(uint64_t bits, int value) { return bits >> value & 1; }

static bool matches(const struct cron *c, int64_t at_s)
{
    struct civil t;
    tz_civil(c->zone, at_s, &t);
    bool day = has(c->days, t.day), weekday = has(c->weekdays, t.weekday), any = (c->days | c->weekdays) >> 63;
    return !t.second && has(c->minutes, t.minute) && has(c->hours, t.hour) && has(c->months, t.month) &&
           (any ? day && weekday : day || weekday);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct err e = ERR_INIT;
    struct cron c;
    int64_t after;
    if (size < sizeof after) return 0;
    memcpy(&after, data, sizeof after);
    after %= SPAN_S;
    if (!cron_parse(str_n((const char *)data + sizeof after, size - sizeof after), tz_utc(), &c, &e)) {
        KASSERT(e.text[0]);
        return 0;
    }
    int64_t next = cron_next(&c, after);
    if (c.every_s) {
        KASSERT(next == after + c.every_s);
        return 0;
    }
    KASSERT(next == CRON_NEVER || (next > after && matches(&c, next)));
    if (c.zone != tz_utc()) return 0;
    int64_t minute = after - ((after % 60) + 60) % 60 + 60, end = minute + TRIED_MINUTES * INT64_C(60);
    while (minute < end && !matches(&c, minute)) minute += 60;
    KASSERT(minute < end ? next == minute : next == CRON_NEVER || next >= end);
    return 0;
}
