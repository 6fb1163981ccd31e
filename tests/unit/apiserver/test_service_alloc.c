/* test_service_alloc.c - addresses and node ports of Services: bands, and random sequences of creates, updates,
 * deletes, conflicts and dry runs against a model: nothing is given twice, nothing is lost. */
#include "cache_support.h"
#include "object_support.h"

#include "apiserver/object/hooks.h"
#include "apiserver/registry/numbers.h"
#include "apiserver/registry/service_alloc.h"
#include "base/rnd.h"
#include "base/thread.h"

/* ---- numbers.h ---- */

static const struct {
    uint32_t size, least, step, most, band;
} bands[] = {
    {16, 16, 16, 256, 0},   {17, 16, 16, 256, 16},     {256, 16, 16, 256, 16},
    {512, 16, 16, 256, 32}, {65536, 16, 16, 256, 256}, {2768, 16, 32, 128, 86},
};

START_TEST(bands_as_upstream)
{
    for (size_t i = 0; i < ARRAY_LEN(bands); i++)
        ck_assert_uint_eq(numbers_band(bands[i].size, bands[i].least, bands[i].step, bands[i].most), bands[i].band);
}
END_TEST

START_TEST(upper_band_first)
{
    struct numbers p;
    uint32_t n;
    numbers_init(&p, 300, 40);
    for (int i = 0; i < 260; i++) {
        ck_assert(numbers_any(&p, &n));
        ck_assert_msg(n >= 40, "%u is in the lower band while the upper one has room", n);
    }
    for (int i = 0; i < 40; i++) {
        ck_assert(numbers_any(&p, &n));
        ck_assert_uint_lt(n, 40);
    }
    ck_assert(!numbers_any(&p, &n) && p.taken == 300);
    numbers_give(&p, 7);
    numbers_give(&p, 7); /* what is free stays free */
    ck_assert(numbers_any(&p, &n) && n == 7 && p.taken == 300);
    ck_assert(!numbers_take(&p, 300) && !numbers_has(&p, 300));
    numbers_release(&p);
}
END_TEST

START_TEST(numbers_against_a_model)
{
    struct numbers p;
    bool model[130] = {false};
    uint32_t taken = 0, n;
    rnd_seed(4711);
    numbers_init(&p, 130, 20);
    for (int i = 0; i < 20000; i++) {
        uint32_t at = (uint32_t)rnd_below(130);
        switch (rnd_below(3)) {
        case 0:
            ck_assert(numbers_take(&p, at) == !model[at]);
            taken += !model[at];
            model[at] = true;
            break;
        case 1:
            ck_assert(numbers_any(&p, &n) == (taken < 130));
            if (taken == 130) break;
            ck_assert(!model[n]);
            model[n] = true;
            taken++;
            break;
        default:
            numbers_give(&p, at);
            taken -= model[at];
            model[at] = false;
        }
        ck_assert_uint_eq(p.taken, taken);
        ck_assert(numbers_has(&p, at) == model[at]);
    }
    numbers_release(&p);
}
END_TEST

/* ---- Flags ---- */

START_TEST(ranges_are_checked)
{
    static const char *const bad[][2] = {
        {"10.96.0.0", "30000-32767"},    {"10.96.0.0/11", "30000-32767"}, {"10.96.0.0/30", "30000-32767"},
        {"fd00::/112", "30000-32767"},   {"10.96.0.0/16", "30000"},       {"10.96.0.0/16", "32767-30000"},
        {"10.96.0.0/16", "30000-70000"}, {"10.96.0.0/16", "0-10"},
    };
    struct err e;
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        e = (struct err)ERR_INIT;
        ck_assert_msg(!service_alloc_init(bad[i][0], bad[i][1], &e), "%s %s", bad[i][0], bad[i][1]);
        ck_assert_int_eq(e.code, ERR_USAGE);
    }
    struct arena a AUTO_ARENA = {0};
    ck_assert(service_alloc_init("10.1.2.3/24", "30000-32767", &e)); /* the address is masked */
    ck_assert_strn_eq(service_alloc_first_ip(&a), "10.1.2.1");
    service_alloc_release();
}
END_TEST

/* ---- Services against a model ---- */

enum { SERVICES = 24, PORT_FIRST = 30000, PORTS = 40, ADDRESSES = 30 };

static const struct api_resource *services;

struct model { /* what a stored Service holds */
    bool there;
    char text[4096]; /* its stored JSON */
    uint64_t rev;
};

static struct model model[SERVICES];

static void on_commit(void *arg, const struct store_event *events, int count, uint64_t rev)
{
    service_alloc_on_commit(events, count);
    cache_on_commit(arg, events, count, rev);
}

static void up(void)
{
    struct err e = ERR_INIT;
    services = &res_core_v1_services;
    memset(model, 0, sizeof model);
    ck_assert(service_alloc_init("10.0.0.0/27", "30000-30039", &e)); /* 30 addresses, 40 ports */
    store = store_open(&(struct store_options){.path = "memory",
                                               .sync = STORE_SYNC_OFF,
                                               .history_revisions = 1000,
                                               .history_ms = 60000,
                                               .on_commit = on_commit,
                                               .on_group_end = cache_on_group_end},
                       &e);
    ck_assert_msg(store != NULL, "%s", e.text);
    open_cache();
}

static struct json *stored(struct arena *a, int i)
{
    struct err e = ERR_INIT;
    return json_parse(a, str_of(arena_strdup(a, model[i].text)), &e);
}

/* Counts what the model holds; nothing may be there twice. */
static void check_model(void)
{
    bool ips[ADDRESSES + 2] = {false}, ports[PORTS] = {false};
    uint32_t nips = 1, nports = 0; /* the first address is always taken */
    struct arena a AUTO_ARENA = {0};
    ips[1] = true;
    for (int i = 0; i < SERVICES; i++) {
        if (!model[i].there) continue;
        const struct json *svc = stored(&a, i);
        struct str ip = obj_str(svc, ".spec.clusterIPs[0]");
        if (ip.n && !str_eqc(ip, "None")) {
            int64_t n;
            ck_assert(str_starts(ip, STR("10.0.0.")) && str_to_i64(str_from(ip, 7), &n) && n > 0 && n <= ADDRESSES);
            ck_assert_msg(!ips[n], "address %.*s twice", STR_ARG(ip));
            ips[n] = true;
            nips++;
        }
        for (OBJ_EACH(p, svc, ".spec.ports")) {
            int64_t n = obj_int(p, ".nodePort", 0) - PORT_FIRST;
            if (n == -PORT_FIRST) continue;
            ck_assert_msg(n >= 0 && n < PORTS && !ports[n], "node port %lld twice", (long long)n + PORT_FIRST);
            ports[n] = true;
            nports++;
        }
    }
    ck_assert_uint_eq(service_alloc_ips_taken(), nips);
    ck_assert_uint_eq(service_alloc_ports_taken(), nports);
}

static const char *random_body(struct arena *a, int i)
{
    static const char *const types[] = {"ClusterIP", "NodePort", "LoadBalancer", "ExternalName"};
    struct buf ports AUTO_BUF = {0};
    buf_init(&ports, 4096);
    uint64_t n = rnd_below(4);
    for (uint64_t k = 0; k < n; k++) {
        buf_addf(&ports, "%s{\"name\":\"p%d\",\"protocol\":\"TCP\",\"port\":%d", k ? "," : "", (int)k, (int)k + 1);
        if (rnd_below(3) == 0) buf_addf(&ports, ",\"nodePort\":%d", PORT_FIRST + (int)rnd_below(PORTS + 3));
        buf_char(&ports, '}');
    }
    const char *ip = rnd_below(4) == 0 ? arena_printf(a, ",\"clusterIP\":\"10.0.0.%d\"", (int)rnd_below(40)) : "";
    return arena_printf(a,
                        "{\"metadata\":{\"name\":\"s%d\",\"namespace\":\"d\",\"uid\":\"u\"},\"spec\":{\"type\":\"%s\","
                        "\"ports\":[%.*s]%s}}",
                        i, types[rnd_below(4)], STR_ARG(buf_view(&ports)), ip);
}

static bool commit(struct arena *a, int i, const struct json *svc, uint64_t expect_rev)
{
    struct str key = str_printf(a, "%sd/s%d", services->store_prefix, i);
    struct buf text AUTO_BUF = {0};
    buf_init(&text, sizeof model[0].text);
    if (svc) json_write(&text, svc);
    const struct blob *b AUTO_BLOB = blob_new(buf_view(&text));
    struct store_op op = {
        .kind = svc ? STORE_PUT : STORE_DELETE, .key = key, .expect_rev = expect_rev, .value = svc ? b : NULL};
    struct store_result r = store_submit_sync(store, &op, 1);
    blob_unref(r.present);
    if (!r.ok) return false;
    model[i].there = svc != NULL;
    model[i].rev = r.rev;
    snprintf(model[i].text, sizeof model[i].text, "%.*s", STR_ARG(buf_view(&text)));
    return true;
}

/* One write as write.c does it: claim, perhaps fail, store, give back what was not stored. */
static void put(int i)
{
    struct arena a AUTO_ARENA = {0};
    const struct strategy *s = api_strategy_hooks[services->strategy_hook];
    struct check c;
    struct claim claim;
    struct err e = ERR_INIT;
    const struct json *old = model[i].there ? stored(&a, i) : NULL;
    struct json *svc = defaulted(&a, services, random_body(&a, i));
    check_init(&c, &a);
    claim_init(&claim, &a);
    bool ok = s->claim(&c, &claim, svc, old, &e);
    if (ok && old) s->prepare_update(&a, svc, old, NULL);
    if (ok && !old) s->prepare_create(&a, svc, 0);
    if (ok) object_validate(&c, services, svc, old, NULL);
    bool fails = rnd_below(4) == 0, conflicts = rnd_below(6) == 0; /* dry run or admission; somebody was faster */
    ok = ok && !c.count && !fails && commit(&a, i, svc, conflicts ? 1 : model[i].rev);
    if (!ok) claim_give_back(&claim);
}

START_TEST(services_against_a_model)
{
    rnd_seed(815);
    up();
    int stored_ones = 0;
    for (int i = 0; i < 6000; i++) {
        int at = (int)rnd_below(SERVICES);
        struct arena a AUTO_ARENA = {0};
        if (model[at].there && rnd_below(3) == 0) {
            ck_assert(commit(&a, at, NULL, model[at].rev));
            model[at].rev = 0;
        } else {
            put(at);
        }
        stored_ones += model[at].there;
        check_model();
    }
    ck_assert_int_gt(stored_ones, 1000); /* it was not refusals alone */
    /* After a start the pools are the same as before it. */
    uint32_t ips = service_alloc_ips_taken(), ports = service_alloc_ports_taken();
    struct err e = ERR_INIT;
    ck_assert(service_alloc_init("10.0.0.0/27", "30000-30039", &e) && service_alloc_load(&e));
    ck_assert_uint_eq(service_alloc_ips_taken(), ips);
    ck_assert_uint_eq(service_alloc_ports_taken(), ports);
    check_model();
    close_all();
    service_alloc_release();
}
END_TEST

/* ---- Many at once ---- */

enum { THREADS = 4 };

static uint32_t got[THREADS]; /* bits of the addresses that each thread has */

static void *grab(void *arg)
{
    struct arena a AUTO_ARENA = {0};
    uint32_t *mine = arg;
    struct claim c;
    struct str ip;
    claim_init(&c, &a);
    for (int round = 0; round < 200; round++) {
        while (!claim_any_ip(&c, &ip)) {}
        if (round < 199) claim_give_back(&c);
    }
    for (int i = 0; i < c.count; i++) *mine |= UINT32_C(1) << c.items[i];
    return NULL;
}

START_TEST(threads_never_share)
{
    struct err e = ERR_INIT;
    pthread_t threads[THREADS];
    uint32_t all = 0;
    ck_assert(service_alloc_init("10.0.0.0/27", "30000-30039", &e));
    memset(got, 0, sizeof got);
    for (int i = 0; i < THREADS; i++) threads[i] = thread_start("grab", grab, &got[i]);
    for (int i = 0; i < THREADS; i++) thread_join(threads[i]);
    for (int i = 0; i < THREADS; i++) {
        ck_assert_uint_eq(all & got[i], 0);
        all |= got[i];
    }
    ck_assert_uint_eq((uint32_t)__builtin_popcount(all) + 1, service_alloc_ips_taken());
    service_alloc_release();
}
END_TEST

TEST_MAIN("service_alloc", bands_as_upstream, upper_band_first, numbers_against_a_model, ranges_are_checked,
          services_against_a_model, threads_never_share)
