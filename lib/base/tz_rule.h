/* tz_rule.h - the rule that a TZif file ends with, as in TZ of POSIX ("CET-1CEST,M3.5.0,M10.5.0/3"), and days. For
 * tz.c alone. */
#ifndef BASE_TZ_RULE_H
#define BASE_TZ_RULE_H

#include "tz.h"

#define DAY_S           INT64_C(86400)
#define TZ_OFFSET_MAX_S (26 * 3600) /* either side of UTC: RFC 9636, 3.2, asks readers for no more */

enum tz_day_kind { TZ_JULIAN, TZ_DAY, TZ_WEEKDAY }; /* Jn: 1-365 without 29 February; n: 0-365; Mm.w.d */

struct tz_change { /* a yearly moment, in the time that holds until then */
    enum tz_day_kind kind;
    int day, week, month; /* TZ_WEEKDAY: day 0-6, week 1-5 (5: the last), month 1-12; else day alone */
    int32_t time_s;
};

struct tz_rule {
    int32_t std_s, dst_s; /* offsets, east of UTC */
    bool has_dst;
    struct tz_change dst_begins, dst_ends;
};

bool tz_rule_parse(struct str text, struct tz_rule *out) MUST_USE;
int32_t tz_rule_offset_s(const struct tz_rule *r, int64_t unix_s);

int64_t day_of_civil(int64_t year, int month, int day); /* days since 1970-01-01 */
void civil_of_day(int64_t day, struct civil *out);      /* year, month, day, weekday */

#endif
