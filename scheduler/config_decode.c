/* config_decode.c - the text of a configuration to its tree: JSON or YAML, its version and kind, fields that are
 * unknown or there twice, the arguments of plugins, which are objects of their own. The words are upstream's. Reads:
 * the text, the schema (lib/api/schema/scheduler_config.api).   Writes: the draft's tree. Upstream: apimachinery
 * pkg/runtime/serializer (json, strict), kube-scheduler config/v1 types.go (DecodeNestedObjects). */
#include "scheduler/config_priv.h"

#include "api/decode.h"
#include "api/object.h"
#include "api/yaml.h"

/* Where upstream's scheme was made; it is part of the message. */
#define SCHEME "pkg/runtime/scheme.go:111"
#define TYPE_META                                                                                                      \
    "struct { APIVersion string \"json:\\\"apiVersion,omitempty\\\"\"; Kind string \"json:\\\"kind,omitempty\\\"\" }"

struct reader {
    struct config_draft *d;
    struct config_errors strict; /* unknown and repeated fields: said together, unless something worse comes */
};

static const char *json_word(const struct json *j)
{
    if (json_is(j, JSON_STR)) return "string";
    if (json_is(j, JSON_ARR)) return "array";
    if (json_is(j, JSON_BOOL)) return "bool";
    return json_is(j, JSON_OBJ) ? "object" : "number";
}

/* ---- Text ---- */

static struct json *read_json(struct reader *r, struct str text)
{
    struct err e = ERR_INIT;
    struct json *j = json_parse(&r->d->arena, text, &e);
    if (!j) config_say(r->d->errors, "couldn't get version/kind; json parse error: %s", e.text);
    return j;
}

/* The first document; the others are not looked at. Members are sorted: upstream makes a map of them. */
static struct json *read_yaml(struct reader *r, struct str text)
{
    static const char context[] = "error converting YAML to JSON: ";
    struct json **docs = ARENA_ARRAY(&r->d->arena, struct json *, YAML_DOCS_MAX);
    struct err e = ERR_INIT, duplicates = ERR_INIT;
    int count = 0;
    if (!yaml_parse_all_lax(&r->d->arena, text, docs, YAML_DOCS_MAX, &count, &duplicates, &e)) {
        bool has = str_starts(str_of(e.text), str_of(context));
        config_say(r->d->errors, "%s", has ? e.text + sizeof context - 1 : e.text);
        return NULL;
    }
    if (!count) return json_null(&r->d->arena);
    if (duplicates.code) {
        bool has = str_starts(str_of(duplicates.text), str_of(context));
        config_say(&r->strict, "%s", has ? duplicates.text + sizeof context - 1 : duplicates.text);
    }
    yaml_sort(docs[0]);
    return docs[0];
}

static bool begins_object(struct str text)
{
    size_t i = 0;
    while (i < text.n && (text.p[i] == ' ' || text.p[i] == '\t' || text.p[i] == '\n' || text.p[i] == '\r')) i++;
    return i < text.n && text.p[i] == '{';
}

/* ---- Version and kind ---- */

struct type_meta {
    struct str version, kind;
};

/* context: what comes before the message. */
static bool meta_text(struct reader *r, const char *context, const struct json *j, const char *name, struct str *out)
{
    const struct json *value = obj_get(j, arena_printf(&r->d->arena, ".%s", name));
    *out = obj_text(value);
    if (!value || json_is(value, JSON_STR) || json_is(value, JSON_NULL)) return true;
    return config_say(r->d->errors,
                      "%scouldn't get version/kind; json parse error: json: cannot unmarshal %s into Go struct field "
                      ".%s of type string",
                      context, json_word(value), name);
}

static bool read_meta(struct reader *r, const char *context, const struct json *j, struct type_meta *out)
{
    *out = (struct type_meta){STR_NULL, STR_NULL};
    if (json_is(j, JSON_NULL)) return true;
    if (!json_is(j, JSON_OBJ))
        return config_say(r->d->errors,
                          "%scouldn't get version/kind; json parse error: json: cannot unmarshal %s into Go value of "
                          "type " TYPE_META,
                          context, json_word(j));
    if (!meta_text(r, context, j, "apiVersion", &out->version) || !meta_text(r, context, j, "kind", &out->kind))
        return false;
    size_t slash = str_chr(out->version, '/');
    if (slash != SIZE_MAX && str_chr(str_from(out->version, slash + 1), '/') != SIZE_MAX)
        return config_say(r->d->errors, "%sunexpected GroupVersion string: %.*s", context, STR_ARG(out->version));
    return true;
}

/* The type of an object of the configuration's group. */
static const struct api_type *type_of(struct reader *r, const char *context, const struct type_meta *m)
{
    if (str_eqc(m->version, CONFIG_VERSION)) {
        const struct config_args_row *args = config_args_of_kind(m->kind);
        if (str_eqc(m->kind, CONFIG_KIND)) return api_find_type(CONFIG_VERSION, CONFIG_KIND);
        if (args) return config_args_type(args);
    }
    struct config_errors *w = r->d->errors;
    config_say(w, "%sno kind %s is registered for version %s in scheme \"" SCHEME "\"", context,
               config_quote(w, m->kind), config_quote(w, m->version));
    return NULL;
}

/* ---- Objects ---- */

/* All notes as one text: "strict decoding error: a, b". */
static const char *strict_text(struct arena *a, const struct str *notes, int n)
{
    struct buf text AUTO_BUF = {0};
    buf_init(&text, CONFIG_TEXT_MAX);
    for (int i = 0; i < n; i++) buf_addf(&text, "%s%.*s", i ? ", " : "strict decoding error: ", STR_ARG(notes[i]));
    return str_cstr(a, buf_view(&text));
}

/* The object's tree loses its version and kind. Notes go to *notes. */
static bool decode(struct reader *r, const char *context, const struct api_type *type, struct json *j,
                   struct decode_notes *notes)
{
    struct err e = ERR_INIT;
    return api_decode(&r->d->arena, type, j, notes, &e) || config_say(r->d->errors, "%s%s", context, e.text);
}

/* args: of a plugin that has a kind for them; not null. */
static bool decode_args(struct reader *r, const char *at, const struct config_args_row *row, struct json *args)
{
    struct arena *a = &r->d->arena;
    const char *who = arena_printf(a, "decoding args for plugin %s: ", row->plugin);
    const char *context = arena_printf(a, "decoding %s: %s", at, who);
    struct type_meta meta;
    if (!read_meta(r, context, args, &meta)) return false;
    if (!meta.version.n) meta.version = STR(CONFIG_VERSION);
    if (!meta.kind.n) meta.kind = str_of(row->type);
    const struct api_type *type = type_of(r, context, &meta);
    struct decode_notes *notes = ARENA_NEW(a, struct decode_notes);
    if (!type || !decode(r, context, type, args, notes)) return false;
    if (!str_eqc(meta.kind, row->type))
        return config_say(r->d->errors,
                          "decoding %s: args for plugin %s were not of type %s." CONFIG_GROUP
                          ", got %.*s." CONFIG_GROUP,
                          at, row->plugin, row->type, STR_ARG(meta.kind));
    if (notes->count)
        config_say(&r->strict, "decoding %s: strict decoding error: %s%s", at, who,
                   strict_text(a, notes->items, notes->count));
    return true;
}

static bool decode_plugin_config(struct reader *r, int profile, struct json *list)
{
    struct arena *a = &r->d->arena;
    int i = 0;
    JSON_FOREACH(one, list)
    {
        struct json *args = obj_edit(one, ".args");
        const struct config_args_row *row = config_args_of(obj_str(one, ".name"));
        const char *at = arena_printf(a, ".profiles[%d].pluginConfig[%d]", profile, i++);
        if (!row) continue;
        if (!args || json_is(args, JSON_NULL)) {
            obj_put(a, one, ".args", obj_empty(a));
            args = obj_edit(one, ".args");
        }
        if (!decode_args(r, at, row, args)) return false;
    }
    return true;
}

static bool decode_whole(struct reader *r, struct json *j, struct str text)
{
    struct type_meta meta;
    struct decode_notes *notes = ARENA_NEW(&r->d->arena, struct decode_notes);
    if (!read_meta(r, "", j, &meta)) return false;
    if (!meta.kind.n) return config_say(r->d->errors, "Object 'Kind' is missing in '%.*s'", STR_ARG(text));
    if (!meta.version.n) return config_say(r->d->errors, "Object 'apiVersion' is missing in '%.*s'", STR_ARG(text));
    const struct api_type *type = type_of(r, "", &meta);
    if (!type || !decode(r, "", type, j, notes)) return false;
    for (int i = 0; i < notes->count; i++) config_say(&r->strict, "%.*s", STR_ARG(notes->items[i]));
    if (!str_eqc(meta.kind, CONFIG_KIND) && !r->strict.n)
        return config_say(r->d->errors, "couldn't decode as " CONFIG_KIND ", got " CONFIG_VERSION ", Kind=%.*s: ",
                          STR_ARG(meta.kind));
    int profile = 0;
    JSON_FOREACH(one, obj_edit(j, ".profiles"))
    if (!decode_plugin_config(r, profile++, obj_edit(one, ".pluginConfig"))) return false;
    if (r->strict.n) return config_say(r->d->errors, "%s", strict_text(&r->d->arena, r->strict.items, r->strict.n));
    r->d->tree = j;
    return true;
}

bool config_decode(struct config_draft *d, struct str text)
{
    struct reader r = {.d = d};
    struct json *j = begins_object(text) ? read_json(&r, text) : read_yaml(&r, text);
    bool ok = j && decode_whole(&r, j, text);
    config_errors_release(&r.strict);
    return ok;
}
