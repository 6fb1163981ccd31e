/* managed.c - the entries of metadata.managedFields: reading, order, writing.
 * Reads: the list of an object.   Writes: a list.
 * Upstream: apimachinery pkg/util/managedfields/internal/{managedfields,conflict}.go. */
#include "apiserver/managed/managed.h"

#include "api/object.h"
#include "api/quote.h"
#include "apiserver/managed/limits.h"
#include "base/clk.h"

#include <stdlib.h>

/* ---- One entry ---- */

static bool same_manager(const struct manager *x, const struct manager *y)
{
    return x->applied == y->applied && str_eq(x->name, y->name) && str_eq(x->subresource, y->subresource) &&
           (x->applied || str_eq(x->api_version, y->api_version));
}

struct manager *managed_find(struct managed *m, const struct manager *id)
{
    for (size_t i = 0; i < m->count; i++)
        if (same_manager(&m->items[i], id)) return &m->items[i];
    return NULL;
}

struct manager *managed_add(struct managed *m, const struct manager *entry)
{
    if (m->count == m->cap) {
        struct manager *old = m->items;
        m->cap = m->cap ? 2 * m->cap : 8;
        m->items = ARENA_ARRAY(m->a, struct manager, m->cap);
        if (m->count) memcpy(m->items, old, m->count * sizeof *old);
    }
    m->items[m->count] = *entry;
    return &m->items[m->count++];
}

void managed_remove(struct managed *m, struct manager *entry)
{
    size_t at = (size_t)(entry - m->items);
    memmove(entry, entry + 1, (--m->count - at) * sizeof *entry);
}

struct managed managed_copy(const struct managed *m)
{
    struct managed copy = {.a = m->a};
    for (size_t i = 0; i < m->count; i++) managed_add(&copy, &m->items[i]);
    return copy;
}

const struct fieldset *managed_set(struct managed *m, struct manager *entry)
{
    struct err e = ERR_INIT;
    if (!entry->parsed && !fieldset_parse(m->a, entry->text, &entry->set, &e)) entry->set = NULL; /* it was ours */
    entry->parsed = true;
    return entry->set;
}

void managed_put_set(struct managed *m, struct manager *entry, const struct fieldset *set)
{
    (void)m;
    entry->set = set;
    entry->parsed = true;
    entry->text = STR_NULL;
}

void managed_set_time(struct managed *m, struct manager *entry, int64_t now_s)
{
    char text[CLK_TEXT_MAX];
    entry->time = str_copy(m->a, str_of(clk_rfc3339(now_s, text)));
    entry->time_s = now_s;
}

/* ---- Reading ---- */

static bool is_known(const struct json *known, struct str text)
{
    for (OBJ_EACH(it, known, "")) {
        const struct json *v = json_getc(it, "fieldsV1");
        if (json_is(v, JSON_RAW) && str_eq(v->u.s, text)) return true;
    }
    return false;
}

static bool read_set(struct arena *a, const struct json *fields, const struct json *known, struct manager *out,
                     struct err *e)
{
    if (!json_is(fields, JSON_RAW)) {
        out->parsed = true;
        return true;
    }
    out->text = fields->u.s;
    if (is_known(known, out->text)) return true;
    out->text = STR_NULL; /* a client's own order and spelling */
    out->parsed = true;
    return fieldset_parse(a, fields->u.s, &out->set, e);
}

static bool read_entry(struct arena *a, const struct json *j, size_t at, const struct json *known, struct manager *out,
                       struct err *e)
{
    struct str type = obj_str(j, ".fieldsType");
    *out = (struct manager){
        .name = obj_str(j, ".manager"),
        .api_version = obj_str(j, ".apiVersion"),
        .subresource = obj_str(j, ".subresource"),
        .applied = obj_is(j, ".operation", "Apply"),
        .time = obj_str(j, ".time"),
        .time_s = obj_time_s(j, ".time", 0),
    };
    if (!out->applied && !obj_is(j, ".operation", "Update"))
        return err_set(e, ERR_BAD_REQUEST, "operation must be `Apply` or `Update`");
    if (!out->api_version.n) return err_set(e, ERR_BAD_REQUEST, "apiVersion must not be empty");
    if (!type.n) return err_set(e, ERR_BAD_REQUEST, "missing fieldsType in managed fields entry %zu", at);
    if (!str_eqc(type, "FieldsV1"))
        return err_set(e, ERR_BAD_REQUEST, "invalid fieldsType \"%.*s\" in managed fields entry %zu", STR_ARG(type),
                       at);
    return read_set(a, json_getc(j, "fieldsV1"), known, out, e);
}

bool managed_read(struct arena *a, const struct json *list, const struct json *known, struct managed *out,
                  struct err *e)
{
    size_t at = 0;
    *out = (struct managed){.a = a};
    for (OBJ_EACH(it, list, "")) {
        struct manager entry;
        if (at == MANAGERS_MAX) return err_set(e, ERR_BAD_REQUEST, "more than %d managers", MANAGERS_MAX);
        if (!read_entry(a, it, at++, known, &entry, e)) return false;
        struct manager *there = managed_find(out, &entry);
        if (there)
            *there = entry;
        else
            managed_add(out, &entry);
    }
    return true;
}

/* ---- Writing ---- */

static int by_order(const void *x, const void *y)
{
    const struct manager *l = x, *r = y;
    if (l->applied != r->applied) return l->applied ? -1 : 1;
    if (l->time_s != r->time_s) return l->time_s < r->time_s ? -1 : 1;
    int c = str_cmp(l->name, r->name);
    if (!c) c = str_cmp(l->api_version, r->api_version);
    return c ? c : str_cmp(l->subresource, r->subresource);
}

static struct json *write_entry(struct managed *m, struct manager *entry)
{
    struct arena *a = m->a;
    struct json *j = json_obj(a);
    if (!entry->text.p) {
        struct buf text AUTO_BUF = {0};
        buf_init(&text, FIELDS_MAX);
        fieldset_write(&text, entry->set);
        entry->text = str_copy(a, buf_view(&text));
    }
    if (entry->name.n) json_add(j, STR("manager"), json_str(a, entry->name));
    json_add(j, STR("operation"), json_strc(a, entry->applied ? "Apply" : "Update"));
    json_add(j, STR("apiVersion"), json_str(a, entry->api_version));
    if (entry->time.n) json_add(j, STR("time"), json_str(a, entry->time));
    json_add(j, STR("fieldsType"), json_strc(a, "FieldsV1"));
    json_add(j, STR("fieldsV1"), json_raw(a, entry->text));
    if (entry->subresource.n) json_add(j, STR("subresource"), json_str(a, entry->subresource));
    return j;
}

struct json *managed_write(struct managed *m)
{
    if (!m->count) return NULL;
    struct json *list = json_arr(m->a);
    qsort(m->items, m->count, sizeof *m->items, by_order);
    for (size_t i = 0; i < m->count; i++) json_push(list, write_entry(m, &m->items[i]));
    return list;
}

/* ---- Comparing, showing ---- */

bool managed_same_but_times(const struct json *l, const struct json *r)
{
    static const char *const names[] = {"fieldsV1", "manager", "operation", "apiVersion", "subresource"};
    if (!json_is(l, JSON_ARR) || !json_is(r, JSON_ARR) || l->count != r->count) return false;
    const struct json *x = json_kids(l), *y = json_kids(r);
    for (; x; x = x->next, y = y->next)
        for (size_t i = 0; i < ARRAY_LEN(names); i++) {
            const struct json *v = json_getc(x, names[i]), *w = json_getc(y, names[i]);
            if (v != w && (!v || !w || !json_equal(v, w))) return false;
        }
    return true;
}

void managed_show(struct buf *out, const struct manager *m)
{
    quote_go(out, m->name);
    if (m->subresource.n) {
        buf_cstr(out, " with subresource ");
        quote_go(out, m->subresource);
    }
    if (!m->applied) buf_addf(out, " using %.*s", STR_ARG(m->api_version));
}

struct str managed_key(struct arena *a, const struct manager *m)
{
    static const char *const names[] = {"manager", "operation", "apiVersion", "subresource"};
    const struct str values[] = {m->name, m->applied ? STR("Apply") : STR("Update"),
                                 m->applied ? STR("") : m->api_version, m->subresource};
    struct buf text AUTO_BUF = {0};
    buf_init(&text, FIELDS_MAX);
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (!values[i].n) continue;
        buf_addf(&text, "%s\"%s\":", text.n ? "," : "{", names[i]);
        json_write_string(&text, values[i]);
    }
    buf_char(&text, '}');
    return str_copy(a, buf_view(&text));
}
