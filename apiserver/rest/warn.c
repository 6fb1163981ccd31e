/* warn.c - Warning headers of answers.
 * Reads: the request, w->obj, w->old_tree.   Writes: r->warnings, the headers of r->resp.
 * Upstream: apiserver pkg/warning, pkg/endpoints/{filters/warning.go,deprecation}. */
#include "apiserver/crd/crd.h"
#include "apiserver/object/warn.h"
#include "apiserver/rest/write.h"
#include "schema_ids.h"

static const char name[] = "Warning";

static struct warnings *warnings_of(struct request *r)
{
    if (r->warnings) return r->warnings;
    r->warnings = ARENA_NEW(&r->arena, struct warnings);
    warnings_init(r->warnings, &r->arena);
    return r->warnings;
}

/* Headers of all texts, as they are sent now. */
static void show_all(struct request *r)
{
    response_drop_headers(r, name);
    for (size_t i = 0; i < r->warnings->count; i++) response_add_header(r, name, warnings_header(r->warnings, i));
}

void write_warn(struct request *r, struct str note)
{
    struct warnings *ws = warnings_of(r);
    switch (warnings_add(ws, note)) {
    case WARNINGS_SAME: return;
    case WARNINGS_ADDED: response_add_header(r, name, warnings_header(ws, ws->count - 1)); return;
    case WARNINGS_CUT: show_all(r); return;
    }
}

void write_warn_early(struct write *w)
{
    struct request *r = w->r;
    object_warn_early(warnings_of(r), w->storage, w->obj);
    show_all(r);
}

void write_warn_valid(struct write *w)
{
    struct request *r = w->r;
    object_warn(warnings_of(r), w->storage, w->obj, w->old_tree, w->sub ? w->sub->name : NULL);
    show_all(r);
}

void warn_deprecated(struct request *r)
{
    static const struct {
        const struct api_resource *res;
        const char *text;
    } rows[] = {
        {&res_core_v1_componentstatuses, "v1 ComponentStatus is deprecated in v1.19+"},
        {&res_core_v1_endpoints, "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice"},
    };
    if (r->target.res->custom && crd_version_of(r->target.res)->warning)
        write_warn(r, str_of(crd_version_of(r->target.res)->warning));
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (r->target.res == rows[i].res) write_warn(r, str_of(rows[i].text));
}
