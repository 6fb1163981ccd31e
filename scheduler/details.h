/* details.h - what exactly kept a pod off a node, beyond upstream's reason: the taint, the label, the port. Filters
 * tell it when they refuse. In the cycle's arena; the same thing found on many nodes is one text, so that these nodes
 * stay alike. */
#ifndef SCHEDULER_DETAILS_H
#define SCHEDULER_DETAILS_H

#include "scheduler/framework.h"

struct node_terms;

void detail_taint(struct cycle *cy, const struct taint *t);
/* A requirement of a nodeSelector, or of the term of a required affinity that comes nearest. */
void detail_selector(struct cycle *cy, const struct selector *s, const struct node_info *n);
void detail_terms(struct cycle *cy, const struct node_terms *terms, const struct node_info *n);
void detail_port(struct cycle *cy, const struct node_info *n);

#endif
