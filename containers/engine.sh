#!/bin/sh
# engine.sh [docker|podman]: makes sure that a container engine answers.
#
# One that answers is used as it is. Otherwise, for root on a Debian-like machine, Debian's own
# package is installed and started, by systemd or without it. Status 2 and one sentence if that cannot be.
set -eu
engine=${1:-}
python=$(dirname "$0")/../.venv/bin/python
limit=60 # seconds that a starting engine may take until it answers

# $@: which engine. lab/postfix_lab/engine/client.py knows the order in which engines are looked for.
answers() { "$python" -m postfix_lab.engine.client "$@"; }
fail() { echo >&2 "$*"; exit 2; }
now() { date +%s; }

if found=$(answers $engine 2>&1); then exit 0; fi
kind=${engine:-docker}
begun=$(now)

[ -z "${DOCKER_HOST:-}" ] || [ -n "$engine" ] || fail "DOCKER_HOST is set, but: $found"
[ "$(id -u)" = 0 ] || fail "$found"

# $1: a program, $2...: the packages that bring it.
install() {
  command -v "$1" >/dev/null && return
  command -v apt-get >/dev/null || fail "No container engine answers and this is no Debian-like machine: install $kind and start it."
  shift
  echo "installing $* ..."
  log=$(mktemp)
  if ! { apt-get -qq update && apt-get -qq install -y --no-install-recommends "$@"; } >"$log" 2>&1 </dev/null; then
    tail -n 15 "$log" >&2; rm -f "$log"; fail "Installing $* failed: see above, install it by hand."
  fi
  rm -f "$log"
  echo "installing $*: done ($(($(now) - begun)) s)"
}

# $1: name, $2: log file. Waits until the engine answers or its process is gone.
await() {
  echo "starting $1 ..."
  until answers $engine >/dev/null 2>&1; do
    if [ -n "$pid" ] && ! kill -0 "$pid" 2>/dev/null; then return 1; fi
    [ $(($(now) - begun)) -lt $limit ] || return 1
    sleep 0.1 # A starting engine tells nobody when it is ready.
  done
  echo "starting $1: done, it logs to $2"
}

# Without systemd nobody has mounted the control groups: version 1, as far as the kernel has them.
mount_cgroups() {
  [ ! -e /sys/fs/cgroup/cgroup.controllers ] && [ ! -d /sys/fs/cgroup/devices ] || return 0
  mount -t cgroup2 cgroup2 /sys/fs/cgroup 2>/dev/null && [ -s /sys/fs/cgroup/cgroup.controllers ] && return
  umount /sys/fs/cgroup 2>/dev/null || true
  mount -t tmpfs -o mode=755 cgroup /sys/fs/cgroup
  for name in $(awk '!/^#/ && $4 == 1 { print $1 }' /proc/cgroups); do
    mkdir -p "/sys/fs/cgroup/$name"
    mount -t cgroup -o "$name" cgroup "/sys/fs/cgroup/$name" || rmdir "/sys/fs/cgroup/$name"
  done
}

# $1: log file, $2...: the command. In a session of its own, so that it outlives make and the terminal.
launch() {
  begun=$(now)
  out=$1; shift
  setsid nohup "$@" >"$out" 2>&1 </dev/null &
  pid=$!
}

start_docker() {
  install dockerd docker.io
  if [ -d /run/systemd/system ]; then
    begun=$(now)
    systemctl start docker || fail "systemd could not start Docker: see journalctl -u docker."
    pid=; await dockerd "the journal (journalctl -u docker)" || fail "Docker was started by systemd and does not answer: see journalctl -u docker."
    return
  fi
  mount_cgroups
  old=$(cat /var/run/docker.pid 2>/dev/null || true)
  # A process that is dead and not yet buried has a name, but no program any more.
  case $(readlink "/proc/${old:-none}/exe" || true) in */dockerd) ;; *) rm -f /var/run/docker.pid ;; esac
  log=/var/log/postfix-lab-dockerd.log
  launch $log dockerd
  await dockerd $log && return
  # Some kernels cannot do NAT. The lab needs no bridge, so it need not be missed.
  kill "$pid" 2>/dev/null || true
  echo "dockerd does not start as it is, trying it without its bridge ..."
  launch $log.bridgeless dockerd --bridge=none --iptables=false --ip6tables=false
  await dockerd $log.bridgeless && return
  tail -n 15 $log >&2
  fail "dockerd did not start: its last words are above, all of them in $log (and $log.bridgeless)."
}

# A machine whose root may not raise limits, and has no systemd or old control groups, needs to be told so.
podman_settings() {
  echo "[containers]"
  effective=$(awk '$1 == "CapEff:" { print $2 }' /proc/self/status)
  if [ $((0x$effective >> 24 & 1)) = 0 ]; then # CAP_SYS_RESOURCE
    echo "default_ulimits = [\"nofile=$(ulimit -Sn):$(ulimit -Sn)\", \"nproc=4096:4096\"]"
  fi
  echo "[engine]"
  if [ ! -d /run/systemd/system ]; then
    echo 'cgroup_manager = "cgroupfs"'
    echo 'events_logger = "file"'
  fi
  [ -e /sys/fs/cgroup/cgroup.controllers ] || echo 'runtime = "runc"'
}

start_podman() {
  install podman podman runc
  mount_cgroups
  mkdir -p /run/postfix-lab
  podman_settings >/run/postfix-lab/containers.conf
  rm -f /run/postfix-lab/podman.sock
  log=/var/log/postfix-lab-podman.log
  launch $log env CONTAINERS_CONF=/run/postfix-lab/containers.conf \
    podman system service --time=0 unix:///run/postfix-lab/podman.sock
  await podman $log && return
  tail -n 15 $log >&2
  fail "Podman's service did not start: its last words are above, all of them in $log."
}

start_$kind
