/* continue.c - continue tokens of lists.
 * Reads: tokens of clients.   Writes: tokens, starting keys.
 * Upstream: apiserver pkg/storage/continue.go; the token is base64url without padding, as Go reads it. */
#include "apiserver/rest/options.h"

#include "api/object.h"
#include "api/quote.h"
#include "apiserver/rest/limits.h"
#include "base/base64.h"

static const char token_version[] = "meta.k8s.io/v1";

struct str continue_write(struct arena *a, int64_t rv, struct str start)
{
    struct buf text AUTO_BUF = {0};
    buf_init(&text, CONTINUE_MAX);
    buf_addf(&text, "{\"v\":\"%s\",\"rv\":%lld,\"start\":", token_version, (long long)rv);
    json_write_string(&text, start);
    buf_char(&text, '}');
    struct buf token AUTO_BUF = {0};
    buf_init(&token, 2 * CONTINUE_MAX);
    base64url_add(&token, buf_view(&text));
    return str_copy(a, buf_view(&token));
}

static bool bad_token(struct err *e, const char *why)
{
    return err_set(e, ERR_BAD_REQUEST, "invalid continue token: continue key is not valid%s", why);
}

/* As path.Clean would leave it: no empty, "." or ".." segments. */
static bool clean(struct str start)
{
    if (start.p[0] == '/') start = str_from(start, 1);
    if (!start.n) return true; /* from the beginning */
    while (!str_is_null(start)) {
        struct str segment = str_cut(start, '/', &start);
        if (!segment.n || str_eqc(segment, ".") || str_eqc(segment, "..")) return false;
    }
    return true;
}

static const char *type_word(const struct json *j) { return json_type_word(j); }

struct token {
    struct str version, start;
    int64_t rv;
};

/* What Go's decoder says of a member of the wrong type. */
static const char *wrong_type(struct arena *a, const struct json *it, struct str key)
{
    struct buf value AUTO_BUF = {0};
    buf_init(&value, CONTINUE_MAX);
    bool rv = str_eqc(key, "rv");
    buf_cstr(&value, type_word(it));
    if (rv && json_is(it, JSON_REAL)) {
        buf_char(&value, ' ');
        json_write(&value, it);
    }
    return arena_printf(a, ": json: cannot unmarshal %.*s into Go struct field continueToken.%.*s of type %s",
                        STR_ARG(buf_view(&value)), STR_ARG(key), rv ? "int64" : "string");
}

/* Members in the order of the text: Go reports the first one whose type is wrong. */
static bool read_members(struct arena *a, const struct json *j, struct token *t, struct err *e)
{
    const char *bad = NULL;
    JSON_FOREACH(it, j)
    {
        struct str key = obj_key(it);
        bool rv = str_eqc(key, "rv"), version = str_eqc(key, "v");
        if (json_is(it, JSON_NULL) || (!rv && !version && !str_eqc(key, "start"))) continue;
        if (!json_is(it, rv ? JSON_INT : JSON_STR))
            bad = bad ? bad : wrong_type(a, it, key);
        else if (rv)
            t->rv = obj_number(it, 0);
        else
            *(version ? &t->version : &t->start) = obj_text(it);
    }
    return !bad || bad_token(e, bad);
}

static bool read_token(struct arena *a, struct str text, struct token *t, struct err *e)
{
    struct err why = ERR_INIT;
    const struct json *j = json_parse(a, text, &why);
    *t = (struct token){STR(""), STR(""), 0};
    if (!j) return bad_token(e, arena_printf(a, ": %s", why.text));
    if (json_is(j, JSON_NULL)) return true;
    if (!json_is(j, JSON_OBJ))
        return bad_token(e, arena_printf(a, ": json: cannot unmarshal %s into Go value of type storage.continueToken",
                                         type_word(j)));
    return read_members(a, j, t, e);
}

bool continue_parse(struct arena *a, struct str token, int64_t *rv, struct str *start, struct err *e)
{
    struct str text;
    struct token t;
    size_t bad_at;
    if (token.n > CONTINUE_MAX) return bad_token(e, "");
    if (!base64url_read(a, token, &text, &bad_at))
        return bad_token(e, arena_printf(a, ": illegal base64 data at input byte %zu", bad_at));
    if (!read_token(a, text, &t, e)) return false;
    if (!str_eqc(t.version, token_version))
        return bad_token(e,
                         arena_printf(a, ": server does not recognize this encoded version %.*s", STR_ARG(t.version)));
    if (t.rv == 0) return bad_token(e, ": incorrect encoded start resourceVersion (version meta.k8s.io/v1)");
    if (!t.start.n) return bad_token(e, ": encoded start key empty (version meta.k8s.io/v1)");
    if (!clean(t.start)) return bad_token(e, arena_printf(a, ": %.*s", STR_ARG(t.start)));
    *rv = t.rv;
    *start = t.start.p[0] == '/' ? str_from(t.start, 1) : t.start;
    return true;
}
