/* report_list.h - a list of the API as a file, page by page, up to a size: no more than a page is in memory. */
#ifndef KUBESTEP_REPORT_LIST_H
#define KUBESTEP_REPORT_LIST_H

#include "client/rest.h"

struct report_list {
    const char *path; /* "/api/v1/pods" */
    const char *file; /* is made anew */
    int page;         /* objects asked for at once */
    size_t max;       /* bytes of objects in the file */
    size_t items;     /* out: objects in it */
    bool cut;         /* out: there are more; the file's metadata.continue is where they begin */
};

/* False: nothing could be read, and there is no file; or it could not be written. */
bool report_list_save(struct report_list *l, struct rest *r, struct err *e) MUST_USE;

#endif
