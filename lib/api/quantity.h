/* quantity.h - resource.Quantity: exact decimal arithmetic on "100m", "1.5Gi", "1e3".
 * Upstream: apimachinery pkg/api/resource. Value = digits * 10^scale, |digits| < 2^127. */
#ifndef API_QUANTITY_H
#define API_QUANTITY_H

#include "base/buf.h"
#include "base/err.h"

enum qty_format { QTY_DECIMAL_SI, QTY_BINARY_SI, QTY_DECIMAL_EXPONENT };

typedef __int128 qty_nano __attribute__((aligned(8))); /* as arenas do */

struct qty {
    qty_nano nano; /* value in 1e-9 units, rounded up as upstream does below nano; capped at +-(2^63-1)*1e9 */
    enum qty_format format;
};

/* ERR_BAD_REQUEST: "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'" or
 * "unable to parse quantity's suffix". */
bool qty_parse(struct str text, struct qty *out, struct err *e) MUST_USE;
enum { QTY_TEXT_MAX = 64 };
char *qty_write(const struct qty *q, char out[QTY_TEXT_MAX]); /* canonical text */
/* The text that upstream stores and answers for a quantity that a client wrote (JSON string or number): space around it
 * is dropped, text that upstream's parser takes as it is stays ("1e+3", "1.500"), all else becomes canonical. In the
 * arena, or `text` itself. Exact beyond the cap of struct qty. Errors as qty_parse. */
bool qty_canonical(struct arena *a, struct str text, struct str *out, struct err *e) MUST_USE;
int64_t qty_value(const struct qty *q); /* whole units, rounded up */
int64_t qty_milli(const struct qty *q); /* thousandths, rounded up */
int qty_cmp(const struct qty *a, const struct qty *b);
struct qty qty_add(const struct qty *a, const struct qty *b); /* keeps a's format unless a is zero */
struct qty qty_sub(const struct qty *a, const struct qty *b);
struct qty qty_of_milli(int64_t milli, enum qty_format f);
struct qty qty_of(int64_t value, enum qty_format f);

#endif
