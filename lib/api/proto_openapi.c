/* proto_openapi.c - walks a JSON document by tables of gnostic's messages.
 * Reads: the tree.   Writes: bytes. Upstream: kube-openapi pkg/handler (ToProtoBinary). */
#include "proto_openapi.h"

#include "proto_wire.h"

enum { PART_MAX = 64 << 20 };

enum form {
    TEXT,       /* string */
    FLAG,       /* bool */
    TEXTS,      /* a string or a list of them */
    ANYS,       /* a list of Any: values as YAML text, of which JSON is a part */
    MESSAGE,    /* an object */
    NAMED,      /* a map: one NamedX {name 1, value 2} per member */
    PARAMETERS, /* a list whose elements are of two sorts */
};

struct message;
struct row {
    const char *member;
    uint8_t number, inner; /* inner: the number in a message between, 0: none */
    enum form form;
    const struct message *message;
};
struct message {
    const struct row *rows; /* ends with .member = NULL */
    uint8_t extensions;     /* number of vendor_extension: members "x-..." */
    uint8_t wrap;           /* the one field of a message around it (a oneof), 0: none */
};

static const struct message schema;

static const struct row schema_rows[] = {
    {"$ref", 1, 0, TEXT, NULL},
    {"format", 2, 0, TEXT, NULL},
    {"description", 4, 0, TEXT, NULL},
    {"required", 19, 0, TEXTS, NULL},
    {"enum", 20, 0, ANYS, NULL},
    {"additionalProperties", 21, 1, MESSAGE, &schema},
    {"type", 22, 1, TEXTS, NULL},
    {"items", 23, 1, MESSAGE, &schema},
    {"properties", 25, 1, NAMED, &schema},
    {.member = NULL},
};
static const struct message schema = {schema_rows, 31, 0};

static const struct row response_rows[] = {
    {"description", 1, 0, TEXT, NULL}, {"schema", 2, 1, MESSAGE, &schema}, {.member = NULL}};
static const struct message response = {response_rows, 5, 1};

static const struct row body_rows[] = {{"description", 1, 0, TEXT, NULL},  {"name", 2, 0, TEXT, NULL},
                                       {"in", 3, 0, TEXT, NULL},           {"required", 4, 0, FLAG, NULL},
                                       {"schema", 5, 0, MESSAGE, &schema}, {.member = NULL}};
static const struct message body_parameter = {body_rows, 6, 0};

static const struct row query_rows[] = {{"required", 1, 0, FLAG, NULL},     {"in", 2, 0, TEXT, NULL},
                                        {"description", 3, 0, TEXT, NULL},  {"name", 4, 0, TEXT, NULL},
                                        {"type", 6, 0, TEXT, NULL},         {"format", 7, 0, TEXT, NULL},
                                        {"uniqueItems", 20, 0, FLAG, NULL}, {.member = NULL}};
static const struct message query_parameter = {query_rows, 23, 0};

static const struct row path_rows[] = {{"required", 1, 0, FLAG, NULL},     {"in", 2, 0, TEXT, NULL},
                                       {"description", 3, 0, TEXT, NULL},  {"name", 4, 0, TEXT, NULL},
                                       {"type", 5, 0, TEXT, NULL},         {"format", 6, 0, TEXT, NULL},
                                       {"uniqueItems", 19, 0, FLAG, NULL}, {.member = NULL}};
static const struct message path_parameter = {path_rows, 22, 0};

static const struct row operation_rows[] = {
    {"tags", 1, 0, TEXTS, NULL},           {"description", 3, 0, TEXT, NULL}, {"operationId", 5, 0, TEXT, NULL},
    {"produces", 6, 0, TEXTS, NULL},       {"consumes", 7, 0, TEXTS, NULL},   {"parameters", 8, 0, PARAMETERS, NULL},
    {"responses", 9, 1, NAMED, &response}, {"schemes", 10, 0, TEXTS, NULL},   {.member = NULL}};
static const struct message operation = {operation_rows, 13, 0};

static const struct row item_rows[] = {{"get", 2, 0, MESSAGE, &operation},
                                       {"put", 3, 0, MESSAGE, &operation},
                                       {"post", 4, 0, MESSAGE, &operation},
                                       {"delete", 5, 0, MESSAGE, &operation},
                                       {"patch", 8, 0, MESSAGE, &operation},
                                       {"parameters", 9, 0, PARAMETERS, NULL},
                                       {.member = NULL}};
static const struct message path_item = {item_rows, 10, 0};

static const struct row info_rows[] = {{"title", 1, 0, TEXT, NULL}, {"version", 2, 0, TEXT, NULL}, {.member = NULL}};
static const struct message info = {info_rows, 7, 0};

static const struct row document_rows[] = {{"swagger", 1, 0, TEXT, NULL},
                                           {"info", 2, 0, MESSAGE, &info},
                                           {"paths", 8, 2, NAMED, &path_item},
                                           {"definitions", 9, 1, NAMED, &schema},
                                           {.member = NULL}};
static const struct message document = {document_rows, 16, 0};

/* ---- Values ---- */

static void put_message(struct buf *out, const struct message *m, const struct json *j);

static void put_any(struct buf *out, uint32_t number, const struct json *j)
{
    struct buf text AUTO_BUF = {0}, any AUTO_BUF = {0};
    buf_init(&text, PART_MAX);
    buf_init(&any, PART_MAX);
    json_write(&text, j);
    wire_put_bytes(&any, 2, buf_view(&text));
    wire_put_bytes(out, number, buf_view(&any));
}

/* NamedX {name 1, value 2} */
static void put_named(struct buf *out, uint32_t number, const struct message *m, const struct json *j)
{
    struct buf named AUTO_BUF = {0}, value AUTO_BUF = {0};
    buf_init(&named, PART_MAX);
    buf_init(&value, PART_MAX);
    wire_put_bytes(&named, 1, j->key);
    if (m) {
        put_message(&value, m, j);
        wire_put_bytes(&named, 2, buf_view(&value));
    } else {
        put_any(&named, 2, j);
    }
    wire_put_bytes(out, number, buf_view(&named));
}

static void put_inside(struct buf *out, uint32_t number, const struct message *m, const struct json *j)
{
    struct buf value AUTO_BUF = {0};
    buf_init(&value, PART_MAX);
    put_message(&value, m, j);
    wire_put_bytes(out, number, buf_view(&value));
}

/* ParametersItem{1: Parameter{1: BodyParameter | 2: NonBodyParameter{3: query | 4: path}}} */
static void put_parameter(struct buf *out, uint32_t number, const struct json *j)
{
    struct str in = json_string(json_getc(j, "in"));
    struct buf one AUTO_BUF = {0}, two AUTO_BUF = {0}, three AUTO_BUF = {0};
    buf_init(&one, PART_MAX);
    buf_init(&two, PART_MAX);
    buf_init(&three, PART_MAX);
    if (str_eqc(in, "body")) {
        put_inside(&two, 1, &body_parameter, j);
    } else {
        bool path = str_eqc(in, "path");
        put_inside(&three, path ? 4 : 3, path ? &path_parameter : &query_parameter, j);
        wire_put_bytes(&two, 2, buf_view(&three));
    }
    wire_put_bytes(&one, 1, buf_view(&two));
    wire_put_bytes(out, number, buf_view(&one));
}

static void put_value(struct buf *out, uint32_t number, const struct row *row, const struct json *j)
{
    switch (row->form) {
    case TEXT: wire_put_bytes(out, number, json_string(j)); break;
    case FLAG:
        if (j->u.b) wire_put_int(out, number, 1);
        break;
    case TEXTS:
        if (j->type == JSON_STR) wire_put_bytes(out, number, j->u.s);
        JSON_FOREACH(it, j) wire_put_bytes(out, number, json_string(it));
        break;
    case ANYS: JSON_FOREACH(it, j) put_any(out, number, it); break;
    case MESSAGE: put_inside(out, number, row->message, j); break;
    case NAMED: JSON_FOREACH(it, j) put_named(out, number, row->message, it); break;
    case PARAMETERS: JSON_FOREACH(it, j) put_parameter(out, number, it); break;
    }
}

static void put_member(struct buf *out, const struct row *row, const struct json *j)
{
    struct buf between AUTO_BUF = {0};
    if (!row->inner) {
        put_value(out, row->number, row, j);
        return;
    }
    buf_init(&between, PART_MAX);
    put_value(&between, row->inner, row, j);
    wire_put_bytes(out, row->number, buf_view(&between));
}

static void put_fields(struct buf *out, const struct message *m, const struct json *j)
{
    JSON_FOREACH(it, j)
    {
        const struct row *row = m->rows;
        while (row->member && !str_eqc(it->key, row->member)) row++;
        if (row->member)
            put_member(out, row, it);
        else if (str_starts(it->key, STR("x-")))
            put_named(out, m->extensions, NULL, it);
    }
}

static void put_message(struct buf *out, const struct message *m, const struct json *j)
{
    struct buf inside AUTO_BUF = {0};
    if (!m->wrap) {
        put_fields(out, m, j);
        return;
    }
    buf_init(&inside, PART_MAX);
    put_fields(&inside, m, j);
    wire_put_bytes(out, m->wrap, buf_view(&inside));
}

void proto_openapi_encode(struct buf *out, const struct json *doc) { put_message(out, &document, doc); }
