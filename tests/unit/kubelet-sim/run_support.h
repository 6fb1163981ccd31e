/* run_support.h - pods and their runs for the tests of kubelet-sim. */
#ifndef UNIT_KUBELET_SIM_RUN_SUPPORT_H
#define UNIT_KUBELET_SIM_RUN_SUPPORT_H

#include "check_main.h"
#include "kubelet-sim/pod_status.h"

#include <stdio.h>

#define ck_assert_strn_eq(s, c) ck_assert_msg(str_eqc((s), (c)), "\"%.*s\" is not \"%s\"", STR_ARG(s), (c))

/* spec and status: members. One reference, the caller's. */
static inline const struct object *pod_text(const char *spec, const char *status)
{
    struct err e = ERR_INIT;
    AUTO_FREE char *text =
        xasprintf("{\"kind\":\"Pod\",\"apiVersion\":\"v1\",\"metadata\":{\"name\":\"web\",\"namespace\":\"default\","
                  "\"uid\":\"u-1\",\"generation\":3},\"spec\":{%s},\"status\":{%s}}",
                  spec, status);
    const struct object *o = object_parse(str_of(text), NULL, &e);
    ck_assert_msg(o != NULL, "%s: %s", e.text, text);
    return o;
}

#endif
