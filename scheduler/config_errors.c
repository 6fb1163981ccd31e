/* config_errors.c - complaints about a configuration, in the words of apimachinery's field errors
 * (util/validation/field/errors.go, util/errors/errors.go).
 * Reads: nothing.   Writes: the list of complaints. */
#include "scheduler/config_priv.h"

#include "api/label.h"
#include "api/quote.h"

static bool is_there(const struct config_errors *w, struct str text)
{
    for (int i = 0; i < w->n; i++)
        if (str_eq(w->items[i], text)) return true;
    return false;
}

static bool add(struct config_errors *w, struct str text)
{
    if (is_there(w, text)) return false;
    if (w->n == CONFIG_ERRORS_MAX)
        w->more++;
    else
        w->items[w->n++] = str_copy(&w->arena, text);
    return false;
}

bool config_say(struct config_errors *w, const char *fmt, ...)
{
    struct buf text AUTO_BUF = {0};
    va_list ap;
    buf_init(&text, CONFIG_TEXT_MAX);
    va_start(ap, fmt);
    buf_vaddf(&text, fmt, ap);
    va_end(ap);
    return add(w, buf_view(&text));
}

void config_errors_release(struct config_errors *w)
{
    arena_release(&w->arena);
    *w = (struct config_errors){0};
}

void config_errors_join(struct buf *out, const struct config_errors *w)
{
    bool several = w->n > 1;
    if (several) buf_char(out, '[');
    for (int i = 0; i < w->n; i++) {
        if (i) buf_cstr(out, ", ");
        buf_str(out, w->items[i]);
    }
    if (w->more) buf_addf(out, ", and %d more", w->more);
    if (several) buf_char(out, ']');
}

/* ---- Field errors ---- */

void config_invalid_int(struct config_errors *w, const char *path, int64_t value, const char *fmt, ...)
{
    struct buf what AUTO_BUF = {0};
    va_list ap;
    buf_init(&what, CONFIG_TEXT_MAX);
    va_start(ap, fmt);
    buf_vaddf(&what, fmt, ap);
    va_end(ap);
    config_say(w, "%s: Invalid value: %lld: %.*s", path, (long long)value, STR_ARG(buf_view(&what)));
}

const char *config_quote(struct config_errors *w, struct str s)
{
    struct buf text AUTO_BUF = {0};
    buf_init(&text, CONFIG_TEXT_MAX);
    quote_go(&text, s);
    return str_cstr(&w->arena, buf_view(&text));
}

/* PATH: WORD: "value"; what follows may be NULL. */
static void quoted(struct config_errors *w, const char *path, const char *word, struct str value, const char *what)
{
    config_say(w, "%s: %s: %s%s%s", path, word, config_quote(w, value), what ? ": " : "", what ? what : "");
}

void config_invalid_str(struct config_errors *w, const char *path, struct str value, const char *what)
{
    quoted(w, path, "Invalid value", value, what);
}

void config_duplicate(struct config_errors *w, const char *path, struct str value)
{
    quoted(w, path, "Duplicate value", value, NULL);
}

void config_unsupported(struct config_errors *w, const char *path, struct str value, const char *supported)
{
    quoted(w, path, "Unsupported value", value, arena_printf(&w->arena, "supported values: %s", supported));
}

void config_invalid_json(struct config_errors *w, const char *path, const struct json *value, const char *what)
{
    struct buf text AUTO_BUF = {0};
    buf_init(&text, CONFIG_TEXT_MAX);
    if (value)
        json_write(&text, value);
    else
        buf_cstr(&text, "null");
    config_say(w, "%s: Invalid value: %.*s: %s", path, STR_ARG(buf_view(&text)), what);
}

bool config_check_label_name(struct config_errors *w, const char *path, struct str name)
{
    struct buf text AUTO_BUF = {0};
    buf_init(&text, CONFIG_TEXT_MAX);
    if (label_key_ok(&text, name)) return true;
    for (struct str rest = buf_view(&text); rest.n;) {
        struct str one = str_cut(rest, ';', &rest); /* the messages have none of their own */
        config_invalid_str(w, path, name, str_cstr(&w->arena, str_trim(one)));
    }
    return false;
}
