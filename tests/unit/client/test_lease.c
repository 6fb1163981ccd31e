/* test_lease.c - a lease is made, renewed on cluster time, taken over, read again after a conflict. */
#include "base/clk.h"
#include "check_main.h"
#include "client/lease.h"
#include "fake_rest.h"

static struct fake_server server;
static pthread_mutex_t lock = MUTEX_INIT;
static char stored[4096];
static bool conflict;

static void handler(void *arg, const struct fake_request *rq, struct fake_reply *rp)
{
    (void)arg;
    bool get = str_eqc(rq->method, "GET");
    mutex_lock(&lock);
    if (get && !stored[0]) {
        rp->status = 404;
        buf_cstr(&rp->body, "{\"kind\":\"Status\",\"code\":404,\"reason\":\"NotFound\",\"message\":\"none\"}");
    } else if (!get && conflict) {
        rp->status = 409;
        conflict = false;
        buf_cstr(&rp->body, "{\"kind\":\"Status\",\"code\":409,\"reason\":\"Conflict\",\"message\":\"changed\"}");
    } else {
        if (!get) snprintf(stored, sizeof stored, "%.*s", STR_ARG(rq->body));
        buf_cstr(&rp->body, stored);
    }
    mutex_unlock(&lock);
}

static void advance_s(int64_t s)
{
    struct clk_state c;
    clk_get(&c);
    c.paused = true;
    c.at_ns += s * 1000000000;
    clk_set(&c);
}

static bool armed(void) { return clk_next_due_ns() != INT64_MAX; }

START_TEST(made_renewed_taken_over)
{
    advance_s(0);
    fake_start(&server, 0, handler, NULL);
    struct rest *r = fake_rest(&server);
    struct lease *l = lease_new(r, "kube-system", "kube-scheduler", "me", 15);
    FAKE_WAIT(fake_count(&server, "POST /apis/coordination.k8s.io/v1/namespaces/kube-system/leases") == 1 && armed());
    ck_assert_ptr_nonnull(strstr(stored, "\"holderIdentity\":\"me\""));
    ck_assert_ptr_nonnull(strstr(stored, "\"leaseDurationSeconds\":15"));
    ck_assert_ptr_nonnull(strstr(stored, "\"leaseTransitions\":0"));
    advance_s(9);
    ck_assert_int_eq(fake_count(&server, "PUT "), 0);
    advance_s(1);
    FAKE_WAIT(fake_count(&server, "PUT ") == 1 && armed());
    ck_assert_int_eq(
        fake_count(&server, "PUT /apis/coordination.k8s.io/v1/namespaces/kube-system/leases/kube-scheduler"), 1);
    mutex_lock(&lock);
    conflict = true;
    mutex_unlock(&lock);
    advance_s(10);
    FAKE_WAIT(fake_count(&server, "PUT ") == 2 && armed());
    advance_s(2);
    FAKE_WAIT(fake_count(&server, "PUT ") == 3 && armed());
    ck_assert_int_eq(fake_count(&server, "GET "), 2);
    lease_free(l);
    l = lease_new(r, "kube-system", "kube-scheduler", "you", 15);
    FAKE_WAIT(fake_count(&server, "PUT ") == 4 && armed());
    ck_assert_ptr_nonnull(strstr(stored, "\"holderIdentity\":\"you\""));
    ck_assert_ptr_nonnull(strstr(stored, "\"leaseTransitions\":1"));
    lease_free(l);
    rest_free(r);
    fake_stop(&server);
}
END_TEST

TEST_MAIN("lease", made_renewed_taken_over)
