/* media.c - content negotiation: Accept, Content-Type, and text in and out.
 * Reads: headers, the body.   Writes: r->accept, r->resp. */
#include "apiserver/rest/rest.h"

#include "api/object.h"
#include "api/proto.h"
#include "api/yaml.h"
#include "apiserver/rest/limits.h"
#include "apiserver/rest/status.h"

#include <stdlib.h>
#include <strings.h>

static const struct media_type {
    const char *text;
    enum media media;
    bool as_response; /* protobuf is read, not written */
} media_types[] = {
    {"application/json", MEDIA_JSON, true},
    {"application/yaml", MEDIA_YAML, true},
    {"application/vnd.kubernetes.protobuf", MEDIA_PROTOBUF, false},
};

static const struct form_name {
    const char *text;
    enum form form;
} form_names[] = {
    {"Table", FORM_TABLE},
    {"PartialObjectMetadata", FORM_METADATA},
    {"PartialObjectMetadataList", FORM_METADATA},
};

static bool equal_nocase(struct str a, const char *b) { return a.n == strlen(b) && strncasecmp(a.p, b, a.n) == 0; }

/* ---- Accept ---- */

struct clause {
    struct accept accept;
    double q;
    int wild; /* 0: named, 1: application/x, 2: any type */
};

/* as=Table;v=v1;g=meta.k8s.io and friends. False: a parameter that we cannot serve. */
static bool clause_params(struct str params, struct clause *c)
{
    struct str as = STR_NULL, version = STR_NULL, group = STR_NULL;
    while (!str_is_null(params)) {
        struct str value = STR_NULL, key = str_trim(str_cut(str_cut(params, ';', &params), '=', &value));
        value = str_trim(value);
        if (str_eqc(key, "q")) {
            char text[16] = "";
            memcpy(text, value.n ? value.p : "", MIN(value.n, sizeof text - 1));
            c->q = strtod(text, NULL);
        } else if (str_eqc(key, "as")) {
            as = value;
        } else if (str_eqc(key, "v")) {
            version = value;
        } else if (str_eqc(key, "g")) {
            group = value;
        } else if (str_eqc(key, "stream")) {
            if (!str_eqc(value, "watch")) return false;
            c->accept.stream = true;
        } else if (str_eqc(key, "pretty")) {
            c->accept.pretty = str_eqc(value, "1");
        }
    }
    if (str_is_null(as)) return true;
    if (!str_eqc(group, "meta.k8s.io")) return false;
    if (str_eqc(version, "v1"))
        c->accept.as_version = "v1";
    else if (str_eqc(version, "v1beta1"))
        c->accept.as_version = "v1beta1";
    else
        return false;
    for (size_t i = 0; i < ARRAY_LEN(form_names); i++)
        if (str_eqc(as, form_names[i].text)) {
            c->accept.form = form_names[i].form;
            return true;
        }
    return false;
}

static bool clause_parse(struct str text, struct clause *c)
{
    struct str params, type = str_trim(str_cut(text, ';', &params));
    *c = (struct clause){.q = 1, .accept = {.as_version = "v1"}};
    if (str_eqc(type, "*/*"))
        c->wild = 2;
    else if (str_eqc(type, "application/*"))
        c->wild = 1;
    if (c->wild) return clause_params(params, c);
    for (size_t i = 0; i < ARRAY_LEN(media_types); i++)
        if (media_types[i].as_response && equal_nocase(type, media_types[i].text)) {
            c->accept.media = media_types[i].media;
            return clause_params(params, c);
        }
    return false;
}

/* What is asked for in the query and by tools that show the text to a person. */
static bool wants_pretty(const struct request *r)
{
    static const char *const people[] = {"curl", "Wget", "Mozilla/5.0"};
    const struct query_arg *arg = request_arg(r, "pretty");
    if (arg && arg->value.n) return str_eqc(arg->value, "1") || equal_nocase(arg->value, "true");
    struct str agent = request_header(r, "User-Agent");
    for (size_t i = 0; i < ARRAY_LEN(people); i++)
        if (str_starts(agent, str_of(people[i]))) return true;
    return false;
}

bool media_negotiate(struct request *r)
{
    struct str rest = request_header(r, "Accept");
    struct clause best = {.q = -1}, c;
    if (!str_trim(rest).n) best = (struct clause){.q = 1, .accept = {.as_version = "v1"}};
    for (int i = 0; i < ACCEPT_CLAUSES_MAX && rest.n; i++) {
        if (!clause_parse(str_cut(rest, ',', &rest), &c) || c.q <= 0) continue;
        if (c.q > best.q || (c.q == best.q && c.wild < best.wild)) best = c;
    }
    r->accept = (struct accept){.as_version = "v1"}; /* errors are JSON */
    if (best.q <= 0) {
        status_failf(r, ERR_NOT_ACCEPTABLE,
                     "only the following media types are accepted: application/json, application/yaml");
        return false;
    }
    r->accept = best.accept;
    r->accept.pretty = r->accept.pretty || wants_pretty(r);
    return true;
}

/* ---- Content-Type ---- */

bool media_of_body(struct request *r, enum media *out)
{
    struct str params, type = str_trim(str_cut(request_header(r, "Content-Type"), ';', &params));
    *out = MEDIA_JSON;
    if (!type.n) return true;
    for (size_t i = 0; i < ARRAY_LEN(media_types); i++)
        if (equal_nocase(type, media_types[i].text)) {
            *out = media_types[i].media;
            return true;
        }
    status_failf(r, ERR_MEDIA_TYPE,
                 "the body of the request was in an unknown format - accepted media types include: application/json, "
                 "application/yaml, application/vnd.kubernetes.protobuf");
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

static const char *type_word(const struct json *j)
{
    static const char *const words[] = {"null", "bool", "number", "number", "string", "array", "object"};
    return words[j->type];
}

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
    return true;
}

struct json *media_decode(struct request *r, enum media m, const struct api_type *t, struct str *api_version,
                          struct str *kind, struct err *e)
{
    *api_version = *kind = STR_NULL;
    if (m == MEDIA_PROTOBUF) return decode_proto(r, t, api_version, kind, e);
    struct json *j;
    if (m == MEDIA_YAML) {
        j = yaml_parse(&r->arena, r->body, e);
    } else {
        j = json_parse(&r->arena, r->body, e);
        if (!j) err_context(e, "couldn't get version/kind; json parse error");
    }
    if (!j || !type_meta(j, api_version, kind, e)) return NULL;
    return json_is(j, JSON_OBJ) ? j : json_obj(&r->arena); /* null is an object without fields, as in Go */
}

/* ---- The response ---- */

/* The text again, for people or as YAML. */
static void convert(struct buf *json, bool yaml)
{
    struct arena a AUTO_ARENA = {0};
    struct err e = ERR_INIT;
    struct buf out;
    arena_init(&a, json->n * 2);
    buf_init(&out, RESPONSE_MAX);
    struct json *j = json_parse(&a, buf_view(json), &e);
    if (!j) return; /* deeper than we parse: it stays JSON */
    if (yaml) {
        yaml_sort(j);
        yaml_write(&out, j);
    } else {
        json_write_indent(&out, j, 2);
    }
    buf_release(json);
    *json = out;
}

void media_respond(struct request *r, int code, struct buf *json)
{
    r->resp.code = code;
    r->resp.content_type = "application/json";
    if (r->accept.media == MEDIA_YAML) {
        convert(json, true);
        r->resp.content_type = "application/yaml";
    } else if (r->accept.pretty) {
        convert(json, false);
    } else {
        buf_char(json, '\n');
    }
    buf_release(&r->resp.body);
    r->resp.body = *json;
    *json = (struct buf){0};
}
