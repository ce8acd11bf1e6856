/**
 * @file
 * suites: one per module of the mock fleet.
 */
#ifndef TEST_MOCK_SUITES_H
#define TEST_MOCK_SUITES_H

#include <check.h>

Suite *suite_ap(void);
Suite *suite_auth(void);
Suite *suite_bundle(void);
Suite *suite_fault(void);
Suite *suite_fault_random(void);
Suite *suite_gear(void);
Suite *suite_http(void);
Suite *suite_multipart(void);
Suite *suite_range(void);
Suite *suite_roster(void);
Suite *suite_serve(void);
Suite *suite_text(void);
Suite *suite_websocket(void);

#endif
