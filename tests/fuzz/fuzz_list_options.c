/* fuzz_list_options.c - any text as the query of a list or watch of any kind: options, tokens, field selectors. What is
 * accepted can be matched against an object, and a token that is written again is read again. */
#include "apiserver/http/conn.h"
#include "apiserver/rest/list.h"
#include "base/kassert.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void use(struct request *r, const struct list_options *o)
{
    struct list_query q;
    struct watch_options w;
    struct item *it = item_bookmark(r->target.res->storage, FORM_OBJECT, false);
    (void)item_matches(it, r->target.res, o->has_labels ? &o->labels : NULL, o->has_fields ? &o->fields : NULL);
    item_unref(it);
    KASSERT(watch_options_of(r, o, &w) || r->resp.code);
    if (!list_query_of(r, o, &q)) {
        KASSERT(r->resp.code);
        return;
    }
    if (!o->cont.n) return;
    struct err e = ERR_INIT;
    struct str start = str_from(q.start, list_prefix(r, &q).n), again;
    int64_t rev = q.at_rev ? (int64_t)q.at_rev : -1, rev_again;
    if (!start.n || start.n > 256) return; /* "/" is read, but nobody writes it; a long one may become too long */
    KASSERT(continue_parse(&r->arena, continue_write(&r->arena, rev, start), &rev_again, &again, &e));
    KASSERT(rev_again == rev && str_eq(again, start));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *why;
    struct list_options o;
    if (size < 2) return 0;
    char *query = calloc(1, size + 2);
    query[0] = '?';
    memcpy(query + 1, data + 1, size - 1);
    struct exchange *x = exchange_new(query);
    struct request *r = &x->r;
    r->method = STR("GET");
    r->accept.as_version = "v1";
    r->target.res = api_resources[data[0] % api_resource_count];
    r->target.verb = size % 2 ? VERB_LIST : VERB_WATCH;
    if (!(r->target.res->flags & API_R_VIRTUAL) && query_decode(r, &why)) {
        if (list_options_parse(r, &o))
            use(r, &o);
        else
            KASSERT(r->resp.code >= 400);
    }
    exchange_unref(x);
    free(query);
    return 0;
}
