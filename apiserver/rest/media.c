/* media.c - bodies in, answers out: JSON, YAML, protobuf.
 * Reads: Content-Type, the body, r->accept.   Writes: r->resp. */
#include "apiserver/rest/rest.h"

#include "api/object.h"
#include "api/quote.h"
#include "api/proto.h"
#include "api/yaml.h"
#include "apiserver/http/gzip.h"
#include "apiserver/object/message.h"
#include "apiserver/rest/limits.h"
#include "apiserver/rest/status.h"

#include <strings.h>

static const char *const media_names[] = {
    [MEDIA_JSON] = "application/json",
    [MEDIA_YAML] = "application/yaml",
    [MEDIA_PROTOBUF] = "application/vnd.kubernetes.protobuf",
};

/* ---- Content-Type ---- */

static bool is_token(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] <= ' ' || s.p[i] >= 0x7f || strchr("()<>@,;:\\\"/[]?=", s.p[i])) return false;
    return s.n > 0;
}

/* Takes a token or a quoted string off *rest. */
static bool take_value(struct str *rest)
{
    size_t n = 0;
    if (rest->n && rest->p[0] == '"') {
        for (n = 1; n < rest->n && rest->p[n] != '"'; n++)
            if (rest->p[n] == '\\') n++;
        if (n >= rest->n) return false;
        *rest = str_from(*rest, n + 1);
        return true;
    }
    while (n < rest->n && is_token(str_n(rest->p + n, 1))) n++;
    *rest = str_from(*rest, n);
    return n > 0;
}

/* Go's mime.ParseMediaType: are these parameters (with the ';' before each) well formed, and none of them twice? */
static bool params_are_good(struct str rest)
{
    enum { PARAMS_MAX = 16 };
    struct str names[PARAMS_MAX];
    for (int n = 0; (rest = str_trim(rest)).n; n++) {
        if (rest.p[0] != ';' || n == PARAMS_MAX) return false;
        rest = str_trim(str_from(rest, 1));
        if (!rest.n) return true; /* a ';' at the end is let pass */
        names[n] = str_trim(str_cut(rest, '=', &rest));
        if (!is_token(names[n]) || !take_value(&rest)) return false;
        for (int i = 0; i < n; i++)
            if (names[i].n == names[n].n && strncasecmp(names[i].p, names[n].p, names[n].n) == 0) return false;
    }
    return true;
}

bool media_of_body(struct request *r, enum media *out)
{
    struct str header = str_trim(request_header(r, "Content-Type"));
    size_t n = header.n ? strcspn(header.p, ";") : 0;
    struct str type = str_trim(str_n(header.p, MIN(n, header.n)));
    *out = MEDIA_JSON;
    if (!header.n) return true;
    for (size_t i = 0; i < ARRAY_LEN(media_names); i++)
        if (type.n == strlen(media_names[i]) && strncasecmp(type.p, media_names[i], type.n) == 0 &&
            params_are_good(str_from(header, n))) {
            *out = (enum media)i;
            return true;
        }
    status_failf(r, ERR_MEDIA_TYPE,
                 "the body of the request was in an unknown format - accepted media types include: " MEDIA_TYPES);
    return false;
}

static struct json *decode_proto(struct request *r, const struct api_type *t, struct str *api_version, struct str *kind,
                                 struct err *e)
{
    struct str raw;
    if (!proto_open(r->body, api_version, kind, &raw, e)) return NULL;
    if (kind->n && !str_eqc(*kind, t->name)) return json_obj(&r->arena); /* the caller will refuse the kind */
    return proto_decode(&r->arena, t, raw, e);
}

static const char *type_word(const struct json *j) { return json_type_word(j); }

/* apiVersion and kind, with the complaints of Go's decoder about an anonymous struct of these two. */
static bool type_meta(const struct json *j, struct str *api_version, struct str *kind, struct err *e)
{
    static const char target[] = "struct { APIVersion string \"json:\\\"apiVersion,omitempty\\\"\"; Kind string "
                                 "\"json:\\\"kind,omitempty\\\"\" }";
    static const char *const names[] = {"apiVersion", "kind"};
    struct str *into[] = {api_version, kind};
    if (!json_is(j, JSON_OBJ) && !json_is(j, JSON_NULL))
        return err_set(
            e, ERR_BAD_REQUEST,
            "couldn't get version/kind; json parse error: json: cannot unmarshal %s into Go value of type %s",
            type_word(j), target);
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        const struct json *v = json_getc(j, names[i]);
        if (v && !json_is(v, JSON_STR) && !json_is(v, JSON_NULL))
            return err_set(
                e, ERR_BAD_REQUEST,
                "couldn't get version/kind; json parse error: json: cannot unmarshal %s into Go struct field "
                ".%s of type string",
                type_word(v), names[i]);
        *into[i] = json_string(v);
    }
    const char *slash = api_version->n ? memchr(api_version->p, '/', api_version->n) : NULL;
    if (slash && memchr(slash + 1, '/', api_version->n - (size_t)(slash + 1 - api_version->p)))
        return err_set(e, ERR_BAD_REQUEST, "unexpected GroupVersion string: %.*s", STR_ARG(*api_version));
    return true;
}

/* What clients' libraries say of YAML, upstream's server says without its beginning. */
static void drop_prefix(struct err *e)
{
    static const char prefix[] = "error converting YAML to JSON: ";
    size_t n = sizeof prefix - 1;
    if (e->code != ERR_NONE && strncmp(e->text, prefix, n) == 0) memmove(e->text, e->text + n, strlen(e->text + n) + 1);
}

/* Upstream makes JSON of it by way of maps. */
static void sort_members(struct json *j)
{
    if (j->type == JSON_OBJ) json_sort_keys(j);
    JSON_FOREACH(it, j) sort_members(it);
}

struct json *media_decode(struct request *r, enum media m, const struct api_type *t, struct str *api_version,
                          struct str *kind, struct err *duplicates, struct err *e)
{
    *api_version = *kind = STR_NULL;
    *duplicates = (struct err)ERR_INIT;
    if (m == MEDIA_PROTOBUF) return decode_proto(r, t, api_version, kind, e);
    struct json *j;
    if (m == MEDIA_YAML) {
        j = yaml_parse_lax(&r->arena, r->body, duplicates, e);
        if (j)
            sort_members(j);
        else
            drop_prefix(e);
        drop_prefix(duplicates);
    } else {
        j = json_parse(&r->arena, r->body, e);
        if (!j) err_context(e, "couldn't get version/kind; json parse error");
    }
    if (!j || !type_meta(j, api_version, kind, e)) return NULL;
    return json_is(j, JSON_OBJ) ? j : json_obj(&r->arena); /* null is an object without fields, as in Go */
}

/* ---- The response ---- */

bool media_convert(struct buf *out, struct str json, enum media m, bool pretty)
{
    struct arena a AUTO_ARENA = {0};
    struct err e = ERR_INIT;
    if (m == MEDIA_PROTOBUF) return message_text(out, json, &e);
    arena_init(&a, json.n * 2);
    struct json *j = json_parse(&a, json, &e);
    if (!j) return false; /* deeper than we parse */
    if (m == MEDIA_YAML) {
        yaml_sort(j);
        yaml_write(out, j);
    } else if (pretty) {
        json_write_indent(out, j, 2);
    } else {
        json_write(out, j);
    }
    return true;
}

/* The text again, for people or as YAML; what cannot be converted stays JSON. */
static void convert(struct buf *json, enum media m, bool pretty)
{
    struct buf out;
    buf_init(&out, RESPONSE_MAX);
    if (!media_convert(&out, buf_view(json), m, pretty)) {
        buf_release(&out);
        return;
    }
    buf_release(json);
    *json = out;
}

void media_respond_bytes(struct request *r, int code, const char *content_type, struct buf *body)
{
    r->resp.code = code;
    r->resp.content_type = content_type;
    buf_release(&r->resp.body);
    r->resp.body = *body;
    *body = (struct buf){0};
    if (r->accept.gzip && r->resp.body.n > GZIP_MIN) gzip_response(r);
}

static void respond(struct request *r, int code, enum media m, struct buf *body)
{
    media_respond_bytes(r, code, media_names[m], body);
}

void media_respond_message(struct request *r, int code, struct buf *message)
{
    respond(r, code, MEDIA_PROTOBUF, message);
}

static void respond_as_message(struct request *r, int code, struct buf *json)
{
    struct err e = ERR_INIT;
    struct buf message;
    buf_init(&message, RESPONSE_MAX);
    bool ok = message_text(&message, buf_view(json), &e);
    buf_release(json);
    if (ok) {
        respond(r, code, MEDIA_PROTOBUF, &message);
        return;
    }
    buf_release(&message);
    r->accept.media = MEDIA_JSON; /* it would fail again on the way of the error */
    status_fail(r, &e);
}

void media_respond(struct request *r, int code, struct buf *json)
{
    switch (r->accept.media) {
    case MEDIA_PROTOBUF: respond_as_message(r, code, json); return;
    case MEDIA_YAML: convert(json, MEDIA_YAML, false); break;
    case MEDIA_JSON:
        if (r->accept.pretty)
            convert(json, MEDIA_JSON, true);
        else
            buf_char(json, '\n');
    }
    respond(r, code, r->accept.media, json);
}

bool media_is_plain(const struct request *r, size_t bytes)
{
    const struct accept *a = &r->accept;
    return a->form == FORM_OBJECT && a->media == MEDIA_JSON && !a->pretty && !(a->gzip && bytes > GZIP_MIN);
}

/* ---- One object ---- */

static void respond_item_message(struct request *r, int code, const struct api_resource *res, struct item *it,
                                 uint64_t rev)
{
    struct buf out;
    struct err e = ERR_INIT;
    buf_init(&out, RESPONSE_MAX);
    bool ok = message_item(&out, res, it, rev, r->accept.form == FORM_METADATA, r->accept.as_version, &e);
    if (ok)
        respond(r, code, MEDIA_PROTOBUF, &out);
    else
        status_fail(r, &e);
    buf_release(&out);
}

void media_respond_item(struct request *r, int code, const struct api_resource *res, struct item *it, uint64_t rev,
                        const char *include)
{
    struct buf out;
    struct list_meta meta = {.rev = rev ? rev : it->rev, .cont = STR_NULL, .remaining = SIZE_MAX};
    if (!accept_fits(r, false)) return;
    if (r->accept.media == MEDIA_PROTOBUF) {
        respond_item_message(r, code, res, it, rev);
        return;
    }
    buf_init(&out, RESPONSE_MAX);
    switch (r->accept.form) {
    case FORM_TABLE: table_write(&out, res, &it, 1, &meta, include, r->accept.as_version); break;
    case FORM_METADATA: partial_write(&out, it, rev, r->accept.as_version, false); break;
    default: buf_reserve(&out, it->blob->n + 256); item_write(&out, it, res, true, rev);
    }
    media_respond(r, code, &out);
}

void media_respond_tree(struct request *r, int code, const struct api_resource *res, const struct json *tree,
                        uint64_t rev, const char *include)
{
    struct buf out;
    struct list_meta meta = {.rev = rev, .cont = STR_NULL, .remaining = SIZE_MAX};
    if (!accept_fits(r, false)) return;
    buf_init(&out, RESPONSE_MAX);
    switch (r->accept.form) {
    case FORM_TABLE: table_write_trees(&out, res, &tree, 1, &meta, include, r->accept.as_version); break;
    case FORM_METADATA: partial_write_tree(&out, tree, r->accept.as_version); break;
    default: json_write(&out, tree);
    }
    media_respond(r, code, &out);
}
