/* apply.c - who owns which fields after writes, by files of cases (README.md tells their form).
 * Reads: a .cases file.   Writes: the same file to stdout, with the outcomes that are true now; cases.sh compares.
 * With --dump: the cases as lines of JSON, for oracle/. With --schema: how every field of every type is owned. */
#include "api/convert.h"
#include "api/decode.h"
#include "api/object.h"
#include "api/patch.h"
#include "api/typed.h"
#include "api/yaml.h"
#include "apiserver/crd/crd.h"
#include "apiserver/managed/managed.h"
#include "apiserver/object/object.h"
#include "base/clk.h"
#include "base/io.h"
#include "schema_ids.h"

#include <stdio.h>
#include <stdlib.h>

enum { FILE_MAX = 16 << 20, OUT_MAX = 64 << 20, BASE_S = 1577836800 }; /* 2020-01-01T00:00:00Z */

struct run {
    const char *file;
    int line;
    bool dump;
    struct buf out;
    const struct api_resource *res;
    struct crd_kind *kind; /* referenced: the last that the file defined; NULL: none */
    struct arena arena;    /* of a case */
    struct json *live;     /* storage version; NULL: none */
    int steps;
};

struct step {
    struct str verb, manager, sub, version;
    bool force;
    struct json *obj; /* as written, with a name and a namespace */
};

static void fail(const struct run *r, const char *what, struct str detail)
{
    fprintf(stderr, "%s:%d: %s: %.*s\n", r->file, r->line, what, STR_ARG(detail));
    exit(2);
}

/* ---- Reading a step ---- */

static struct str next_word(struct str *line)
{
    struct str rest, word = str_cut(*line, ' ', &rest);
    *line = rest.p ? str_trim(rest) : STR("");
    return word;
}

static void add_name(struct run *r, struct step *s)
{
    struct arena *a = &r->arena;
    if (str_eqc(s->verb, "edit")) return;
    if (!json_getc(s->obj, "metadata")) json_set(a, s->obj, STR("metadata"), json_obj(a));
    struct json *meta = json_getc(s->obj, "metadata");
    if (!json_is(meta, JSON_OBJ)) return;
    if (!json_getc(meta, "name")) json_set(a, meta, STR("name"), json_strc(a, "x"));
    if (r->res->namespaced && !json_getc(meta, "namespace"))
        json_set(a, meta, STR("namespace"), json_strc(a, "default"));
}

static struct step read_step(struct run *r, struct str line)
{
    struct step s = {.verb = next_word(&line), .manager = next_word(&line)};
    struct err e = ERR_INIT;
    while (line.n && line.p[0] != '{') {
        struct str word = next_word(&line);
        if (word.p[0] == '/')
            s.sub = str_from(word, 1);
        else if (str_eqc(word, "force"))
            s.force = true;
        else if (str_eqc(word, "as"))
            s.version = next_word(&line);
        else
            fail(r, "no step has this", word);
    }
    s.obj = yaml_parse(&r->arena, str_copy(&r->arena, line), &e);
    if (!json_is(s.obj, JSON_OBJ)) fail(r, e.text, line);
    add_name(r, &s);
    return s;
}

static const struct api_resource *resource(const struct run *r, struct str name)
{
    struct str version, plural, rest = name;
    struct str first = str_cut(rest, '/', &rest);
    version = str_cut(rest, '/', &plural);
    if (r->kind && plural.p && str_eqc(plural, r->kind->base.versions[0].plural))
        return api_custom_version(&r->kind->base, version);
    const struct api_resource *res =
        plural.p ? api_find_resource(first, version, plural) : api_find_resource(STR(""), first, version);
    if (!res) fail(r, "no such resource", name);
    return res;
}

/* A kind of one's own: GROUP, and its versions as a definition has them. */
static void define(struct run *r, struct str line)
{
    struct arena *a = &r->arena;
    struct err e = ERR_INIT;
    struct str versions, group = str_cut(line, ' ', &versions);
    struct json *list = yaml_parse(a, str_copy(a, str_trim(versions)), &e);
    if (!json_is(list, JSON_ARR)) fail(r, e.text, line);
    struct str text = str_printf(
        a,
        "{\"metadata\":{\"name\":\"things.%.*s\"},\"spec\":{\"group\":\"%.*s\",\"scope\":\"Namespaced\",\"names\":"
        "{\"plural\":\"things\",\"singular\":\"thing\",\"kind\":\"Thing\",\"listKind\":\"ThingList\"},\"conversion\":"
        "{\"strategy\":\"None\"}},\"status\":{\"acceptedNames\":{\"plural\":\"things\",\"kind\":\"Thing\"},"
        "\"conditions\":["
        "{\"type\":\"NamesAccepted\",\"status\":\"True\"},{\"type\":\"Established\",\"status\":\"True\"}]}}",
        STR_ARG(group), STR_ARG(group));
    struct json *def = json_parse(a, text, &e);
    struct buf b AUTO_BUF = {0};
    obj_put(a, def, ".spec.versions", list);
    buf_init(&b, OUT_MAX);
    json_write(&b, def);
    const struct blob *blob AUTO_BLOB = blob_new(buf_view(&b));
    if (r->kind) api_custom_unref(&r->kind->base);
    r->kind = crd_kind_new(blob);
    if (!r->kind) fail(r, "this defines no kind", line);
    api_custom_prepare(&r->kind->base);
    if (r->dump) buf_addf(&r->out, "{\"Define\":%.*s,\"Text\":", STR_ARG(buf_view(&b)));
}

/* ---- Doing it ---- */

static void say(struct run *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void say(struct run *r, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    buf_cstr(&r->out, "        ");
    buf_vaddf(&r->out, fmt, ap);
    buf_char(&r->out, '\n');
    va_end(ap);
}

static void sort_maps(struct json *j)
{
    if (j->type == JSON_OBJ) json_sort_keys(j);
    JSON_FOREACH(it, j) sort_maps(it);
}

static void show_object(struct run *r, const struct json *obj)
{
    static const char *const hidden[] = {".metadata.managedFields", ".metadata.uid", ".metadata.name",
                                         ".metadata.namespace"};
    struct json *copy = json_copy(&r->arena, obj);
    struct buf text AUTO_BUF = {0};
    buf_init(&text, OUT_MAX);
    for (size_t i = 0; i < ARRAY_LEN(hidden); i++) obj_del(copy, hidden[i]);
    sort_maps(copy);
    json_write(&text, copy);
    say(r, "| %.*s", STR_ARG(buf_view(&text)));
}

static void show_entries(struct run *r, const struct json *obj)
{
    for (OBJ_EACH(it, obj, ".metadata.managedFields")) {
        struct str sub = obj_str(it, ".subresource"), time = obj_str(it, ".time");
        char at[24] = "-";
        if (time.n) snprintf(at, sizeof at, "%lld", (long long)(obj_time_s(it, ".time", 0) - BASE_S));
        say(r, "> %.*s %.*s %.*s%s%.*s @%s %.*s", STR_ARG(obj_str(it, ".operation")), STR_ARG(obj_str(it, ".manager")),
            STR_ARG(obj_str(it, ".apiVersion")), sub.n ? " /" : "", STR_ARG(sub), at,
            STR_ARG(json_getc(it, "fieldsV1")->u.s));
    }
}

static void show_error(struct run *r, struct str text)
{
    struct buf line AUTO_BUF = {0};
    buf_init(&line, OUT_MAX);
    for (size_t i = 0; i < text.n; i++) text.p[i] == '\n' ? buf_cstr(&line, "\\n") : buf_char(&line, text.p[i]);
    say(r, "! %.*s", STR_ARG(buf_view(&line)));
}

static void show_conflicts(struct run *r, const struct conflicts *c)
{
    struct conflict_text *told = conflicts_tell(&r->arena, c);
    show_error(r, conflicts_message(&r->arena, told, c->count));
    for (size_t i = 0; i < c->count; i++)
        say(r, "! %.*s: conflict with %.*s", STR_ARG(told[i].path), STR_ARG(told[i].manager));
}

static struct owner owner_of(struct run *r, const struct step *s, const struct api_resource *res)
{
    return (struct owner){
        .a = &r->arena,
        .res = res,
        .type = res->type,
        .group = res->group,
        .version = res->version,
        .kind = res->kind,
        .subresource = s->sub.n ? str_cstr(&r->arena, s->sub) : NULL,
        .manager = s->manager,
        .now_s = BASE_S + r->steps,
        .exists = r->live != NULL,
    };
}

static struct json *in_version(struct run *r, const struct json *tree, const struct api_resource *from,
                               const struct api_resource *to)
{
    struct json *copy = json_copy(&r->arena, tree);
    if (from->custom) {
        crd_read(&r->arena, copy, from, to);
        crd_drop_type_meta(copy);
    } else if (from != to)
        api_convert(&r->arena, copy, from, to);
    return copy;
}

/* Decoded and defaulted, storage version. */
static struct json *decode(struct run *r, struct json *obj, const struct api_resource *res)
{
    struct err e = ERR_INIT;
    if (res->custom) {
        if (!crd_decode(&r->arena, res, obj, NULL, &e)) fail(r, e.text, STR("object"));
        crd_default(&r->arena, res, obj);
        return obj;
    }
    if (!api_decode(&r->arena, res->type, obj, NULL, &e)) fail(r, e.text, STR("object"));
    struct json *stored = in_version(r, obj, res, res->storage);
    object_default(&r->arena, res->storage->type, stored);
    return stored;
}

static const struct json *entries(const struct json *obj) { return obj_get(obj, ".metadata.managedFields"); }

static void read_entries(struct run *r, const struct json *list, struct managed *m)
{
    struct err e = ERR_INIT;
    if (!managed_read(&r->arena, list, entries(r->live), m, &e)) fail(r, e.text, STR("managedFields"));
}

static void store(struct run *r, struct json *obj, struct managed *m)
{
    struct err e = ERR_INIT;
    struct json *list = managed_write(m);
    obj_put_cstr(&r->arena, obj, ".metadata.uid", "u");
    obj_del(obj, ".metadata.managedFields");
    if (!r->res->custom && !api_decode(&r->arena, r->res->storage->type, obj, NULL, &e))
        fail(r, e.text, STR("outcome"));
    if (list) obj_put(&r->arena, obj, ".metadata.managedFields", list);
    r->live = obj;
}

static void run_apply(struct run *r, const struct step *s, const struct api_resource *res)
{
    struct owner o = owner_of(r, s, res);
    struct json *live = r->live ? in_version(r, r->live, res->storage, res) : api_zero(&r->arena, res->type), *out;
    struct managed m;
    struct conflicts c = {0};
    struct err e = ERR_INIT;
    sort_maps(s->obj);
    read_entries(r, entries(r->live), &m);
    if (!managed_apply(&o, live, s->obj, s->force, &m, &out, &c, &e)) {
        if (c.count)
            show_conflicts(r, &c);
        else
            show_error(r, str_of(e.text));
        return;
    }
    if (!out) out = live;
    last_applied_put(&o, out, s->obj);
    store(r, decode(r, out, res), &m);
    show_object(r, in_version(r, r->live, r->res->custom ? res : res->storage, res));
    show_entries(r, r->live);
}

static void run_update(struct run *r, const struct step *s, const struct api_resource *res)
{
    struct owner o = owner_of(r, s, res);
    struct json *live = r->live ? in_version(r, r->live, res->storage, res) : api_zero(&r->arena, res->type),
                *obj = s->obj;
    struct managed m;
    if (str_eqc(s->verb, "edit")) {
        obj = json_copy(&r->arena, live);
        patch_merge(&r->arena, &obj, s->obj);
    }
    struct json *now = decode(r, obj, res);
    const struct json *list = s->sub.n || !entries(now) ? entries(r->live) : entries(now);
    read_entries(r, list, &m);
    obj_del(now, ".metadata.managedFields");
    managed_update(&o, live, in_version(r, now, res->custom ? res : res->storage, res), &m);
    store(r, now, &m);
    show_entries(r, r->live);
}

/* What ScaleREST does of it. */
static void run_scale(struct run *r, const struct step *s)
{
    struct arena *a = &r->arena;
    struct owner o = owner_of(r, s, r->res);
    struct managed parent, scale;
    struct conflicts c = {0};
    struct err e = ERR_INIT;
    struct json *live = json_obj(a), *out = NULL;
    obj_put_str(a, live, ".metadata.name", obj_name(r->live));
    obj_put_str(a, live, ".metadata.namespace", obj_ns(r->live));
    obj_put_int(a, live, ".spec.replicas", obj_int(r->live, ".spec.replicas", 0));
    o.res = NULL;
    o.type = &type_autoscaling_v1_Scale;
    o.group = "autoscaling";
    o.version = "v1";
    o.kind = "Scale";
    o.subresource = "scale";
    read_entries(r, entries(r->live), &parent);
    managed_to_scale(&parent, &scale);
    if (!api_decode(a, o.type, live, NULL, &e)) fail(r, e.text, STR("scale"));
    if (str_eqc(s->verb, "scale-apply")) {
        if (!managed_apply(&o, live, s->obj, s->force, &scale, &out, &c, &e)) {
            show_conflicts(r, &c);
            return;
        }
        if (!out) out = live;
    } else {
        out = json_copy(a, live);
        obj_put_int(a, out, ".spec.replicas", obj_int(s->obj, ".spec.replicas", 0));
        if (!api_decode(a, o.type, out, NULL, &e)) fail(r, e.text, STR("scale"));
        managed_update(&o, live, out, &scale);
    }
    struct owner of_parent = owner_of(r, s, r->res);
    managed_from_scale(&parent, &scale, managed_version(&of_parent));
    struct json *now = json_copy(a, r->live);
    obj_put_int(a, now, ".spec.replicas", obj_int(out, ".spec.replicas", 0));
    store(r, now, &parent);
    show_entries(r, r->live);
}

static const struct api_resource *version_of(const struct api_resource *res, struct str version)
{
    return res->custom ? api_custom_version(res->custom, version)
                       : api_find_resource(str_of(res->group), version, str_of(res->plural));
}

static void dump_step(struct run *r, struct str line, const struct step *s)
{
    struct json *j = json_obj(&r->arena), *step = json_obj(&r->arena);
    struct arena *a = &r->arena;
    const struct api_resource *res = r->res;
    char version[API_VERSION_MAX];
    if (str_eqc(s->verb, "apply") || str_eqc(s->verb, "scale-apply")) {
        bool scale = s->verb.n > 5;
        if (s->version.n) res = version_of(res, s->version);
        if (!json_getc(s->obj, "apiVersion"))
            json_set(a, s->obj, STR("apiVersion"),
                     json_strc(a, scale ? "autoscaling/v1" : arena_strdup(a, api_version_of(res, version))));
        if (!json_getc(s->obj, "kind")) json_set(a, s->obj, STR("kind"), json_strc(a, scale ? "Scale" : res->kind));
    }
    json_set(a, step, STR("Verb"), json_str(a, s->verb));
    json_set(a, step, STR("Manager"), json_str(a, s->manager));
    json_set(a, step, STR("Sub"), json_str(a, s->sub));
    json_set(a, step, STR("Version"), json_str(a, s->version));
    json_set(a, step, STR("Force"), json_bool(a, s->force));
    json_set(a, step, STR("Obj"), s->obj);
    json_set(a, j, STR("Text"), json_str(a, line));
    json_set(a, j, STR("Step"), step);
    json_write(&r->out, j);
    buf_char(&r->out, '\n');
}

static void run_step(struct run *r, struct str line)
{
    struct step s = read_step(r, str_trim(line));
    const struct api_resource *res = r->res;
    if (s.version.n) res = version_of(res, s.version);
    if (!res) fail(r, "no such version", s.version);
    r->steps++;
    if (r->dump) {
        dump_step(r, line, &s);
        return;
    }
    buf_addf(&r->out, "%.*s\n", STR_ARG(line));
    if (str_starts(s.verb, STR("scale")))
        run_scale(r, &s);
    else if (str_eqc(s.verb, "apply"))
        run_apply(r, &s, res);
    else
        run_update(r, &s, res);
}

static void text_line(struct run *r, struct str line)
{
    if (r->dump) buf_cstr(&r->out, "{\"Text\":");
    if (r->dump)
        json_write_string(&r->out, line);
    else
        buf_str(&r->out, line);
    buf_cstr(&r->out, r->dump ? "}\n" : "\n");
}

static void define_line(struct run *r, struct str line)
{
    if (r->dump)
        json_write_string(&r->out, line);
    else
        buf_str(&r->out, line);
    buf_cstr(&r->out, r->dump ? "}\n" : "\n");
}

static void begin_case(struct run *r)
{
    arena_release(&r->arena);
    r->live = NULL;
    r->steps = 0;
    if (r->dump)
        buf_addf(&r->out, "{\"New\":{\"Group\":\"%s\",\"Version\":\"%s\",\"Kind\":\"%s\",\"Plural\":\"%s\"}}\n",
                 r->res->group, r->res->version, r->res->kind, r->res->plural);
}

static bool is_outcome(struct str line)
{
    return str_starts(line, STR("        ")) && line.n > 8 && strchr(">|!", line.p[8]);
}

static void read_file(struct run *r, struct str text)
{
    struct str rest = text, line;
    while (rest.n) {
        line = str_cut(rest, '\n', &rest);
        r->line++;
        if (is_outcome(line)) continue;
        if (str_starts(line, STR("    "))) {
            run_step(r, line);
            continue;
        }
        if (str_starts(line, STR("define "))) {
            define(r, str_from(line, 7));
            define_line(r, line);
            continue;
        }
        text_line(r, line);
        if (str_starts(line, STR("kind "))) r->res = resource(r, str_trim(str_from(line, 5)));
        if (str_starts(line, STR("case "))) begin_case(r);
    }
}

/* ---- How fields are owned ---- */

static void put_relation(struct buf *out, struct typed t)
{
    struct typed_shape s = typed_shape(t);
    static const char *const scalars[] = {
        [API_STRING] = "string", [API_BYTES] = "string",   [API_DURATION] = "string", [API_INT32] = "numeric",
        [API_INT64] = "numeric", [API_DOUBLE] = "numeric", [API_BOOL] = "boolean",    [API_STRUCT] = NULL};
    switch (s.kind) {
    case TYPED_ANY:
        buf_cstr(out, s.field->value == API_FIELDS_V1 ? "map of any" : s.atomic ? "any atomic" : "any");
        return;
    case TYPED_SCALAR:
        buf_addf(out, "scalar %s", scalars[s.field->value] ? scalars[s.field->value] : "untyped");
        return;
    case TYPED_LIST:
        buf_cstr(out, "list ");
        if (s.atomic) buf_cstr(out, "atomic");
        if (!s.atomic && !s.keys)
            buf_cstr(out, s.field->merge_key && !(s.field->flags & API_F_SET) ? s.field->merge_key : "set");
        for (size_t i = 0; s.keys && s.keys[i]; i++) buf_addf(out, "%s%s", i ? "," : "", s.keys[i]);
        break;
    default:
        buf_addf(out, "%s%s", s.fields ? "struct" : "map", s.atomic ? " atomic" : "");
        if (s.fields) return;
    }
    buf_cstr(out, " of ");
    put_relation(out, typed_element(&s, t));
}

static void put_field(struct buf *out, const struct api_type *t, const struct api_field *f)
{
    struct typed_shape s = typed_shape((struct typed){.field = f});
    buf_addf(out, "%s %.*s: ", t->openapi, STR_ARG(f->name));
    put_relation(out, (struct typed){.field = f});
    struct arena a AUTO_ARENA = {0};
    struct typed_shape e = s.keys ? typed_shape(typed_element(&s, (struct typed){.field = f})) : s;
    for (size_t i = 0; s.keys && s.keys[i] && e.fields; i++) {
        const struct api_field *key = api_field_of(e.fields, str_of(s.keys[i]));
        struct json *v = key ? typed_default(&a, key) : NULL;
        if (!v) continue;
        buf_addf(out, " %s=", s.keys[i]);
        json_write(out, v);
    }
    buf_char(out, '\n');
}

static void put_schema(struct buf *out)
{
    for (int i = 0; i < api_type_count; i++)
        for (int k = 0; k < api_types[i]->nfields; k++)
            put_field(out, api_types[i], &api_types[i]->fields[api_types[i]->by_name[k]]);
}

int main(int argc, char **argv)
{
    struct run r = {.dump = argc == 3};
    struct err e = ERR_INIT;
    struct buf text AUTO_BUF = {0};
    buf_init(&r.out, OUT_MAX);
    if (argc < 2) return 2;
    r.file = argv[argc - 1];
    if (strcmp(r.file, "--schema") == 0) {
        put_schema(&r.out);
    } else {
        buf_init(&text, FILE_MAX);
        if (!io_read_file(r.file, &text, &e)) fail(&r, e.text, STR(""));
        read_file(&r, buf_view(&text));
    }
    fwrite(r.out.p ? r.out.p : "", 1, r.out.n, stdout);
    buf_release(&r.out);
    if (r.kind) api_custom_unref(&r.kind->base);
    arena_release(&r.arena);
    return 0;
}
