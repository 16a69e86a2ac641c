# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What every script of this folder shares: messages, the cache folder, locks
# and a private package client.  Source it; it runs nothing by itself.

HVROOT_TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
HVROOT_CACHE=${HVROOT_CACHE:-${HOME:?}/.cache/hvroot}
HVROOT_PROG=$(basename "$0")
export HVROOT_CACHE

# Progress goes to standard error, so that a script's output stays usable.
say() { printf '%s: %s\n' "$HVROOT_PROG" "$*" >&2; }

# die MESSAGE [CURE]
die() {
	printf '%s: error: %s\n' "$HVROOT_PROG" "$1" >&2
	[ $# -lt 2 ] || printf '%s: cure:  %s\n' "$HVROOT_PROG" "$2" >&2
	exit 1
}

need_root() {
	[ "$(id -u)" = 0 ] || die "$1 needs root" "run it as root, or with sudo -E"
}

need_tool() {
	command -v "$1" >/dev/null 2>&1 ||
		die "the program '$1' is missing" "run scripts/setup"
}

# run_logged LOG MESSAGE COMMAND...: show one line now, a dot per ten seconds,
# and the end of the log when COMMAND fails.
run_logged() {
	local log=$1 msg=$2 pid rc=0 t0=$SECONDS n=0
	shift 2
	printf '%s: %s ' "$HVROOT_PROG" "$msg" >&2
	"$@" >"$log" 2>&1 </dev/null &
	pid=$!
	while kill -0 "$pid" 2>/dev/null; do
		sleep 1
		n=$((n + 1))
		[ $((n % 10)) -ne 0 ] || printf '.' >&2
	done
	wait "$pid" || rc=$?
	if [ $rc -ne 0 ]; then
		printf ' failed (%d)\n' "$rc" >&2
		tail -n 25 "$log" >&2
		say "full log: $log"
		return $rc
	fi
	printf ' %ds\n' "$((SECONDS - t0))" >&2
}

# --- the private package client ---------------------------------------------

# The machine's own Debian mirror: the address that serves its release.
mirror_uri() {
	local rel uri
	if [ -n "${HVROOT_MIRROR:-}" ]; then
		echo "$HVROOT_MIRROR"
		return
	fi
	rel=$(. /etc/os-release && echo "${VERSION_CODENAME:-none}")
	# whether lists have been fetched or not
	uri=$(apt-get indextargets --no-release-info \
		--format '$(CREATED_BY) $(RELEASE) $(COMPONENT) $(REPO_URI)' |
		awk -v r="$rel" '$1 == "Packages" && $2 == r && $3 == "main" {
			print $4; exit }')
	[ -n "$uri" ] || die "no Debian mirror among this machine's package sources" \
		"set HVROOT_MIRROR to the address of a Debian mirror"
	echo "$uri"
}

# apt_lines DIST: the source lines for a Debian release and its backports, which the
# next one does not have.
apt_lines() {
	local uri s suites=("$1" "$1-updates" "$1-backports")
	uri=$(mirror_uri) || return 1
	[ "$1" != forky ] || suites=("$1")
	for s in "${suites[@]}"; do
		echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $uri $s main"
	done
}

# The part of the machine's client settings that reaching the mirror may need.
apt_machine_options() {
	apt-config dump | grep -E \
		'^Acquire::(Check-|Retries|(https?::)?(Proxy|Timeout))' || true
}

# A release may be named with an architecture, as in bookworm+i386.
dist_name() { echo "${1%+*}"; }
dist_arch() { [[ $1 == *+* ]] && echo "${1#*+}" || echo amd64; }

# apt_setup DIST[+ARCH]: make the private client for DIST, print its configuration.
# Its lists are fetched once; APT_REFRESH=1 fetches them again.
apt_setup() {
	local d=$HVROOT_CACHE/apt/$1 lock arch
	arch=$(dist_arch "$1")
	mkdir -p "$d"
	exec {lock}>"$d/lock"
	flock "$lock"
	if [ ! -e "$d/ready" ] || [ -n "${APT_REFRESH:-}" ]; then
		mkdir -p "$d/state/lists/partial" "$d/cache/archives/partial" "$d/none"
		: >"$d/status"
		apt_lines "$(dist_name "$1")" >"$d/sources.list" || exit 1
		{
			printf 'Dir::State "%s/state";\n' "$d"
			printf 'Dir::State::status "%s/status";\n' "$d"
			printf 'Dir::Cache "%s/cache";\n' "$d"
			printf 'Dir::Etc::sourcelist "%s/sources.list";\n' "$d"
			printf 'Dir::Etc::sourceparts "%s/none";\n' "$d"
			printf 'Dir::Etc::preferences "-";\n'
			printf 'Dir::Etc::preferencesparts "%s/none";\n' "$d"
			printf 'APT::Architecture "%s";\n' "$arch"
			printf 'APT::Architectures { "%s"; };\n' "$arch"
			printf 'APT::Sandbox::User "root";\n'
			printf 'APT::Update::Post-Invoke "";\n'
			printf '#clear APT::Update::Post-Invoke;\n'
			printf '#clear DPkg::Post-Invoke;\n'
		} >"$d/apt.conf"
		run_logged "$d/update.log" "fetching package lists of $1" \
			env APT_CONFIG="$d/apt.conf" apt-get update \
			-o APT::Update::Error-Mode=any || exit 1
		touch "$d/ready"
	fi
	exec {lock}>&-
	echo "$d/apt.conf"
}

# apt_depends DIST SUITE PACKAGE PATTERN: the dependencies of PACKAGE that match.
apt_depends() {
	local conf
	conf=$(apt_setup "$1") || exit 1
	APT_CONFIG=$conf apt-cache -o APT::Default-Release="$2" depends "$3" |
		awk -v p="$4" '$1 == "Depends:" && $2 ~ p { print $2; n++ }
			END { exit !n }' ||
		die "package $3 of $2 has no dependency like $4" \
			"remove $HVROOT_CACHE/apt/$1/ready to fetch newer package lists"
}

# apt_fetch DIST SUITE FOLDER PACKAGE...: download packages into FOLDER.
apt_fetch() {
	local dist=$1 suite=$2 dir=$3 conf
	shift 3
	conf=$(apt_setup "$dist") || exit 1
	mkdir -p "$dir"
	(cd "$dir" && APT_CONFIG=$conf apt-get download -q -t "$suite" "$@")
}

# apt_fetch_closure DIST SUITE FOLDER PACKAGE...: packages and all they depend on.
apt_fetch_closure() {
	local dist=$1 suite=$2 dir=$3 conf
	shift 3
	conf=$(apt_setup "$dist") || exit 1
	mkdir -p "$dir/partial"
	APT_CONFIG=$conf apt-get install -q -y --no-install-recommends \
		--download-only -t "$suite" -o Dir::Cache::archives="$dir" "$@"
}

# deb_extract FOLDER DEB...
deb_extract() {
	local to=$1 deb
	shift
	mkdir -p "$to"
	for deb; do
		dpkg-deb -x "$deb" "$to"
	done
}
