#!/usr/bin/env bash
# Tries the manifests in a cluster: makes the namespace of an overlay, applies the overlay with two
# nodes, registers a peer at one of them, discovers it at the other, and deletes the namespace.
#
#   deploy/k8s/smoke.sh [<folder of an overlay>]        default: deploy/k8s/overlays/dev
#
# From a checkout after `npm ci`, with a kubectl whose current context is the cluster. The nodes of
# the cluster need the image: `kind load docker-image rendezvous-cluster:0.1.0`. An overlay that
# does not bring its Redis, as dev does, needs one that its nodes can reach.
#
# It refuses a namespace that exists, and so never touches a deployment that is in use.
set -euo pipefail

cd "$(dirname "$0")/../.."

OVERLAY=${1:-deploy/k8s/overlays/dev}
READY_WITHIN=${READY_WITHIN:-180s}
PORT_BASE=${PORT_BASE:-6100} # With the pod's number behind it: 61000 and 61001.
TRIES=30

work=$(mktemp -d)
forwards=()
made_namespace=

say() {
  printf '== %s\n' "$*" >&2
}

fail() {
  say "$*"
  exit 1
}

in_namespace() {
  kubectl --namespace "$namespace" "$@"
}

rendezvous() {
  npx --no-install rendezvous "$@"
}

clean_up() {
  local code=$?

  [ ${#forwards[@]} -eq 0 ] || kill "${forwards[@]}" 2>/dev/null || true

  if [ -n "$made_namespace" ]; then
    [ "$code" -eq 0 ] || show_what_is_wrong || true
    say "deleting namespace $namespace"
    kubectl delete namespace "$namespace" --wait=false || true
  fi

  rm -rf "$work"
}

show_what_is_wrong() {
  in_namespace get pods --output=wide
  in_namespace get events --sort-by=.lastTimestamp | tail -n 20
  in_namespace logs --selector=app.kubernetes.io/component=front --prefix --tail=20
} >&2

# An address of pod <n>, as the seed says: a node with another peer id is refused by the dial.
address_of() {
  sed -n "s/^$1  //p" "$work/addresses"
}

forward() {
  rm -f "$work/forward-$1"
  # Not by a function, whose process would be killed in the place of kubectl.
  kubectl --namespace "$namespace" port-forward "pod/front-$1" "$PORT_BASE$1:p2p" \
    >"$work/forward-$1" 2>&1 &
  forwards+=($!)

  for _ in $(seq "$TRIES"); do
    if grep -qs '^Forwarding' "$work/forward-$1"; then
      return
    fi

    sleep 1
  done

  cat "$work/forward-$1" >&2
  fail "no connection to front-$1"
}

# A pod that has just been deleted may not be there at all.
until_ready() {
  for _ in $(seq "$TRIES"); do
    if in_namespace wait pod "front-$1" --for=condition=Ready --timeout=10s 2>"$work/wait"; then
      return
    fi

    sleep 1
  done

  cat "$work/wait" >&2
  fail "front-$1 is not ready"
}

# Whether the peer is found at pod <n>.
discover_at() {
  rendezvous discover --json --protocol libp2p --namespace smoke --point "$(address_of "$1")" |
    tee "$work/discovered"
  grep -q "\"peerId\":\"$peer\"" "$work/discovered" || fail "front-$1 does not know $peer"
}

trap clean_up EXIT
trap 'exit 130' INT TERM

kubectl kustomize "$OVERLAY" >"$work/rendered.yaml"
namespace=$(sed -n 's/^  namespace: //p' "$work/rendered.yaml" | sort -u)
[[ $namespace =~ ^[a-z0-9-]+$ ]] || fail "$OVERLAY is to name one namespace"

say "namespace $namespace of $(kubectl config current-context)"
kubectl create namespace "$namespace"
made_namespace=yes
kubectl label namespace "$namespace" pod-security.kubernetes.io/enforce=restricted

umask 077
rendezvous key seed --seed-file "$work/seed"
head -c 32 /dev/urandom | od -An -tx1 | tr -d ' \n' >"$work/password"
in_namespace create secret generic rendezvous-seed --from-file=seed="$work/seed"
in_namespace create secret generic rendezvous-redis --from-file=password="$work/password"

say 'applying, and waiting for two nodes'
kubectl apply --filename="$work/rendered.yaml"
in_namespace scale statefulset front --replicas=2
in_namespace rollout status statefulset front --timeout="$READY_WITHIN"

rendezvous key derive --seed-file "$work/seed" --count 2 \
  --announce "/ip4/127.0.0.1/tcp/$PORT_BASE{}" >"$work/addresses"
forward 0
forward 1

say 'registering at front-0'
rendezvous register --once --json --protocol libp2p --namespace smoke \
  --address /ip4/192.0.2.1/tcp/4001 --point "$(address_of 0)" | tee "$work/registered"
peer=$(sed -n 's/.*"peerId":"\([^"]*\)".*/\1/p' "$work/registered")
[ -n "$peer" ] || fail 'registered, but no peer id was told'

say 'discovering at front-1'
discover_at 1

say 'a restart of front-0 keeps its peer id'
kill "${forwards[0]}"
wait "${forwards[0]}" || true
in_namespace delete pod front-0
until_ready 0
forward 0
discover_at 0

say 'passed'
