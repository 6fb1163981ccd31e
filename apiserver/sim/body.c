/* body.c - what the handlers of sim.kubestep.dev have in common: bodies, short answers.
 * Reads: the request's body.
 * Writes: responses. */
#include "apiserver/sim/sim_priv.h"

#include "api/yaml.h"
#include "apiserver/rest/rest.h"
#include "apiserver/rest/status.h"

#include <stdio.h>

struct json *sim_body(struct request *r)
{
    struct err e = ERR_INIT;
    enum media media;
    struct json *j = NULL;
    if (r->body_too_large) {
        status_failf(r, ERR_TOO_LARGE, "limit is %d", BODY_MAX);
    } else if (!str_trim(r->body).n) {
        return obj_empty(&r->arena);
    } else if (str_starts(request_header(r, "Content-Type"), STR("application/merge-patch+json")) ||
               str_starts(request_header(r, "Content-Type"), STR("application/strategic-merge-patch+json"))) {
        j = json_parse(&r->arena, r->body, &e);
    } else if (media_of_body(r, &media)) {
        if (media == MEDIA_PROTOBUF)
            err_set(&e, ERR_MEDIA_TYPE, "sim.kubestep.dev takes JSON and YAML");
        else
            j = media == MEDIA_YAML ? yaml_parse(&r->arena, r->body, &e) : json_parse(&r->arena, r->body, &e);
    }
    if (j && j->type == JSON_OBJ) return j;
    if (j) err_set(&e, ERR_BAD_REQUEST, "the body must be an object");
    if (e.code) status_fail(r, &e);
    rest_finish(r);
    return NULL;
}

bool sim_is_name(struct str s)
{
    if (!s.n || s.n > SIM_NAME_MAX) return false;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        bool alnum = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        bool inside = i > 0 && i + 1 < s.n && (c == '-' || c == '.');
        if (!alnum && !inside) return false;
    }
    return true;
}

bool sim_is_master(const struct user *u)
{
    for (int i = 0; i < u->ngroups; i++)
        if (str_eqc(u->groups[i], "system:masters")) return true;
    return false;
}

void sim_ok(struct request *r)
{
    struct buf text;
    buf_init(&text, 1024);
    buf_cstr(&text, "{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"metadata\":{},\"status\":\"Success\"}");
    media_respond(r, 201, &text);
    rest_finish(r);
}

void sim_not_found(struct request *r, const struct side *t, struct str name)
{
    status_failf(r, ERR_NOT_FOUND, "%s." SIM_GROUP " \"%.*s\" not found", t->kind->plural, STR_ARG(name));
    rest_finish(r);
}

void sim_fail(struct request *r, enum err_code code, const char *fmt, ...)
{
    struct err e = {.code = code};
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(e.text, sizeof e.text, fmt, ap);
    va_end(ap);
    status_fail(r, &e);
    rest_finish(r);
}
