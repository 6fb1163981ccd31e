/* check_conditions.c - see check_conditions.h. Reads: a list of conditions.   Writes: struct check. */
#include "apiserver/object/check_conditions.h"

#include "api/object.h"
#include "apiserver/object/check_value.h"

enum { REASON_MAX = 1024, MESSAGE_MAX = 32 * 1024 };

static bool is_letter(char ch) { return (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z'); }
static bool is_word(char ch) { return is_letter(ch) || (ch >= '0' && ch <= '9') || ch == '_'; }

static const char *name_reason(struct str s)
{
    bool ok = s.n && is_letter(s.p[0]) && is_word(s.p[s.n - 1]);
    for (size_t i = 0; i < s.n; i++) ok = ok && (is_word(s.p[i]) || s.p[i] == ',' || s.p[i] == ':');
    return ok ? NULL
              : "a condition reason must start with alphabetic character, optionally followed by a string of "
                "alphanumeric characters or '_,:', and must end with an alphanumeric character or '_' (e.g. 'my_name', "
                " "
                "or 'MY_NAME',  or 'MyName',  or 'ReasonA,ReasonB',  or 'ReasonA:ReasonB', regex used for validation "
                "is "
                "'[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?')";
}

static void check_condition(struct check *c, const struct json *condition)
{
    static const char *const statuses[] = {"False", "True", "Unknown", NULL};
    const struct json *generation = json_getc(condition, "observedGeneration");
    check_name_by(c, "type", obj_str(condition, ".type"), name_qualified);
    (void)check_one_of(c, "status", obj_str(condition, ".status"), statuses);
    if (obj_number(generation, 0) < 0)
        check_invalid(c, "observedGeneration", generation, "must be greater than or equal to zero");
    if (!obj_has(condition, ".lastTransitionTime")) check_required(c, "lastTransitionTime", "");
    check_required_name(c, "reason", obj_str(condition, ".reason"), name_reason, "");
    if (obj_str(condition, ".reason").n > REASON_MAX) check_too_long(c, "reason", REASON_MAX);
    if (obj_str(condition, ".message").n > MESSAGE_MAX) check_too_long(c, "message", MESSAGE_MAX);
}

void check_conditions(struct check *c, const char *member, const struct json *conditions)
{
    struct map types = {0};
    size_t i = 0;
    for (OBJ_EACH(it, conditions, "")) {
        size_t mark = check_into(c, member, i++);
        (void)check_unique(c, "type", obj_str(it, ".type"), &types);
        check_condition(c, it);
        check_pop(c, mark);
    }
    map_release(&types, NULL);
}
