/* cmd_convert.c - kubestep convert: objects from one form or version into another. It needs no cluster.
 * Reads: a file or stdin.   Writes: stdout, when all of it went well. */
#include "kubestep/kubestep.h"

#include "base/io.h"
#include "kubestep/documents.h"

#include <stdio.h>

enum { CONVERT_MAX = 512 << 20 }; /* of input and of output; all of it is in memory */

static const struct {
    const char *name;
    enum codec_media media;
} formats[] = {{"json", CODEC_JSON}, {"yaml", CODEC_YAML}, {"protobuf", CODEC_PROTOBUF}};

enum { KUBECTL_INDENT = 4 };

struct convert {
    const char *file, *output, *version;
    bool pretty, strict;
};

static enum codec_media media_of(const char *name)
{
    size_t i = 0;
    while (strcmp(name, formats[i].name) != 0) i++; /* it is one of them: the options table says so */
    return formats[i].media;
}

static bool write_all(struct arena *a, const struct convert *c, struct documents *d, struct buf *out, struct err *e)
{
    enum codec_media media = media_of(c->output);
    if (media == CODEC_PROTOBUF && d->count > 1)
        return err_set(e, ERR_USAGE, "protobuf is one object, and these are %zu", d->count);
    for (size_t i = 0; i < d->count; i++) {
        struct codec_object *o = &d->items[i];
        bool ok = !c->version || codec_to_version(a, o, str_of(c->version), e);
        if (ok && i && media == CODEC_YAML) buf_cstr(out, "---\n");
        if (!ok || !codec_write(out, media, o, c->pretty ? KUBECTL_INDENT : 0, e))
            return d->count > 1 ? err_context(e, "object %zu", i + 1) : false;
    }
    return true;
}

static int convert(const struct convert *c)
{
    struct arena a AUTO_ARENA = {0};
    struct buf in AUTO_BUF, out AUTO_BUF = {0};
    struct documents d;
    struct err e = ERR_INIT;
    const char *shown = strcmp(c->file, "-") == 0 ? "stdin" : c->file;
    buf_init(&in, CONVERT_MAX);
    buf_init(&out, CONVERT_MAX);
    if (!io_read_file(c->file, &in, &e)) return cmd_fail(EXIT_NO, NULL, "%s", e.text);
    if (!documents_read(&a, buf_view(&in), c->strict, &d, &e) || !write_all(&a, c, &d, &out, &e))
        return cmd_fail(e.code == ERR_USAGE ? EXIT_USAGE : EXIT_NO, NULL, "%s: %s", shown, e.text);
    if (fwrite(out.p, 1, out.n, stdout) != out.n || fflush(stdout) != 0)
        return cmd_fail(EXIT_NO, NULL, "stdout: not all of it could be written");
    return EXIT_YES;
}

int cmd_convert(int argc, char **argv)
{
    struct convert c = {.output = "yaml", .strict = true};
    const struct opt opts[] = {
        {"file", 'f', OPT_STRING, &c.file, "FILE|-", "the objects: JSON, YAML or protobuf", NULL},
        OPT_OUTPUT(c.output, "json|yaml|protobuf"),
        {"output-version", 0, OPT_STRING, &c.version, "VERSION", "group and version to convert to, e.g. autoscaling/v1",
         NULL},
        {"pretty", 0, OPT_FLAG, &c.pretty, NULL, "JSON as kubectl indents it, instead of one line per object", NULL},
        {"strict", 0, OPT_FLAG, &c.strict, NULL, "refuse unknown and repeated fields; with =false they are dropped",
         NULL},
        OPT_END};
    const struct opt_spec spec = {
        .usage = "kubestep convert -f FILE [flags]",
        .about =
            "Writes objects of built-in kinds as Kubernetes' own serializers write them. It needs no cluster, and\n"
            "neither defaults nor validates anything.",
        .opts = opts,
        .examples = "  kubestep convert -f pod.yaml -o json\n"
                    "  kubestep convert -f pod.yaml -o protobuf | kubestep convert -f -\n"
                    "  kubestep convert -f hpa.yaml --output-version autoscaling/v1"};
    struct opt_args args;
    int code;
    if (!cmd_parse(&spec, argc, argv, &args, &code)) return code;
    if (!c.file) return cmd_fail(EXIT_USAGE, "kubestep convert --help", "convert: -f FILE says what to convert");
    return convert(&c);
}
