/* runs.c - see runs.h. */
#include "base/runs.h"

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* ---- Writing ---- */

void runs_begin(struct runs *r, struct buf *out)
{
    r->out = out;
    r->last = 0;
    r->more = 0;
    r->n = 0;
}

static inline char *put(char *p, uint64_t v)
{
    for (; v > 31; v >>= 5) *p++ = digits[32 | (v & 31)];
    *p++ = digits[v];
    return p;
}

static inline uint64_t zigzag(uint64_t by) { return by << 1 ^ (0 - (by >> 63)); }

static char *room(struct runs *r)
{
    if (r->n > RUNS_TEXT - 4 * RUNS_TOKEN_MAX) {
        buf_add(r->out, r->text, r->n);
        r->n = 0;
    }
    return r->text + r->n;
}

/* v comes `times` times, at least once. */
void runs_repeat(struct runs *r, int64_t v, uint64_t times)
{
    if (v == r->last) {
        r->more += times;
        return;
    }
    char *p = room(r);
    if (r->more) p = put(put(p, 0), r->more - 1);
    p = put(p, zigzag((uint64_t)v - (uint64_t)r->last)); /* wraps around, and back when it is read */
    r->n = (size_t)(p - r->text);
    r->last = v;
    r->more = times - 1;
}

void runs_end(struct runs *r)
{
    char *p = room(r);
    if (r->more) p = put(put(p, 0), r->more - 1);
    buf_add(r->out, r->text, (size_t)(p - r->text));
    r->n = 0;
    r->more = 0;
}

/* What runs_repeat does, without a call a value. Neighbours are mostly near: one digit or two. */
void runs_write(struct buf *out, const int64_t *v, size_t n)
{
    char text[RUNS_TEXT], *p = text;
    uint64_t last = 0;
    if (n > 1 && memcmp(v, v + 1, (n - 1) * sizeof *v) == 0) { /* all alike, as most columns are */
        struct runs r;
        runs_begin(&r, out);
        runs_repeat(&r, v[0], n);
        runs_end(&r);
        return;
    }
    for (size_t i = 0; i < n;) {
        if (p > text + RUNS_TEXT - 2 * RUNS_TOKEN_MAX) {
            buf_add(out, text, (size_t)(p - text));
            p = text;
        }
        uint64_t now = (uint64_t)v[i++], z = zigzag(now - last);
        last = now;
        if (!z) {
            size_t from = i;
            while (i < n && (uint64_t)v[i] == last) i++;
            p = put(put(p, 0), i - from);
        } else if (z < 32) {
            *p++ = digits[z];
        } else if (z < 1024) {
            *p++ = digits[32 | (z & 31)];
            *p++ = digits[z >> 5];
        } else {
            p = put(p, z);
        }
    }
    buf_add(out, text, (size_t)(p - text));
}

/* ---- Reading ---- */

static int digit(char c)
{
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    if (c >= '0' && c <= '9') return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

static bool take(struct runs_reader *r, uint64_t *out)
{
    uint64_t v = 0;
    for (int shift = 0; r->p < r->end && shift < 5 * RUNS_TOKEN_MAX; shift += 5) {
        int d = digit(*r->p++);
        if (d < 0 || (shift == 60 && d > 15)) break;
        v |= (uint64_t)(d & 31) << shift;
        if (d < 32) {
            *out = v;
            return true;
        }
    }
    r->bad = true;
    return false;
}

bool runs_next(struct runs_reader *r, int64_t *value, uint32_t *count)
{
    uint64_t by, more = 0;
    if (r->bad || r->p >= r->end || !take(r, &by)) return false;
    if (!by && !take(r, &more)) return false;
    r->bad = more >= UINT32_MAX;
    r->value = (int64_t)((uint64_t)r->value + (by >> 1 ^ (by & 1 ? UINT64_MAX : 0)));
    *value = r->value;
    *count = (uint32_t)more + 1;
    return !r->bad;
}

int64_t runs_one(struct runs_cursor *c)
{
    if (!c->left && !runs_next(&c->r, &c->value, &c->left)) return 0;
    c->left--;
    return c->value;
}
