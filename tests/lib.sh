# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# How tests are run and counted.  One line per test, a log per test, and a last
# line "N passed, N failed, N skipped".  Stages started by tests/check leave
# the last line to it.  Tests that start an emulator run as many at once as the
# machine has CPUs (HVROOT_JOBS): an emulator keeps one busy.

. "$(dirname "${BASH_SOURCE[0]}")/../scripts/lib.sh"
cd "$HVROOT_TOP"

# The test host that scripts/testhost starts, and what its name adds to a test's.
HVROOT_HOST=${HVROOT_HOST:-qemu-svm}
export HVROOT_HOST
ON_HOST=
[ "$HVROOT_HOST" = qemu-svm ] || ON_HOST=", $HVROOT_HOST"

# patience SECONDS: so many for the usual test host, more for a slower one.
patience() {
	case $HVROOT_HOST in
	bochs-*) echo $(($1 * 4)) ;;
	*) echo "$1" ;;
	esac
}

# host_runs KERNEL: a driver for the test host's disks is not in each of them.
host_runs() { [[ $HVROOT_HOST != bochs-* || $1 != debug ]]; }

TEST_LOGS=${TEST_LOGS:-$HVROOT_TOP/build/logs}
mkdir -p "$TEST_LOGS"
if [ -z "${TEST_RUN:-}" ]; then
	TEST_RUN=$(mktemp -d "${TMPDIR:-/tmp}/tests.XXXXXX")
	TEST_OWNER=$$
	trap 'rm -rf "$TEST_RUN"' EXIT
	# a test in the background does not hear the terminal's Ctrl-C
	trap 'trap - TERM; rm -rf "$TEST_RUN"; kill 0' INT TERM HUP
fi
: >>"$TEST_RUN/results"
export TEST_LOGS TEST_RUN

pass() { echo "ok      $1"; echo "pass $1" >>"$TEST_RUN/results"; }
skip() { echo "skip    $1: $2"; echo "skip $1" >>"$TEST_RUN/results"; }

# fail NAME [LOG]: the end of the log follows the line, in one piece.
fail() {
	local end=''
	[ -z "${2:-}" ] || end=$(
		echo
		tail -n "${TEST_LOG_LINES:-40}" "$2" | sed 's/^/        /'
		echo "        (log: ${2#"$HVROOT_TOP"/})"
	)
	echo "not ok  $1$end"
	echo "fail $1" >>"$TEST_RUN/results"
}

test_log() { echo "$TEST_LOGS/${1//[^A-Za-z0-9._-]/_}.log"; }

# run_test NAME COMMAND...: passes when COMMAND succeeds; its output is the log.
run_test() {
	local name=$1 log t0=$SECONDS rc=0
	shift
	log=$(test_log "$name")
	"$@" >"$log" 2>&1 </dev/null || rc=$?
	if [ $rc -eq 0 ]; then
		pass "$name ($((SECONDS - t0)) s)"
	else
		fail "$name ($((SECONDS - t0)) s, exit $rc)" "$log"
	fi
	return $rc
}

# in_slot COMMAND...: wait until fewer than HVROOT_JOBS others run, then run it.
in_slot() (
	while :; do
		for i in $(seq "${HVROOT_JOBS:-$(nproc)}"); do
			exec 8>"$TEST_RUN/slot.$i"
			if flock -n 8; then
				"$@" 8>&-
				exit
			fi
		done
		sleep 0.$((RANDOM % 9 + 1))
	done
)

# make_first NAME [GCC-OPTION...]: a guest's first program, tests/guest/NAME.c, as a RAM
# disk (to put before another one)
make_first() {
	local name=$1 dir=build/$1
	shift
	[ ! "$dir/$name.cpio" -nt "tests/guest/$name.c" ] || return 0
	mkdir -p "$dir" &&
		gcc -O2 -Wall -Wextra -Werror -static "$@" -o "$dir/$name" "tests/guest/$name.c" &&
		(cd "$dir" && echo "$name" | cpio -o -H newc -R 0:0 --quiet >new) &&
		mv "$dir/new" "$dir/$name.cpio"
}

# A guest that is one program and no system.
make_bare() {
	local dir=build/bare
	[ ! $dir/bare -nt tests/guest/bare.c ] || return 0
	mkdir -p $dir && gcc -m32 -O2 -Wall -Wextra -Werror -ffreestanding -fno-pic -no-pie \
		-fno-stack-protector -fcf-protection=none -mgeneral-regs-only -nostdlib -static \
		-Wl,-N -Wl,-Ttext-segment=0x100000 -Wl,--build-id=none \
		-Wl,--no-warn-rwx-segments -o $dir/bare tests/guest/bare.c
}

# hvctl and the witness; several tests may want them at once.
make_tools() {
	flock 9
	make -C userspace && make_first witness
} 9>"$TEST_LOGS/tools.lock"

# tests_done: wait for what runs in the background, print the counts, exit with
# the verdict.
tests_done() {
	local p f s
	wait
	p=$(grep -c '^pass ' "$TEST_RUN/results" || true)
	f=$(grep -c '^fail ' "$TEST_RUN/results" || true)
	s=$(grep -c '^skip ' "$TEST_RUN/results" || true)
	if [ "${TEST_OWNER:-}" = $$ ]; then
		if [ "$f" -gt 0 ]; then
			echo "failed:"
			sed -n 's/^fail /  /p' "$TEST_RUN/results"
		fi
		echo "$p passed, $f failed, $s skipped"
	fi
	[ "$f" -eq 0 ] && [ "$p" -gt 0 ]
	exit
}
