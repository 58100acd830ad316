#!/bin/sh
# Makes what no repository can hold, once: the seed of the nodes' keys, and the passwords of Redis.
#   /secrets  for the front nodes: cluster.seed, redis-password
#   /acl      for Redis: users.acl, with the hashes of the passwords; for servers that talk to each
#             other, and nobody but their group: redis-admin-password, replication.conf, sentinel.conf
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
admin=$(cat /acl/redis-admin-password)

# fill <template> <file>: through standard input, since others see the arguments of a command.
fill() {
  sed -f - "$1" >"$2.new" <<END
s/<sha256-of-the-front-nodes-password>/$(hash /secrets/redis-password)/
s/<sha256-of-the-administrators-password>/$(hash /acl/redis-admin-password)/
s/<the-administrators-password>/$admin/
s/<the-primarys-address>/${REDIS_PRIMARY:-}/
END
  mv "$2.new" "$2"
}

umask 027
chmod 640 /acl/redis-admin-password
echo "masterauth $admin" >/acl/replication.conf
[ ! -e /sentinel.conf ] || fill /sentinel.conf /acl/sentinel.conf

# A Redis on its own runs as somebody else, and reads hashes only.
umask 022
fill /users.acl /acl/users.acl
