#!/bin/bash
# What ./dev demo shows to a newcomer.
. "$(dirname "$0")/../support/lib.sh"

expect_exit 0 env CERTROLL_BUILD="$build" bash "$project/tests/demo/demo.sh"
expect_grep 'The demo did what it should'
expect_grep 'ap1 +changed +proved on https'
expect_grep 'ap2 +changed +proved on https'
expect_grep 'pbx-slave2 +failed +https still serves the old certificate'
