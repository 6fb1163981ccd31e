/* tz.h - time zones by their IANA names ("Europe/Berlin"), read from the system's tz database, and civil time in them.
 * Nothing here looks at TZ or at the machine's own zone: "", "UTC" and "Local" are UTC, for a cluster's components run
 * in UTC wherever they run. Thread: any. */
#ifndef BASE_TZ_H
#define BASE_TZ_H

#include "err.h"
#include "str.h"

struct tz;

const struct tz *tz_utc(void);
/* Read once per process and kept. NULL: ERR_NOT_FOUND in Go's words ("unknown time zone Mars/Crater"), also when the
 * machine has no tz database; then the text says that too. */
const struct tz *tz_load(struct str name, struct err *e) MUST_USE;
/* The same from another directory and not kept: the caller's, freed with tz_free. */
struct tz *tz_read(const char *dir, struct str name, struct err *e) MUST_USE;
void tz_free(struct tz *z);

int64_t tz_offset_s(const struct tz *z, int64_t unix_s); /* seconds east of UTC at that moment */

struct civil { /* month 1-12, day 1-31, weekday 0-6 from Sunday */
    int64_t year;
    int month, day, hour, minute, second, weekday;
};
void tz_civil(const struct tz *z, int64_t unix_s, struct civil *out);
/* The moment of a civil time, whose parts may lie outside their ranges (day 32, month 13); weekday is not read. As Go's
 * time.Date: what the zone skips or has twice gives one of the two. */
int64_t tz_unix(const struct tz *z, const struct civil *c);

#endif
