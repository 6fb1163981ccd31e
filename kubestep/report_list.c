/* report_list.c - see report_list.h.
 * Reads: the API.   Writes: a file. */
#include "kubestep/report_list.h"

#include "base/io.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

struct saving {
    struct report_list *l;
    struct rest *rest;
    int fd;           /* -1: not yet opened */
    size_t bytes;     /* of objects written */
    struct buf token; /* of the next page; empty: there is none */
};

static bool flush(struct saving *s, struct buf *text, struct err *e)
{
    bool ok = io_write_all(s->fd, text->p, text->n, e);
    buf_clear(text);
    return ok;
}

/* What stands before the objects, when the first page is there. */
static bool begin(struct saving *s, const struct json *list, struct err *e)
{
    struct buf text AUTO_BUF = {0};
    buf_init(&text, 4096);
    s->fd = open(s->l->file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (s->fd < 0) return err_errno(e, "cannot write %s", s->l->file);
    buf_cstr(&text, "{\"kind\":");
    json_write_string(&text, obj_str(list, ".kind"));
    buf_cstr(&text, ",\"apiVersion\":");
    json_write_string(&text, obj_str(list, ".apiVersion"));
    buf_cstr(&text, ",\"items\":[");
    return flush(s, &text, e);
}

static bool write_items(struct saving *s, const struct json *list, struct err *e)
{
    for (OBJ_EACH(it, list, ".items")) {
        struct buf text AUTO_BUF = {0};
        buf_init(&text, s->l->max + 2);
        if (s->l->items) buf_cstr(&text, ",\n");
        json_write(&text, it);
        if (!buf_ok(&text) || s->bytes + text.n > s->l->max) {
            s->l->cut = true;
            return true;
        }
        s->bytes += text.n;
        s->l->items++;
        if (!flush(s, &text, e)) return false;
    }
    return true;
}

/* The token of the page that was asked for last stays when objects of it are left out. */
static bool end(struct saving *s, struct err *e)
{
    struct buf text AUTO_BUF = {0};
    buf_init(&text, 64 * 1024);
    buf_cstr(&text, "],\"metadata\":{");
    if (s->l->cut) {
        buf_cstr(&text, "\"continue\":");
        json_write_string(&text, buf_view(&s->token));
    }
    buf_cstr(&text, "}}\n");
    return flush(s, &text, e);
}

static bool page(struct saving *s, struct err *e)
{
    struct arena a AUTO_ARENA = {0};
    const char *more = s->token.n ? "&continue=" : "";
    const struct rest_call call = {.method = "GET",
                                   .path = arena_printf(&a, "%s?limit=%d%s%.*s", s->l->path, s->l->page, more,
                                                        (int)s->token.n, s->token.n ? s->token.p : "")};
    const struct object *list AUTO_OBJ = NULL;
    bool first = s->fd < 0;
    if (!rest_do(s->rest, &call, &list, e)) {
        s->l->cut = !first; /* it is too old by now, or the server is gone: better a part than nothing */
        return !first;
    }
    if ((first && !begin(s, list->root, e)) || !write_items(s, list->root, e)) return false;
    if (s->l->cut) return true;
    buf_clear(&s->token);
    buf_str(&s->token, obj_str(list->root, ".metadata.continue"));
    return true;
}

bool report_list_save(struct report_list *l, struct rest *r, struct err *e)
{
    struct saving s = {.l = l, .rest = r, .fd = -1};
    bool ok;
    buf_init(&s.token, 16 * 1024);
    l->items = 0;
    l->cut = false;
    do ok = page(&s, e);
    while (ok && !l->cut && s.token.n);
    if (ok) ok = end(&s, e);
    if (s.fd >= 0) close(s.fd);
    buf_release(&s.token);
    return ok;
}
