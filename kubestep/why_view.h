/* why_view.h - a scheduling Decision for a person: one sentence, then nodes x plugins. */
#ifndef KUBESTEP_WHY_VIEW_H
#define KUBESTEP_WHY_VIEW_H

#include "api/object.h"

void why_sentence(const struct json *decision);
void why_table(const struct json *decision);   /* rows of equal nodes; fits 80 columns */
void why_numbers(const struct json *decision); /* how the winner's numbers came about, and the file that did it */

#endif
