/* args.c - see args.h.   Reads: nothing.   Writes: messages. */
#include "scheduler/args.h"

#include "api/label.h"
#include "api/quote.h"

void args_begin(struct args_check *c)
{
    *c = (struct args_check){0};
    buf_init(&c->text, ERR_TEXT_MAX);
}

void args_say(struct args_check *c, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    if (c->n++) buf_cstr(&c->text, ", ");
    buf_vaddf(&c->text, fmt, ap);
    va_end(ap);
}

void args_qualified(struct args_check *c, const char *list, int at, struct str name)
{
    struct buf quoted AUTO_BUF = {0}, problems AUTO_BUF = {0};
    buf_init(&quoted, ERR_TEXT_MAX);
    buf_init(&problems, ERR_TEXT_MAX);
    if (label_key_ok(&problems, name)) return;
    quote_go(&quoted, name);
    for (char *one = problems.p, *next; one; one = next) {
        next = strstr(one, "; "); /* between two rules; no rule has it inside */
        if (next) *next = '\0', next += 2;
        args_say(c, "%s[%d]: Invalid value: %.*s: %s", list, at, STR_ARG(buf_view(&quoted)), one);
    }
}

bool args_end(struct args_check *c, struct err *e)
{
    if (c->n == 1) err_set(e, ERR_INVALID, "%.*s", STR_ARG(buf_view(&c->text)));
    if (c->n > 1) err_set(e, ERR_INVALID, "[%.*s]", STR_ARG(buf_view(&c->text)));
    buf_release(&c->text);
    return c->n == 0;
}
