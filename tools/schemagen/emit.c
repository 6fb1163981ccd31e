/* emit.c - the model as const tables: data only.
 * Reads: a resolved, checked model.   Writes: schema_tables.c. */
#include "gen.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static char *identifier(const char *text)
{
    char *id = gen_dup(text, strlen(text));
    for (char *p = id; *p; p++)
        if (!isalnum((unsigned char)*p)) *p = '_';
    return id;
}

const char *type_id(const struct type *t) { return gen_printf("type_%s_%s", identifier(t->group->package), t->name); }

const char *resource_id(const struct resource *r)
{
    return gen_printf("res_%s_%s", identifier(r->group->package), identifier(r->plural));
}

static void put_string(FILE *f, const char *s)
{
    if (!s) {
        fputs("NULL", f);
        return;
    }
    fputc('"', f);
    for (; *s; s++) {
        unsigned char c = (unsigned char)*s;
        if (c == '"' || c == '\\' || c == '?')
            fprintf(f, "\\%c", c); /* \? as well: no trigraphs */
        else if (c < 0x20 || c >= 0x7f)
            fprintf(f, "\\%03o", c);
        else
            fputc(c, f);
    }
    fputc('"', f);
}

/* ---- NULL-terminated arrays of strings, one for equal contents ---- */

struct texts {
    struct list keys; /* "a|b", in the order of first use; index = number */
};

static size_t texts_number(struct texts *t, const char *key)
{
    size_t i = 0;
    while (i < t->keys.count && strcmp(t->keys.items[i], key) != 0) i++;
    if (i == t->keys.count) list_add(&t->keys, gen_dup(key, strlen(key)));
    return i;
}

static char *joined(const struct list *l, char sep)
{
    char *out = gen_dup("", 0);
    LIST_EACH(char, s, l) out = gen_printf("%s%s%c", out, s, sep);
    size_t n = strlen(out);
    if (n) out[n - 1] = '\0';
    return out;
}

static char *with_bars(const char *commas)
{
    char *s = gen_dup(commas, strlen(commas));
    for (char *p = s; *p; p++)
        if (*p == ',') *p = '|';
    return s;
}

static void collect_texts(struct texts *t, const struct model *m)
{
    LIST_EACH(struct type, ty, &m->types)
    LIST_EACH(struct field, f, &ty->flat)
    {
        if (f->ref.enums) texts_number(t, f->ref.enums);
        if (f->list_keys) texts_number(t, with_bars(f->list_keys));
    }
    LIST_EACH(struct resource, r, &m->resources)
    {
        if (r->short_names.count) texts_number(t, joined(&r->short_names, '|'));
        if (r->cats) texts_number(t, with_bars(r->cats));
    }
}

static void put_texts(FILE *f, const struct texts *t)
{
    fputs("static const char *const no_texts[] = {NULL};\n", f);
    for (size_t i = 0; i < t->keys.count; i++) {
        fprintf(f, "static const char *const texts_%zu[] = {", i);
        struct list values = split_text(t->keys.items[i], '|');
        LIST_EACH(char, v, &values)
        {
            put_string(f, v);
            fputs(", ", f);
        }
        fputs("NULL};\n", f);
    }
}

/* ---- Types ---- */

static void put_flags(FILE *f, const struct field *x)
{
    const struct {
        bool on;
        const char *name;
    } rows[] = {
        {x->required, "API_F_REQUIRED"},       {x->omitempty || (!x->required && !x->keepempty), "API_F_OMITEMPTY"},
        {x->omitzero, "API_F_OMITZERO"},       {x->ref.pointer, "API_F_POINTER"},
        {x->atomic, "API_F_ATOMIC"},           {x->set, "API_F_SET"},
        {x->merge, "API_F_PATCH_MERGE"},       {x->replace, "API_F_PATCH_REPLACE"},
        {x->retain_keys, "API_F_RETAIN_KEYS"}, {x->write_only, "API_F_WRITE_ONLY"},
        {x->unchecked, "API_F_UNCHECKED"},     {x->granular, "API_F_GRANULAR"},
        {x->empty_key, "API_F_EMPTY_KEY"},
    };
    const char *sep = "";
    fputs(".flags = ", f);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (!rows[i].on) continue;
        fprintf(f, "%s%s", sep, rows[i].name);
        sep = " | ";
    }
    if (!*sep) fputc('0', f);
}

static void put_field(FILE *f, const struct model *m, struct texts *texts, const struct field *x)
{
    static const char *const shapes[] = {['1'] = "API_ONE", ['L'] = "API_LIST", ['M'] = "API_MAP"};
    fputs("    {.name = {", f);
    put_string(f, x->name);
    fprintf(f, ", %zu}, .value = %s, .shape = %s, ", strlen(x->name), x->ref.value, shapes[(int)x->ref.shape]);
    put_flags(f, x);
    if (x->proto) fprintf(f, ", .proto = %d", x->proto);
    if (x->proto_outer) fprintf(f, ", .proto_outer = %d", x->proto_outer);
    if (x->outer) fprintf(f, ", .outer = \"%s\"", x->outer);
    if (x->ref.type) fprintf(f, ", .type = &%s", type_id(x->ref.type));
    if (x->ref.enums) fprintf(f, ", .enums = texts_%zu", texts_number(texts, x->ref.enums));
    if (x->default_json) {
        fputs(", .default_json = ", f);
        put_string(f, x->default_json);
    }
    if (x->default_hook) fprintf(f, ", .default_hook = %d", hook_number(m, HOOK_DEFAULT, x->default_hook));
    if (x->rule) fprintf(f, ", .rule_hook = %d", hook_number(m, HOOK_RULE, x->rule));
    if (x->list_keys) fprintf(f, ", .list_keys = texts_%zu", texts_number(texts, with_bars(x->list_keys)));
    if (x->merge_key) {
        fputs(", .merge_key = ", f);
        put_string(f, x->merge_key);
    }
    fputs(", .doc = ", f);
    put_string(f, x->doc);
    fputs("},\n", f);
}

static const struct type *order_of;

static int by_field_name(const void *a, const void *b)
{
    const struct field *x = order_of->flat.items[*(const size_t *)a], *y = order_of->flat.items[*(const size_t *)b];
    return strcmp(x->name, y->name);
}

static void put_by_name(FILE *f, const struct type *t)
{
    size_t n = t->flat.count, *order = gen_alloc(n * sizeof(*order));
    for (size_t i = 0; i < n; i++) order[i] = i;
    order_of = t;
    qsort(order, n, sizeof(*order), by_field_name);
    fprintf(f, "static const uint16_t order_%s[] = {", type_id(t));
    for (size_t i = 0; i < n; i++) fprintf(f, "%s%zu", i ? ", " : "", order[i]);
    fputs("};\n", f);
}

enum { WIRE_LEVELS = 3 };

/* The numbers of the messages that a field stands in, the outermost first, and its own; then 0. */
static void wire_path(const struct field *x, int path[static WIRE_LEVELS])
{
    int n = 0;
    memset(path, 0, WIRE_LEVELS * sizeof *path);
    if (x->proto_outer) path[n++] = x->proto_outer & 0xff;
    if (x->proto_outer >> 8) path[n++] = x->proto_outer >> 8;
    path[n] = x->proto;
}

static int by_wire_number(const void *a, const void *b)
{
    int x[WIRE_LEVELS], y[WIRE_LEVELS], level = 0;
    wire_path(order_of->flat.items[*(const size_t *)a], x);
    wire_path(order_of->flat.items[*(const size_t *)b], y);
    while (level < WIRE_LEVELS - 1 && x[level] == y[level]) level++;
    return x[level] - y[level];
}

/* Returns how many fields have a number. */
static size_t put_by_number(FILE *f, const struct type *t)
{
    size_t n = 0, *order = gen_alloc(t->flat.count * sizeof(*order));
    for (size_t i = 0; i < t->flat.count; i++)
        if (((const struct field *)t->flat.items[i])->proto) order[n++] = i;
    if (!n) return 0;
    order_of = t;
    qsort(order, n, sizeof(*order), by_wire_number);
    fprintf(f, "static const uint16_t numbers_%s[] = {", type_id(t));
    for (size_t i = 0; i < n; i++) fprintf(f, "%s%zu", i ? ", " : "", order[i]);
    fputs("};\n", f);
    return n;
}

static void put_type(FILE *f, const struct model *m, struct texts *texts, const struct type *t)
{
    const char *id = type_id(t);
    size_t numbers = 0;
    if (t->flat.count) {
        fprintf(f, "\nstatic const struct api_field fields_%s[] = {\n", id);
        LIST_EACH(struct field, x, &t->flat) put_field(f, m, texts, x);
        fputs("};\n", f);
        put_by_name(f, t);
        numbers = put_by_number(f, t);
    }
    fprintf(f, "const struct api_type %s = {.name = \"%s\", .package = \"%s\", .openapi = \"%s.%s\"", id, t->name,
            t->group->package, t->group->openapi, t->name);
    if (t->flat.count) fprintf(f, ", .fields = fields_%s, .nfields = %zu, .by_name = order_%s", id, t->flat.count, id);
    if (numbers) fprintf(f, ", .by_number = numbers_%s, .nnumbers = %zu", id, numbers);
    if (t->atomic) fputs(", .atomic = true", f);
    if (t->whole) fputs(", .whole = true", f);
    if (t->form) fprintf(f, ", .form = API_FORM_%s", strcmp(t->form, "list") == 0 ? "LIST" : "UNION");
    if (t->default_hook) fprintf(f, ", .default_hook = %d", hook_number(m, HOOK_TYPE_DEFAULT, t->default_hook));
    if (t->check_hook) fprintf(f, ", .check_hook = %d", hook_number(m, HOOK_CHECK, t->check_hook));
    fputs(",\n    .doc = ", f);
    put_string(f, t->doc);
    fputs("};\n", f);
}

/* ---- Resources ---- */

static void put_verbs(FILE *f, const struct list *verbs)
{
    static const struct {
        const char *word, *name;
    } rows[] = {
        {"get", "API_GET"},       {"list", "API_LIST_VERB"},
        {"watch", "API_WATCH"},   {"create", "API_CREATE"},
        {"update", "API_UPDATE"}, {"patch", "API_PATCH"},
        {"delete", "API_DELETE"}, {"deletecollection", "API_DELETECOLLECTION"},
    };
    const char *sep = "";
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (!list_has_text(verbs, rows[i].word)) continue;
        fprintf(f, "%s%s", sep, rows[i].name);
        sep = " | ";
    }
}

static void put_subs(FILE *f, const struct resource *r)
{
    fprintf(f, "static const struct api_subresource subs_%s[] = {\n", resource_id(r));
    LIST_EACH(struct sub, s, &r->subs)
    {
        fprintf(f, "    {.name = \"%s\", ", s->name);
        if (s->own_kind)
            fprintf(f, ".group = \"%s\", .version = \"%s\", .kind = \"%s\", ", s->type->group->name,
                    s->type->group->version, s->type->name);
        fputs(".verbs = ", f);
        put_verbs(f, &s->verbs);
        fputs(", .writes = ", f);
        put_string(f, s->writes);
        fprintf(f, ", .type = &%s},\n", type_id(s->type));
    }
    fputs("};\n", f);
}

static void put_columns(FILE *f, const struct model *m, const struct resource *r)
{
    fprintf(f, "static const struct api_column columns_%s[] = {\n", resource_id(r));
    LIST_EACH(struct column, c, &r->columns)
    {
        fprintf(f, "    {.name = \"%s\", .type = \"%s\", .format = \"%s\", .description = ", c->name, c->type,
                c->format);
        put_string(f, c->doc);
        fprintf(f, ", .priority = %d, .path = ", c->priority);
        put_string(f, c->path);
        fprintf(f, ", .hook = %d},\n", hook_number(m, HOOK_COLUMN, c->hook));
    }
    fputs("};\n", f);
}

static void put_selects(FILE *f, const struct resource *r)
{
    fprintf(f, "static const struct api_selectable selects_%s[] = {\n", resource_id(r));
    LIST_EACH(struct select, s, &r->selects)
    {
        fprintf(f, "    {\"%s\", \"%s\", ", s->label, s->path);
        put_string(f, s->otherwise);
        fputs("},\n", f);
    }
    fputs("};\n", f);
}

static void put_resource_flags(FILE *f, const struct resource *r)
{
    const struct {
        bool on;
        const char *name;
    } rows[] = {
        {r->generation, "API_R_GENERATION"},     {r->put_creates, "API_R_PUT_CREATES"},
        {r->put_needs_rv, "API_R_PUT_NEEDS_RV"}, {r->delete_gives_object, "API_R_DELETE_GIVES_OBJECT"},
        {r->is_virtual, "API_R_VIRTUAL"},        {r->grace, "API_R_GRACE"},
        {r->orphans, "API_R_ORPHANS"},           {r->no_gc, "API_R_NO_GC"},
    };
    const char *sep = "";
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (!rows[i].on) continue;
        fprintf(f, "%s%s", sep, rows[i].name);
        sep = " | ";
    }
    if (!*sep) fputc('0', f);
}

static void put_resource(FILE *f, const struct model *m, struct texts *texts, const struct resource *r)
{
    const char *id = resource_id(r);
    fputc('\n', f);
    if (r->subs.count) put_subs(f, r);
    if (r->columns.count) put_columns(f, m, r);
    if (r->selects.count) put_selects(f, r);
    fprintf(f, "const struct api_resource %s = {\n", id);
    fprintf(f,
            "    .group = \"%s\", .version = \"%s\", .kind = \"%s\", .list_kind = \"%s\", .plural = \"%s\", .singular "
            "= \"%s\",\n",
            r->group->name, r->group->version, r->kind, r->list_kind, r->plural, r->singular);
    if (r->short_names.count)
        fprintf(f, "    .short_names = texts_%zu", texts_number(texts, joined(&r->short_names, '|')));
    else
        fputs("    .short_names = no_texts", f);
    if (r->cats)
        fprintf(f, ", .categories = texts_%zu", texts_number(texts, with_bars(r->cats)));
    else
        fputs(", .categories = no_texts", f);
    fprintf(f, ", .namespaced = %s,\n    .flags = ", r->namespaced ? "true" : "false");
    put_resource_flags(f, r);
    fputs(",\n    .verbs = ", f);
    put_verbs(f, &r->verbs);
    fprintf(f, ",\n    .type = &%s, .storage = &%s, .store_prefix = ", type_id(r->type), resource_id(r->storage));
    put_string(f, r->store ? gen_printf("%s/", r->store) : NULL);
    fputs(",\n", f);
    if (r->subs.count) fprintf(f, "    .subs = subs_%s, .nsubs = %zu,\n", id, r->subs.count);
    if (r->columns.count) fprintf(f, "    .columns = columns_%s, .ncolumns = %zu,\n", id, r->columns.count);
    if (r->selects.count) fprintf(f, "    .selectable = selects_%s, .nselectable = %zu,\n", id, r->selects.count);
    fprintf(f, "    .strategy_hook = %d, .convert_hook = %d, .name_rule_hook = %d, .id = %d,\n};\n",
            hook_number(m, HOOK_STRATEGY, r->hooks), hook_number(m, HOOK_CONVERT, r->convert),
            hook_number(m, HOOK_RULE, r->name_rule), r->id);
}

void emit_tables(FILE *f, const struct model *m)
{
    struct texts texts = {0};
    fputs("/* Written by tools/schemagen from lib/api/schema: do not edit. */\n#include \"schema_ids.h\"\n\n", f);
    collect_texts(&texts, m);
    put_texts(f, &texts);
    LIST_EACH(struct type, t, &m->types) put_type(f, m, &texts, t);
    LIST_EACH(struct resource, r, &m->resources) put_resource(f, m, &texts, r);
    fputs("\nconst struct api_type *const api_types[] = {\n", f);
    LIST_EACH(struct type, t2, &m->types) fprintf(f, "    &%s,\n", type_id(t2));
    fprintf(f, "    NULL,\n};\nconst uint16_t api_type_count = %zu;\n", m->types.count);
    fputs("\nconst struct api_resource *const api_resources[] = {\n", f);
    LIST_EACH(struct resource, r2, &m->resources) fprintf(f, "    &%s,\n", resource_id(r2));
    fprintf(f, "    NULL,\n};\nconst uint16_t api_resource_count = %zu;\n", m->resources.count);
}
