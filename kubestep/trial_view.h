/* trial_view.h - what would come of a workload (ReviewResult objects of sim.kubestep.dev/v1), for a person: one
 * sentence, which nodes have how many of equal pods, why others fit nowhere, who would have to go, and how evenly the
 * cluster is used before and after. Two results stand side by side. Thousands of pods fit a screen. Prints to stdout.
 */
#ifndef KUBESTEP_TRIAL_VIEW_H
#define KUBESTEP_TRIAL_VIEW_H

#include "api/object.h"

/* results: an array of one or two. */
void trial_view(const struct json *results);

#endif
