/* options.h - the options of requests beyond write_options: of lists, watches and deletions.
 * Parsers answer r themselves (400, 415 or 422, in upstream's words) and then return false. */
#ifndef APISERVER_REST_OPTIONS_H
#define APISERVER_REST_OPTIONS_H

#include "api/selector.h"
#include "apiserver/rest/rest.h"

enum rv_match { RV_MATCH_NONE, RV_MATCH_EXACT, RV_MATCH_NOT_OLDER };

struct list_options {
    struct selector labels, fields; /* fields: labels known to be selectable */
    bool has_labels, has_fields;
    bool only_name; /* fields asks for one name and nothing else */
    bool watch;     /* ?watch was said; a path of /watch/ alone is checked as a list */
    struct str
        rv_text; /* "" when unset; not read yet: what is wrong with it, lists, watches and reads say differently */
    enum rv_match match;
    size_t limit;      /* 0: all */
    struct str cont;   /* the token as given */
    int64_t timeout_s; /* watch: 0: the server chooses; negative: over at once */
    bool bookmarks;
    int send_initial;           /* -1 unset, 0, 1; defaulted */
    const char *include_object; /* Tables: "Metadata", "Object" or "None" */
};
bool list_options_parse(struct request *r, struct list_options *o) MUST_USE;

/* Upstream's continue token (apiserver pkg/storage/continue.go): base64url of
 * {"v":"meta.k8s.io/v1","rv":N,"start":".."}. start is relative to prefix. rv -1: from the newest state. */
struct str continue_write(struct arena *a, int64_t rv, struct str start);
/* ERR_BAD_REQUEST. */
bool continue_parse(struct arena *a, struct str token, int64_t *rv, struct str *start, struct err *e) MUST_USE;

enum delete_act {
    DELETE_NOW,
    DELETE_MARK /* deletionTimestamp is set, something holds it */,
    DELETE_KEEP /* nothing changes */
};
struct deletion {
    enum delete_act act;
    bool gives_object; /* the answer is the object, not a Status */
};

enum propagation { PROPAGATE_UNSAID, PROPAGATE_BACKGROUND, PROPAGATE_FOREGROUND, PROPAGATE_ORPHAN };
/* The deprecated orphanDependents. */
enum orphan_said { ORPHAN_UNSAID, ORPHAN_FALSE, ORPHAN_TRUE };

struct delete_options {
    bool dry_run;
    int64_t grace_s;    /* -1: the client said nothing */
    struct str uid, rv; /* preconditions; STR_NULL: none */
    enum propagation propagation;
    enum orphan_said orphan;
    struct deletion act; /* what was decided */
};
bool delete_options_parse(struct request *r, struct delete_options *o) MUST_USE;
/* From a DeleteOptions object (NULL: none) that points into the request. */
bool delete_options_take(struct request *r, const struct json *j, struct delete_options *o) MUST_USE;

/* ?includeObject= of a Table; "Metadata" when unset. False: 400 was set. */
bool table_options_parse(struct request *r, const char **include_object) MUST_USE;

#endif
