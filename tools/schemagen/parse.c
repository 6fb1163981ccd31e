/* parse.c - the lines of an .api file into the model.
 * Reads: one file.   Writes: groups, types and resources of the model, names not yet linked. */
#include "gen.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define FLAG(S, m)                                                                                                     \
    {                                                                                                                  \
#m, ATTR_FLAG, offsetof(struct S, m), 0, false                                                                 \
    }
#define FLAG_AS(S, n, m)                                                                                               \
    {                                                                                                                  \
        n, ATTR_FLAG, offsetof(struct S, m), 0, false                                                                  \
    }
#define TEXT_AS(S, n, m)                                                                                               \
    {                                                                                                                  \
        n, ATTR_TEXT, 0, offsetof(struct S, m), false                                                                  \
    }
#define HOOK_AS(S, n, m)                                                                                               \
    {                                                                                                                  \
        n, ATTR_TEXT, 0, offsetof(struct S, m), true                                                                   \
    }

static const struct attr field_attrs[] = {
    FLAG(field, required),
    FLAG(field, omitempty),
    FLAG(field, keepempty),
    FLAG(field, omitzero),
    FLAG(field, atomic),
    FLAG(field, set),
    FLAG(field, replace),
    FLAG_AS(field, "retainkeys", retain_keys),
    FLAG_AS(field, "writeonly", write_only),
    FLAG(field, unchecked),
    FLAG(field, granular),
    FLAG_AS(field, "emptykey", empty_key),
    {"merge", ATTR_FLAG_OR_TEXT, offsetof(struct field, merge), offsetof(struct field, merge_key), false},
    TEXT_AS(field, "listkeys", list_keys),
    TEXT_AS(field, "default", default_text),
    TEXT_AS(field, "go", go),
    HOOK_AS(field, "rule", rule),
};
static const struct attr type_attrs[] = {
    FLAG(type, atomic),
    FLAG(type, whole),
    TEXT_AS(type, "form", form),
    HOOK_AS(type, "default", default_hook),
    HOOK_AS(type, "check", check_hook),
};
static const struct attr resource_attrs[] = {
    FLAG(resource, generation),
    FLAG(resource, put_creates),
    FLAG(resource, put_needs_rv),
    FLAG(resource, delete_gives_object),
    FLAG(resource, grace),
    FLAG(resource, orphans),
    FLAG(resource, no_gc),
    FLAG_AS(resource, "virtual", is_virtual),
    TEXT_AS(resource, "cats", cats),
    TEXT_AS(resource, "store", store),
    TEXT_AS(resource, "storage", storage_text),
    TEXT_AS(resource, "singular", singular),
    TEXT_AS(resource, "list", list_kind),
    TEXT_AS(resource, "type", type_name),
    HOOK_AS(resource, "hooks", hooks),
    HOOK_AS(resource, "convert", convert),
    HOOK_AS(resource, "name", name_rule),
};
static const struct attr sub_attrs[] = {
    TEXT_AS(sub, "kind", kind_text),
    TEXT_AS(sub, "writes", writes),
    TEXT_AS(sub, "verbs", verbs_text),
};
static const struct attr column_attrs[] = {
    HOOK_AS(column, "fn", hook), TEXT_AS(column, "priority", priority_text),
    TEXT_AS(column, "", path), /* "=.spec.nodeName" */
};

struct group_words { /* the attributes of a group line */
    const char *package, *openapi, *priority;
};
static const struct attr group_attrs[] = {
    TEXT_AS(group_words, "package", package),
    TEXT_AS(group_words, "openapi", openapi),
    TEXT_AS(group_words, "priority", priority),
};

struct parser { /* the block that indented lines belong to */
    struct model *m;
    struct group *group;
    struct type *type;
    struct resource *resource;
};

static bool to_number(const char *text, long max, int *out)
{
    char *end;
    long v = strtol(text, &end, 10);
    if (!*text || *end || v < 0 || v > max) return false;
    *out = (int)v;
    return true;
}

static const char *unquote(const char *word)
{
    size_t n = strlen(word);
    return n >= 2 && word[0] == '"' && word[n - 1] == '"' ? gen_dup(word + 1, n - 2) : word;
}

/* group NAME VERSION package=P openapi=O [priority=N]; files of one group repeat the same line. */
static void parse_group(struct parser *p, const struct line *l)
{
    struct group_words w = {0};
    struct group g = {.at = l->at};
    p->group = NULL;
    if (l->nwords < 3) return diag(l->at, "want: group NAME VERSION package=P openapi=O");
    if (!parse_attrs(l, 3, group_attrs, COUNT(group_attrs), &w)) return;
    if (!w.package || !w.openapi) return diag(l->at, "a group needs package= and openapi=");
    if (w.priority && !to_number(w.priority, 100000, &g.priority))
        return diag(l->at, "bad priority \"%s\"", w.priority);
    g.name = strcmp(l->words[1], "core") != 0 ? l->words[1] : "";
    g.version = l->words[2];
    g.package = w.package;
    g.openapi = w.openapi;
    LIST_EACH(struct group, o, &p->m->groups)
    {
        if (strcmp(o->package, g.package) != 0) continue;
        if (strcmp(o->name, g.name) || strcmp(o->version, g.version) || strcmp(o->openapi, g.openapi) ||
            o->priority != g.priority)
            return diag(l->at, "package %s was declared otherwise at %s:%d", g.package, o->at.file, o->at.line);
        p->group = o;
    }
    if (p->group) return;
    p->group = gen_alloc(sizeof(g));
    *p->group = g;
    list_add(&p->m->groups, p->group);
}

/* type NAME [atomic] [form=list|union] [default=fn:H] [check=fn:H [whole]] # doc */
static void parse_type(struct parser *p, const struct line *l)
{
    struct type *t = gen_alloc(sizeof(*t));
    t->at = l->at;
    t->group = p->group;
    t->doc = l->doc;
    p->type = t; /* so that its lines are read even when it is wrong */
    if (l->nwords < 2) return diag(l->at, "want: type NAME");
    t->name = l->words[1];
    if (!parse_attrs(l, 2, type_attrs, COUNT(type_attrs), t)) return;
    if (t->form && strcmp(t->form, "list") != 0 && strcmp(t->form, "union") != 0)
        return diag(l->at, "unknown form \"%s\"", t->form);
    struct type *other = model_find_type(p->m, t->group->package, t->name);
    if (other) return diag(l->at, "type %s is already at %s:%d", t->name, other->at.file, other->at.line);
    list_add(&p->m->types, t);
}

/* NAME PROTO TYPE attribute... # doc     inline PROTO TYPE */
static void parse_field(struct parser *p, const struct line *l)
{
    struct field *f = gen_alloc(sizeof(*f));
    f->at = l->at;
    f->doc = l->doc;
    if (l->nwords < 3) return diag(l->at, "want: FIELD PROTO TYPE");
    f->name = l->words[0];
    f->is_inline = !strcmp(f->name, "inline");
    if (strcmp(l->words[1], "-") != 0 && (!to_number(l->words[1], 65535, &f->proto) || !f->proto))
        return diag(l->at, "bad protobuf number \"%s\"", l->words[1]);
    if (!parse_type_ref(l->at, l->words[2], &f->ref)) return;
    if (!parse_attrs(l, 3, field_attrs, COUNT(field_attrs), f)) return;
    if (f->default_text && !strncmp(f->default_text, "fn:", 3))
        f->default_hook = f->default_text + 3;
    else
        f->default_json = f->default_text;
    if (f->default_hook && !is_hook_name(l->at, f->default_hook)) return;
    list_add(&p->type->fields, f);
}

/* resource KIND PLURAL [SHORT...] namespaced|cluster attribute... */
static void parse_resource(struct parser *p, const struct line *l)
{
    struct resource *r = gen_alloc(sizeof(*r));
    r->at = l->at;
    r->group = p->group;
    p->resource = r;
    int i = 3;
    if (l->nwords < 4) return diag(l->at, "want: resource KIND PLURAL [SHORT...] namespaced|cluster");
    r->kind = l->words[1];
    r->plural = l->words[2];
    while (i < l->nwords && strcmp(l->words[i], "namespaced") != 0 && strcmp(l->words[i], "cluster") != 0) {
        if (strchr(l->words[i], '=')) break;
        list_add(&r->short_names, l->words[i++]);
    }
    if (i == l->nwords || strchr(l->words[i], '=')) return diag(l->at, "a resource is namespaced or cluster");
    r->namespaced = !strcmp(l->words[i], "namespaced");
    if (!parse_attrs(l, i + 1, resource_attrs, COUNT(resource_attrs), r)) return;
    LIST_EACH(struct resource, o, &p->m->resources)
    if (o->group == r->group && (!strcmp(o->plural, r->plural) || !strcmp(o->kind, r->kind)))
        return diag(l->at, "resource %s is already at %s:%d", r->kind, o->at.file, o->at.line);
    list_add(&p->m->resources, r);
}

static const char *const known_verbs[] = {"get",    "list",  "watch",  "create",
                                          "update", "patch", "delete", "deletecollection"};

static bool add_verb(struct pos at, struct list *verbs, const char *verb)
{
    for (size_t i = 0; i < COUNT(known_verbs); i++) {
        if (strcmp(verb, known_verbs[i]) != 0) continue;
        list_add_text(verbs, verb);
        return true;
    }
    return diag(at, "unknown verb \"%s\"", verb), false;
}

static void parse_verbs(struct resource *r, const struct line *l)
{
    if (r->has_verbs || l->nwords < 2) return diag(l->at, "a resource has one line of verbs");
    r->has_verbs = true;
    for (int i = 1; i < l->nwords; i++)
        if (!add_verb(l->at, &r->verbs, l->words[i])) return;
}

/* sub NAME [kind=PACKAGE.KIND] [writes=.PATH] [verbs=A,B] */
static void parse_sub(struct resource *r, const struct line *l)
{
    struct sub *s = gen_alloc(sizeof(*s));
    s->at = l->at;
    if (l->nwords < 2) return diag(l->at, "want: sub NAME");
    s->name = l->words[1];
    if (!parse_attrs(l, 2, sub_attrs, COUNT(sub_attrs), s)) return;
    if (!s->verbs_text && !s->writes) return diag(l->at, "a subresource needs writes= or verbs=");
    s->own_kind = s->kind_text != NULL;
    struct list verbs = split_text(s->verbs_text ? s->verbs_text : "get,update,patch", ',');
    LIST_EACH(char, v, &verbs)
    if (!add_verb(l->at, &s->verbs, v)) return;
    LIST_EACH(struct sub, o, &r->subs)
    if (!strcmp(o->name, s->name)) return diag(l->at, "subresource \"%s\" is there twice", s->name);
    list_add(&r->subs, s);
}

/* select metadata.name LABEL=.PATH[|LABEL] ... */
static void parse_select(struct resource *r, const struct line *l)
{
    for (int i = 1; i < l->nwords; i++) {
        struct select *s = gen_alloc(sizeof(*s));
        s->at = l->at;
        char *eq = strchr(l->words[i], '=');
        s->label = eq ? gen_dup(l->words[i], (size_t)(eq - l->words[i])) : l->words[i];
        char *bar = eq ? strchr(eq, '|') : NULL;
        if (bar) *bar = 0;
        s->otherwise = bar ? bar + 1 : NULL;
        s->path = eq ? eq + 1 : gen_printf(".%s", l->words[i]);
        LIST_EACH(struct select, o, &r->selects)
        if (!strcmp(o->label, s->label)) return diag(l->at, "\"%s\" is already selectable", s->label);
        list_add(&r->selects, s);
    }
}

/* column NAME TYPE[/FORMAT] =.PATH|fn=H [priority=N] # description */
static void parse_column(struct resource *r, const struct line *l)
{
    struct column *c = gen_alloc(sizeof(*c));
    c->at = l->at;
    c->doc = l->doc;
    if (l->nwords < 3) return diag(l->at, "want: column NAME TYPE =.PATH or fn=HOOK");
    c->name = unquote(l->words[1]);
    char *slash = strchr(l->words[2], '/');
    c->format = slash ? slash + 1 : "";
    c->type = slash ? gen_dup(l->words[2], (size_t)(slash - l->words[2])) : l->words[2];
    if (!parse_attrs(l, 3, column_attrs, COUNT(column_attrs), c)) return;
    if (!c->path == !c->hook) return diag(l->at, "a column needs a path or fn=, not both");
    if (c->priority_text && !to_number(c->priority_text, 1000, &c->priority))
        return diag(l->at, "bad priority \"%s\"", c->priority_text);
    LIST_EACH(struct column, o, &r->columns)
    if (!strcmp(o->name, c->name)) return diag(l->at, "column \"%s\" is there twice", c->name);
    list_add(&r->columns, c);
}

static void parse_resource_line(struct resource *r, const struct line *l)
{
    static const struct {
        const char *word;
        void (*parse)(struct resource *, const struct line *);
    } rows[] = {{"verbs", parse_verbs}, {"sub", parse_sub}, {"select", parse_select}, {"column", parse_column}};
    for (size_t i = 0; i < COUNT(rows); i++)
        if (!strcmp(l->words[0], rows[i].word)) return rows[i].parse(r, l);
    diag(l->at, "unknown word \"%s\" in a resource", l->words[0]);
}

static void parse_line(struct parser *p, const struct line *l)
{
    const char *word = l->words[0];
    if (l->indented) {
        if (p->type) return parse_field(p, l);
        if (p->resource) return parse_resource_line(p->resource, l);
        return diag(l->at, "an indented line belongs to a type or a resource");
    }
    p->type = NULL;
    p->resource = NULL;
    if (!strcmp(word, "group")) return parse_group(p, l);
    if (!p->group) return diag(l->at, "a file begins with its group");
    if (!strcmp(word, "type")) return parse_type(p, l);
    if (!strcmp(word, "resource")) return parse_resource(p, l);
    diag(l->at, "unknown word \"%s\"", word);
}

bool parse_file(struct model *m, const char *path)
{
    FILE *f = fopen(path, "r");
    if (!f) {
        fprintf(stderr, "schemagen: %s: %s\n", path, strerror(errno));
        return false;
    }
    struct parser p = {.m = m};
    struct line l = {.at = {path, 0}};
    char text[LINE_MAX_BYTES];
    while (fgets(text, sizeof(text), f)) {
        l.at.line++;
        if (!strchr(text, '\n') && strlen(text) == sizeof(text) - 1) {
            diag(l.at, "a line has at most %d bytes", LINE_MAX_BYTES - 2);
            break;
        }
        if (line_cut(&l, text) && l.nwords) parse_line(&p, &l);
    }
    fclose(f);
    return true;
}
