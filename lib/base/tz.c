/* tz.c - reads TZif files (RFC 9636) and tells the offset of a moment.
 * Reads: the tz database.   Writes: the zones it keeps, below their lock. */
#include "tz.h"

#include "buf.h"
#include "io.h"
#include "map.h"
#include "mem.h"
#include "thread.h"
#include "tz_rule.h"

#include <stdlib.h>

#define TZ_DIR "/usr/share/zoneinfo"

enum {
    TZ_NAME_MAX = 255,       /* a path below TZ_DIR; the longest name has 32 bytes */
    TZ_FILE_MAX = 256 << 10, /* the largest file has 4 KB */
};

struct transition {
    int64_t at_s;
    int32_t offset_s;
};

struct tz {
    struct transition *transitions; /* in order of time */
    size_t count;
    int32_t first_offset_s; /* before the first transition */
    bool has_rule;          /* after the last one */
    struct tz_rule rule;
};

static const struct tz utc;

const struct tz *tz_utc(void) { return &utc; }

void tz_free(struct tz *z)
{
    if (!z) return;
    free(z->transitions);
    free(z);
}

/* ---- The file ---- */

static uint64_t big_endian(const char *p, size_t n)
{
    uint64_t v = 0;
    for (size_t i = 0; i < n; i++) v = v << 8 | (unsigned char)p[i];
    return v;
}

struct block { /* what a TZif header says of the data behind it */
    uint64_t utc_flags, std_flags, leaps, times, types, chars;
    size_t time_size;
};

enum { HEADER_SIZE = 44, TYPE_SIZE = 6 };

/* Cuts a header off *in. */
static bool read_header(struct str *in, size_t time_size, struct block *b)
{
    if (in->n < HEADER_SIZE || !str_starts(*in, STR("TZif"))) return false;
    uint64_t *const counts[] = {&b->utc_flags, &b->std_flags, &b->leaps, &b->times, &b->types, &b->chars};
    for (size_t i = 0; i < ARRAY_LEN(counts); i++) *counts[i] = big_endian(in->p + 20 + 4 * i, 4);
    b->time_size = time_size;
    *in = str_from(*in, HEADER_SIZE);
    return true;
}

static uint64_t data_size(const struct block *b)
{
    return b->times * (b->time_size + 1) + b->types * TYPE_SIZE + b->chars + b->leaps * (b->time_size + 4) +
           b->std_flags + b->utc_flags;
}

static bool is_offset(int32_t s) { return s >= -TZ_OFFSET_MAX_S && s <= TZ_OFFSET_MAX_S; }

static bool read_block(struct tz *z, struct str in, const struct block *b)
{
    const char *indexes = in.p + b->times * b->time_size, *types = indexes + b->times;
    z->transitions = xcalloc(b->times + 1, sizeof *z->transitions);
    z->count = b->times;
    for (size_t i = 0; i < b->times; i++) {
        uint64_t type = (unsigned char)indexes[i];
        if (type >= b->types) return false;
        uint64_t at = big_endian(in.p + i * b->time_size, b->time_size);
        z->transitions[i].at_s = b->time_size == 4 ? (int64_t)(int32_t)at : (int64_t)at;
        z->transitions[i].offset_s = (int32_t)big_endian(types + type * TYPE_SIZE, 4);
        if (!is_offset(z->transitions[i].offset_s)) return false;
        if (i && z->transitions[i].at_s <= z->transitions[i - 1].at_s) return false;
    }
    z->first_offset_s = (int32_t)big_endian(types, 4);
    return is_offset(z->first_offset_s);
}

static bool parse(struct tz *z, struct str in)
{
    struct block b = {0};
    if (in.n < 5) return false;
    bool wide = in.p[4] >= '2';
    if (!read_header(&in, 4, &b) || data_size(&b) > in.n) return false;
    if (wide) { /* the same once more with 64 bits, then a rule for the time after it */
        in = str_from(in, data_size(&b));
        if (!read_header(&in, 8, &b) || data_size(&b) > in.n) return false;
    }
    if (!b.types || !read_block(z, in, &b)) return false;
    struct str footer = str_from(in, data_size(&b));
    if (!wide || footer.n < 2 || footer.p[0] != '\n') return true;
    footer = str_cut(str_from(footer, 1), '\n', &in);
    z->has_rule = footer.n && tz_rule_parse(footer, &z->rule);
    return !footer.n || z->has_rule;
}

/* A name may not lead out of the directory. */
static bool is_safe_name(struct str name)
{
    if (!name.n || name.n > TZ_NAME_MAX || name.p[0] == '/' || memchr(name.p, '\0', name.n) ||
        memchr(name.p, '\\', name.n))
        return false;
    for (struct str rest = name; !str_is_null(rest);)
        if (str_eqc(str_cut(rest, '/', &rest), "..")) return false;
    return true;
}

struct tz *tz_read(const char *dir, struct str name, struct err *e)
{
    struct buf bytes AUTO_BUF = {0};
    struct err why = ERR_INIT;
    buf_init(&bytes, TZ_FILE_MAX);
    if (!is_safe_name(name)) {
        err_set(e, ERR_NOT_FOUND, "time: invalid location name");
        return NULL;
    }
    AUTO_FREE char *path = xasprintf("%s/%.*s", dir, STR_ARG(name));
    if (!io_read_file(path, &bytes, &why)) {
        err_set(e, ERR_NOT_FOUND, "unknown time zone %.*s%s%s", STR_ARG(name),
                io_exists(dir) ? "" : ": no tz database in ", io_exists(dir) ? "" : dir);
        return NULL;
    }
    struct tz *z = xcalloc(1, sizeof *z);
    if (parse(z, buf_view(&bytes))) return z;
    tz_free(z);
    err_set(e, ERR_NOT_FOUND, "malformed time zone information");
    return NULL;
}

static pthread_mutex_t lock = MUTEX_INIT; /* covers zones */
static struct map zones;                  /* name -> struct tz; as many as the database has at most */

const struct tz *tz_load(struct str name, struct err *e)
{
    if (!name.n || str_eqc(name, "UTC") || str_eqc(name, "Local")) return &utc;
    mutex_lock(&lock);
    struct tz *z = map_get(&zones, name);
    if (!z && (z = tz_read(TZ_DIR, name, e))) map_set(&zones, name, z);
    mutex_unlock(&lock);
    return z;
}

/* ---- Moments ---- */

int64_t tz_offset_s(const struct tz *z, int64_t unix_s)
{
    size_t low = 0, high = z->count; /* transitions before low are past */
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (z->transitions[mid].at_s <= unix_s)
            low = mid + 1;
        else
            high = mid;
    }
    if (low == z->count && z->has_rule) return tz_rule_offset_s(&z->rule, unix_s);
    return low ? z->transitions[low - 1].offset_s : z->first_offset_s;
}

void tz_civil(const struct tz *z, int64_t unix_s, struct civil *out)
{
    int64_t local = unix_s + tz_offset_s(z, unix_s);
    int64_t day = local / DAY_S - (local % DAY_S < 0), second = local - day * DAY_S;
    civil_of_day(day, out);
    out->hour = (int)(second / 3600);
    out->minute = (int)(second / 60 % 60);
    out->second = (int)(second % 60);
}

int64_t tz_unix(const struct tz *z, const struct civil *c)
{
    int64_t month = c->month - 1, years = month / 12 - (month % 12 < 0);
    int64_t day = day_of_civil(c->year + years, (int)(month - years * 12) + 1, 1) + c->day - 1;
    int64_t local = day * DAY_S + c->hour * INT64_C(3600) + c->minute * INT64_C(60) + c->second;
    /* The offset at the moment that the offset there gives. */
    return local - tz_offset_s(z, local - tz_offset_s(z, local));
}
