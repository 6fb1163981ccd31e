/* err.c - the error table and how errors are filled in. */
#include "err.h"

#include "kassert.h"
#include "mem.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* ERR_CLOSED may be tried again: the peer may come back. A conflict may not: the same call stays outdated. */
static const struct err_row rows[ERR_CODES] = {
    {ERR_NONE, 200, "", false},
    {ERR_BAD_REQUEST, 400, "BadRequest", false},
    {ERR_UNAUTHORIZED, 401, "Unauthorized", false},
    {ERR_FORBIDDEN, 403, "Forbidden", false},
    {ERR_NOT_FOUND, 404, "NotFound", false},
    {ERR_METHOD, 405, "MethodNotAllowed", false},
    {ERR_NOT_ACCEPTABLE, 406, "NotAcceptable", false},
    {ERR_ALREADY_EXISTS, 409, "AlreadyExists", false},
    {ERR_CONFLICT, 409, "Conflict", false},
    {ERR_GONE, 410, "Gone", false},
    {ERR_EXPIRED, 410, "Expired", false},
    {ERR_TOO_LARGE, 413, "RequestEntityTooLarge", false},
    {ERR_MEDIA_TYPE, 415, "UnsupportedMediaType", false},
    {ERR_INVALID, 422, "Invalid", false},
    {ERR_TOO_MANY, 429, "TooManyRequests", true},
    {ERR_INTERNAL, 500, "InternalError", true},
    {ERR_NOT_IMPLEMENTED, 501, "NotImplemented", false},
    {ERR_UNAVAILABLE, 503, "ServiceUnavailable", true},
    {ERR_TIMEOUT, 504, "Timeout", true},
    {ERR_IO, 500, "InternalError", true},
    {ERR_CLOSED, 503, "ServiceUnavailable", true},
    {ERR_USAGE, 400, "BadRequest", false},
};

const struct err_row *err_info(enum err_code code)
{
    KASSERT((unsigned)code < ERR_CODES && rows[code].code == code);
    return &rows[code];
}

enum err_code err_from_http(int http, const char *reason)
{
    if (http >= 100 && http < 400) return ERR_NONE;
    if (reason && *reason)
        for (int i = 1; i < ERR_CODES; i++)
            if (strcmp(rows[i].reason, reason) == 0) return rows[i].code;
    for (int i = 1; i < ERR_CODES; i++)
        if (rows[i].http == http && http != 409) return rows[i].code;
    if (http == 409) return ERR_CONFLICT; /* AlreadyExists always says so */
    return http >= 400 && http < 500 ? ERR_BAD_REQUEST : ERR_INTERNAL;
}

bool err_set(struct err *e, enum err_code code, const char *fmt, ...)
{
    if (!e) return false;
    char text[ERR_TEXT_MAX]; /* the arguments may point into e->text */
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    e->code = code;
    memcpy(e->text, text, strlen(text) + 1);
    return false;
}

bool err_context(struct err *e, const char *fmt, ...)
{
    if (!e) return false;
    struct err before = *e;
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(e->text, sizeof e->text, fmt, ap);
    va_end(ap);
    const char *parts[] = {": ", before.text};
    size_t at = strlen(e->text);
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        size_t n = MIN(strlen(parts[i]), sizeof e->text - 1 - at);
        memcpy(e->text + at, parts[i], n);
        at += n;
    }
    e->text[at] = '\0';
    return false;
}

bool err_errno(struct err *e, const char *fmt, ...)
{
    int number = errno;
    if (!e) return false;
    char text[ERR_TEXT_MAX], reason[128];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    return err_set(e, ERR_IO, "%s: %s", text, strerror_r(number, reason, sizeof reason));
}
