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

static void put(struct runs *r, uint64_t v)
{
    char *p = r->text + r->n;
    for (; v > 31; v >>= 5) *p++ = digits[32 | (v & 31)];
    *p++ = digits[v];
    r->n = (size_t)(p - r->text);
}

static void put_more(struct runs *r)
{
    if (r->more) {
        put(r, 0);
        put(r, r->more - 1);
        r->more = 0;
    }
    if (r->n <= RUNS_TEXT - 3 * RUNS_TOKEN_MAX) return;
    buf_add(r->out, r->text, r->n);
    r->n = 0;
}

void runs_change(struct runs *r, int64_t v)
{
    uint64_t by = (uint64_t)v - (uint64_t)r->last; /* wraps around, and back when it is read */
    if (r->more || r->n > RUNS_TEXT - 3 * RUNS_TOKEN_MAX) put_more(r);
    put(r, by << 1 ^ (by >> 63 ? UINT64_MAX : 0));
    r->last = v;
}

void runs_end(struct runs *r)
{
    put_more(r);
    buf_add(r->out, r->text, r->n);
}

void runs_write(struct buf *out, const int64_t *v, size_t n)
{
    struct runs r;
    runs_begin(&r, out);
    for (size_t i = 0; i < n; i++) runs_put(&r, v[i]);
    runs_end(&r);
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
