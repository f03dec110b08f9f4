#!/bin/sh
# base.sh RELEASE: a minimal Debian of that release as a tar archive on standard output.
#
# For networks without a container registry: everything comes from the mirror that this machine's own
# apt uses, found at run time, so that no mirror is named anywhere. A machine that is not Debian
# leaves the choice to mmdebstrap.
set -eu
release=$1
keyring=/usr/share/keyrings/debian-archive-keyring.gpg

fail() { echo >&2 "$*"; exit 2; }

# Bases of several releases are made side by side; the first one installs what all of them need.
install() {
  flock 9
  if command -v mmdebstrap >/dev/null && [ -e "$keyring" ]; then return; fi
  [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null ||
    fail "No registry answers and mmdebstrap is missing: install mmdebstrap and debian-archive-keyring."
  apt-get -qq update >&2
  DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=120 install -y --no-install-recommends \
    mmdebstrap debian-archive-keyring >&2
}
install 9<"$0"

# $1: "main" or "security". This machine's address of that archive, or nothing.
mirror() {
  . /etc/os-release
  [ "${ID:-}" = debian ] || return 0
  apt-get indextargets --format '$(CREATED_BY) $(COMPONENT) $(RELEASE) $(REPO_URI)' |
    while read -r kind component suite uri; do
      [ "$kind $component" = "Packages main" ] || continue
      case $suite in
        *-security | */updates) [ "$1" = security ] && echo "$uri" ;;
        "$VERSION_CODENAME" | stable | oldstable | testing | unstable | sid) [ "$1" = main ] && echo "$uri" ;;
      esac
    done | head -n 1
}

# apt in the new system knows nothing of this machine's settings, but it does know this variable.
if [ -z "${http_proxy:-}" ]; then
  eval "$(apt-config shell http_proxy Acquire::http::Proxy 2>/dev/null)"
  [ -z "${http_proxy:-}" ] || export http_proxy
fi

line() { echo "deb [signed-by=$keyring] $1 $2 main"; }

make_base() {
  mmdebstrap --quiet --variant=apt --format=tar \
    --aptopt='APT::Install-Recommends "false"' --aptopt='Acquire::Languages "none"' \
    --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
    --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-include=/usr/share/doc/*/copyright' \
    "$release" - "$@"
}

main=$(mirror main)
security=$(mirror security)
if [ -z "$main" ]; then
  make_base
elif [ -z "$security" ]; then
  make_base "$(line "$main" "$release")"
else
  # A release that has left the mirrors' main road may lack the other two suites.
  make_base "$(line "$main" "$release")" "$(line "$main" "$release-updates")" \
    "$(line "$security" "$release-security")" || make_base "$(line "$main" "$release")"
fi
