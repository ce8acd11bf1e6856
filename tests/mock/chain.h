/**
 * @file
 * chain: a small PKI in memory for the tests of bundles and uploads.
 *
 * Root R signs intermediate I, I signs the leaves.  Made once per test case: an unchecked fixture.
 */
#ifndef TEST_MOCK_CHAIN_H
#define TEST_MOCK_CHAIN_H

/** Make the keys and certificates, and release them. */
void chain_setup(void);
void chain_teardown(void);

/**
 * Write PEM blocks in the order of @p recipe: R root, I intermediate, L leaf, K its key, J the
 * intermediate's key, X a foreign key, E an EC leaf, F its key, B a broken block, P the leaf's
 * key encrypted with "secret".
 *
 * @return a string to free()
 */
char *chain_make(const char *recipe);

#endif
