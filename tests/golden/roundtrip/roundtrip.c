/* roundtrip.c - an object of every kind that the schema has, made up by filler.c, goes JSON -> protobuf -> JSON,
 * JSON -> YAML -> JSON and protobuf -> YAML -> protobuf and is the same bytes again.
 * Reads: nothing.   Writes: what differs; with --write DIR, the objects as DIR/KIND-VERSION-GROUP-SEED.json instead. */
#include "filler.h"

#include "api/codec.h"
#include "api/yaml.h"
#include "base/io.h"
#include "base/opts.h"

#include <stdio.h>

enum { TEXT_MAX = 256 << 20, MEDIA = 3 };

struct trip {
    struct arena arena;
    struct err e;
    const struct api_root *root;
    uint64_t seed;
    struct buf given, json, proto, yaml, again;
};

static void say(const struct trip *t, const char *what)
{
    fprintf(stderr, "%s of %s%s%s, seed %llu: %s%s%s\n", t->root->kind, t->root->group, *t->root->group ? "/" : "",
            t->root->version, (unsigned long long)t->seed, what, t->e.code ? ": " : "", t->e.text);
}

/* Shows two texts from a little before the place where they differ. */
static bool differ(struct trip *t, const char *what, struct str want, struct str got)
{
    enum { BEFORE = 60, SHOWN = 160 };
    size_t at = 0;
    while (at < want.n && at < got.n && want.p[at] == got.p[at]) at++;
    at = at > BEFORE ? at - BEFORE : 0;
    t->e.code = ERR_NONE;
    t->e.text[0] = '\0';
    say(t, what);
    fprintf(stderr, "  was %.*s\n  got %.*s\n", (int)MIN(want.n - at, (size_t)SHOWN), want.p + at,
            (int)MIN(got.n - MIN(at, got.n), (size_t)SHOWN), got.p + MIN(at, got.n));
    return false;
}

static bool read_as(struct trip *t, enum codec_media media, const struct buf *text, struct codec_object *o)
{
    struct str view = buf_view(text);
    if (media == CODEC_PROTOBUF) return codec_from_proto(&t->arena, view, o, &t->e);
    struct json *tree = media == CODEC_YAML ? yaml_parse(&t->arena, view, &t->e) : json_parse(&t->arena, view, &t->e);
    return tree && codec_from_tree(&t->arena, tree, true, o, &t->e);
}

/* The text in one medium into another. */
static bool carry(struct trip *t, enum codec_media from, const struct buf *text, enum codec_media to, struct buf *out)
{
    static const char *const names[MEDIA] = {"JSON", "YAML", "protobuf"};
    struct codec_object o;
    char what[64];
    buf_clear(out);
    if (read_as(t, from, text, &o) && codec_write(out, to, &o, 0, &t->e)) return true;
    snprintf(what, sizeof what, "%s to %s", names[from], names[to]);
    say(t, what);
    return false;
}

/* Through `by` and back into text's own medium it is the same. */
static bool returns(struct trip *t, enum codec_media own, const struct buf *text, enum codec_media by, struct buf *hop,
                    const char *what)
{
    if (!carry(t, own, text, by, hop) || !carry(t, by, hop, own, &t->again)) return false;
    return str_eq(buf_view(text), buf_view(&t->again)) || differ(t, what, buf_view(text), buf_view(&t->again));
}

static bool round_trips(struct trip *t, bool lossy)
{
    if (!carry(t, CODEC_JSON, &t->given, CODEC_JSON, &t->json)) return false;
    if (!returns(t, CODEC_JSON, &t->json, CODEC_JSON, &t->yaml, "JSON -> JSON")) return false;
    if (!returns(t, CODEC_JSON, &t->json, CODEC_YAML, &t->yaml, "JSON -> YAML -> JSON")) return false;
    if (!codec_has_proto(t->root)) return true;
    if (!carry(t, CODEC_JSON, &t->json, CODEC_PROTOBUF, &t->proto)) return false;
    if (!returns(t, CODEC_PROTOBUF, &t->proto, CODEC_JSON, &t->json, "protobuf -> JSON -> protobuf")) return false;
    if (!returns(t, CODEC_PROTOBUF, &t->proto, CODEC_YAML, &t->yaml, "protobuf -> YAML -> protobuf")) return false;
    /* Protobuf forgets what is nil and what is empty: JSON is compared from what came out of it. */
    if (!lossy && !carry(t, CODEC_JSON, &t->given, CODEC_JSON, &t->json)) return false;
    return returns(t, CODEC_JSON, &t->json, CODEC_PROTOBUF, &t->proto, "JSON -> protobuf -> JSON");
}

static bool write_object(struct trip *t, const char *dir)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s-%s-%s-%llu.json", dir, t->root->kind, t->root->version,
             *t->root->group ? t->root->group : "core", (unsigned long long)t->seed);
    if (io_write_file(path, buf_view(&t->given), 0644, false, &t->e)) return true;
    say(t, "cannot be written");
    return false;
}

static bool one_object(struct trip *t, const char *dir)
{
    struct filler f;
    arena_reset(&t->arena);
    buf_clear(&t->given);
    t->e = (struct err)ERR_INIT;
    filler_init(&f, &t->arena, t->seed);
    json_write(&t->given, filler_object(&f, t->root));
    return dir ? write_object(t, dir) : round_trips(t, f.lossy);
}

int main(int argc, char **argv)
{
    int64_t seeds = 1;
    const char *dir = NULL;
    const struct opt opts[] = {{"seeds", 0, OPT_INT, &seeds, "N", "objects of each kind", NULL},
                               {"write", 0, OPT_STRING, &dir, "DIR", "write the objects there instead", NULL},
                               {.name = NULL}};
    const struct opt_spec spec = {.usage = "golden_roundtrip [flags]",
                                  .about = "Carries made-up objects of every kind through every form.",
                                  .opts = opts};
    struct opt_args args;
    struct trip t = {.seed = 0};
    if (!opts_parse(&spec, argc, argv, &args, &t.e)) return fprintf(stderr, "golden_roundtrip: %s\n", t.e.text), 2;
    if (args.help) return 0;
    struct buf *const texts[] = {&t.given, &t.json, &t.proto, &t.yaml, &t.again};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) buf_init(texts[i], TEXT_MAX);
    int bad = 0, objects = 0, kinds = 0;
    struct api_root root;
    for (struct api_root_walk w = {0}; api_root_next(&w, &root); kinds++) {
        t.root = &root;
        for (t.seed = 0; t.seed < (uint64_t)seeds; t.seed++, objects++) bad += !one_object(&t, dir);
    }
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) buf_release(texts[i]);
    arena_release(&t.arena);
    printf("%d kinds, %d objects, %d wrong\n", kinds, objects, bad);
    return bad || !kinds;
}
