# SPDX-License-Identifier: MIT
# shellcheck shell=sh
#
# Packages of another Debian suite than this system's, fetched and unpacked and
# never installed. For scripts that source this file:
#
#   private_apt SUITE ARCH DIR    makes apt-get and apt-cache ask SUITE, with
#                                 lists, a cache and a configuration in DIR and
#                                 the mirror, the keys and the way out that this
#                                 system's apt has
#   private_unpack DIR TO NAME... the newest packages of these names, and none
#                                 that they depend on
#
# Both say on stderr what is wrong and return 1. LIMIT=SECONDS (240) is the limit
# of one command.
LIMIT=${LIMIT:-240}

# Where the system gets Debian itself, or its security updates, from.
# shellcheck disable=SC2016
mirror_of() # LABEL
{
	apt-get indextargets --format '$(LABEL)|$(SITE)' 2>/dev/null |
		awk -F '|' -v label="$1" \
			'$1 == label && !seen++ { print $2 }'
}

# No lists yet, as in a fresh container: the sources themselves.
mirror_in_sources()
{
	cat /etc/apt/sources.list.d/debian.sources /etc/apt/sources.list \
		2>/dev/null |
		awk '$1 == "URIs:" && !seen++ { print $2 }
		$1 == "deb" {
			for (n = 2; n <= NF && !seen; n++)
				if ($n ~ /^[a-z+]+:/ && !seen++)
					print $n
		}'
}

write_config() # SUITE ARCH DIR
{
	case $1 in
	*-security) mirror=$(mirror_of Debian-Security) ;;
	*) mirror=$(mirror_of Debian) ;;
	esac
	[ -n "$mirror" ] || mirror=$(mirror_in_sources)
	[ -n "$mirror" ] || return
	mkdir -p "$3/lists/partial" "$3/cache/archives/partial" "$3/parts"
	: >"$3/status"
	keys=/usr/share/keyrings/debian-archive-keyring.gpg
	echo "deb [signed-by=$keys] $mirror $1 main" >"$3/sources.list"
	# The system's way out first. A suite whose Release file is past its
	# date is still signed; sid's goes stale in a week.
	{
		apt-config dump | grep '^Acquire::' |
			grep -v '^Acquire::Languages' || :
		cat <<-CONFIG
			Acquire::Check-Valid-Until "false";
			Acquire::Languages "none";
			Acquire::Retries "3";
			Acquire::http::Timeout "20";
			APT::Architecture "$2";
			APT::Architectures { "$2"; };
			APT::Sandbox::User "";
			Dir::Etc "$3";
			Dir::Etc::main "none";
			Dir::Etc::parts "$3/parts";
			Dir::Etc::preferencesparts "$3/parts";
			Dir::Etc::sourcelist "$3/sources.list";
			Dir::Etc::sourceparts "$3/parts";
			Dir::State "$3";
			Dir::State::lists "$3/lists";
			Dir::State::status "$3/status";
			Dir::Cache "$3/cache";
		CONFIG
	} >"$3/apt.conf"
}

# What apt said is wrong, without the addresses.
complain() # WHAT LOG
{
	why=$(sed -n '/^[EW]: /{ s|^[EW]: *||; s|[a-z+]*://[^ ]*/||g; p; }' \
		"$2" | head -n 1)
	echo "$1: ${why:-took longer than $LIMIT s}" >&2
	return 1
}

# In the functions below, set -e may be off: they are asked for their status.
private_apt() # SUITE ARCH DIR
{
	for command in apt-get apt-cache dpkg-deb timeout; do
		command -v $command >/dev/null && continue
		echo "there is no $command" >&2
		return 1
	done
	if ! write_config "$@"; then
		echo 'apt has no Debian mirror' >&2
		return 1
	fi
	export APT_CONFIG="$3/apt.conf"
	timeout "$LIMIT" apt-get -qq -o APT::Update::Error-Mode=any update \
		>"$3/log" 2>&1 || complain "$1" "$3/log"
}

private_unpack() # DIR TO NAME...
{
	state=$1
	to=$2
	shift 2
	if ! (cd "$state/cache/archives" &&
		timeout "$LIMIT" apt-get -qq download "$@" \
			>"$state/log" 2>&1); then
		complain "$*" "$state/log"
		return
	fi
	for package in "$state"/cache/archives/*.deb; do
		dpkg-deb -x "$package" "$to" || return
		rm "$package"
	done
}
