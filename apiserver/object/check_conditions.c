/* check_conditions.c - see check_conditions.h. Reads: a node of a normalised tree.   Writes: struct check. */
#include "apiserver/object/check_conditions.h"

#include "apiserver/object/check_admission.h"
#include "apiserver/object/names.h"
#include "base/map.h"

enum { REASON_MAX = 1024, MESSAGE_MAX = 32 * 1024 };

static const char reason_text[] =
    "a condition reason must start with alphabetic character, optionally followed by a string of alphanumeric "
    "characters "
    "or '_,:', and must end with an alphanumeric character or '_' (e.g. 'my_name',  or 'MY_NAME',  or 'MyName',  or "
    "'ReasonA,ReasonB',  or 'ReasonA:ReasonB', regex used for validation is '[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?')";

static bool is_reason(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        char ch = s.p[i];
        bool letter = (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z'), inner = ch == ',' || ch == ':',
             word = letter || (ch >= '0' && ch <= '9') || ch == '_';
        if (i == 0 ? !letter : !word && !(inner && i + 1 < s.n)) return false;
    }
    return true;
}

static void check_reason(struct check *c, struct str reason)
{
    if (!reason.n) check_required(c, "reason", "");
    if (!is_reason(reason)) check_invalid_str(c, "reason", reason, reason_text);
    if (reason.n > REASON_MAX) check_too_long(c, "reason", REASON_MAX);
}

static void check_condition(struct check *c, const struct json *condition)
{
    static const char *const statuses[] = {"False", "True", "Unknown", NULL};
    struct str type = obj_str(condition, ".type");
    const char *why = name_qualified(type);
    if (why) check_invalid_str(c, "type", type.p ? type : STR(""), why);
    check_one_of(c, "status", obj_str(condition, ".status"), statuses);
    if (obj_int(condition, ".observedGeneration", 0) < 0)
        check_invalid(c, "observedGeneration", json_getc(condition, "observedGeneration"),
                      "must be greater than or equal to zero");
    if (!obj_has(condition, ".lastTransitionTime")) check_required(c, "lastTransitionTime", "");
    check_reason(c, obj_str(condition, ".reason"));
    if (obj_str(condition, ".message").n > MESSAGE_MAX) check_too_long(c, "message", MESSAGE_MAX);
}

void check_conditions(struct check *c, const char *member, const struct json *conditions)
{
    struct map types = {0};
    size_t outer = check_member(c, member), i = 0;
    for (OBJ_EACH(it, conditions, "")) {
        struct str type = obj_str(it, ".type");
        size_t mark = check_index(c, i++);
        if (map_has(&types, type)) check_duplicate(c, "type", json_getc(it, "type"));
        map_set(&types, type.p ? type : STR(""), &types);
        check_condition(c, it);
        check_pop(c, mark);
    }
    map_release(&types, NULL);
    check_pop(c, outer);
}
