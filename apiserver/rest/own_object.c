/* own_object.c - see own_object.h. Reads: the clock, randomness.   Writes: bytes. */
#include "apiserver/rest/own_object.h"

#include "api/decode.h"
#include "api/object.h"
#include "apiserver/managed/managed.h"
#include "apiserver/object/hooks.h"
#include "apiserver/object/object.h"
#include "apiserver/registry/flow_control.h"
#include "apiserver/rest/write.h"
#include "base/clk.h"
#include "schema_ids.h"

struct blob *own_object_blob(struct arena *a, const struct api_resource *res, struct json *obj, struct rnd *chance,
                             struct err *e)
{
    const struct strategy *s = api_strategy_hooks[res->strategy_hook];
    char uid[RND_UUID_LEN + 1];
    struct buf text AUTO_BUF = {0};
    buf_init(&text, VALUE_MAX);
    if (chance)
        rnd_uuid_of(chance, uid);
    else
        rnd_uuid(uid);
    obj_put_cstr(a, obj, ".metadata.uid", uid);
    obj_put_time(a, obj, ".metadata.creationTimestamp", clk_s());
    object_default(a, res->type, obj);
    bool flow = str_eqc(STR("flowcontrol.apiserver.k8s.io"), res->group);
    managed_begin(a, res, obj, flow ? STR("api-priority-and-fairness-config-producer-v1") : STR("kube-apiserver"));
    if (res->flags & API_R_GENERATION) obj_put_int(a, obj, ".metadata.generation", 1);
    if (s && s->prepare_create) s->prepare_create(a, obj, clk_ns());
    if (res == &res_flowcontrol_apiserver_k8s_io_v1_flowschemas) flow_schema_found(a, obj, clk_s());
    if (!api_decode(a, res->type, obj, NULL, e)) return NULL;
    json_write(&text, obj);
    return blob_new(buf_view(&text));
}
