#!/bin/sh
# Makes what no repository can hold, once: the seed of the nodes' keys, and the passwords of Redis.
#   /secrets  for the front nodes: cluster.seed, redis-password
#   /acl      for Redis: users.acl, with the hashes of the passwords; redis-admin-password
# What is there already is kept. Losing cluster.seed means other peer ids: keep a copy.
set -eu
umask 077

[ -s /secrets/cluster.seed ] || rendezvous key seed --seed-file /secrets/cluster.seed

password() {
  [ -s "$1" ] || node -p 'crypto.randomBytes(32).toString("hex")' >"$1"
}

hash() {
  tr -d '\n' <"$1" | sha256sum | cut -d ' ' -f 1
}

password /secrets/redis-password
password /acl/redis-admin-password

# Redis runs as somebody else, and reads hashes only.
umask 022
sed -e "s/<sha256-of-the-front-nodes-password>/$(hash /secrets/redis-password)/" \
  -e "s/<sha256-of-the-administrators-password>/$(hash /acl/redis-admin-password)/" \
  /users.acl >/acl/users.acl.new
mv /acl/users.acl.new /acl/users.acl
