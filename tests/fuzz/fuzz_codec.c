/* fuzz_codec.c - any bytes as an object of any kind, in protobuf or JSON (the first two bytes pick the kind, the third
 * the medium): what is accepted is the same again after JSON, YAML and protobuf. */
#include "api/codec.h"
#include "api/decode.h"
#include "api/proto.h"
#include "api/yaml.h"
#include "base/kassert.h"
#include "nel_support.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { TEXT_MAX = 64 << 20, DEPTH_MAX = 400 }; /* what is deeper is not read again */

static int depth_of(const struct json *j)
{
    int deepest = 0;
    JSON_FOREACH(it, j) deepest = MAX(deepest, depth_of(it));
    return deepest + 1;
}

static bool pick_root(unsigned pick, struct api_root *root)
{
    unsigned n = 0;
    for (struct api_root_walk w = {0}; api_root_next(&w, root);) n++;
    pick %= MAX(n, 1u);
    for (struct api_root_walk w = {0}; api_root_next(&w, root);)
        if (pick-- == 0) return true;
    return false;
}

static bool read_given(struct arena *a, struct str text, bool proto, struct codec_object *o, struct err *e)
{
    o->tree = proto ? proto_decode(a, o->root.type, text, e) : json_parse(a, text, e);
    return o->tree && depth_of(o->tree) < DEPTH_MAX && api_decode(a, o->root.type, o->tree, NULL, e);
}

static void read_again(struct arena *a, enum codec_media media, const struct buf *text, struct codec_object *o)
{
    struct err e = ERR_INIT, duplicates = ERR_INIT;
    if (media == CODEC_PROTOBUF) {
        KASSERT(codec_from_proto(a, buf_view(text), o, &e));
        return;
    }
    struct json *tree =
        media == CODEC_JSON ? json_parse(a, buf_view(text), &e) : yaml_parse_lax(a, buf_view(text), &duplicates, &e);
    KASSERT(tree != NULL);
    KASSERT(codec_from_tree(a, tree, true, o, &e));
}

/* o as it is after one medium. */
static struct codec_object through(struct arena *a, enum codec_media media, const struct codec_object *o)
{
    struct err e = ERR_INIT;
    struct buf text;
    struct codec_object out;
    buf_init(&text, TEXT_MAX);
    KASSERT(codec_write(&text, media, o, 0, &e));
    struct buf *kept = arena_memdup(a, &text, sizeof text);
    kept->p = str_cstr(a, buf_view(&text));
    read_again(a, media, kept, &out);
    buf_release(&text);
    return out;
}

static void check_same(const struct codec_object *x, const struct codec_object *y)
{
    struct err e = ERR_INIT;
    struct buf left AUTO_BUF, right AUTO_BUF = {0};
    buf_init(&left, TEXT_MAX);
    buf_init(&right, TEXT_MAX);
    KASSERT(codec_write(&left, CODEC_JSON, x, 0, &e) && codec_write(&right, CODEC_JSON, y, 0, &e));
    KASSERT(str_eq(buf_view(&left), buf_view(&right)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a AUTO_ARENA = {0};
    struct codec_object o;
    struct err e = ERR_INIT;
    if (size < 3 || !pick_root(data[0] | (unsigned)data[1] << 8, &o.root)) return 0;
    o.api_version = str_printf(&a, "%s%s%s", o.root.group, *o.root.group ? "/" : "", o.root.version);
    if (!read_given(&a, str_n((const char *)data + 3, size - 3), data[2] & 1, &o, &e)) return 0;
    struct codec_object json = through(&a, CODEC_JSON, &o);
    if (!has_nel(json.tree)) {
        struct codec_object yaml = through(&a, CODEC_YAML, &json);
        check_same(&json, &yaml);
    }
    if (!codec_has_proto(&o.root)) return 0;
    struct codec_object proto = through(&a, CODEC_PROTOBUF, &json), again = through(&a, CODEC_PROTOBUF, &proto);
    check_same(&proto, &again);
    struct codec_object last = through(&a, CODEC_JSON, &proto);
    check_same(&proto, &last);
    return 0;
}
