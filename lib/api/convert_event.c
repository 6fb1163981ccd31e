/* convert_event.c - events.k8s.io/v1 <-> core/v1 Event: the same object under other names
 * (pkg/apis/events/v1/conversion.go). core/v1 is what is stored.
 * Reads and writes: one tree. */
#include "schema_convert.h"

#include "base/mem.h"

static const struct {
    struct str stored, served;
} renamed[] = {
    {{"involvedObject", 14}, {"regarding", 9}},
    {{"message", 7}, {"note", 4}},
    {{"source", 6}, {"deprecatedSource", 16}},
    {{"firstTimestamp", 14}, {"deprecatedFirstTimestamp", 24}},
    {{"lastTimestamp", 13}, {"deprecatedLastTimestamp", 23}},
    {{"count", 5}, {"deprecatedCount", 15}},
    {{"reportingComponent", 18}, {"reportingController", 19}},
};

void convert_event(struct arena *a, struct json *obj, bool to_storage)
{
    (void)a;
    JSON_FOREACH(it, obj)
    {
        for (size_t i = 0; i < ARRAY_LEN(renamed); i++) {
            struct str from = to_storage ? renamed[i].served : renamed[i].stored;
            if (str_eq(it->key, from)) {
                it->key = to_storage ? renamed[i].stored : renamed[i].served;
                break;
            }
        }
    }
}
