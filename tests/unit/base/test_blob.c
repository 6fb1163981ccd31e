/* test_blob.c - contents and counting of references, also from two threads. */
#include "base/blob.h"

#include "base/thread.h"
#include "check_main.h"

static void *ref_unref(void *arg)
{
    for (int i = 0; i < 10000; i++) blob_unref(blob_ref(arg));
    blob_unref(arg);
    return NULL;
}

START_TEST(contents)
{
    const struct blob *b AUTO_BLOB = blob_new2(STR("ab"), STR("cd"));
    ck_assert(str_eqc(blob_str(b), "abcd"));
    ck_assert_int_eq(b->p[4], '\0');
    const struct blob *empty AUTO_BLOB = blob_new(STR_NULL);
    ck_assert_uint_eq(empty->n, 0);
    ck_assert_ptr_null(blob_ref(NULL));
    blob_unref(NULL);
    ck_assert(str_is_null(blob_str(NULL)));
}
END_TEST

START_TEST(references_from_threads)
{
    struct blob *b = blob_new(STR("shared"));
    pthread_t t[2];
    for (int i = 0; i < 2; i++) t[i] = thread_start("ref", ref_unref, blob_ref(b));
    blob_unref(b);
    for (int i = 0; i < 2; i++) thread_join(t[i]);
}
END_TEST

TEST_MAIN("blob", contents, references_from_threads)
