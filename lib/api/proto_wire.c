/* proto_wire.c - protobuf's wire form.   Reads: hostile bytes.   Writes: fields; a buf. */
#include "proto_wire.h"

#include "base/kassert.h"

enum {
    VARINT_BITS = 64,
    GROUP_DEPTH_MAX = 100, /* groups within groups; Kubernetes has none, only junk to be skipped */
    NUMBER_MAX = INT32_MAX,
    VARINT_MAX = 10,
};

static bool cut_short(struct err *e) { return err_set(e, ERR_BAD_REQUEST, "unexpected EOF"); }

bool wire_varint(struct str *rest, uint64_t *out, struct err *e)
{
    *out = 0;
    for (int shift = 0; shift < VARINT_BITS; shift += 7) {
        if (!rest->n) return cut_short(e);
        unsigned char byte = (unsigned char)rest->p[0];
        *rest = str_from(*rest, 1);
        *out |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80) return true;
    }
    return err_set(e, ERR_BAD_REQUEST, "proto: integer overflow");
}

static bool take(struct str *rest, uint64_t n, struct str *out, struct err *e)
{
    if (n > INT64_MAX) return err_set(e, ERR_BAD_REQUEST, "proto: negative length found during unmarshaling");
    if (n > rest->n) return cut_short(e);
    *out = str_n(rest->p, (size_t)n);
    *rest = str_from(*rest, (size_t)n);
    return true;
}

static bool take_fixed(struct str *rest, size_t n, uint64_t *out, struct err *e)
{
    struct str bytes = STR_NULL;
    if (!take(rest, n, &bytes, e)) return false;
    *out = 0;
    for (size_t i = n; i > 0; i--) *out = *out << 8 | (unsigned char)bytes.p[i - 1];
    return true;
}

static bool take_tag(struct str *rest, const char *message, struct wire_field *f, struct err *e)
{
    uint64_t tag;
    if (!wire_varint(rest, &tag, e)) return false;
    if (tag >> 3 == 0 || tag >> 3 > NUMBER_MAX)
        return err_set(e, ERR_BAD_REQUEST, "proto: %s: illegal tag %d (wire type %llu)", message, (int)(tag >> 3),
                       (unsigned long long)tag);
    if ((tag & 7) > WIRE_FIXED32) return err_set(e, ERR_BAD_REQUEST, "proto: illegal wireType %d", (int)(tag & 7));
    f->number = (uint32_t)(tag >> 3);
    f->type = (enum wire_type)(tag & 7);
    return true;
}

static bool take_value(struct str *rest, struct wire_field *f, struct err *e)
{
    uint64_t length;
    f->value = 0;
    f->bytes = STR_NULL;
    switch (f->type) {
    case WIRE_VARINT: return wire_varint(rest, &f->value, e);
    case WIRE_FIXED64: return take_fixed(rest, 8, &f->value, e);
    case WIRE_FIXED32: return take_fixed(rest, 4, &f->value, e);
    case WIRE_BYTES: return wire_varint(rest, &length, e) && take(rest, length, &f->bytes, e);
    default: return true;
    }
}

static bool skip_group(struct str *rest, const char *message, struct err *e)
{
    struct wire_field f;
    for (int depth = 1; depth > 0;) {
        if (!rest->n) return cut_short(e);
        if (!take_tag(rest, message, &f, e) || !take_value(rest, &f, e)) return false;
        if (f.type == WIRE_GROUP) depth++;
        if (f.type == WIRE_END_GROUP) depth--;
        if (depth > GROUP_DEPTH_MAX) return err_set(e, ERR_BAD_REQUEST, "proto: unexpected end of group");
    }
    return true;
}

bool wire_next(struct str *rest, const char *message, struct wire_field *f, struct err *e)
{
    if (!rest->n) return false;
    if (!take_tag(rest, message, f, e)) return false;
    if (f->type == WIRE_END_GROUP)
        return err_set(e, ERR_BAD_REQUEST, "proto: %s: wiretype end group for non-group", message);
    return f->type == WIRE_GROUP ? skip_group(rest, message, e) : take_value(rest, f, e);
}

/* Returns the bytes written: at most VARINT_MAX. */
static size_t varint_text(char *p, uint64_t v)
{
    size_t n = 0;
    for (; v >= 0x80; v >>= 7) p[n++] = (char)(v | 0x80);
    p[n++] = (char)v;
    return n;
}

void wire_put_varint(struct buf *out, uint64_t v)
{
    char text[VARINT_MAX];
    buf_add(out, text, varint_text(text, v));
}

void wire_put_tag(struct buf *out, uint32_t number, enum wire_type type)
{
    wire_put_varint(out, (uint64_t)number << 3 | type);
}

static void put_two(struct buf *out, uint64_t tag, uint64_t v)
{
    char text[2 * VARINT_MAX];
    size_t n = varint_text(text, tag);
    buf_add(out, text, n + varint_text(text + n, v));
}

void wire_put_int(struct buf *out, uint32_t number, uint64_t v)
{
    put_two(out, (uint64_t)number << 3 | WIRE_VARINT, v);
}

void wire_put_bytes(struct buf *out, uint32_t number, struct str bytes)
{
    put_two(out, (uint64_t)number << 3 | WIRE_BYTES, bytes.n);
    if (bytes.n) buf_str(out, bytes);
}

int wire_width(uint64_t v)
{
    int n = 1;
    for (; v >= 0x80; v >>= 7) n++;
    return n;
}

struct wire_mark wire_open(struct buf *out, uint32_t number, int width)
{
    static const char room[VARINT_MAX];
    KASSERT(width > 0 && width <= VARINT_MAX);
    wire_put_tag(out, number, WIRE_BYTES);
    buf_add(out, room, (size_t)width);
    return (struct wire_mark){out->n, width};
}

void wire_close(struct buf *out, struct wire_mark m)
{
    static const char room[VARINT_MAX];
    if (!buf_ok(out)) return;
    size_t n = out->n - m.at;
    int width = wire_width(n);
    if (width > m.width) buf_add(out, room, (size_t)(width - m.width));
    if (!buf_ok(out)) return;
    char *length = out->p + m.at - m.width;
    if (width != m.width) memmove(length + width, length + m.width, n);
    out->n = m.at - (size_t)m.width + (size_t)width + n;
    out->p[out->n] = '\0';
    (void)varint_text(length, n);
}
