/* regex_class.c - sets of characters.
 * Reads: the C library's properties of characters beyond ASCII.   Writes: the arena.
 * Upstream: Go's regexp/syntax (perl_groups.go, parse.go). */
#include "regex_priv.h"

#include <locale.h>
#include <pthread.h>
#include <wctype.h>

void regex_class_add(struct arena *a, struct regex_class *c, uint32_t low, uint32_t high)
{
    if (low > high) return;
    if (c->nranges == c->cap) {
        size_t cap = c->cap ? 2 * c->cap : 4;
        struct regex_range *grown = ARENA_ARRAY(a, struct regex_range, cap);
        if (c->nranges) memcpy(grown, c->ranges, c->nranges * sizeof *grown);
        c->ranges = grown;
        c->cap = cap;
    }
    c->ranges[c->nranges++] = (struct regex_range){low, high};
}

/* ASCII sets as pairs of characters. */
static const struct named {
    const char *name;
    const char *pairs;
} named[] = {
    {"d", "09"},           {"w", "09AZ__az"},   {"s", "\t\n\f\r  "}, {"alnum", "09AZaz"},  {"alpha", "AZaz"},
    {"blank", "\t\t  "},   {"digit", "09"},     {"graph", "!~"},     {"lower", "az"},      {"print", " ~"},
    {"punct", "!/:@[`{~"}, {"space", "\t\r  "}, {"upper", "AZ"},     {"word", "09AZaz__"}, {"xdigit", "09AFaf"},
};

static void add_pairs(struct arena *a, struct regex_class *c, const char *pairs, bool negated)
{
    uint32_t next = 0;
    for (const char *p = pairs; *p; p += 2) {
        uint32_t low = (unsigned char)p[0], high = (unsigned char)p[1];
        if (!negated) {
            regex_class_add(a, c, low, high);
            continue;
        }
        if (low > next) regex_class_add(a, c, next, low - 1);
        next = high + 1;
    }
    if (negated) regex_class_add(a, c, next, REGEX_RUNE_MAX);
}

static bool add_named(struct arena *a, struct regex_class *c, struct str name, bool negated)
{
    if (str_eq(name, STR("ascii")) || str_eq(name, STR("cntrl"))) { /* they begin with NUL */
        uint32_t end = name.p[0] == 'a' ? 0x7F : 0x1F;
        if (!negated) {
            regex_class_add(a, c, 0, end);
            if (end == 0x1F) regex_class_add(a, c, 0x7F, 0x7F);
        } else {
            if (end == 0x1F) regex_class_add(a, c, 0x20, 0x7E);
            regex_class_add(a, c, 0x80, REGEX_RUNE_MAX);
        }
        return true;
    }
    for (size_t i = 0; i < ARRAY_LEN(named); i++)
        if (str_eqc(name, named[i].name)) return add_pairs(a, c, named[i].pairs, negated), true;
    return false;
}

void regex_class_add_named(struct arena *a, struct regex_class *c, char name)
{
    char lower = (char)(name | 0x20);
    (void)add_named(a, c, str_n(&lower, 1), name != lower);
}

bool regex_class_add_posix(struct arena *a, struct regex_class *c, struct str name, bool negated)
{
    return name.n > 1 && add_named(a, c, name, negated);
}

bool regex_class_add_property(struct regex_class *c, struct str name, bool negated)
{
    static const struct {
        const char *name;
        uint32_t bits;
    } rows[] = {{"L", REGEX_LETTER}, {"Lu", REGEX_UPPER}, {"Ll", REGEX_LOWER}, {"N", REGEX_DIGIT}, {"Nd", REGEX_DIGIT},
                {"P", REGEX_PUNCT},  {"S", REGEX_SYMBOL}, {"Z", REGEX_SPACE},  {"Zs", REGEX_SPACE}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        if (!str_eqc(name, rows[i].name)) continue;
        *(negated ? &c->without : &c->properties) |= rows[i].bits;
        return true;
    }
    return false;
}

/* ---- Asking ---- */

static locale_t unicode;
static void open_unicode(void) { unicode = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0); }

static locale_t characters(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, open_unicode);
    return unicode;
}

static uint32_t properties_of(uint32_t rune)
{
    locale_t l = characters();
    uint32_t bits = 0;
    if (!l) return 0;
    if (iswalpha_l((wint_t)rune, l) && !iswdigit_l((wint_t)rune, l)) bits |= REGEX_LETTER;
    if (iswupper_l((wint_t)rune, l)) bits |= REGEX_UPPER;
    if (iswlower_l((wint_t)rune, l)) bits |= REGEX_LOWER;
    if (iswdigit_l((wint_t)rune, l)) bits |= REGEX_DIGIT;
    bool punct = iswpunct_l((wint_t)rune, l), symbol = rune < 0x80 && rune && strchr("$+<=>^`|~", (int)rune);
    if (punct && (rune >= 0x80 || symbol)) bits |= REGEX_SYMBOL;
    if (punct && !symbol) bits |= REGEX_PUNCT;
    if (rune == ' ' || (rune > 0x7F && iswspace_l((wint_t)rune, l))) bits |= REGEX_SPACE;
    return bits;
}

static uint32_t other_case(uint32_t rune)
{
    if (rune < 0x80) {
        bool letter = (rune | 0x20) >= 'a' && (rune | 0x20) <= 'z';
        return letter ? rune ^ 0x20 : rune;
    }
    locale_t l = characters();
    if (!l) return rune;
    wint_t lower = towlower_l((wint_t)rune, l);
    return (uint32_t)(lower != (wint_t)rune ? lower : towupper_l((wint_t)rune, l));
}

void regex_class_fold(struct arena *a, struct regex_class *c)
{
    enum { FOLD_MAX = 0x600 }; /* Latin, Greek, Cyrillic, Armenian: ranges beyond are taken as they are */
    size_t n = c->nranges;
    for (size_t i = 0; i < n; i++)
        for (uint32_t r = c->ranges[i].low; r <= c->ranges[i].high && r < FOLD_MAX; r++)
            if (other_case(r) != r) regex_class_add(a, c, other_case(r), other_case(r));
}

bool regex_class_has(const struct regex_class *c, uint32_t rune)
{
    bool in = false;
    for (size_t i = 0; i < c->nranges && !in; i++) in = rune >= c->ranges[i].low && rune <= c->ranges[i].high;
    if (!in && (c->properties || c->without)) {
        uint32_t has = properties_of(rune);
        in = (has & c->properties) || (~has & c->without);
    }
    return in != c->negated;
}
