/* patch_lines.c - applies patches, for properties.py, which knows what should come out.
 * Reads: lines of stdin: KIND, a document, a patch, with tabs between.   Writes: a line each: the document as it is
 * then (JSON), or "! " and why not. */
#include "api/patch.h"
#include "base/buf.h"
#include "schema_ids.h"

#include <stdio.h>
#include <stdlib.h>

enum { OUT_MAX = 64 << 20 };

static bool apply(struct arena *a, struct str kind, struct json **doc, const struct json *patch, struct err *e)
{
    if (str_eqc(kind, "json")) return patch_json(a, doc, patch, e);
    if (str_eqc(kind, "strategic")) return patch_strategic(a, &type_apps_v1_Deployment, *doc, patch, e);
    patch_merge(a, doc, patch);
    return true;
}

static void run_line(struct arena *a, struct str line)
{
    struct err e = ERR_INIT;
    struct str rest, text, kind = str_cut(line, '\t', &rest), doc_text = str_cut(rest, '\t', &text);
    struct json *doc = json_parse(a, doc_text, &e), *patch = json_parse(a, text, &e);
    struct buf out AUTO_BUF = {0};
    if (!doc || !patch) {
        fprintf(stderr, "%s: %.*s\n", e.text, STR_ARG(line));
        exit(2);
    }
    buf_init(&out, OUT_MAX);
    if (apply(a, kind, &doc, patch, &e))
        json_write(&out, doc);
    else
        buf_addf(&out, "! %s", e.text);
    for (size_t i = 0; i < out.n; i++) putchar(out.p[i] == '\n' ? ' ' : out.p[i]);
    putchar('\n');
}

int main(void)
{
    char *line = NULL;
    size_t room = 0;
    ssize_t n;
    while ((n = getline(&line, &room, stdin)) > 0) {
        struct arena a AUTO_ARENA = {0};
        run_line(&a, str_trim(str_n(line, (size_t)n)));
    }
    free(line);
    return 0;
}
