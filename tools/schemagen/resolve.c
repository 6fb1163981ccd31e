/* resolve.c - links the names of the model, makes list types, puts inlined fields in place, numbers the hooks.
 * Reads and writes: the model. */
#include "gen.h"

#include <stdlib.h>
#include <string.h>

struct type *model_find_type(const struct model *m, const char *package, const char *name)
{
    LIST_EACH(struct type, t, &m->types)
    if (!strcmp(t->group->package, package) && !strcmp(t->name, name)) return t;
    return NULL;
}

/* "Container" in the package at hand, "meta/v1.ObjectMeta" anywhere. */
static struct type *find_ref(const struct model *m, const struct group *g, const char *name)
{
    const char *dot = strchr(name, '/') ? strrchr(name, '.') : NULL;
    if (!dot) return model_find_type(m, g->package, name);
    return model_find_type(m, gen_dup(name, (size_t)(dot - name)), dot + 1);
}

/* ---- Types ---- */

static struct field *make_field(struct pos at, const char *name, int proto, struct type_ref ref)
{
    struct field *f = gen_alloc(sizeof(*f));
    f->at = at;
    f->name = name;
    f->proto = proto;
    f->ref = ref;
    f->doc = "";
    return f;
}

/* PodList: kind, apiVersion, metadata, items. */
static void make_list_type(struct model *m, struct resource *r)
{
    struct type *meta = model_find_type(m, "meta/v1", "ListMeta"), *head = model_find_type(m, "meta/v1", "TypeMeta");
    if (!meta || !head) return diag(r->at, "%s can be listed, but meta/v1 has no ListMeta and TypeMeta", r->plural);
    struct type *t = gen_alloc(sizeof(*t));
    t->at = r->at;
    t->group = r->group;
    t->name = r->list_kind;
    t->doc = gen_printf("A list of %s.", r->plural);
    struct field *f =
        make_field(r->at, "inline", 0, (struct type_ref){.value = "API_STRUCT", .shape = '1', .type = head});
    f->is_inline = true;
    list_add(&t->fields, f);
    list_add(&t->fields,
             make_field(r->at, "metadata", 1, (struct type_ref){.value = "API_STRUCT", .shape = '1', .type = meta}));
    f = make_field(r->at, "items", 2, (struct type_ref){.value = "API_STRUCT", .shape = 'L', .type = r->type});
    f->required = true;
    list_add(&t->fields, f);
    list_add(&m->types, t);
}

static void link_fields(const struct model *m, struct type *t)
{
    LIST_EACH(struct field, f, &t->fields)
    {
        if (!f->ref.name) continue;
        f->ref.type = find_ref(m, t->group, f->ref.name);
        if (!f->ref.type) diag(f->at, "unknown type \"%s\"", f->ref.name);
    }
}

static bool flatten(struct type *t);

static bool flatten_inline(struct type *t, const struct field *f)
{
    if (!f->ref.type || f->ref.shape != '1' || f->ref.pointer)
        return diag(f->at, "only a struct can be inlined"), false;
    if (!flatten(f->ref.type)) return diag(f->at, "%s inlines itself", t->name), false;
    LIST_EACH(struct field, inner, &f->ref.type->flat)
    {
        struct field *copy = gen_alloc(sizeof(*copy));
        *copy = *inner;
        if (f->proto > 255 || (f->proto && inner->proto_outer > 255))
            return diag(f->at, "%s is inlined too deeply: only two small protobuf numbers can be kept", inner->name),
                   false;
        if (f->proto) copy->proto_outer = inner->proto_outer << 8 | f->proto;
        copy->outer = inner->outer ? gen_printf("%s.%s", f->ref.type->name, inner->outer) : f->ref.type->name;
        list_add(&t->flat, copy);
    }
    return true;
}

static bool flatten(struct type *t)
{
    if (t->flattening) return t->flattening == 2;
    t->flattening = 1;
    LIST_EACH(struct field, f, &t->fields)
    if (!f->is_inline)
        list_add(&t->flat, f);
    else if (!flatten_inline(t, f))
        return false;
    t->flattening = 2;
    return true;
}

/* ---- Resources ---- */

static void resolve_sub(struct model *m, struct resource *r, struct sub *s)
{
    if (!s->kind_text) {
        s->type = r->type;
        return;
    }
    s->type = find_ref(m, r->group, s->kind_text);
    if (!s->type) diag(s->at, "unknown type \"%s\"", s->kind_text);
}

static char *lower(const char *s)
{
    char *d = gen_dup(s, strlen(s));
    for (char *p = d; *p; p++)
        if (*p >= 'A' && *p <= 'Z') *p = (char)(*p - 'A' + 'a');
    return d;
}

static void resolve_resource(struct model *m, struct resource *r)
{
    r->type = find_ref(m, r->group, r->type_name ? r->type_name : r->kind);
    if (!r->type) return diag(r->at, "unknown type \"%s\"", r->type_name ? r->type_name : r->kind);
    if (!r->singular) r->singular = lower(r->kind);
    if (!r->has_verbs) return diag(r->at, "%s has no verbs", r->kind);
    if (!r->list_kind) r->list_kind = list_has_text(&r->verbs, "list") ? gen_printf("%sList", r->kind) : "";
    if (*r->list_kind && !find_ref(m, r->group, r->list_kind)) make_list_type(m, r);
    LIST_EACH(struct sub, s, &r->subs) resolve_sub(m, r, s);
}

/* storage=core/v1/events */
static void resolve_storage(struct model *m, struct resource *r)
{
    r->storage = r;
    if (!r->storage_text) return;
    r->storage = NULL;
    LIST_EACH(struct resource, o, &m->resources)
    if (!strcmp(gen_printf("%s/%s", o->group->package, o->plural), r->storage_text)) r->storage = o;
    if (!r->storage) return diag(r->at, "unknown storage \"%s\"", r->storage_text);
    r->store = r->storage->store;
}

static int by_discovery(const void *a, const void *b)
{
    const struct resource *x = *(struct resource *const *)a, *y = *(struct resource *const *)b;
    if (x->group->priority != y->group->priority) return y->group->priority - x->group->priority;
    int c = strcmp(x->group->name, y->group->name);
    if (!c) c = strcmp(x->group->version, y->group->version);
    return c ? c : strcmp(x->plural, y->plural);
}

static int by_openapi(const void *a, const void *b)
{
    const struct type *x = *(struct type *const *)a, *y = *(struct type *const *)b;
    int c = strcmp(gen_printf("%s.%s", x->group->openapi, x->name), gen_printf("%s.%s", y->group->openapi, y->name));
    return c;
}

/* ---- Hooks ---- */

static int by_text(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

void hook_use(struct model *m, enum hook_kind k, const char *name)
{
    if (name) list_add_text(&m->hooks[k], name);
}

int hook_number(const struct model *m, enum hook_kind k, const char *name)
{
    if (!name) return 0;
    for (size_t i = 0; i < m->hooks[k].count; i++)
        if (!strcmp(m->hooks[k].items[i], name)) return (int)i + 1;
    return 0;
}

static void collect_hooks(struct model *m)
{
    LIST_EACH(struct type, t, &m->types)
    {
        hook_use(m, HOOK_TYPE_DEFAULT, t->default_hook);
        hook_use(m, HOOK_CHECK, t->check_hook);
        LIST_EACH(struct field, f, &t->flat)
        {
            hook_use(m, HOOK_DEFAULT, f->default_hook);
            hook_use(m, HOOK_RULE, f->rule);
        }
    }
    LIST_EACH(struct resource, r, &m->resources)
    {
        hook_use(m, HOOK_STRATEGY, r->hooks);
        hook_use(m, HOOK_CONVERT, r->convert);
        hook_use(m, HOOK_RULE, r->name_rule);
        LIST_EACH(struct column, c, &r->columns) hook_use(m, HOOK_COLUMN, c->hook);
    }
    for (int k = 0; k < HOOK_KINDS; k++)
        if (m->hooks[k].count) qsort(m->hooks[k].items, m->hooks[k].count, sizeof(void *), by_text);
}

static void sort(struct list *l, int (*order)(const void *, const void *))
{
    if (l->count) qsort(l->items, l->count, sizeof(void *), order);
}

void resolve_model(struct model *m)
{
    LIST_EACH(struct resource, r, &m->resources) resolve_resource(m, r);
    LIST_EACH(struct resource, r2, &m->resources) resolve_storage(m, r2);
    LIST_EACH(struct type, t, &m->types) link_fields(m, t);
    if (diag_count()) return;
    LIST_EACH(struct type, t2, &m->types)
    if (!flatten(t2)) return;
    sort(&m->resources, by_discovery);
    sort(&m->types, by_openapi);
    for (size_t i = 0; i < m->resources.count; i++) ((struct resource *)m->resources.items[i])->id = (int)i;
    collect_hooks(m);
}
