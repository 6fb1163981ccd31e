/* warn_volume.c - warnings of the volumes of pods and templates: kinds that nobody should use any more, and files that
 * lie over each other.
 * Reads: the request's trees.   Writes: struct warnings.   Upstream: pkg/api/pod/warnings.go. */
#include "apiserver/object/check_pod.h"
#include "apiserver/object/warn.h"

#include "api/quote.h"

/* ---- Kinds ---- */

static void warn_kinds(struct warn *w, const struct json *volume)
{
    static const struct {
        const char *member, *shown, *text;
    } kinds[] = {
        {"photonPersistentDisk", "photonPersistentDisk", "deprecated in v1.11, non-functional in v1.16+"},
        {"gitRepo", "gitRepo", "deprecated in v1.11, and disabled by default in v1.33+"},
        {"scaleIO", "scaleIO", "deprecated in v1.16, non-functional in v1.22+"},
        {"flocker", "flocker", "deprecated in v1.22, non-functional in v1.25+"},
        {"storageos", "storageOS", "deprecated in v1.22, non-functional in v1.25+"},
        {"quobyte", "quobyte", "deprecated in v1.22, non-functional in v1.25+"},
        {"glusterfs", "glusterfs", "deprecated in v1.25, non-functional in v1.26+"},
        {"cephfs", "cephfs", "deprecated in v1.28, non-functional in v1.31+"},
        {"rbd", "rbd", "deprecated in v1.28, non-functional in v1.31+"},
    };
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        if (member_at(volume, kinds[i].member)) warn_at(w, kinds[i].shown, "%s", kinds[i].text);
    const struct json *claim = member_at(member_at(volume, "ephemeral"), "volumeClaimTemplate");
    size_t mark = check_member(&w->at, "ephemeral.volumeClaimTemplate.spec");
    if (claim) warn_claim_spec(w, member_at(claim, "spec"));
    check_pop(&w->at, mark);
}

/* ---- Files over each other ---- */

struct place {
    struct str path, source; /* source "": the volume's own */
};

struct places { /* of one volume */
    struct warn *w;
    struct str volume;
    const char *kind;    /* `ConfigMap "x"` */
    struct place *items; /* those that were before, each once */
    size_t count, cap;
    struct name_set seen;
};

static bool lies_under(struct str path, struct str above)
{
    return str_starts(path, above) && (path.n == above.n || path.p[above.n] == '/');
}

static void add_place(struct buf *out, const struct place *p)
{
    quote_go(out, p->path);
    if (p->source.n) buf_addf(out, " (%.*s)", STR_ARG(p->source));
}

static void warn_overlap(struct places *all, const struct place *a, const struct place *b)
{
    struct warn *w = all->w;
    buf_clear(&w->text);
    buf_cstr(&w->text, "volume ");
    quote_go(&w->text, all->volume);
    buf_addf(&w->text, " (%s): overlapping paths: ", all->kind);
    add_place(&w->text, a);
    buf_cstr(&w->text, " with ");
    add_place(&w->text, b);
    warn_end(w);
}

/* Upstream keeps what is the same as often as it comes, and tells it as often; nobody is told twice. */
static void keep(struct places *all, const struct place *p)
{
    struct arena *a = all->w->to->arena;
    if (!name_set_add(&all->seen, str_printf(a, "%.*s\n%.*s", STR_ARG(p->source), STR_ARG(p->path)), NULL)) return;
    if (all->count == all->cap) {
        size_t cap = all->cap ? 2 * all->cap : 8;
        struct place *grown = ARENA_ARRAY(a, struct place, cap);
        if (all->count) memcpy(grown, all->items, all->count * sizeof *grown);
        all->items = grown;
        all->cap = cap;
    }
    all->items[all->count++] = *p;
}

static void put(struct places *all, struct str path, struct str source)
{
    while (path.n && path.p[path.n - 1] == '/') path.n--;
    struct place one = {path, source};
    if (!path.n || !warn_may_compare(all->w, all->count)) return;
    for (size_t i = 0; i < all->count; i++) {
        const struct place *other = &all->items[i];
        if (lies_under(other->path, path) || lies_under(path, other->path)) warn_overlap(all, &one, other);
    }
    keep(all, &one);
}

static void put_items(struct places *all, const struct json *items, struct str source)
{
    JSON_FOREACH(it, items) put(all, text_at(it, "path"), source);
}

static void warn_files(struct warn *w, const struct json *volume, const char *kind, const struct json *items)
{
    struct places all = {.w = w, .volume = text_at(volume, "name"), .kind = kind};
    name_set_init(&all.seen);
    put_items(&all, items, STR(""));
    name_set_release(&all.seen);
}

/* ---- Projected volumes ---- */

static const char *named(struct warn *w, const char *kind, struct str name)
{
    return arena_printf(w->to->arena, "%s %s", kind, warn_quoted(w, name));
}

/* Sources whose gates are off (certificates) never come here. */
static void put_source(struct places *all, const struct json *source)
{
    struct warn *w = all->w;
    const struct json *map = member_at(source, "configMap"), *secret = member_at(source, "secret"),
                      *downward = member_at(source, "downwardAPI"), *token = member_at(source, "serviceAccountToken");
    if (map) put_items(all, member_at(map, "items"), str_of(named(w, "ConfigMap", text_at(map, "name"))));
    if (secret) put_items(all, member_at(secret, "items"), str_of(named(w, "Secret", text_at(secret, "name"))));
    if (downward) put_items(all, member_at(downward, "items"), STR("DownwardAPI"));
    if (token) put(all, text_at(token, "path"), STR("ServiceAccountToken"));
}

static void warn_projected(struct warn *w, const struct json *volume, const struct json *projected)
{
    struct places all = {.w = w, .volume = text_at(volume, "name"), .kind = "Projected"};
    name_set_init(&all.seen);
    JSON_FOREACH(it, member_at(projected, "sources"))
    {
        if (json_kids(it))
            put_source(&all, it);
        else
            warn_bare(w, "volume %s (Projected) has no sources provided", warn_quoted(w, all.volume));
    }
    name_set_release(&all.seen);
}

static void warn_overlaps(struct warn *w, const struct json *volume)
{
    const struct json *map = member_at(volume, "configMap"), *secret = member_at(volume, "secret"),
                      *downward = member_at(volume, "downwardAPI"), *projected = member_at(volume, "projected");
    if (map) warn_files(w, volume, named(w, "ConfigMap", text_at(map, "name")), member_at(map, "items"));
    if (secret) warn_files(w, volume, named(w, "Secret", text_at(secret, "secretName")), member_at(secret, "items"));
    if (downward) warn_files(w, volume, "DownwardAPI", member_at(downward, "items"));
    if (projected) warn_projected(w, volume, projected);
}

void warn_volumes(struct warn_pod *p)
{
    const struct json *volumes = member_at(p->spec, "volumes");
    size_t i = 0;
    JSON_FOREACH(it, volumes)
    {
        size_t mark = check_into(&p->w->at, "volumes", i++);
        warn_kinds(p->w, it);
        check_pop(&p->w->at, mark);
    }
    JSON_FOREACH(it, volumes) warn_overlaps(p->w, it);
}
