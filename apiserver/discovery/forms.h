/* forms.h - a discovery document in the forms that Accept can ask for: JSON, JSON for people, YAML, protobuf.
 * JSON is there from the start; each of the others is made of it when first asked for, and kept. Any thread. */
#ifndef APISERVER_DISCOVERY_FORMS_H
#define APISERVER_DISCOVERY_FORMS_H

#include "apiserver/http/request.h"

enum { FORM_TEXTS = 4 };
struct forms {
    struct str text[FORM_TEXTS]; /* heap; made under a lock, const once made */
    bool aggregated;             /* APIGroupDiscoveryList: its Content-Type says so, and it has an ETag */
    char etag[24];               /* quoted hex of the JSON's hash, one for all forms as upstream; "": none */
};

/* Takes over *json: compact, with a newline at its end. Before anybody asks for it. */
void forms_init(struct forms *f, struct buf *json, bool aggregated);
void forms_release(struct forms *f);
/* 200 in the form of r->accept, or 304 when If-None-Match names the document. */
void forms_answer(struct request *r, struct forms *f);
/* The same for a text that is made anew for each request. */
void forms_answer_text(struct request *r, struct str json, bool aggregated);

#endif
