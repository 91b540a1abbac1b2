#!/bin/sh
# Installs pulso-agent or pulso-server from a release: as a service of the system where root runs it,
# else in the user's own folder and as a service of the user. It takes an archive, whose sum it compares
# with that in SHA256SUMS, from the folder or the URL of --from.
set -eu

usage() {
	cat << 'USAGE'
Usage: install.sh agent|server [OPTION]...

--server HOST:PORT  agent: where to send (default: 127.0.0.1:5005)
--key-file FILE     key of the fleet, or of this host; it is copied
--from DIR|URL      where the files of the release are (default: where this script is)
--version VERSION   which version (default: the only one that is there)
--uninstall         remove it; settings and keys stay
--help              print this text and exit
USAGE
}

fail() {
	echo "install.sh: $*" >&2
	exit 1
}

misused() {
	echo "install.sh: $*; see install.sh --help" >&2
	exit 2
}

has() {
	command -v "$1" > /dev/null 2>&1
}

# 1. What is asked for.

kind='' server='' key_file='' from='' version='' action=install
while [ $# -gt 0 ]; do
	case $1 in
	--help | -h)
		usage
		exit 0
		;;
	--uninstall) action=uninstall ;;
	--server | --key-file | --from | --version)
		if [ $# -lt 2 ] || [ -z "$2" ]; then misused "$1 needs a value"; fi
		case $1 in
		--server) server=$2 ;;
		--key-file) key_file=$2 ;;
		--from) from=$2 ;;
		--version) version=$2 ;;
		esac
		shift
		;;
	agent | server)
		[ -z "$kind" ] || misused "agent or server, not both at once"
		kind=$1
		;;
	*) misused "unknown argument $1" ;;
	esac
	shift
done
[ -n "$kind" ] || misused "say agent or server"
[ -z "$server" ] || [ "$kind" = agent ] || misused "--server is for an agent"
case $server in *[!][A-Za-z0-9.,:_%-]*) misused "--server must be HOST:PORT" ;; esac

# 2. Where everything goes.

program=pulso-$kind
if [ "$(id -u)" -eq 0 ]; then
	bin=/usr/local/bin
	settings=/etc/pulso
	units=/etc/systemd/system
	share=/usr/local/share
	journal="journalctl -u $program"
	given_key=/run/credentials/$program.service/fleet.key
else
	[ -n "${HOME:-}" ] || fail "Cannot install for a user: HOME is not set"
	bin=$HOME/.local/bin
	settings=${XDG_CONFIG_HOME:-$HOME/.config}/pulso
	units=${XDG_CONFIG_HOME:-$HOME/.config}/systemd/user
	share=${XDG_DATA_HOME:-$HOME/.local/share}
	journal="journalctl --user -u $program"
	given_key=$settings/fleet.key
fi
env_file=$settings/$kind.env

manage() {
	if [ "$(id -u)" -eq 0 ]; then systemctl "$@"; else systemctl --user "$@"; fi
}

# Whether a manager of services answers.
is_managed() {
	has systemctl && manage show-environment > /dev/null 2>&1
}

# 3. Removal.

if [ "$action" = uninstall ]; then
	if is_managed; then manage disable --now "$program" > /dev/null 2>&1 || true; fi
	rm -f "$bin/$program" "$units/$program.service" "$share/man/man1/$program.1" \
		"$share/bash-completion/completions/$program" "$share/zsh/site-functions/_$program" \
		"$share/fish/vendor_completions.d/$program.fish"
	if is_managed; then manage daemon-reload; fi
	if [ -d "$settings" ]; then rmdir "$settings" 2> /dev/null || echo "Settings and keys stay in $settings"; fi
	echo "Removed $program"
	exit 0
fi

# 4. The archive, and its sum.

if [ "$(id -u)" -eq 0 ] && has dpkg-query && dpkg-query -W -f='${Status}' "$program" 2> /dev/null | grep -q ' installed$'; then
	fail "Cannot install $program: its Debian package is installed; use apt-get, or remove it first"
fi
if [ "$kind" = server ] && [ -n "$key_file" ] && [ "$(id -u)" -ne 0 ]; then
	fail "Cannot use --key-file: the server reads keys in /etc/pulso and /run/credentials only; install it as root"
fi
[ -z "$key_file" ] || [ -r "$key_file" ] || fail "Cannot read the key file $key_file"
has sha256sum || fail "Cannot verify the archive: sha256sum is missing"

case $(uname -s)-$(uname -m) in
Linux-x86_64 | Linux-amd64) system=linux-x86_64 ;;
Linux-aarch64 | Linux-arm64) system=linux-aarch64 ;;
*) fail "Cannot install on $(uname -s) $(uname -m): see docs/INSTALL.md" ;;
esac

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

# Puts a file of the release into $work.
get() {
	case $from in
	http://* | https://*)
		if has curl; then
			curl -fsSL -o "$work/$1" "${from%/}/$1"
		elif has wget; then
			wget -q -O "$work/$1" "${from%/}/$1"
		else
			fail "Cannot fetch $1: neither curl nor wget is here"
		fi || fail "Cannot fetch ${from%/}/$1"
		;;
	*)
		[ -r "$from/$1" ] || fail "Cannot read $from/$1: --from must name the folder or the URL of a release"
		cp "$from/$1" "$work/$1"
		;;
	esac
}

if [ -z "$from" ]; then
	case $0 in
	*install.sh) from=$(dirname "$0") ;;
	*) misused "say where the release is: --from DIR or --from URL" ;;
	esac
fi
get SHA256SUMS
found=$(sed -n "s/^[0-9a-f]\{64\}  \($program-.*-$system\.tar\.gz\)\$/\1/p" "$work/SHA256SUMS")
if [ -n "$version" ]; then
	found=$(printf '%s\n' "$found" | grep -Fx "$program-$version-$system.tar.gz" || true)
fi
case $found in
'') fail "Cannot find $program${version:+ $version} for $system in $from" ;;
*'
'*) fail "Cannot choose between several versions: say --version" ;;
esac
archive=$found
get "$archive"
(cd "$work" && grep -F "  $archive" SHA256SUMS | sha256sum -c - > /dev/null 2>&1) \
	|| fail "Cannot trust $archive: its sum is not that of SHA256SUMS"
tar -xzf "$work/$archive" -C "$work"
folder=$work/${archive%"-$system.tar.gz"}

# 5. Installation.

# place MODE FILE DESTINATION: replaced as a whole, as the old executable may run.
place() {
	mkdir -p "$(dirname "$3")"
	cp "$2" "$3.new"
	chmod "$1" "$3.new"
	mv -f "$3.new" "$3"
}

place 755 "$folder/$program" "$bin/$program"
place 644 "$folder/man/$program.1" "$share/man/man1/$program.1"
place 644 "$folder/completions/$program.bash" "$share/bash-completion/completions/$program"
place 644 "$folder/completions/_$program" "$share/zsh/site-functions/_$program"
place 644 "$folder/completions/$program.fish" "$share/fish/vendor_completions.d/$program.fish"

# set_option NAME VALUE: in the settings, in place of what stands there.
set_option() {
	grep -v "^$1=" "$env_file" > "$work/settings" || true
	case $2 in
	*' '*) printf '%s="%s"\n' "$1" "$2" ;;
	*) printf '%s=%s\n' "$1" "$2" ;;
	esac >> "$work/settings"
	cat "$work/settings" > "$env_file"
}

mkdir -p "$settings"
# for_user FILE: what its settings say, true of a user's service; his server can read no key and no token,
# and keep nothing.
for_user() {
	sed -e '/^# The token:/,/^#PULSO_WEB_TOKEN_FILE=/d' -e '/^# Where hosts and/,/^PULSO_DATA=/d' \
		-e 's/ctl restart/ctl --user restart/' \
		-e 's/, owned by root//' -e 's/; systemd hands it over//' \
		-e "s|/etc/pulso/|$settings/|" -e "s|/run/credentials/[a-z.-]*/|$settings/|" "$1" |
		if [ "$kind" = server ]; then sed '/^# To hear sealed/,/^#PULSO_KEY_FILE=/d'; else cat; fi |
		sed '/./,/^$/!d'
}

if [ "$(id -u)" -ne 0 ]; then
	for_user "$folder/$kind.env" > "$work/user.env"
	cp "$work/user.env" "$folder/$kind.env"
fi
[ -e "$env_file" ] || place 644 "$folder/$kind.env" "$env_file"
if [ -n "$server" ]; then set_option PULSO_SERVER "$server"; fi
if [ -n "$key_file" ]; then
	(umask 077 && cat "$key_file" > "$settings/fleet.key.new")
	mv -f "$settings/fleet.key.new" "$settings/fleet.key"
	set_option PULSO_KEY_FILE "$given_key"
fi

mkdir -p "$units"
if [ "$(id -u)" -eq 0 ]; then
	sed "s|^ExecStart=/usr/bin/|ExecStart=$bin/|" "$folder/$program.service" > "$units/$program.service"
else
	defaults=''
	if [ "$kind" = server ]; then
		defaults='
Environment=PULSO_VIEW=none'
	fi
	cat > "$units/$program.service" << UNIT
[Unit]
Description=Pulso $kind

[Service]
ExecStart="$bin/$program"$defaults
EnvironmentFile=-$env_file
Restart=always
RestartSec=2
NoNewPrivileges=yes

[Install]
WantedBy=default.target
UNIT
fi

echo "Installed $("$bin/$program" --version) in $bin; settings in $env_file"
option() {
	sed -n "s/^$1=//p" "$env_file" | tail -n 1 | tr -d "\"'"
}
# with_settings COMMAND: how to run the program by hand as the service is run.
with_settings() {
	echo "  (set -a; . $(quoted "$env_file"); $(quoted "$bin/$program")$1)"
}
quoted() {
	printf "'%s'" "$(printf %s "$1" | sed "s/'/'\\\\''/g")"
}
# handed OPTION NAME: names the file itself where the settings mean what only systemd hands over.
handed() {
	case $(option "$2") in
	/run/credentials/*) printf %s " $1 $(quoted "$settings/$(basename "$(option "$2")")")" ;;
	esac
}
if ! is_managed; then
	echo "No systemd answers here. Start it with:"
	with_settings "$(handed --key-file PULSO_KEY_FILE)$(handed --web-token-file PULSO_WEB_TOKEN_FILE)"
	exit 0
fi
manage daemon-reload
manage enable "$program" > /dev/null 2>&1 || true
manage restart "$program" || fail "Cannot start $program: see $journal"

# 6. Whether it works.

# Prints the answer of a URL.
ask() {
	if has curl; then curl -fs -m 2 "$1"; else wget -q -T 2 -O - "$1"; fi
}

# Runs a command until it succeeds, for some seconds.
within_seconds() {
	for _ in 1 2 3 4 5 6 7 8; do
		if "$@" > /dev/null 2>&1; then return 0; fi
		sleep 1
	done
	return 1
}

within_seconds manage is-active --quiet "$program" || fail "$program does not run: see $journal"
echo "To check it, with its settings:"
with_settings " doctor"
if [ "$kind" = server ]; then
	web=$(option PULSO_WEB)
	if [ "$web" = off ]; then
		echo "$program runs, without a page"
	elif [ -n "$web" ]; then
		echo "$program runs. The page is at http://$web/; $journal tells the URL with its token."
	elif within_seconds ask http://127.0.0.1:8080/; then
		echo "$program runs. The page is at http://127.0.0.1:8080/ on this machine; for others set PULSO_WEB."
	else
		echo "$program runs. Whether there is a page is told by: $journal"
	fi
	exit 0
fi
to=$(option PULSO_SERVER)
to=${to:-127.0.0.1}
message=$("$bin/$program" --print --count 1 2> /dev/null)
id=$(printf '%s' "$message" | sed -n 's/.*"id":"\([^"]*\)".*/\1/p')
host=${to%%,*}
case $host in *]:* | *]) host=${host%]*}] ;; *) host=${host%:*} ;; esac
if within_seconds ask "http://$host:8080/api/hosts/$id"; then
	echo "$program runs, and the server hears this agent: http://$host:8080/"
else
	echo "$program runs and sends to $to. It is never answered, and the server's page is not open to this"
	echo "machine: look for this host there, or run pulso-server doctor on the server."
fi
