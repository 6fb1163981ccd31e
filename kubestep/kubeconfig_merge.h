/* kubeconfig_merge.h - puts a cluster into the user's own kubeconfig. */
#ifndef KUBESTEP_KUBECONFIG_MERGE_H
#define KUBESTEP_KUBECONFIG_MERGE_H

#include "kubestep/cluster.h"

/* $KUBECONFIG's first file, else ~/.kube/config: cluster, user and context "kubestep-NAME" are added or replaced, and
 * made current. The rest of the file stays. */
bool kubeconfig_merge(const struct cluster *c, struct err *e) MUST_USE;

#endif
