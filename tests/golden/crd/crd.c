/* crd.c - prints a file of cases (README.md) with what becomes of each object now.
 * Reads: the file.   Writes: stdout. */
#include "apiserver/crd/check.h"

#include "api/object.h"
#include "apiserver/crd/check_parts.h"
#include "apiserver/crd/normal.h"
#include "apiserver/crd/validate.h"
#include "base/io.h"

#include <stdio.h>
#include <stdlib.h>

enum { FILE_MAX = 16 << 20 };

struct test_case {
    struct str schema, object, old;
    bool open;
};

static struct json *parse(struct arena *a, struct str text)
{
    struct err e = ERR_INIT;
    struct json *j = json_parse(a, text, &e);
    if (!j) {
        fprintf(stderr, "%.*s: %s\n", STR_ARG(text), e.text);
        exit(1);
    }
    return j;
}

static int by_text(const void *a, const void *b) { return str_cmp(*(const struct str *)a, *(const struct str *)b); }

/* As a client sends it: pruned, its metadata typed, defaulted. */
static struct json *read_object(struct arena *a, const struct api_schema *s, struct str text, struct unknown_fields *u,
                                struct err *e)
{
    struct json *j = parse(a, text);
    normal_values(a, j, NULL);
    normal_prune_root(j, s, u);
    normal_drop_nulls(j, s);
    if (!normal_metadata(a, j, s, false, false, NULL, e)) return NULL;
    normal_default(a, j, s);
    normal_sort(j);
    return j;
}

static void print_errors(struct arena *a, struct check *c)
{
    struct str *lines = ARENA_ARRAY(a, struct str, (size_t)c->count + 1);
    for (int i = 0; i < c->count; i++)
        lines[i] = str_printf(a, "error %.*s: %.*s", STR_ARG(c->errors[i].field), STR_ARG(c->errors[i].text));
    if (c->count) qsort(lines, (size_t)c->count, sizeof *lines, by_text);
    for (int i = 0; i < c->count; i++) printf("%.*s\n", STR_ARG(lines[i]));
}

static void outcome(const struct test_case *t)
{
    struct arena a AUTO_ARENA = {0};
    struct err e = ERR_INIT;
    struct unknown_fields u = {.arena = &a};
    buf_init(&u.at, FILE_MAX);
    const struct api_schema *s = schema_compile(&a, parse(&a, t->schema));
    struct json *obj = read_object(&a, s, t->object, &u, &e), *old = NULL;
    buf_release(&u.at);
    if (!obj) {
        printf("object: %s\n", e.text);
        return;
    }
    if (t->old.n) old = read_object(&a, s, t->old, NULL, &e);
    if (u.count) qsort(u.paths, u.count, sizeof *u.paths, by_text);
    for (size_t i = 0; i < u.count; i++) printf("unknown %.*s\n", STR_ARG(u.paths[i]));
    struct buf text AUTO_BUF = {0};
    buf_init(&text, FILE_MAX);
    json_write(&text, obj);
    printf("value %.*s\n", STR_ARG(buf_view(&text)));
    struct check c;
    check_init(&c, &a);
    check_by_schema(&c, s, obj, old);
    check_embedded(&c, s, obj);
    check_lists(&c, s, obj);
    print_errors(&a, &c);
}

static void finish(struct test_case *t)
{
    if (!t->open) return;
    printf("--- \n");
    outcome(t);
    printf("\n");
    *t = (struct test_case){0};
}

static bool take(struct str line, const char *word, struct str *out)
{
    if (!str_starts(line, str_of(word))) return false;
    *out = str_from(line, strlen(word));
    return true;
}

int main(int argc, char **argv)
{
    struct buf file AUTO_BUF = {0};
    struct err e = ERR_INIT;
    struct test_case t = {0};
    bool skipping = false;
    buf_init(&file, FILE_MAX);
    if (argc != 2 || !io_read_file(argv[1], &file, &e)) return fprintf(stderr, "golden_crd FILE: %s\n", e.text), 2;
    for (struct str rest = buf_view(&file), line; rest.n;) {
        line = str_cut(rest, '\n', &rest);
        struct str name;
        if (take(line, "=== ", &name)) {
            finish(&t);
            t.open = true;
            skipping = false;
        } else if (t.open && str_eq(line, STR("--- "))) {
            skipping = true;
        }
        if (skipping) continue;
        if (t.open && !take(line, "=== ", &name) && !take(line, "schema ", &t.schema) &&
            !take(line, "object ", &t.object) && !take(line, "old ", &t.old))
            continue;
        printf("%.*s\n", STR_ARG(line));
    }
    finish(&t);
    return 0;
}
