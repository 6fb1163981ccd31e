/* proto_wire.h - protobuf's wire form: tags, varints, lengths.
 * Reading never goes beyond the end; errors are those of gogo's generated code. */
#ifndef API_PROTO_WIRE_H
#define API_PROTO_WIRE_H

#include "base/buf.h"
#include "base/err.h"

enum wire_type {
    WIRE_VARINT = 0,
    WIRE_FIXED64 = 1,
    WIRE_BYTES = 2,
    WIRE_GROUP = 3,
    WIRE_END_GROUP = 4,
    WIRE_FIXED32 = 5
};

struct wire_field {
    uint32_t number;
    enum wire_type type;
    uint64_t value;   /* WIRE_VARINT, WIRE_FIXED64, WIRE_FIXED32; else 0 */
    struct str bytes; /* WIRE_BYTES: points into the message; else STR_NULL */
};

/* Takes the next field off *rest, groups as a whole. false with e->code ERR_NONE at the end, else what is wrong.
 * e->code is to be ERR_NONE before. message: its name, for errors. */
bool wire_next(struct str *rest, const char *message, struct wire_field *f, struct err *e);
/* A varint off *rest: for packed lists. */
bool wire_varint(struct str *rest, uint64_t *out, struct err *e);

/* Chains of inlined messages (struct api_field .proto_outer): the number, within the message `outer` (0: the type's
 * own), of the inlined one that leads on to a field of this chain; 0: the field is elsewhere. And the chain of that
 * message. */
static inline uint16_t wire_inlined(uint16_t chain, uint16_t outer)
{
    if (!outer) return chain & 0xff;
    return (chain & 0xff) == outer ? chain >> 8 : 0;
}
static inline uint16_t wire_chain(uint16_t outer, uint16_t number)
{
    return (uint16_t)(outer ? outer | number << 8 : number);
}

void wire_put_varint(struct buf *out, uint64_t v);
void wire_put_tag(struct buf *out, uint32_t number, enum wire_type type);
void wire_put_int(struct buf *out, uint32_t number, uint64_t v);         /* tag and varint */
void wire_put_bytes(struct buf *out, uint32_t number, struct str bytes); /* tag, length, bytes */

/* A message whose length is not known yet: wire_open, then its fields, then wire_close with what wire_open gave.
 * Between the two the buffer only grows. width: how many bytes the length will probably take (another one moves the
 * message by a byte or two). */
struct wire_mark {
    size_t at; /* where the message begins */
    int width;
};
struct wire_mark wire_open(struct buf *out, uint32_t number, int width);
void wire_close(struct buf *out, struct wire_mark m);
int wire_width(uint64_t v); /* bytes of a varint */

#endif
