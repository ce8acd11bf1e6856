# shellcheck shell=bash
# For end-to-end tests: source this first.
#
#   . "$(dirname "$0")/../support/lib.sh"
#
# It gives $project (the source tree), $build (the programs under test), $workdir (a private folder
# that goes away with the test) and the functions below.  Whatever start() began is ended with the
# test, however that ends.  Exit status: 0 passed, 77 skipped, anything else failed.

set -euo pipefail

project=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
build=${CERTROLL_BUILD:-$project/build}
workdir=$(mktemp -d "${TMPDIR:-/tmp}/certroll-test.XXXXXX")
port_registry=${TMPDIR:-/tmp}/certroll-ports.$(id -u)
children=()

# What is kept without --state: in the test's folder, and not in somebody's home.
unset STATE_DIRECTORY
export XDG_STATE_HOME=$workdir/home

# A sanitizer's report must not look like one of the exit codes of certroll.
export ASAN_OPTIONS=${ASAN_OPTIONS:-exitcode=99:detect_leaks=1}
export LSAN_OPTIONS=${LSAN_OPTIONS:-exitcode=99}
export UBSAN_OPTIONS=${UBSAN_OPTIONS:-exitcode=99:halt_on_error=1:print_stacktrace=1}

# CERTROLL_UNDER: a command, such as valgrind with its options, that it is run under.
certroll() { ${CERTROLL_UNDER:-} "$build/certroll" "$@"; }

# --- how a test ends --------------------------------------------------------------------------------

# Where in the test we are, for messages.
where() {
	local i
	for ((i = 1; i < ${#BASH_SOURCE[@]}; i++)); do
		[[ ${BASH_SOURCE[i]} -ef ${BASH_SOURCE[0]} ]] && continue
		printf '%s:%s' "$(basename "${BASH_SOURCE[i]}")" "${BASH_LINENO[i - 1]}"
		return
	done
}

fail() {
	printf 'FAILED %s: %s\n' "$(where)" "$*" >&2
	exit 1
}

skip() {
	printf 'skip: %s\n' "$*"
	exit 77
}

# The program of a peer: the unpacked one, else the machine's.
peer() {
	local bin=${CERTROLL_PEERS:-$project/build/peers}/bin
	[[ ${CERTROLL_QUICK:-} != 1 ]] || return 1
	PATH=$bin:$PATH:/usr/sbin:/usr/local/sbin command -v "$1"
}

# skip_without PEER...: the test needs these peers.  A CI machine must have them.
skip_without() {
	local name
	for name; do
		peer "$name" >/dev/null && continue
		[[ ${CI:-} != true ]] || fail "peer $name is missing, and CI=true forbids the skip"
		skip "peer $name is missing"
	done
}

# --- processes --------------------------------------------------------------------------------------

# start NAME COMMAND...: in the background, output to $workdir/NAME.log, number in $started.
start() {
	local name=$1
	shift
	"$@" >"$workdir/$name.log" 2>&1 </dev/null &
	started=$!
	children+=("$started")
}

# End one process that start() began; TERM, and KILL after three seconds.
stop() {
	local child=$1 i
	kill -TERM "$child" 2>/dev/null || return 0
	for ((i = 0; i < 60; i++)); do
		kill -0 "$child" 2>/dev/null || break
		sleep 0.05
	done
	kill -KILL "$child" 2>/dev/null || true
	wait "$child" 2>/dev/null || true
}

show_logs() {
	local log
	for log in "$workdir"/*.log; do
		[[ -s $log ]] && printf -- '--- %s\n' "${log##*/}" && tail -n 30 "$log"
	done
	return 0
}

finish() {
	local status=$? child
	trap - EXIT
	trap '' INT TERM HUP # once begun, cleaning up is not interrupted
	[[ ${#children[@]} -eq 0 ]] || kill -TERM "${children[@]}" 2>/dev/null || true
	for child in "${children[@]}"; do
		stop "$child"
	done
	[[ $status -eq 0 || $status -eq 77 ]] || show_logs >&2
	release_ports
	[[ -n ${CERTROLL_KEEP:-} ]] || rm -rf "$workdir"
	exit "$status"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# --- ports ------------------------------------------------------------------------------------------

listening() {
	(exec 3<>"/dev/tcp/${2:-127.0.0.1}/$1") 2>/dev/null
}

# Tests run side by side: a port belongs to the test whose number stands in its file.
reserve_port() {
	local file=$port_registry/$1
	(set -o noclobber && echo $$ >"$file") 2>/dev/null && return
	kill -0 "$(cat "$file" 2>/dev/null || echo $$)" 2>/dev/null && return 1
	rm -f "$file"
	(set -o noclobber && echo $$ >"$file") 2>/dev/null
}

release_ports() {
	local file
	for file in "$port_registry"/*; do
		[[ $(cat "$file" 2>/dev/null) != "$$" ]] || rm -f "$file"
	done
}

# free_port NAME: put a port nobody listens on into variable NAME.
free_port() {
	local -n port_variable=$1
	local candidate
	mkdir -p "$port_registry"
	for _ in {1..200}; do
		candidate=$((20000 + RANDOM % 12000))
		reserve_port "$candidate" || continue
		listening "$candidate" && continue
		port_variable=$candidate
		return
	done
	fail 'no free port'
}

# wait_until SECONDS COMMAND...: poll until the command succeeds.
wait_until() {
	local deadline=$((SECONDS + $1 + 1))
	shift
	until "$@"; do
		((SECONDS < deadline)) || return 1
		sleep 0.05
	done
}

# wait_for_port PORT [ADDRESS]
wait_for_port() {
	wait_until 15 listening "$@" || fail "nobody listens on port $1 after 15 s"
}

# --- assertions -------------------------------------------------------------------------------------

show_output() {
	printf -- '--- standard output\n' && tail -n 40 "$workdir/out"
	printf -- '--- standard error\n' && tail -n 40 "$workdir/err"
}

# expect_exit CODE COMMAND...: output goes to $workdir/out and $workdir/err.
expect_exit() {
	local want=$1 got=0
	shift
	"$@" >"$workdir/out" 2>"$workdir/err" </dev/null || got=$?
	[[ $got -eq $want ]] && return
	show_output >&2
	fail "exit status $got, not $want: $*"
}

# expect_grep REGEX [FILE]: extended; FILE is the last standard output unless given.
expect_grep() {
	local file=${2:-$workdir/out}
	grep -Eq -e "$1" "$file" && return
	printf -- '--- %s\n' "$file" >&2
	tail -n 40 "$file" >&2
	fail "no line matches: $1"
}

refute_grep() {
	local file=${2:-$workdir/out} status=0
	grep -En -e "$1" "$file" >&2 || status=$?
	case $status in
	0) fail "$file must not contain: $1" ;;
	1) ;;
	*) fail "$file cannot be searched for: $1" ;;
	esac
}

expect_equal() {
	[[ $1 == "$2" ]] || fail "got \"$1\", not \"$2\"${3:+: $3}"
}

# --- the mock fleet ---------------------------------------------------------------------------------

# start_mock [OPTION...]: sets $mock (its process), $mock_ports and $mock_control (files).
start_mock() {
	local number=${#children[@]}
	mock_ports=$workdir/mock-$number.ports
	mock_control=$workdir/mock-$number.control
	start "mock-$number" "$build/mock-fleet" --port-file "$mock_ports" --control "$mock_control" "$@"
	mock=$started
	wait_until 15 mock_ready || fail 'the mock fleet said nothing for 15 s'
	[[ -s $mock_ports ]] || fail 'the mock fleet did not start'
}

mock_ready() {
	[[ -s $mock_ports ]] || ! kill -0 "$mock" 2>/dev/null
}

# mock_port SERVICE: the port on which the fleet offers it.
mock_port() {
	sed -nE "s/^$1[ =:]+([0-9]+).*/\1/p" "$mock_ports"
}

# mock_say COMMAND...: one command to the control socket, the answer to standard output.  What the fleet
# did not understand is a failure: a fault that is not set proves nothing.
mock_say() {
	perl -MIO::Socket::UNIX -e '
		my $socket = IO::Socket::UNIX->new(Peer => shift) or die "control: $!\n";
		print $socket "@ARGV\n";
		$socket->shutdown(1);
		while (<$socket>) { print; die "mock-fleet: @ARGV: $_" if /^\{"error"/ }' "$mock_control" "$@"
}

# --- servers ----------------------------------------------------------------------------------------

# start_nginx NAME CONF: in the foreground of a background job; $started is its process.
start_nginx() {
	start "$1" "$(peer nginx)" -p "$workdir" -e stderr -c "$2" -g 'daemon off;'
}

# start_haproxy NAME CONF
start_haproxy() {
	start "$1" "$(peer haproxy)" -db -f "$2"
}
