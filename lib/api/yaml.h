/* yaml.h - YAML manifests <-> JSON trees (libyaml; YAML 1.1 scalars as sigs.k8s.io/yaml reads them). */
#ifndef API_YAML_H
#define API_YAML_H

#include "base/json.h"

enum { YAML_DOCS_MAX = 1000, YAML_NODES_MAX = 1000000 }; /* bounds alias bombs too */

/* All documents of the text, in order; empty ones are left out. Text that begins with '{' is read as JSON.
 * ERR_BAD_REQUEST: "error converting YAML to JSON: yaml: line 3: ...". Keys that occur twice are an error:
 * "... yaml: unmarshal errors:\n  line 3: key \"a\" already set in map". */
bool yaml_parse_all(struct arena *a, struct str text, struct json **docs, int max_docs, int *count,
                    struct err *e) MUST_USE;
/* The same where keys that occur twice are no error and the last one counts; *duplicates then says which (code
 * ERR_NONE: there were none). */
bool yaml_parse_all_lax(struct arena *a, struct str text, struct json **docs, int max_docs, int *count,
                        struct err *duplicates, struct err *e) MUST_USE;
/* Exactly one document. */
struct json *yaml_parse(struct arena *a, struct str text, struct err *e) MUST_USE;
/* The same for a server, which warns or refuses by fieldValidation; duplicates as above. What is neither JSON nor YAML
 * gets YAML's error. */
struct json *yaml_parse_lax(struct arena *a, struct str text, struct err *duplicates, struct err *e) MUST_USE;
/* One object after the other of a text that may be too large for one tree: of each document that is a map with a list
 * "items" its items, of others the document. fn may use the arena, which is emptied behind each object; false ends it
 * with *e. The limits count for each object, no alias reaches over to another one, and of keys that occur twice the
 * last one counts. */
typedef bool yaml_each_fn(void *arg, struct arena *a, struct json *object, struct err *e);
bool yaml_each(struct str text, yaml_each_fn *fn, void *arg, struct err *e) MUST_USE;
/* As sigs.k8s.io/yaml writes it: two-space indent, lists not indented under their key, keys in tree order. */
void yaml_write(struct buf *out, const struct json *j);
/* Puts the members of all objects of the tree into the order in which sigs.k8s.io/yaml writes them: letters behind
 * everything else, runs of digits by their value. Characters beyond ASCII count as letters here. */
void yaml_sort(struct json *j);

#endif
