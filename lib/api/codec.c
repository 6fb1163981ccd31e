/* codec.c - see codec.h.
 * Reads: trees and protobuf of any origin, the schema.   Writes: objects in the caller's arena; bytes. */
#include "codec.h"

#include "convert.h"
#include "decode.h"
#include "node.h"
#include "proto.h"
#include "yaml.h"

/* ---- Reading ---- */

static bool find_root(struct codec_object *out, struct str api_version, struct str kind, struct err *e)
{
    out->api_version = api_version;
    if (!kind.n) return err_set(e, ERR_BAD_REQUEST, "Object 'Kind' is missing");
    if (!api_version.n) return err_set(e, ERR_BAD_REQUEST, "Object 'apiVersion' is missing");
    return api_find_root(api_version, kind, &out->root) ||
           err_set(e, ERR_BAD_REQUEST, "no kind \"%.*s\" is registered for version \"%.*s\"", STR_ARG(kind),
                   STR_ARG(api_version));
}

static bool refuse_notes(const struct decode_notes *n, struct err *e)
{
    struct buf text AUTO_BUF = {0};
    buf_init(&text, ERR_TEXT_MAX);
    for (int i = 0; i < n->count; i++) buf_addf(&text, "%s%.*s", i ? ", " : "", STR_ARG(n->items[i]));
    return !n->count || err_set(e, ERR_BAD_REQUEST, "strict decoding error: %.*s", STR_ARG(buf_view(&text)));
}

static bool text_member(const struct json *tree, const char *name, struct str *out, struct err *e)
{
    const struct json *j = json_getc(tree, name);
    *out = json_string(j);
    return !j || j->type == JSON_STR || j->type == JSON_NULL || err_set(e, ERR_BAD_REQUEST, "%s is not a string", name);
}

bool codec_from_tree(struct arena *a, struct json *tree, bool strict, struct codec_object *out, struct err *e)
{
    struct str api_version, kind;
    if (!json_is(tree, JSON_OBJ)) return err_set(e, ERR_BAD_REQUEST, "not an object");
    if (!text_member(tree, "kind", &kind, e) || !text_member(tree, "apiVersion", &api_version, e)) return false;
    if (!find_root(out, api_version, kind, e)) return false;
    struct decode_notes *notes = ARENA_NEW(a, struct decode_notes);
    out->tree = tree;
    return api_decode(a, out->root.type, tree, notes, e) && (!strict || refuse_notes(notes, e));
}

bool codec_from_proto(struct arena *a, struct str body, struct codec_object *out, struct err *e)
{
    struct str api_version, kind, raw;
    if (!proto_open(body, &api_version, &kind, &raw, e)) return false;
    if (!find_root(out, str_copy(a, api_version), kind, e)) return false;
    out->tree = proto_decode(a, out->root.type, raw, e);
    return out->tree && api_decode(a, out->root.type, out->tree, NULL, e);
}

/* ---- Versions ---- */

/* Items that say what they are say so no more, as upstream. */
static void convert_item(struct arena *a, struct json *item, const struct api_resource *from,
                         const struct api_resource *to)
{
    json_del(item, STR("kind"));
    json_del(item, STR("apiVersion"));
    api_convert(a, item, from, to);
}

bool codec_to_version(struct arena *a, struct codec_object *o, struct str api_version, struct err *e)
{
    struct str group, version;
    api_split_version(api_version, &group, &version);
    if (str_eq(api_version, o->api_version)) return true;
    const struct api_resource *from = o->root.res, *to = from ? api_version_row(from, group, version) : NULL;
    struct api_root root;
    if (!to || !api_find_root(api_version, str_of(o->root.is_list ? to->list_kind : to->kind), &root))
        return err_set(e, ERR_BAD_REQUEST, "%s of %.*s has no version %.*s", o->root.kind, STR_ARG(o->api_version),
                       STR_ARG(api_version));
    if (o->root.is_list)
        JSON_FOREACH(it, json_getc(o->tree, "items")) convert_item(a, it, from, to);
    else
        api_convert(a, o->tree, from, to);
    o->root = root;
    o->api_version = api_version;
    return true;
}

/* ---- Writing ---- */

/* The object with kind and apiVersion in front, as upstream's types have them. The members stay those of o. */
static struct json with_type_meta(const struct codec_object *o, struct json meta[2])
{
    struct json tree = *o->tree;
    meta[0] = (struct json){.type = JSON_STR, .key = STR("kind"), .next = &meta[1], .u.s = str_of(o->root.kind)};
    meta[1] =
        (struct json){.type = JSON_STR, .key = STR("apiVersion"), .next = tree.u.kids.head, .u.s = o->api_version};
    tree.u.kids.head = meta;
    if (!tree.u.kids.tail) tree.u.kids.tail = &meta[1];
    tree.count += 2;
    return tree;
}

static void write_yaml(struct buf *out, const struct json *tree)
{
    struct arena a AUTO_ARENA = {0};
    struct json *copy = json_copy(&a, tree);
    yaml_sort(copy);
    yaml_write(out, copy);
}

bool codec_has_proto(const struct api_root *root)
{
    const struct api_type *t = root->is_list ? root->res->type : root->type;
    for (int i = 0; i < t->nfields; i++)
        if (t->fields[i].proto) return true;
    return false;
}

static bool write_proto(struct buf *out, const struct codec_object *o, struct err *e)
{
    struct buf raw AUTO_BUF = {0};
    if (!codec_has_proto(&o->root))
        return err_set(e, ERR_NOT_ACCEPTABLE, "%s of %.*s has no protobuf form", o->root.kind, STR_ARG(o->api_version));
    buf_init(&raw, out->max);
    if (!proto_encode(&raw, o->root.type, o->tree, e)) return false;
    proto_envelope(out, o->api_version, str_of(o->root.kind), buf_view(&raw));
    return true;
}

bool codec_write(struct buf *out, enum codec_media media, const struct codec_object *o, int indent, struct err *e)
{
    struct json meta[2];
    const struct json tree = with_type_meta(o, meta);
    if (media == CODEC_PROTOBUF) {
        if (!write_proto(out, o, e)) return false;
    } else if (media == CODEC_YAML) {
        write_yaml(out, &tree);
    } else {
        if (indent)
            json_write_indent(out, &tree, indent);
        else
            json_write(out, &tree);
        buf_char(out, '\n');
    }
    return buf_ok(out) || err_set(e, ERR_TOO_LARGE, "%s is larger than %zu bytes", o->root.kind, out->max);
}
