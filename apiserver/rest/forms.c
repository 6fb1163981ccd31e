/* forms.c - see forms.h. Reads: trees of a write.   Writes: w->forms, w->convert_error.
 * Upstream: apimachinery pkg/util/managedfields/internal/versionconverter.go. */
#include "apiserver/rest/forms.h"

#include "api/object.h"
#include "apiserver/crd/conversion.h"
#include "apiserver/crd/crd.h"
#include "base/kassert.h"

enum { FORMS_MAX = 64 }; /* of one write: versions of managers, and what is pruned between them */

struct forms { /* in the request's arena */
    struct managed_forms known;
    struct managed_form *asked; /* NULL: nothing is under way */
    struct item *item;          /* it, referenced */
    size_t count;
};

static const struct api_resource *row_of(const struct write *w, struct str api_version)
{
    struct str group, version;
    api_split_version(api_version, &group, &version);
    return api_custom_version(w->res->custom, version);
}

struct managed_forms *forms_of(const struct write *w) { return w->forms ? &w->forms->known : NULL; }

bool forms_missed(const struct write *w) { return w->forms && w->forms->known.missed; }

void forms_free(struct forms *f)
{
    if (f) item_unref(f->item);
}

static void take(struct write *w)
{
    struct forms *f = w->forms;
    struct arena *a = &w->r->arena;
    struct err e = ERR_INIT;
    const struct item *made = item_form(f->item, row_of(w, f->asked->to));
    struct json *tree = json_parse(a, str_copy(a, blob_str(made->blob)), &e);
    KASSERT(tree); /* our encoder wrote it */
    crd_drop_type_meta(tree);
    if (f->asked->rev.n) obj_put_str(a, tree, ".metadata.resourceVersion", f->asked->rev);
    f->asked->tree = tree;
    item_unref(f->item);
    f->item = NULL;
    f->asked = NULL;
}

static struct item *item_of(const struct write *w, const struct managed_form *wanted)
{
    struct arena *a = &w->r->arena;
    struct err e = ERR_INIT;
    struct buf text AUTO_BUF = {0};
    const struct api_resource *from = row_of(w, wanted->from);
    struct json *tree = json_parse(a, wanted->text, &e);
    KASSERT(from && tree);
    buf_init(&text, SIZE_MAX);
    json_write(&text, crd_stored(a, from, tree));
    struct blob *b = blob_new(buf_view(&text));
    crd_set_current(b, from); /* as it is: what is not there must not come back as a default */
    struct item *it = item_new(from, cache_key(a, w->res->storage, w->ns, w->name), b, 0, 0);
    blob_unref(b);
    return it;
}

static struct managed_form *next_wanted(const struct forms *f)
{
    for (struct managed_form *it = f->known.first; it; it = it->next)
        if (!it->tree) return it;
    return NULL;
}

enum stage_next forms_make(struct write *w)
{
    if (!w->res->custom || !crd_kind_of(w->res)->webhook) return STAGE_NEXT;
    if (!w->forms) w->forms = ARENA_NEW(&w->r->arena, struct forms);
    struct forms *f = w->forms;
    f->known.missed = false;
    if (w->convert_error) return STAGE_NEXT;
    if (f->asked) take(w);
    while ((f->asked = next_wanted(f))) {
        if (++f->count > FORMS_MAX || !(f->item = item_of(w, f->asked))) {
            w->convert_error = "too many versions own fields of the object";
            return STAGE_NEXT;
        }
        struct item *items[] = {f->item};
        if (!conversion_await(w->r, items, 1, row_of(w, f->asked->to), &w->convert_error, write_continue))
            return STAGE_WAIT;
        take(w);
    }
    return STAGE_NEXT;
}
