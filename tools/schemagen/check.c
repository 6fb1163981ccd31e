/* check.c - what a linked model must not say: doubles, contradictions, paths that lead nowhere, defaults that do not
 * fit. Reads: the model.   Writes: diagnostics. */
#include "gen.h"

#include <ctype.h>
#include <string.h>

static struct field *field_named(const struct type *t, const char *name, size_t n)
{
    LIST_EACH(struct field, f, &t->flat)
    if (strlen(f->name) == n && !memcmp(f->name, name, n)) return f;
    return NULL;
}

/* Walks ".spec.containers[0].name" as far as the schema reaches. */
static void check_path(struct pos at, const struct type *t, const char *path)
{
    for (const char *p = path; *p;) {
        if (*p == '[') {
            p += strcspn(p, "]");
            if (!*p) return diag(at, "%s: [ is not closed", path);
            p++;
            continue;
        }
        if (*p != '.') return diag(at, "%s: a path begins with a dot", path);
        size_t n = strcspn(++p, ".[");
        const struct field *f = t ? field_named(t, p, n) : NULL;
        if (t && !f) return diag(at, "%s: %s has no field \"%.*s\"", path, t->name, (int)n, p);
        p += n;
        t = f ? f->ref.type : NULL;
        if (f && !t && *p == '.' && f->ref.shape == '1' && strcmp(f->ref.value, "API_ANY") != 0)
            return diag(at, "%s: %s has no fields", path, f->name);
    }
}

static bool is_integer(const char *s)
{
    if (*s == '-') s++;
    return *s && strspn(s, "0123456789") == strlen(s);
}

static bool default_fits(const struct field *f)
{
    const char *d = f->default_json, *v = f->ref.value;
    char last = d[strlen(d) - 1];
    if (f->ref.shape == 'L') return *d == '[' && last == ']';
    if (f->ref.shape == 'M' || !strcmp(v, "API_STRUCT") || !strcmp(v, "API_RAW")) return *d == '{' && last == '}';
    if (!strcmp(v, "API_ANY")) return true;
    if (!strcmp(v, "API_BOOL")) return !strcmp(d, "true") || !strcmp(d, "false");
    if (!strcmp(v, "API_INT32") || !strcmp(v, "API_INT64")) return is_integer(d);
    if (!strcmp(v, "API_DOUBLE")) return isdigit((unsigned char)*d) || *d == '-';
    if (!strcmp(v, "API_INT_OR_STRING") && is_integer(d)) return true;
    return strlen(d) >= 2 && *d == '"' && last == '"';
}

static bool is_zero_json(const char *d) { return !strcmp(d, "\"\"") || !strcmp(d, "0") || !strcmp(d, "false"); }

static void check_default(const struct field *f)
{
    if (!f->default_json) return;
    if (!default_fits(f)) return diag(f->at, "default %s does not fit the type", f->default_json);
    bool omitted = f->omitempty || (!f->required && !f->keepempty);
    if (is_zero_json(f->default_json) && omitted && !f->ref.pointer)
        return diag(f->at, "default %s would be omitted again", f->default_json);
    if (!f->ref.enums || f->ref.shape != '1') return;
    struct list values = split_text(f->ref.enums, '|');
    if (!list_has_text(&values, gen_dup(f->default_json + 1, strlen(f->default_json) - 2)))
        diag(f->at, "default %s is not in the enum", f->default_json);
}

static void check_list_keys(const struct field *f)
{
    struct list keys = split_text(f->list_keys, ',');
    if (f->merge_key) list_add(&keys, (void *)(size_t)f->merge_key);
    LIST_EACH(char, k, &keys)
    if (!field_named(f->ref.type, k, strlen(k)))
        diag(f->at, "%s has no field \"%s\" to be a key", f->ref.type->name, k);
}

static void check_field(const struct field *f)
{
    bool is_list = f->ref.shape == 'L', of_structs = f->ref.type != NULL;
    if (f->omitempty && f->keepempty) diag(f->at, "omitempty and keepempty contradict each other");
    if (f->list_keys && !(is_list && of_structs)) return diag(f->at, "listkeys= is for a list of structs");
    if (f->merge_key && !(is_list && of_structs)) return diag(f->at, "merge= with a key is for a list of structs");
    if (f->set && (!is_list || of_structs)) diag(f->at, "set is for a list of plain values");
    if ((f->list_keys != NULL) + f->set + f->atomic > 1) diag(f->at, "listkeys=, set and atomic exclude each other");
    if (f->merge && f->replace) diag(f->at, "merge and replace exclude each other");
    if (f->list_keys)
        check_list_keys(f);
    else if (f->merge_key && !field_named(f->ref.type, f->merge_key, strlen(f->merge_key)))
        diag(f->at, "%s has no field \"%s\" to be a key", f->ref.type->name, f->merge_key);
    check_default(f);
}

static void check_type(const struct type *t)
{
    if (t->flat.count > FIELDS_MAX) return diag(t->at, "%s has more than %d fields", t->name, FIELDS_MAX);
    bool is_list = t->form && strcmp(t->form, "list") == 0;
    if (is_list && t->flat.count != 1) return diag(t->at, "form=list wants exactly one field");
    if (t->whole && !t->check_hook) diag(t->at, "whole wants a check hook");
    LIST_EACH(struct field, f, &t->fields)
    if (!f->is_inline) check_field(f);
    for (size_t i = 0; i < t->flat.count; i++) {
        const struct field *a = t->flat.items[i];
        for (size_t k = 0; k < i; k++) {
            const struct field *b = t->flat.items[k];
            if (!strcmp(a->name, b->name))
                diag(a->at, "%s has a field \"%s\" twice", t->name, a->name);
            else if (a->proto && a->proto == b->proto && a->proto_outer == b->proto_outer)
                diag(a->at, "protobuf number %d of %s is also %s's", a->proto, a->name, b->name);
        }
    }
}

static void check_select(const struct resource *r, const struct select *s)
{
    check_path(s->at, r->storage->type, s->path);
    bool found = !s->otherwise;
    LIST_EACH(struct select, o, &r->selects) found = found || !strcmp(o->label, s->otherwise);
    if (!found) diag(s->at, "select %s: \"%s\" is not selectable", s->label, s->otherwise);
}

static void check_resource(const struct resource *r)
{
    if (r->store && r->store[strlen(r->store) - 1] == '/') diag(r->at, "store= ends without a slash");
    if (!r->store && !r->is_virtual) diag(r->at, "%s needs store=, storage= or virtual", r->kind);
    if (r->storage != r && !r->convert) diag(r->at, "%s is stored as %s and needs convert=", r->kind, r->storage_text);
    LIST_EACH(struct sub, s, &r->subs)
    if (s->writes) check_path(s->at, s->type, s->writes);
    LIST_EACH(struct select, x, &r->selects) check_select(r, x);
    LIST_EACH(struct column, c, &r->columns)
    if (c->path) check_path(c->at, r->type, c->path);
}

void check_model(const struct model *m)
{
    LIST_EACH(struct type, t, &m->types) check_type(t);
    LIST_EACH(struct resource, r, &m->resources) check_resource(r);
}
