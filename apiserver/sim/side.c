/* side.c - the bounded tables of sim.kubestep.dev: entries in key order, in order of change, in order of age.
 * Reads: the cluster's clock (creation times).
 * Writes: the tables; text of their objects. */
#include "apiserver/sim/side.h"

#include "base/clk.h"
#include "base/json.h"
#include "base/kassert.h"

#include <stdlib.h>

static _Atomic uint64_t group_rev = 1;
static pthread_mutex_t uid_lock = MUTEX_INIT;
static struct rnd uid_rnd; /* uid_lock */

void side_seed(uint64_t seed)
{
    mutex_lock(&uid_lock);
    rnd_stream(&uid_rnd, seed);
    mutex_unlock(&uid_lock);
}

void side_uid(char out[RND_UUID_LEN + 1])
{
    static const char hex[] = "0123456789abcdef";
    mutex_lock(&uid_lock);
    uint64_t v[2] = {rnd_next(&uid_rnd), rnd_next(&uid_rnd)};
    mutex_unlock(&uid_lock);
    v[0] = (v[0] & ~UINT64_C(0xf000)) | 0x4000;               /* version 4 */
    v[1] = (v[1] & ~(UINT64_C(3) << 62)) | UINT64_C(2) << 62; /* RFC 4122 */
    char *p = out;
    for (int i = 0; i < 32; i++) {
        if (i == 8 || i == 12 || i == 16 || i == 20) *p++ = '-';
        *p++ = hex[v[i / 16] >> (60 - 4 * (i % 16)) & 15];
    }
    *p = 0;
}

void side_init(struct side *t, const struct side_kind *kind)
{
    *t = (struct side){.kind = kind, .lock = MUTEX_INIT};
    omap_init(&t->by_key);
    map_init(&t->by_id);
}

uint64_t side_rev(void) { return atomic_load(&group_rev); }

static uint64_t next_rev(void) { return atomic_fetch_add(&group_rev, 1) + 1; }

static void wake(struct side *t)
{
    if (t->wake && atomic_load_explicit(&t->watchers, memory_order_relaxed)) t->wake(t);
}

/* ---- the two lists ---- */

static void change_unlink(struct side *t, struct side_entry *e)
{
    *(e->older ? &e->older->newer : &t->oldest) = e->newer;
    *(e->newer ? &e->newer->older : &t->newest) = e->older;
    e->older = e->newer = NULL;
}

static void change_append(struct side *t, struct side_entry *e)
{
    e->older = t->newest;
    e->newer = NULL;
    *(t->newest ? &t->newest->newer : &t->oldest) = e;
    t->newest = e;
}

static void age_unlink(struct side *t, struct side_entry *e)
{
    *(e->elder ? &e->elder->younger : &t->eldest) = e->younger;
    *(e->younger ? &e->younger->elder : &t->youngest) = e->elder;
    e->elder = e->younger = NULL;
}

static void age_append(struct side *t, struct side_entry *e)
{
    e->elder = t->youngest;
    *(t->youngest ? &t->youngest->younger : &t->eldest) = e;
    t->youngest = e;
}

static void forget_tombstone(struct side *t)
{
    struct side_tombstone *d = t->first_tomb;
    t->first_tomb = d->newer;
    if (!t->first_tomb) t->last_tomb = NULL;
    t->lost_rev = d->rev;
    t->tombs--;
    free(d);
}

static void bury(struct side *t, const struct side_entry *e)
{
    struct side_tombstone *d = xcalloc(1, sizeof *d + e->key.n);
    memcpy(d->mem, e->key.p, e->key.n);
    d->key = str_n(d->mem, e->key.n);
    d->ns = str_n(d->mem, e->ns.n);
    d->name = str_from(d->key, e->key.n - e->name.n);
    d->rev = next_rev();
    d->create_rev = e->create_rev;
    memcpy(d->uid, e->uid, sizeof d->uid);
    *(t->last_tomb ? &t->last_tomb->newer : &t->first_tomb) = d;
    t->last_tomb = d;
    if (++t->tombs > TOMBSTONES_MAX) forget_tombstone(t);
}

/* ---- entries ---- */

static void set_text(struct side_entry *e, struct str ns, struct str name, struct str id)
{
    size_t key_n = (ns.n ? ns.n + 1 : 0) + name.n;
    char *p = e->text = xmalloc(key_n + id.n + 1);
    e->key = str_n(p, key_n);
    e->ns = str_n(p, ns.n);
    if (ns.n) {
        memcpy(p, ns.p, ns.n);
        p += ns.n;
        *p++ = '/';
    }
    memcpy(p, name.p, name.n);
    e->name = str_n(p, name.n);
    p += name.n;
    if (id.n) memcpy(p, id.p, id.n);
    e->id = str_n(p, id.n);
    p[id.n] = 0;
}

void side_entry_release(struct side_entry *e)
{
    free(e->text);
    e->text = NULL;
}

static bool too_full(const struct side *t, size_t more)
{
    return t->count + 1 > t->kind->max || (t->kind->bytes_max && t->bytes + more > t->kind->bytes_max);
}

bool side_add(struct side *t, struct side_entry *e, struct str ns, struct str name, struct str id)
{
    if (map_has(&t->by_id, id)) return false;
    if (t->kind->full_refuses && too_full(t, e->bytes)) return false;
    while (t->eldest && too_full(t, e->bytes)) side_remove(t, t->eldest);
    set_text(e, ns, name, id);
    struct side_entry *former = omap_get(&t->by_key, e->key);
    if (former) {
        former->visible = false;
        bury(t, former);
    }
    if (!e->uid[0]) side_uid(e->uid);
    if (!e->created_ns) e->created_ns = clk_ns();
    e->rev = e->create_rev = next_rev();
    e->in_table = e->visible = true;
    omap_set(&t->by_key, e->key, e);
    map_set(&t->by_id, e->id, e);
    change_append(t, e);
    age_append(t, e);
    t->count++;
    t->bytes += e->bytes;
    wake(t);
    return true;
}

void side_touch(struct side *t, struct side_entry *e)
{
    if (!e->in_table) return;
    e->rev = next_rev();
    change_unlink(t, e);
    change_append(t, e);
    wake(t);
}

void side_resize(struct side *t, struct side_entry *e, size_t bytes)
{
    if (e->in_table) t->bytes += bytes - e->bytes;
    e->bytes = bytes;
}

void side_remove(struct side *t, struct side_entry *e)
{
    KASSERT(e->in_table);
    if (e->visible) {
        omap_take(&t->by_key, e->key);
        bury(t, e);
    }
    map_take(&t->by_id, e->id);
    change_unlink(t, e);
    age_unlink(t, e);
    e->in_table = e->visible = false;
    t->count--;
    t->bytes -= e->bytes;
    wake(t);
    if (t->kind->drop) t->kind->drop(e);
}

void side_release(struct side *t)
{
    while (t->eldest) side_remove(t, t->eldest);
    while (t->first_tomb) forget_tombstone(t);
    omap_release(&t->by_key, NULL);
    map_release(&t->by_id, NULL);
}

struct side_entry *side_find(struct side *t, struct str ns, struct str name)
{
    char key[2 * SIDE_NAME_MAX + 2];
    if (ns.n > SIDE_NAME_MAX || name.n > SIDE_NAME_MAX) return NULL;
    size_t n = 0;
    if (ns.n) {
        memcpy(key, ns.p, ns.n);
        n = ns.n;
        key[n++] = '/';
    }
    if (name.n) memcpy(key + n, name.p, name.n);
    return omap_get(&t->by_key, str_n(key, n + name.n));
}

struct side_entry *side_find_id(struct side *t, struct str id) { return map_get(&t->by_id, id); }

/* ---- changes ---- */

bool side_changes(struct side *t, uint64_t after, bool (*fn)(void *arg, const struct side_change *c), void *arg)
{
    if (after < t->lost_rev || after > side_rev()) return false;
    const struct side_entry *e = t->newest;
    if (e && e->rev <= after) e = NULL;
    while (e && e->older && e->older->rev > after) e = e->older;
    const struct side_tombstone *d = t->first_tomb;
    if (t->last_tomb && t->last_tomb->rev <= after) d = NULL;
    while (d && d->rev <= after) d = d->newer;
    while (e || d) {
        struct side_change c;
        if (e && (!d || e->rev < d->rev)) {
            c = (struct side_change){
                .type = e->create_rev > after ? SIDE_ADDED : SIDE_MODIFIED, .rev = e->rev, .entry = e};
            e = e->newer;
        } else {
            c = (struct side_change){.type = SIDE_DELETED, .rev = d->rev, .tombstone = d};
            bool unseen = d->create_rev > after; /* came and went */
            d = d->newer;
            if (unseen) continue;
        }
        if (!fn(arg, &c)) break;
    }
    return true;
}

/* ---- text ---- */

static void write_meta(struct buf *out, struct str ns, struct str name, const char *uid, uint64_t rev,
                       int64_t created_ns)
{
    char created[CLK_TEXT_MAX];
    buf_cstr(out, "\"metadata\":{\"name\":");
    json_write_string(out, name);
    if (ns.n) {
        buf_cstr(out, ",\"namespace\":");
        json_write_string(out, ns);
    }
    buf_addf(out, ",\"uid\":\"%s\",\"resourceVersion\":\"%llu\",\"creationTimestamp\":", uid, (unsigned long long)rev);
    if (created_ns)
        buf_addf(out, "\"%s\"}", clk_rfc3339(created_ns / 1000000000, created));
    else
        buf_cstr(out, "null}");
}

void side_write(struct buf *out, const struct side *t, const struct side_entry *e, bool type_meta, enum side_part part)
{
    buf_char(out, '{');
    if (part == SIDE_META)
        buf_cstr(out, "\"kind\":\"PartialObjectMetadata\",\"apiVersion\":\"meta.k8s.io/v1\",");
    else if (type_meta)
        buf_addf(out, "\"kind\":\"%s\",\"apiVersion\":\"" SIM_API_VERSION "\",", t->kind->kind);
    write_meta(out, e->ns, e->name, e->uid, e->rev, e->created_ns);
    if (part == SIDE_BRIEF && t->kind->brief)
        t->kind->brief(out, e);
    else if (part != SIDE_META)
        t->kind->write(out, e);
    buf_char(out, '}');
}

void side_write_tombstone(struct buf *out, const struct side *t, const struct side_tombstone *d)
{
    buf_addf(out, "{\"kind\":\"%s\",\"apiVersion\":\"" SIM_API_VERSION "\",", t->kind->kind);
    write_meta(out, d->ns, d->name, d->uid, d->rev, 0);
    buf_char(out, '}');
}
