/* err.h - what the world did wrong.
 * `bool f(..., struct err *e)`: false means *e says why; a caller that cannot
 * help adds context (err_context) and returns false itself. One table
 * (err_info) gives each code its HTTP code, its Kubernetes reason and whether
 * trying again can help. A struct err owns nothing and may be copied. */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stdarg.h>
#include <stdbool.h>

enum err_code {
    ERR_NONE = 0,
    ERR_BAD_REQUEST,     /* 400 BadRequest */
    ERR_UNAUTHORIZED,    /* 401 Unauthorized */
    ERR_FORBIDDEN,       /* 403 Forbidden */
    ERR_NOT_FOUND,       /* 404 NotFound */
    ERR_METHOD,          /* 405 MethodNotAllowed */
    ERR_NOT_ACCEPTABLE,  /* 406 NotAcceptable */
    ERR_ALREADY_EXISTS,  /* 409 AlreadyExists */
    ERR_CONFLICT,        /* 409 Conflict */
    ERR_GONE,            /* 410 Gone */
    ERR_EXPIRED,         /* 410 Expired */
    ERR_TOO_LARGE,       /* 413 RequestEntityTooLarge */
    ERR_MEDIA_TYPE,      /* 415 UnsupportedMediaType */
    ERR_INVALID,         /* 422 Invalid */
    ERR_TOO_MANY,        /* 429 TooManyRequests */
    ERR_INTERNAL,        /* 500 InternalError */
    ERR_NOT_IMPLEMENTED, /* 501 NotImplemented */
    ERR_UNAVAILABLE,     /* 503 ServiceUnavailable */
    ERR_TIMEOUT,         /* 504 Timeout */
    ERR_IO,              /* a file or a socket; 500 InternalError */
    ERR_CLOSED,          /* shutting down, or the peer left */
    ERR_USAGE,           /* wrong options or configuration */
    ERR_CODES
};

struct err_row {
    enum err_code code;
    int http;           /* status code */
    const char *reason; /* metav1.StatusReason */
    bool retry;         /* the same call may succeed later */
};

enum { ERR_TEXT_MAX = 1024 }; /* longer messages are cut; field errors have their own list */

struct err {
    enum err_code code;
    char text[ERR_TEXT_MAX];
};

#define ERR_INIT                                                                                                       \
    {                                                                                                                  \
        .code = ERR_NONE, .text = ""                                                                                   \
    }

const struct err_row *err_info(enum err_code code);
enum err_code err_from_http(int http, const char *reason); /* reason may be NULL */

/* Sets *e (e may be NULL) and returns false, so that `return err_set(..)` reads well. */
__attribute__((format(printf, 3, 4))) bool err_set(struct err *e, enum err_code code, const char *fmt, ...);
/* Puts "context: " before the text. Returns false. */
__attribute__((format(printf, 2, 3))) bool err_context(struct err *e, const char *fmt, ...);
/* ERR_IO with strerror(errno). Returns false. */
__attribute__((format(printf, 2, 3))) bool err_errno(struct err *e, const char *fmt, ...);

#define MUST_USE __attribute__((warn_unused_result))

#endif
