/* conversion_review.c - see conversion_review.h.
 * Reads: objects and answers.   Writes: text and trees.
 * Upstream: apiextensions-apiserver pkg/apiserver/conversion/webhook_converter.go. */
#include "apiserver/crd/conversion_review.h"

#include "api/object.h"
#include "api/quote.h"
#include "api/schema.h"
#include "apiserver/object/check.h"

#include <ctype.h>

enum { QUOTED_MAX = 4096 };

/* ---- The question ---- */

void conversion_review_write(struct buf *out, const struct conversion_review *c)
{
    buf_addf(out,
             "{\"kind\":\"ConversionReview\",\"apiVersion\":\"apiextensions.k8s.io/%s\",\"request\":{\"uid\":\"%s\","
             "\"desiredAPIVersion\":\"%s\",\"objects\":[",
             c->version, c->uid, c->desired);
    for (size_t i = 0; i < c->count; i++) {
        if (i) buf_char(out, ',');
        json_write(out, c->asked[i]);
    }
    buf_cstr(out, "]},\"response\":{\"uid\":\"\",\"convertedObjects\":null,\"result\":{\"metadata\":{}}}}");
}

/* ---- The answer ---- */

static const char *quoted(struct arena *a, struct str s)
{
    struct buf b AUTO_BUF = {0};
    buf_init(&b, QUOTED_MAX);
    quote_go(&b, s);
    return str_cstr(a, buf_view(&b));
}

static const char *gvk_of(struct arena *a, const struct json *j)
{
    struct str version = obj_str(j, ".apiVersion");
    return arena_printf(a, "%.*s, Kind=%.*s", STR_ARG(version), STR_ARG(obj_str(j, ".kind")));
}

static const char *failed(struct arena *a, const struct conversion_review *c, const char *why)
{
    return arena_printf(a, "conversion webhook for %s failed: %s", c->asked_for, why);
}

/* What upstream's decoder says of an object that is no review of the version that was asked. */
static const char *another_kind(struct arena *a, const struct conversion_review *c, struct str given, struct str kind,
                                struct str wanted)
{
    struct str group, version;
    api_split_version(given, &group, &version);
    if (!given.n || !kind.n)
        return arena_printf(a, "expected webhook response of %.*s, Kind=ConversionReview, got %s, Kind=%.*s",
                            STR_ARG(wanted), given.n ? str_cstr(a, given) : "/", STR_ARG(kind));
    if (str_eqc(kind, "ConversionReview") && str_eqc(group, "apiextensions.k8s.io") &&
        (str_eqc(version, "v1") || str_eqc(version, "v1beta1")))
        return arena_printf(a, "converting (%.*s.ConversionReview) to (%s.ConversionReview): unknown conversion",
                            STR_ARG(version), c->version);
    return arena_printf(a,
                        "no kind \"%.*s\" is registered for version \"%.*s\" in scheme \"pkg/runtime/scheme.go:111\"",
                        STR_ARG(kind), STR_ARG(given));
}

/* Why the whole answer counts for nothing; NULL: it counts. */
static const char *unusable(struct arena *a, const struct conversion_review *c, const struct json *review)
{
    const struct json *response = json_getc(review, "response");
    struct str given = obj_str(review, ".apiVersion"), kind = obj_str(review, ".kind");
    struct str status = obj_str(response, ".result.status"), message = obj_str(response, ".result.message"),
               uid = obj_str(response, ".uid");
    struct str wanted = str_printf(a, "apiextensions.k8s.io/%s", c->version);
    if (review->type != JSON_OBJ && review->type != JSON_NULL)
        return arena_printf(a,
                            "couldn't get version/kind; json parse error: json: cannot unmarshal %s into Go value of "
                            "type struct { APIVersion string \"json:\\\"apiVersion,omitempty\\\"\"; Kind string "
                            "\"json:\\\"kind,omitempty\\\"\" }",
                            json_type_word(review));
    if (!str_eq(given, wanted) || !str_eqc(kind, "ConversionReview")) return another_kind(a, c, given, kind, wanted);
    if (!json_is(response, JSON_OBJ)) return "no response provided";
    if (strcmp(c->version, "v1") == 0 && !str_eqc(uid, c->uid))
        return arena_printf(a, "expected response.uid=\"%s\", got %s", c->uid, quoted(a, uid));
    if (str_eqc(status, "Success")) return NULL;
    if (message.n) return str_cstr(a, message);
    return arena_printf(a, "response.result.status was '%.*s', not 'Success'", STR_ARG(status));
}

/* ---- One object ---- */

/* "must have the same name: a != b"; NULL: nothing that must stay has changed. */
static const char *moved(struct arena *a, const struct json *in, const struct json *out)
{
    static const struct {
        const char *path, *what;
    } rows[] = {
        {".kind", "kind"}, {".metadata.name", "name"}, {".metadata.namespace", "namespace"}, {".metadata.uid", "UID"}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct str x = obj_str(in, rows[i].path), y = obj_str(out, rows[i].path);
        if (!str_eq(x, y) && (x.n || y.n))
            return arena_printf(a, "must have the same %s: %.*s != %.*s", rows[i].what, STR_ARG(x), STR_ARG(y));
    }
    return NULL;
}

static const char *go_type(const struct json *j)
{
    static const char *const names[] = {"<nil>",  "bool",           "int64", "float64",
                                        "string", "[]interface {}", NULL,    "map[string]interface {}"};
    return j->type == JSON_ARR ? "[]interface {}" : j->type == JSON_OBJ ? "map[string]interface {}" : names[j->type];
}

static bool same_map(const struct json *a, const struct json *b) { return a == b || (a && b && json_equal(a, b)); }

static const char *refused_map(struct arena *a, const char *field, const struct json *map)
{
    struct check c;
    struct buf b AUTO_BUF = {0};
    check_init(&c, a);
    bool labels = strcmp(field, "labels") == 0;
    if (labels)
        check_labels(&c, map);
    else
        check_annotations(&c, map);
    if (!c.count) return NULL;
    buf_init(&b, QUOTED_MAX);
    if (c.count > 1) buf_char(&b, '[');
    for (int i = 0; i < c.count; i++)
        buf_addf(&b, "%smetadata.%s: %.*s", i ? ", " : "", labels ? "labels" : "annotation", STR_ARG(c.errors[i].text));
    if (c.count > 1) buf_char(&b, ']');
    return str_cstr(a, buf_view(&b));
}

/* Labels or annotations of the answer go to `kept`. */
static const char *take_map(struct arena *a, const struct json *given, struct json *kept, const char *field)
{
    const struct json *map = json_getc(given, field);
    if (!map || map->type == JSON_NULL) {
        json_del(kept, str_of(field));
        return NULL;
    }
    if (map->type != JSON_OBJ)
        return arena_printf(a, "invalid metadata.%s of type %s in converted object", field, go_type(map));
    JSON_FOREACH(it, map)
    if (it->type != JSON_STR)
        return arena_printf(a, "metadata.%s[%.*s] must be a string, but is %s in converted object", field,
                            STR_ARG(it->key), go_type(it));
    const char *why = same_map(json_getc(kept, field), map) ? NULL : refused_map(a, field, map);
    if (!why) json_set(a, kept, str_of(field), json_copy(a, map));
    return why;
}

/* What a webhook may change of metadata; all else comes back as it was. */
static const char *restore(struct arena *a, const struct json *in, struct json *out)
{
    const struct json *given = json_getc(out, "metadata"), *had = json_getc(in, "metadata");
    if (!given) return "missing metadata in converted object";
    if (given->type != JSON_OBJ)
        return arena_printf(a, "invalid metadata of type %s in converted object", go_type(given));
    struct json *kept = json_is(had, JSON_OBJ) ? json_copy(a, had) : json_obj(a);
    const char *why = take_map(a, given, kept, "labels");
    if (!why) why = take_map(a, given, kept, "annotations");
    if (!why) json_set(a, out, STR("metadata"), kept);
    return why;
}

static const char *take_object(struct arena *a, const struct conversion_review *c, const struct json *in,
                               struct json *out)
{
    const char *gvk = gvk_of(a, in), *why;
    struct str version = obj_str(out, ".apiVersion"), kind = obj_str(out, ".kind");
    if (out->type == JSON_NULL) return "unexpected end of JSON input";
    if (out->type != JSON_OBJ)
        return arena_printf(a, "json: cannot unmarshal %s into Go value of type map[string]interface {}",
                            json_type_word(out));
    if (!kind.n) {
        struct buf text AUTO_BUF = {0};
        buf_init(&text, QUOTED_MAX);
        json_write(&text, out);
        return arena_printf(a, "Object 'Kind' is missing in '%.*s'", STR_ARG(buf_view(&text)));
    }
    if (!str_eqc(version, c->desired))
        return arena_printf(a,
                            "conversion webhook for %s returned invalid object at index 0: invalid groupVersion "
                            "(expected %s, received %.*s)",
                            gvk, c->desired, STR_ARG(version));
    if (!str_eq(kind, obj_str(in, ".kind")))
        return arena_printf(
            a,
            "conversion webhook for %s returned invalid object at index 0: invalid kind (expected %.*s, received %.*s)",
            gvk, STR_ARG(obj_str(in, ".kind")), STR_ARG(kind));
    if ((why = moved(a, in, out)))
        return arena_printf(a, "conversion webhook for %s returned invalid object: %s", gvk, why);
    if ((why = restore(a, in, out)))
        return arena_printf(a, "conversion webhook for %s returned invalid metadata: %s", gvk, why);
    return NULL;
}

bool conversion_review_read(struct arena *a, const struct conversion_review *c, struct str answer, struct json **out,
                            const char **error)
{
    struct err e = ERR_INIT;
    bool word = answer.n && isalpha((unsigned char)str_trim(answer).p[0]); /* to YAML a text is one, too */
    struct json *review = json_parse(a, answer, &e);
    if (!review && word) review = json_strc(a, "");
    const char *why =
        review ? unusable(a, c, review) : arena_printf(a, "couldn't get version/kind; json parse error: %s", e.text);
    *error = why ? failed(a, c, why) : NULL;
    if (why) return false;
    const struct json *converted = obj_get(review, ".response.convertedObjects");
    size_t n = json_is(converted, JSON_ARR) ? converted->count : 0, i = 0;
    if (n != c->count)
        *error =
            arena_printf(a, "conversion webhook for %s returned %zu objects, expected %zu", c->asked_for, n, c->count);
    for (struct json *it = json_kids(converted); it && !*error; it = it->next, i++)
        *error = take_object(a, c, c->asked[i], out[i] = it);
    return !*error;
}
