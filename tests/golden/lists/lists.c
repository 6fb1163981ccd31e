/* lists.c - reads a file of cases of lists and watches (README.md) and writes it with the outcomes that are true now.
 * Reads: the file named on the command line.   Writes: stdout. */
#include "api/quote.h"
#include "apiserver/http/conn.h"
#include "apiserver/rest/list.h"
#include "base/io.h"

#include <stdio.h>

enum { FILE_MAX = 1 << 20 };

static void quoted(struct buf *out, struct str s) { quote_go(out, s); }

static void write_list(struct buf *out, struct request *r, const struct list_options *o, const struct list_query *q)
{
    if (q->at_rev)
        buf_addf(out, "list at=%llu", (unsigned long long)q->at_rev);
    else if (q->reached)
        buf_addf(out, "list not-older=%llu", (unsigned long long)q->reached);
    else
        buf_cstr(out, "list now");
    if (o->cont.n) {
        buf_cstr(out, " from=");
        quoted(out, str_from(q->start, list_prefix(r, q).n));
    }
    if (q->limit) buf_addf(out, " limit=%zu", q->limit);
}

static void write_watch(struct buf *out, const struct watch_options *w)
{
    buf_addf(out, "watch %s", w->initial ? "initial" : "");
    if (w->initial_bookmark) buf_cstr(out, "+end");
    if (w->initial && w->after_rev)
        buf_addf(out, " not-older=%llu", (unsigned long long)w->after_rev);
    else if (w->from_now)
        buf_cstr(out, "after=now");
    else if (!w->initial)
        buf_addf(out, "after=%llu", (unsigned long long)w->after_rev);
}

static void write_fields(struct buf *out, const struct selector *s)
{
    for (int i = 0; i < s->count; i++) {
        buf_cstr(out, " field ");
        quoted(out, s->terms[i].key);
        buf_cstr(out, s->terms[i].op == SEL_EQ ? " = " : " != ");
        quoted(out, s->terms[i].values[0]);
    }
}

/* "422 message" of what was answered instead. */
static void write_refusal(struct buf *out, struct request *r)
{
    struct arena a AUTO_ARENA = {0};
    struct err e = ERR_INIT;
    const struct json *status = json_parse(&a, buf_view(&r->resp.body), &e);
    buf_addf(out, "%d %.*s", r->resp.code, STR_ARG(json_string(status ? json_getc(status, "message") : NULL)));
}

static void outcome(struct buf *out, struct request *r)
{
    struct list_options o;
    struct list_query q;
    struct watch_options w;
    struct err e = ERR_INIT;
    if (!route_parse(r, &e)) {
        buf_addf(out, "no route: %s", e.text);
    } else if (!list_options_parse(r, &o)) {
        write_refusal(out, r);
    } else if (r->target.verb == VERB_WATCH ? !watch_options_of(r, &o, &w) : !list_query_of(r, &o, &q)) {
        write_refusal(out, r);
    } else {
        if (r->target.verb == VERB_WATCH)
            write_watch(out, &w);
        else
            write_list(out, r, &o, &q);
        write_fields(out, &o.fields);
    }
}

static void one_case(struct buf *out, struct str uri)
{
    AUTO_FREE char *text = str_dup(uri);
    struct exchange *x = exchange_new(text);
    const char *why = "";
    x->r.method = STR("GET");
    x->r.accept.as_version = "v1";
    buf_str(out, uri);
    buf_char(out, '\t');
    if (query_decode(&x->r, &why))
        outcome(out, &x->r);
    else
        buf_cstr(out, why);
    buf_char(out, '\n');
    exchange_unref(x);
}

int main(int argc, char **argv)
{
    struct buf text AUTO_BUF, out AUTO_BUF = {0};
    struct err e = ERR_INIT;
    buf_init(&text, FILE_MAX);
    buf_init(&out, 2 * FILE_MAX);
    if (argc != 2 || !io_read_file(argv[1], &text, &e)) {
        fprintf(stderr, "usage: golden_lists FILE   %s\n", e.text);
        return 2;
    }
    for (struct str rest = buf_view(&text); rest.n;) {
        struct str expected, line = str_cut(rest, '\n', &rest), uri = str_cut(line, '\t', &expected);
        if (line.n && line.p[0] != '#')
            one_case(&out, uri);
        else
            buf_addf(&out, "%.*s\n", STR_ARG(line));
    }
    return fwrite(out.p, 1, out.n, stdout) == out.n ? 0 : 2;
}
