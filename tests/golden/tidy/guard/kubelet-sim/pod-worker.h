/* pod-worker.h - a sample. */
#ifndef KUBELET_SIM_POD_WORKER_H
#define KUBELET_SIM_POD_WORKER_H

int a;
#endif
