/* check_pod_annotations.c - annotations of pods that mean something: mirror pods, deletion cost, profiles that have
 * become fields since. Reads: metadata and spec of a pod or template.   Writes: struct check. */
#include "apiserver/object/check_pod.h"

#include "api/quote.h"
#include "apiserver/object/pod_annotations.h"

static struct str annotation(const struct pod_rules *r, const char *key) { return text_at(r->annotations, key); }

static bool has_annotation(const struct pod_rules *r, const char *key)
{
    return json_getc(r->annotations, key) != NULL;
}

static bool has_prefix(const struct pod_rules *r, const char *prefix)
{
    JSON_FOREACH(it, r->annotations)
    if (str_starts(it->key, str_of(prefix))) return true;
    return false;
}

/* ---- Tolerations as JSON, from before they were a field ---- */

/* Whether the text can be read at all is told in Go's words by upstream; here in one sentence. */
static void check_toleration_text(struct pod_rules *r)
{
    struct err e = ERR_INIT;
    struct arena *a = r->c->arena;
    struct str text = annotation(r, POD_TOLERATIONS);
    if (!text.n) return;
    const struct json *list = json_parse(a, text, &e);
    if (!list)
        check_invalidf(r->c, NULL, json_strc(a, POD_TOLERATIONS), "%s", e.text);
    else
        check_tolerations(r->c, POD_TOLERATIONS, json_is(list, JSON_ARR) ? list : NULL);
}

/* ---- Profiles ---- */

static void check_seccomp_text(struct check *c, const char *member, struct str profile)
{
    if (str_eqc(profile, "runtime/default") || str_eqc(profile, "docker/default") || str_eqc(profile, "unconfined"))
        return;
    if (str_starts(profile, STR("localhost/")))
        check_relative_path(c, member, str_from(profile, sizeof "localhost/" - 1));
    else
        check_invalid_str(c, member, profile, "must be a valid seccomp profile");
}

static void check_apparmor_text(struct pod_rules *r, const struct name_set *containers, struct str key,
                                struct str profile)
{
    struct check *c = r->c;
    struct str container = str_from(key, sizeof POD_APPARMOR - 1);
    size_t mark = check_key(c, key);
    if (!name_set_has(containers, container)) check_invalid_str(c, NULL, container, "container not found");
    if (profile.n && !str_eqc(profile, "runtime/default") && !str_eqc(profile, "unconfined") &&
        !str_starts(profile, STR("localhost/"))) {
        struct buf text AUTO_BUF = {0};
        buf_init(&text, ERR_TEXT_MAX);
        buf_cstr(&text, "invalid AppArmor profile name: ");
        quote_go(&text, profile);
        check_invalidf(c, NULL, json_str(c->arena, profile), "%.*s", STR_ARG(buf_view(&text)));
    }
    check_pop(c, mark);
}

static void check_apparmor_texts(struct pod_rules *r)
{
    static const char *const lists[] = {"initContainers", "containers", "ephemeralContainers"};
    struct name_set containers AUTO_NAME_SET = {0};
    if (!has_prefix(r, POD_APPARMOR)) return;
    for (size_t i = 0; i < ARRAY_LEN(lists); i++)
        JSON_FOREACH(it, member_at(r->spec, lists[i])) name_set_add(&containers, text_at(it, "name"), NULL);
    JSON_FOREACH(it, r->annotations)
    if (str_starts(it->key, STR(POD_APPARMOR))) check_apparmor_text(r, &containers, it->key, json_string(it));
}

/* ---- All of them ---- */

bool pod_deletion_cost_ok(struct str text)
{
    int64_t n;
    if (!text.n || !(text.p[0] == '-' || str_eqc(text, "0") || (text.p[0] >= '1' && text.p[0] <= '9'))) return false;
    return str_to_i64(text, &n) && n >= INT32_MIN && n <= INT32_MAX;
}

void check_pod_annotations(struct pod_rules *r)
{
    struct check *c = r->c;
    if (!r->annotations) return;
    if (has_annotation(r, POD_MIRROR) && !text_at(r->spec, "nodeName").n) {
        size_t mark = check_key(c, STR(POD_MIRROR));
        check_invalid_str(c, NULL, annotation(r, POD_MIRROR), "must set spec.nodeName if mirror pod annotation is set");
        check_pop(c, mark);
    }
    check_toleration_text(r);
    if (!r->leeway.deletion_cost && has_annotation(r, POD_DELETION_COST) &&
        !pod_deletion_cost_ok(annotation(r, POD_DELETION_COST))) {
        size_t mark = check_key(c, STR(POD_DELETION_COST));
        check_invalid_str(c, NULL, annotation(r, POD_DELETION_COST), "must be a 32bit integer");
        check_pop(c, mark);
    }
    if (has_annotation(r, POD_SECCOMP)) check_seccomp_text(c, POD_SECCOMP, annotation(r, POD_SECCOMP));
    JSON_FOREACH(it, r->annotations)
    if (str_starts(it->key, STR(POD_SECCOMP_CONTAINER)))
        check_seccomp_text(c, str_cstr(c->arena, it->key), json_string(it));
    check_apparmor_texts(r);
}

/* ---- Between old and new ---- */

static void check_kept(struct check *c, struct str key, const char *apparmor, const char *mirror)
{
    size_t mark = check_key(c, key);
    if (str_starts(key, STR(POD_APPARMOR))) check_forbidden(c, NULL, apparmor);
    if (str_eqc(key, POD_MIRROR)) check_forbidden(c, NULL, mirror);
    check_pop(c, mark);
}

/* Both maps are sorted. */
void check_pod_annotation_changes(struct check *c, const struct json *now, const struct json *old)
{
    const struct json *at = json_kids(now);
    JSON_FOREACH(it, old)
    {
        const struct json *same = map_seek(&at, it->key);
        if (!same || !str_eq(json_string(same), json_string(it)))
            check_kept(c, it->key, "may not remove or update AppArmor annotations",
                       "may not remove or update mirror pod annotation");
    }
    at = json_kids(old);
    JSON_FOREACH(it, now)
    if (!map_seek(&at, it->key))
        check_kept(c, it->key, "may not add AppArmor annotations", "may not add mirror pod annotation");
}

/* ---- Annotations and fields that say the same ---- */

struct agreement { /* of one kind of profile */
    const char *runtime_default, *or_default, *by_type, *by_profile;
};

/* text: the annotation. At the profile. */
static void check_agreement(struct check *c, const struct agreement *a, struct str text, const struct json *profile)
{
    struct str type = text_at(profile, "type");
    const struct json *local = member_at(profile, "localhostProfile");
    bool wrong = false;
    if (str_eqc(type, "Unconfined"))
        wrong = !str_eqc(text, "unconfined");
    else if (str_eqc(type, "RuntimeDefault"))
        wrong = !str_eqc(text, a->runtime_default) && !str_eqc(text, a->or_default);
    else if (str_eqc(type, "Localhost"))
        wrong = !str_starts(text, STR("localhost/"));
    if (wrong)
        check_forbidden(c, "type", a->by_type);
    else if (str_eqc(type, "Localhost") && (!local || !str_eq(str_from(text, 10), json_string(local))))
        check_forbidden(c, "localhostProfile", a->by_profile);
}

static const struct agreement seccomp = {"runtime/default", "docker/default",
                                         "seccomp type in annotation and field must match",
                                         "seccomp profile in annotation and field must match"};
static const struct agreement apparmor = {"runtime/default", "runtime/default",
                                          "apparmor type in annotation and field must match",
                                          "apparmor profile in annotation and field must match"};

static void check_container_agrees(struct pod_rules *r, const struct json *container, const char *member,
                                   const struct json *profile, const struct agreement *a)
{
    const struct json *text = name_set_get(&r->texts, text_at(container, "name"));
    if (!profile || !text) return;
    size_t mark = check_member(r->c, "securityContext");
    check_member(r->c, member);
    check_agreement(r->c, a, json_string(text), profile);
    check_pop(r->c, mark);
}

/* Annotations that begin with prefix, by the container's name behind it; then fn with every container. */
static void check_each_annotated(struct pod_rules *r, const char *prefix, pod_container_fn *fn)
{
    if (!has_prefix(r, prefix)) return;
    name_set_init(&r->texts);
    JSON_FOREACH(it, r->annotations)
    if (str_starts(it->key, str_of(prefix))) name_set_add(&r->texts, str_from(it->key, strlen(prefix)), it);
    check_each_container(r, fn);
    name_set_release(&r->texts);
}

static void seccomp_of(struct pod_rules *r, const struct json *container)
{
    const struct json *own = member_at(member_at(container, "securityContext"), "seccompProfile");
    check_container_agrees(r, container, "seccompProfile", own, &seccomp);
}

void check_seccomp_agrees(struct pod_rules *r)
{
    const struct json *profile = member_at(member_at(r->spec, "securityContext"), "seccompProfile");
    if (!r->annotations) return;
    if (profile && has_annotation(r, POD_SECCOMP)) {
        size_t mark = check_member(r->c, "securityContext");
        check_member(r->c, "seccompProfile");
        check_agreement(r->c, &seccomp, annotation(r, POD_SECCOMP), profile);
        check_pop(r->c, mark);
    }
    check_each_annotated(r, POD_SECCOMP_CONTAINER, seccomp_of);
}

static void apparmor_of(struct pod_rules *r, const struct json *container)
{
    const struct json *own = member_at(member_at(container, "securityContext"), "appArmorProfile");
    if (!own) own = member_at(member_at(r->spec, "securityContext"), "appArmorProfile");
    check_container_agrees(r, container, "appArmorProfile", own, &apparmor);
}

void check_apparmor_agrees(struct pod_rules *r)
{
    if (r->annotations && !str_eqc(text_at(member_at(r->spec, "os"), "name"), "windows"))
        check_each_annotated(r, POD_APPARMOR, apparmor_of);
}
