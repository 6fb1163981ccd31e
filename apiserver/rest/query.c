/* query.c - parameters of a query: flags, numbers, revisions (query.h).
 * Reads: r->args.   Writes: its results, or r->resp. */
#include "apiserver/rest/query.h"

#include "api/quote.h"
#include "apiserver/rest/status.h"

#include <strings.h>

static bool is_set(struct str s)
{
    static const char no[] = "false";
    return !str_eqc(s, "0") && !(s.n == sizeof no - 1 && strncasecmp(s.p, no, s.n) == 0);
}

int query_flag_or_unset(const struct request *r, const char *name)
{
    const struct query_arg *a = request_arg(r, name);
    return a ? is_set(a->value) : -1;
}

bool query_flag(const struct request *r, const char *name) { return query_flag_or_unset(r, name) == 1; }

/* Go's strconv: a number that is one but does not fit is told apart from what is none. */
static const char *number_problem(struct str s)
{
    bool digits = s.n > 0;
    for (size_t i = 0; i < s.n; i++) digits = digits && s.p[i] >= '0' && s.p[i] <= '9';
    return digits ? "value out of range" : "invalid syntax";
}

static struct str quoted(struct request *r, struct str s)
{
    struct buf b AUTO_BUF = {0};
    buf_init(&b, ERR_TEXT_MAX);
    quote_go(&b, s);
    return str_copy(&r->arena, buf_view(&b));
}

bool query_int(struct request *r, const char *name, int64_t *out)
{
    const struct query_arg *a = request_arg(r, name);
    if (!a || str_to_i64(a->value, out)) return true;
    struct str digits = a->value.n && (a->value.p[0] == '-' || a->value.p[0] == '+') ? str_from(a->value, 1) : a->value;
    status_failf(r, ERR_BAD_REQUEST, "strconv.ParseInt: parsing %.*s: %s", STR_ARG(quoted(r, a->value)),
                 number_problem(digits));
    return false;
}

bool query_revision(struct request *r, struct str text, uint64_t *out, struct str *why)
{
    *out = 0;
    if (!text.n || str_to_u64(text, out)) return true;
    struct str q = quoted(r, text);
    *out = 0;
    *why = str_printf(&r->arena, "resourceVersion: Invalid value: %.*s: strconv.ParseUint: parsing %.*s: %s",
                      STR_ARG(q), STR_ARG(q), number_problem(text));
    return false;
}
