/* check_dns.c - names and addresses of a pod: dnsConfig, hostAliases, and the addresses in its status.
 * Reads: nodes of a defaulted tree.   Writes: struct check. */
#include "apiserver/object/check_pod.h"

#include "apiserver/object/ip.h"

enum { NAMESERVERS_MAX = 3, SEARCHES_MAX = 32, SEARCH_BYTES_MAX = 2048 };

/* ---- dnsConfig ---- */

static void check_search(struct check *c, struct str search)
{
    if (str_eqc(search, ".")) return;
    if (str_ends(search, STR("."))) search.n--;
    check_name_by(c, NULL, search, name_search_domain);
}

static void check_searches(struct check *c, const struct json *searches)
{
    size_t bytes = 0, i = 0;
    JSON_FOREACH(it, searches) bytes += json_string(it).n + (it->next != NULL); /* spaces between them */
    if (searches->count > SEARCHES_MAX)
        check_invalid(c, "searches", searches, "must not have more than 32 search paths");
    if (bytes > SEARCH_BYTES_MAX)
        check_invalid(c, "searches", searches,
                      "must not have more than 2048 characters (including spaces) in the search list");
    JSON_FOREACH(it, searches)
    {
        size_t mark = check_member(c, "searches");
        check_index(c, i++);
        check_search(c, json_string(it));
        check_pop(c, mark);
    }
}

static void check_nameservers(struct check *c, const struct json *servers)
{
    size_t i = 0;
    if (servers->count > NAMESERVERS_MAX)
        check_invalid(c, "nameservers", servers, "must not have more than 3 nameservers");
    JSON_FOREACH(it, servers)
    {
        size_t mark = check_member(c, "nameservers");
        check_index(c, i++);
        check_ip(c, NULL, it);
        check_pop(c, mark);
    }
}

void check_dns_config(struct pod_rules *r)
{
    struct check *c = r->c;
    const struct json *config = member_at(r->spec, "dnsConfig"), *servers = member_at(config, "nameservers"),
                      *searches = member_at(config, "searches");
    bool none = str_eqc(text_at(r->spec, "dnsPolicy"), "None");
    size_t mark = check_member(c, "dnsConfig"), i = 0;
    if (none && !config) {
        check_required(c, NULL, "must provide `dnsConfig` when `dnsPolicy` is None");
    } else if (none && !(servers && servers->count)) {
        check_required(c, "nameservers", "must provide at least one DNS nameserver when `dnsPolicy` is None");
    } else if (config) {
        if (servers) check_nameservers(c, servers);
        if (searches) check_searches(c, searches);
        JSON_FOREACH(option, member_at(config, "options"))
        {
            size_t at = check_member(c, "options");
            check_index(c, i++);
            if (!text_at(option, "name").n) check_required(c, NULL, "must not be empty");
            check_pop(c, at);
        }
    }
    check_pop(c, mark);
}

/* ---- hostAliases ---- */

static void check_host_alias(struct check *c, const struct json *alias)
{
    size_t i = 0;
    check_ip(c, "ip", json_str(c->arena, text_at(alias, "ip")));
    JSON_FOREACH(it, member_at(alias, "hostnames"))
    {
        size_t mark = check_member(c, "hostnames");
        check_index(c, i++);
        check_name_by(c, NULL, json_string(it), name_dns1123_subdomain);
        check_pop(c, mark);
    }
}

void check_host_aliases(struct pod_rules *r)
{
    const struct json *aliases = member_at(r->spec, "hostAliases");
    if (!aliases) return;
    size_t outer = check_member(r->c, "hostAliases"), i = 0;
    JSON_FOREACH(it, aliases)
    {
        size_t mark = check_index(r->c, i++);
        check_host_alias(r->c, it);
        check_pop(r->c, mark);
    }
    check_pop(r->c, outer);
}
