/* fuzz_tz.c - any bytes as a TZif file. A zone that is read has offsets as zones have, civil times that lead back, and
 * schedules in it have an end. */
#include "base/cron.h"
#include "base/kassert.h"
#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { OFFSET_MAX_S = 26 * 3600, MOMENTS = 64 };

static struct tz *zone_of(const uint8_t *data, size_t size)
{
    static int fd = -1;
    struct err e = ERR_INIT;
    char name[16];
    if (fd < 0) fd = memfd_create("zone", MFD_CLOEXEC);
    KASSERT(fd >= 0 && ftruncate(fd, 0) == 0 && pwrite(fd, data, size, 0) == (ssize_t)size);
    snprintf(name, sizeof name, "%d", fd);
    return tz_read("/proc/self/fd", str_of(name), &e);
}

static void check_moment(const struct tz *z, int64_t at_s)
{
    struct civil c, again;
    int64_t offset = tz_offset_s(z, at_s);
    KASSERT(offset >= -OFFSET_MAX_S && offset <= OFFSET_MAX_S);
    tz_civil(z, at_s, &c);
    KASSERT(c.month >= 1 && c.month <= 12 && c.day >= 1 && c.day <= 31 && c.weekday >= 0 && c.weekday <= 6);
    KASSERT(c.hour >= 0 && c.hour <= 23 && c.minute >= 0 && c.minute <= 59 && c.second >= 0 && c.second <= 59);
    int64_t back = tz_unix(z, &c);
    KASSERT(llabs(back - at_s) <= 2 * OFFSET_MAX_S);
    if (tz_offset_s(z, back) != offset) return; /* a time that is there twice */
    tz_civil(z, back, &again);
    KASSERT(back == at_s && again.day == c.day);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const schedules[] = {"0 0 * * *", "30 2 31 12 *", "*/7 5 1 * mon", "0 0 29 2 *"};
    struct err e = ERR_INIT;
    struct tz *z = zone_of(data, size);
    if (!z) return 0;
    /* Around the moments that the file may name: its bytes, read as numbers of four. */
    for (size_t i = 0, n = 0; i + 4 <= size && n < MOMENTS; i += 4, n++) {
        int64_t at = (int32_t)((uint32_t)data[i] << 24 | (uint32_t)data[i + 1] << 16 | data[i + 2] << 8 | data[i + 3]);
        for (int64_t shift = -86400; shift <= 86400; shift += 43199) check_moment(z, at + shift);
    }
    for (size_t i = 0; i < ARRAY_LEN(schedules); i++) {
        struct cron c;
        KASSERT(cron_parse(str_of(schedules[i]), z, &c, &e));
        for (int64_t at = -INT64_C(2000000000); at < INT64_C(4000000000); at += 700000001) {
            int64_t next = cron_next(&c, at);
            KASSERT(next == CRON_NEVER || next > at);
        }
    }
    tz_free(z);
    return 0;
}
