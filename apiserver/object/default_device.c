/* default_device.c - computed defaults of requests for devices and of their taints (pkg/apis/resource/v1/defaults.go).
 * Reads and writes: one node of a normalised tree. */
#include "apiserver/object/hooks.h"

#include "schema_hooks.h"
#include "base/clk.h"

/* type ExactDeviceRequest, DeviceSubRequest default=fn:device_request */
void type_default_device_request(struct arena *a, struct json *request)
{
    if (!obj_str(request, ".allocationMode").n) obj_put_cstr(a, request, ".allocationMode", "ExactCount");
    if (obj_is(request, ".allocationMode", "ExactCount") && !obj_int(request, ".count", 0))
        obj_put_int(a, request, ".count", 1);
}

/* type DeviceTaint default=fn:device_taint */
void type_default_device_taint(struct arena *a, struct json *taint)
{
    if (!obj_has(taint, ".timeAdded")) obj_put_time(a, taint, ".timeAdded", clk_s());
}
