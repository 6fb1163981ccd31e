/* why_view.h - a scheduling Decision for a person: one sentence, then nodes x plugins, then what would have to change.
 * Thousands of nodes fit a screen: those that are alike are one row, and the rest is counted. All print to stdout. */
#ifndef KUBESTEP_WHY_VIEW_H
#define KUBESTEP_WHY_VIEW_H

#include "api/object.h"

void why_sentence(const struct json *decision);
void why_table(const struct json *decision);   /* rows of equal nodes; as wide as the terminal */
void why_numbers(const struct json *decision); /* how the winner's numbers came about, and the file that did it */
/* Of a pod that fits nowhere: the least change of each node that would get it past what refused it. */
void why_changes(const struct json *decision);
/* Of a pod that fits nowhere: who was to make room for it, and why there and not elsewhere; nothing if nobody asked. */
void why_preemption(const struct json *decision);
void why_preemption_on(const struct json *decision, const struct json *node); /* of one entry of the nodes */
/* When it came, what it waited for, what woke it, up to this attempt. */
void why_queue(const struct json *decision);
/* Words from column `indent` on, in as many lines as it takes; the cursor is at `indent`. */
void why_wrapped(struct str text, int indent);
/* All that is known of one node. False: it was not looked at; it is told why. */
bool why_one_node(const struct json *decision, struct str node);

#endif
