/* proto.c - golden_proto FILE.rows: each object of the file, as protobuf, must be the message that stands below it; and
 * the message, read and written again, must stay as it is.
 * Reads: rows of three lines: APIVERSION KIND, JSON, hex.   Writes: what differs, on stdout; exit status 1 then. */
#include "api/decode.h"
#include "api/proto.h"

#include <stdio.h>
#include <stdlib.h>

enum { LINE_MAX_BYTES = 1 << 20 };

static bool same_hex(struct str wire, struct str hex)
{
    bool same = hex.n == wire.n * 2;
    for (size_t i = 0; same && i < wire.n; i++) {
        char two[3];
        (void)snprintf(two, sizeof two, "%02x", (unsigned char)wire.p[i]);
        same = memcmp(two, hex.p + 2 * i, 2) == 0;
    }
    return same;
}

static void show(const char *what, struct str wire)
{
    printf("  %s ", what);
    for (size_t i = 0; i < wire.n; i++) printf("%02x", (unsigned char)wire.p[i]);
    putchar('\n');
}

static bool encode(struct arena *a, const struct api_type *t, struct json *j, struct str *wire, struct err *e)
{
    struct buf out AUTO_BUF = {0};
    buf_init(&out, LINE_MAX_BYTES);
    bool ok = j && api_decode(a, t, j, NULL, e) && proto_encode(&out, t, j, e);
    *wire = str_copy(a, buf_view(&out));
    return ok;
}

static bool check_row(const char *head, struct str text, struct str hex)
{
    struct arena a AUTO_ARENA = {0};
    struct err e = ERR_INIT;
    struct str kind, wire, again = STR("");
    struct str version = str_cut(str_of(head), ' ', &kind);
    const struct api_type *t = api_find_object_type(version, kind);
    arena_init(&a, 0);
    bool ok = t && encode(&a, t, json_parse(&a, text, &e), &wire, &e) && same_hex(wire, hex);
    bool back = ok && encode(&a, t, proto_decode(&a, t, wire, &e), &again, &e) && str_eq(wire, again);
    if (back) return true;
    printf("%s: %s\n", head, !t ? "no such type" : e.code ? e.text : ok ? "does not come back" : "differs");
    if (t && !e.code) show("ours", ok ? again : wire);
    printf("  want %.*s\n", STR_ARG(hex));
    return false;
}

/* The next line without its end; NULL at the end of the file. */
static char *next_line(FILE *f, char *line)
{
    if (!fgets(line, LINE_MAX_BYTES, f)) return NULL;
    line[strcspn(line, "\n")] = '\0';
    return line;
}

int main(int argc, char **argv)
{
    static char head[LINE_MAX_BYTES], text[LINE_MAX_BYTES], hex[LINE_MAX_BYTES];
    int rows = 0, bad = 0;
    FILE *f = argc == 2 ? fopen(argv[1], "r") : NULL;
    if (!f) {
        fputs("usage: golden_proto FILE.rows\n", stderr);
        return 2;
    }
    while (next_line(f, head)) {
        if (!*head || *head == '#') continue;
        if (!next_line(f, text) || !next_line(f, hex)) break;
        rows++;
        bad += !check_row(head, str_of(text), str_of(hex));
    }
    (void)fclose(f);
    printf("%d of %d rows as upstream\n", rows - bad, rows);
    return bad > 0 || rows == 0;
}
