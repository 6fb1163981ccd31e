/* last_applied.c - kubectl's annotation of client-side apply: what it allows a server-side apply, and how it is kept
 * in step.
 * Reads: metadata.annotations.   Writes: the same.
 * Upstream: apimachinery pkg/util/managedfields/internal/{lastappliedmanager,lastappliedupdater,lastapplied}.go. */
#include "api/object.h"
#include "apiserver/managed/limits.h"
#include "apiserver/managed/managed.h"

#define ANNOTATION "kubectl.kubernetes.io/last-applied-configuration"

static struct str annotation_of(const struct json *obj)
{
    return obj_map_str(obj, ".metadata.annotations", STR(ANNOTATION));
}

const struct fieldset *last_applied_fields(const struct owner *o, const struct json *live)
{
    struct err e = ERR_INIT;
    struct str text = annotation_of(live), errors;
    struct typed type = typed_root(o->type);
    struct typed_diff diff;
    struct json *last = text.n ? json_parse(o->a, text, &e) : NULL;
    if (!json_is(last, JSON_OBJ) || !str_eq(obj_str(last, ".apiVersion"), managed_version(o))) return NULL;
    if (!obj_is(last, ".kind", o->kind)) return NULL;
    obj_del(last, ".apiVersion");
    obj_del(last, ".kind");
    if (!typed_check(o->a, type, last, false, &errors)) return NULL;
    typed_compare(o->a, type, last, live, &diff);
    const struct fieldset *set = typed_fields(o->a, type, last);
    set = fieldset_less(o->a, set, diff.modified);
    set = fieldset_less(o->a, set, diff.added);
    return fieldset_less(o->a, set, diff.removed);
}

/* The configuration as kubectl would write it, with a line's end as upstream's encoder does. */
static struct str config_text(const struct owner *o, const struct json *config)
{
    struct json *whole = json_obj(o->a), *copy = json_copy(o->a, config);
    struct buf text AUTO_BUF = {0};
    buf_init(&text, FIELDS_MAX);
    struct json *annotations = json_getc(json_getc(copy, "metadata"), "annotations");
    if (annotations) json_del(annotations, STR(ANNOTATION));
    json_add(whole, STR("apiVersion"), json_str(o->a, managed_version(o)));
    json_add(whole, STR("kind"), json_strc(o->a, o->kind));
    while (json_kids(copy)) {
        struct json *it = json_kids(copy);
        json_remove(copy, it);
        json_add(whole, it->key, it);
    }
    json_sort_keys(whole);
    json_write(&text, whole);
    buf_char(&text, '\n');
    return str_copy(o->a, buf_view(&text));
}

static size_t annotations_size(const struct json *obj)
{
    size_t n = 0;
    for (OBJ_EACH(it, obj, ".metadata.annotations")) n += obj_key(it).n + obj_text(it).n;
    return n;
}

void last_applied_put(const struct owner *o, struct json *obj, const struct json *config)
{
    struct str was = annotation_of(obj);
    if (!str_eqc(o->manager, "kubectl") || !was.n) return;
    struct str text = config_text(o, config);
    struct json *annotations = obj_edit(obj, ".metadata.annotations");
    if (annotations_size(obj) - was.n + text.n > ANNOTATIONS_MAX)
        json_del(annotations, STR(ANNOTATION));
    else
        json_set(o->a, annotations, STR(ANNOTATION), json_str(o->a, text));
}
